"""Filters: any value of one will do, several all count, and what a listing does not say is kept apart, never dropped."""

from datetime import date, time, timedelta

import pytest

from directory.models import Cost, Join, Kind
from tests import make as makers
from tests.search.asking import found, named, names, north

WEDNESDAY = {"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7)}
FRIDAY = {"rrule": "FREQ=WEEKLY;BYDAY=FR", "starts_on": date(2026, 1, 9)}
MORNING, EVENING = {"opens": time(10), "closes": time(11)}, {"opens": time(19), "closes": time(21)}


def apart(**filters):
    """Who fits, who might, and why it is not certain."""
    answer = found(**filters)
    assert answer.total == len(answer.hits)
    assert answer.less_total == len(answer.less)
    return names(answer.hits), names(answer.less), answer.less_why


def three(make, fits, misfits):
    """One that fits, one that does not, and one that does not say."""
    make.listing("Yes", at=north(1), **fits)
    make.listing("No", at=north(1), **misfits)
    make.listing("Silent", at=north(1))


@pytest.mark.parametrize(
    ("filters", "fits", "misfits", "why"),
    [
        ({"need": ("loneliness",)}, {"terms": ["loneliness"]}, {"terms": ["debt"]}, "needs not known"),
        ({"activity": ("walking",)}, {"terms": ["activity:walking"]}, {"terms": ["activity:art"]}, "activities not known"),
        ({"audience": ("men",)}, {"terms": ["audience:men"]}, {"terms": ["audience:women"]}, "who it is for not known"),
        ({"language": ("polish",)}, {"terms": ["language:polish"]}, {"terms": ["language:welsh"]}, "languages not known"),
        ({"cost": ("free",)}, {"cost": Cost.FREE}, {"cost": Cost.PAID}, "cost not known"),
        ({"join": ("self",)}, {"join": Join.EITHER}, {"join": Join.PROFESSIONAL}, "how to join not known"),
        ({"age": 40}, {"minimum_age": 18}, {"maximum_age": 25}, "ages not known"),
        ({"access": ("step-free",)}, {"access": {"step-free": True}}, {"access": {"step-free": False}}, "access not known"),
        ({"day": ("wed",)}, {"session": WEDNESDAY}, {"session": FRIDAY}, "times not known"),
        ({"time": ("evening",)}, {"session": WEDNESDAY | EVENING}, {"session": WEDNESDAY | MORNING}, "times not known"),
    ],
)
def test_what_is_not_said_is_less_certain_and_what_is_known_not_to_fit_is_out(make, filters, fits, misfits, why):
    three(make, fits, misfits)
    assert apart(**filters) == (["Yes"], ["Silent"], why)
    assert found(**filters).less[0].missing == (why.removesuffix(" not known"),)


def test_kind_is_always_known(make):
    make.listing("Library", at=north(1), kind=Kind.LIBRARY)
    make.listing("Group", at=north(1), kind=Kind.GROUP)
    assert apart(kind=("library",)) == (["Library"], [], "")


def test_any_value_of_a_filter_will_do_and_filters_add_up(make):
    make.listing("Both", at=north(1), terms=["debt"], cost=Cost.FREE)
    make.listing("Dear", at=north(1), terms=["loneliness"], cost=Cost.PAID)
    make.listing("Other", at=north(1), terms=["food"], cost=Cost.FREE)
    assert set(named(need=("debt", "loneliness"))) == {"Both", "Dear"}
    assert named(need=("debt", "loneliness"), cost=("free",)) == ["Both"]


def test_what_lacks_two_facts_says_both(make):
    make.listing("Silent", at=north(1))
    answer = found(day=("wed",), cost=("free",))
    assert answer.less_why == "times or cost not known"
    assert answer.less[0].missing == ("times", "cost")


def test_one_fact_unknown_and_another_known_not_to_fit_is_out(make):
    make.listing("Dear", at=north(1), cost=Cost.PAID)
    assert apart(day=("wed",), cost=("free",)) == ([], [], "")


def test_day_and_time_want_one_session_that_is_both(make):
    make.listing("Both", at=north(1), session=[WEDNESDAY | EVENING])
    make.listing("Crossed", at=north(1), session=[WEDNESDAY | MORNING, FRIDAY | EVENING])
    assert apart(day=("wed",), time=("evening",)) == (["Both"], [], "")


def test_a_day_without_an_hour_fits_the_day_and_may_fit_the_time(make):
    make.listing("Some time on Wednesday", at=north(1), session=WEDNESDAY)
    assert apart(day=("wed",)) == (["Some time on Wednesday"], [], "")
    assert apart(time=("evening",)) == ([], ["Some time on Wednesday"], "times not known")
    assert apart(day=("fri",), time=("evening",)) == ([], [], "")


def test_the_day_is_asked_of_the_place_one_would_go_to(make):
    near, far = make.venue("Near", at=north(1)), make.venue("Far", at=north(8))
    make.listing("Two halls", session=[WEDNESDAY | {"venue": near}, FRIDAY | {"venue": far}])
    assert named(radius_mi=3.0, day=("fri",)) == []
    (hit,) = found(radius_mi=10.0, day=("fri",)).hits
    assert hit.venue_id == far.id


def test_access_is_asked_of_the_place_one_would_go_to(make):
    feature = make.as_term("access:step-free")
    steps, level = make.venue("Steps", at=north(1)), make.venue("Level", at=north(2))
    fact = make.saved(makers.models.AccessFact, venue_id=level.id, term_id=feature.id, present=True)
    make.saved(makers.models.AccessFact, venue_id=steps.id, term_id=feature.id, present=False)
    assert fact.present
    make.listing("Two halls", session=[{"venue": steps}, {"venue": level}])
    assert found(radius_mi=5.0, access=("step-free",)).hits[0].venue_id == level.id
    assert found(radius_mi=1.5, access=("step-free",)).total == 0


def test_a_broader_need_holds_the_narrower_ones(make):
    money = make.term("money")
    debt = make.term("debt", parent=money)
    make.listing("Debt advice", at=north(1), terms=[debt])
    assert named(need=("money",)) == ["Debt advice"]
    assert found().facets["need"] == {"money": 1, "debt": 1}


def test_reach_asks_for_any_way_a_listing_has(make):
    make.listing("Near and online", at=north(1), online=True)
    make.listing("Near", at=north(1))
    make.listing("Van", session={"mode": "stop", "venue": make.venue("Green", at=north(1))})
    assert named(reach=("wire",)) == ["Near and online"]
    assert set(named(reach=("near",))) == {"Near and online", "Near"}
    assert set(named(reach=("stop", "wire"))) == {"Near and online", "Van"}


def test_an_unknown_slug_finds_nothing_and_breaks_nothing(make):
    make.listing("Here", at=north(1), terms=["loneliness"])
    assert named(need=("no-such-need",)) == []
    assert named(kind=("no-such-kind",), day=("someday",)) == []


# When it was checked


def ago(days):
    return makers.TODAY - timedelta(days=days)


def test_what_was_last_checked_long_ago_is_left_out_counted_and_reachable(make):
    make.listing("Fresh", at=north(1), checked_on=ago(10))
    make.listing("Old", at=north(1), checked_on=ago(600))
    make.listing("Never", at=north(1), checked_on=None)
    answer = found()
    assert (names(answer.hits), answer.left_out) == (["Fresh", "Never"], 1)
    assert answer.facets["kind"] == {"group": 2}
    assert set(named(checked="any")) == {"Fresh", "Old", "Never"}
    assert found(checked="any").left_out == 0


def test_left_out_counts_only_what_would_have_fitted(make):
    make.listing("Old and dear", at=north(1), checked_on=ago(600), cost=Cost.PAID)
    make.listing("Old and far", at=north(90), checked_on=ago(600))
    assert found(cost=("free",)).left_out == 0


def test_checked_within_months(make):
    make.listing("Fresh", at=north(1), checked_on=ago(80))
    make.listing("Older", at=north(1), checked_on=ago(100))
    make.listing("Never", at=north(1), checked_on=None)
    assert apart(checked="3") == (["Fresh"], ["Never"], "when it was checked not known")
    assert set(named(checked="6")) == {"Fresh", "Older"}


# How many would be left


def test_a_facet_counts_what_choosing_it_would_leave(make):
    make.listing("A", at=north(1), terms=["debt"], cost=Cost.FREE, kind=Kind.ADVICE, session=WEDNESDAY | MORNING)
    make.listing("B", at=north(1), terms=["food"], cost=Cost.FREE, session=FRIDAY | EVENING)
    make.listing("C", at=north(1), terms=["food"], cost=Cost.PAID, join=Join.EITHER, access={"step-free": True})
    plain = found().facets
    assert plain["need"] == {"debt": 1, "food": 2}
    assert plain["kind"] == {"advice": 1, "group": 2}
    assert plain["cost"] == {"free": 2, "paid": 1}
    assert (plain["day"], plain["time"]) == ({"wed": 1, "fri": 1}, {"morning": 1, "evening": 1})
    assert (plain["join"], plain["access"]) == ({"self": 1, "professional": 1}, {"step-free": 1})
    assert (plain["reach"], plain["checked"]) == ({"near": 3}, {"3": 3, "6": 3, "12": 3})
    # A chosen filter keeps the counts of its own other values: choosing them adds to it.
    chosen = found(cost=("free",)).facets
    assert chosen["cost"] == {"free": 2, "paid": 1}
    assert chosen["need"] == {"debt": 1, "food": 1}


def test_the_facets_agree_with_the_answers(make):
    days = [WEDNESDAY | MORNING, FRIDAY | EVENING, FRIDAY | MORNING, None]
    for number in range(24):
        make.listing(
            f"Group {number}",
            at=north(0.1 * number),
            terms=[("debt", "food", "loneliness")[number % 3]] if number % 5 else [],
            cost=[Cost.FREE, Cost.PAID, None][number % 3 - 1],
            session=[day] if (day := days[number % 4]) else None,
            online=number % 7 == 0,
            join=[Join.SELF, Join.EITHER, None, Join.PROFESSIONAL][number % 4],
        )
    base = {"radius_mi": 20.0, "per_page": 100}
    for chosen in ({}, {"cost": ("free",)}, {"day": ("fri",)}, {"time": ("morning",)}, {"need": ("debt",), "join": ("self",)}):
        facets = found(**base, **chosen).facets
        for name in ("need", "cost", "day", "time", "join", "reach", "kind"):
            for value, count in facets[name].items():
                assert found(**base | chosen | {name: (value,)}).total == count, (chosen, name, value)


def test_what_comes_to_you_has_no_step_on_the_way_in(make):
    step_free = make.term("step-free", taxonomy="access")
    make.listing("Hall", at=north(1))
    make.listing("Visits", home_visits=True, coverage=["NR25"])
    make.listing("Line", by_phone=True)
    answer = found(access=(step_free.slug,))
    assert set(names(answer.hits)) == {"Visits", "Line"}
    assert names(answer.less) == ["Hall"]
    assert answer.facets["access"] == {"step-free": 2}
