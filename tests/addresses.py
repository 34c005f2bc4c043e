"""Addresses of every page there is, for tests and checks that walk through them all."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask, current_app
from werkzeug.routing import Rule

from directory.models import Flag, FlagState, Gap, GapKind, GapState, GapStep, Offer, Voice
from tests import atlases, register

# What the parts of an address may be called, and the value that a walk puts there; `furnish` makes the rows for it.
PARTS = {
    "slug": "garden-club",
    "kind": "organisations",
    "name": "site.js",
    "version": "0",
    "number": 1,
    "token": "no-such-token",
    "secret": "no-such-secret",
    "path": "no-such-path",
    "uid": "00000000-0000-4000-8000-000000000000",
    "fact": "times",
    "code": "E07000147",
}
NEARBY = "?place=NR25+6BL"
ASKED = {
    "board.show": ("?area=NR24&need=loneliness&sort=newest", "?lane=not-now", "?lane=reported"),
    "board.chart": ("?need=loneliness", "?layer=searches", "?quarter=2026-Q3&council=E07000147"),
    "listings.search": (NEARBY, f"{NEARBY}&q=garden&need=loneliness&view=map", "?place=Nowhere+at+all", f"{NEARBY}&page=x"),
    "completions.words": ("?q=ga", "?q=", "?q=%00"),
    "completions.places": ("?place=ho", "?place=nr2&last=NR25+6BL", "?place=ho&last=Nowhere+at+all"),
    "gaps.flag_page": ("?need=loneliness&place=NR25", f"{NEARBY}&need=loneliness&time=evening", "?place=Nowhere&need=x"),
    "atlas.show": ("?measure=within&by=deprivation", "?measure=ratio&by=council", "?by=x&measure=x&need=x"),
    "atlas.attempt": ("?place=52.9,1.1", "?place=Nowhere+at+all"),
    "api.search": (NEARBY, f"{NEARBY}&day=noday", "?place=Nowhere+at+all", "?place="),
}


def furnish(make: Any) -> None:
    """The rows that the walk's addresses speak of."""
    organisation = make.organisation("Garden Club")
    listing = make.listing(
        "Garden Club",
        organisation=organisation,
        venue="Village Hall",
        session={"rrule": "FREQ=WEEKLY;BYDAY=WE"},
        terms=["loneliness", "activity:gardening"],
        coverage=["NR25"],
        contacts=[("phone", "01632 960142")],
        access={"step-free": True},
    )
    register.cell("NR24", people=15)
    uid, term = uuid.UUID(PARTS["uid"]), listing.terms[0]
    missing = {"uid": uid, "term_id": term.id, "area_code": "NR25", "kind": GapKind.AVAILABLE}
    step = GapStep(voice=Voice.STAFF, state=GapState.LOOKED_AT, words="We ask two halls.", made_at=make.NOW)
    gap = make.saved(Gap, state=GapState.LOOKED_AT, opened_at=make.NOW, changed_at=make.NOW, steps=[step], **missing)
    said = {"state": FlagState.COUNTED, "voice": Voice.VISITOR, "who": "somewhere", "made_at": make.NOW, "note": "After tea."}
    make.saved(Flag, gap_id=gap.id, **missing, **said)
    make.saved(Offer, gap_id=gap.id, listing_id=listing.id, made_at=make.NOW)
    atlases.reckon(current_app, first=PARTS["slug"])


def own_routes(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def walk(app: Flask, *, method: str = "GET", audience: Any = None) -> Iterator[str]:
    """One address or more for each route that answers `method`, for this audience if one is named.

    KeyError: a new part of an address needs a value above.
    """
    for rule in own_routes(app):
        if method in methods(rule) and audience in (None, app.view_functions[rule.endpoint].audience):
            with app.test_request_context():
                address = app.url_map.bind("localhost").build(rule.endpoint, {part: PARTS[part] for part in rule.arguments})
            yield address
            if method == "GET":
                yield from (address + query for query in ASKED.get(rule.endpoint, ()))
