"""The table of routes and roles: nothing is missing in it, everything is answered as it says, and the default is no."""

import pytest

from directory.views.access import anyone, audience
from tests.abuse.access import ROLES, World, written

NO = {"403", "sign-in", "404"}
OUT = ("anonymous", "suspended", "ended sign-in")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("access"))
    yield made
    made.close()


def test_every_route_has_a_row(world):
    """A new one? `python -m tests.abuse.access` writes what is answered now: read it, and put right what should not be."""
    assert {(method, rule) for method, rule, _ in world.routes()} == written().keys()


def test_everybody_is_answered_as_the_table_says(world):
    table = written()
    wrong = []
    for method, rule, address in world.routes():
        for role in ROLES:
            told = world.answered(method, address, role)
            if told != table[method, rule][role]:
                wrong.append(f"{method} {rule} for {role}: {told}, not {table[method, rule][role]}")
    assert wrong == []


def test_the_default_is_no(world):
    """What is not for anyone is not for visitors, for suspended people, nor for an ended sign-in."""
    table = written()
    by_method = {(method, rule.rule): rule.endpoint for rule in world.app.url_map.iter_rules() for method in rule.methods}
    wrong = []
    for method, rule, _ in world.routes():
        if audience(world.app, by_method[method, rule]) is not anyone:
            wrong += [f"{method} {rule} {role}" for role in OUT if table[method, rule][role] not in NO]
    assert wrong == []


def test_nobody_is_answered_with_a_fault():
    assert [key for key, row in written().items() if any(row[role].startswith("5") for role in ROLES)] == []
