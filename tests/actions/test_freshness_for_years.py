"""The whole loop with the real actions on a virtual clock: a small county for a year. The large one is `bench.freshness`."""

from bench.freshness import simulate
from directory.extensions import db
from tests.conftest import fresh, make_app


def test_a_year_of_a_small_county_leaves_nobody_outside_and_little_wrong(tmp_path):
    app = make_app(tmp_path)
    with fresh(app):
        found = simulate(organisations=20, volunteers=2, days=300, step=3)
        db.engine.dispose()
    assert (found.outside, found.lost) == (0, 0)
    assert found.counts["answers"] > 3
    assert found.counts["calls"] > 20
    assert found.share < 0.08
