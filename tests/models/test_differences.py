"""What changed, word by word, in the words of the page."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from directory.models import Taxonomy
from directory.models.differences import FIELDS, compared, difference, differences, differing, said
from directory.models.records import COLUMNS, LISTS, TERM_FIELDS
from tests.make import TODAY

LABELS = {(Taxonomy.NEED, "loneliness"): "Feeling alone", (Taxonomy.ACCESS, "step-free"): "Step-free"}
WEEKLY = {"venue": "hall", "mode": "venue", "rrule": "FREQ=WEEKLY;BYDAY=WE", "opens": "12:00", "closes": "14:00"}
HALL = {"key": "hall", "name": "Village Hall", "address_1": "Church Lane", "postal_code": "NR98 4QX"}


def told(name, value, **more):
    return said(name, value, labels=LABELS, today=TODAY, **more)


def plain(lines):
    return [[(run.text, run.changed) for run in line] for line in lines]


def test_every_field_of_a_record_has_its_words():
    assert set(FIELDS) == {*COLUMNS, *LISTS, *TERM_FIELDS, "organisation"} - {"checks"}


def test_only_the_words_that_changed_are_marked():
    before, after = compared(["About 18 people, most over 70, at tables."], ["About 18 people, at tables.", "A quiet corner."])
    assert plain(before) == [[("About 18 people,", False), ("most over 70,", True), ("at tables.", False)]]
    assert plain(after) == [[("About 18 people, at tables.", False)], [("A quiet corner.", True)]]


def test_times_and_places_and_ways_to_get_in_touch_are_said_in_words():
    venues = {"hall": HALL}
    assert told("sessions", [WEEKLY], venues=venues) == ["Wednesdays, noon to 2pm, at Village Hall"]
    pause = {**WEEKLY, "starts_on": "2026-01-07", "except_on": ["2026-12-23"], "also_on": ["2026-12-22"], "description": "Soup"}
    assert told("sessions", [pause], venues=venues) == [
        "Wednesdays, noon to 2pm, at Village Hall, Soup, counted from Wed 7 Jan 2026, not on Wed 23 Dec, also on Tue 22 Dec"
    ]
    assert told("venues", [{**HALL, "access": [{"feature": "step-free", "present": False, "note": "two steps"}]}]) == [
        "Village Hall, Church Lane, NR98 4QX",
        "Step-free: no, two steps",
    ]
    assert told("contacts", [{"kind": "phone", "value": "01632 960142", "note": "Ask", "public": False}]) == [
        "Phone: 01632 960142 (Ask), not shown on the page"
    ]
    assert told("needs", ["loneliness", "odd"]) == ["Feeling alone", "odd"]
    assert (told("cost", "donation"), told("cost_amount", "3.50")) == (["By donation"], ["£3.50"])
    assert (told("online", True), told("summary", ""), told("minimum_age", 0)) == (["Yes"], [], ["0"])
    assert told("room_until", "2027-01-15") == ["15 January 2027"]
    assert told("coverage", [{"area_code": "NR25", "label": "Holt", "approved": True}]) == ["Holt (NR25), approved"]


def test_a_change_that_words_do_not_show_is_told_all_the_same():
    one = difference("sessions", [WEEKLY], [{**WEEKLY, "mode": "venue", "venue": "other"}], labels={}, today=TODAY, places=())
    assert plain(one.after)[-1] == [("Something changed that does not show in words.", True)]


def test_differences_come_in_the_order_of_the_page_and_unknown_is_empty():
    old, new = {"summary": "A", "website": None, "needs": []}, {"summary": "B", "website": "", "needs": ["loneliness"]}
    assert differing(old, new) == ["summary", "needs"]
    found = differences(old, new, names=["needs", "summary"], labels=LABELS, today=TODAY)
    assert [(each.name, each.label) for each in found] == [("summary", "In one line"), ("needs", "It may help with")]
    assert found[1].before == ()


def test_two_long_texts_take_no_longer_than_they_may():
    before, after = compared([" ".join(f"a{n}" for n in range(3_000))], [" ".join(f"b{n}" for n in range(3_000))])
    assert len(before[0]) == len(after[0]) == 1


WORDS = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6).map(" ".join), max_size=4)


@given(WORDS, WORDS)
def test_nothing_is_lost_and_what_is_not_marked_stands_in_both(before, after):
    old, new = compared(before, after)
    for lines, marked in ((before, old), (after, new)):
        assert [" ".join(run.text for run in line) for line in marked] == lines
    kept = [" ".join(run.text for line in side for run in line if not run.changed) for side in (old, new)]
    assert kept[0] == kept[1]


def test_a_single_date_is_said():
    assert told("sessions", [{"starts_on": date(2026, 12, 2).isoformat(), "opens": "10:00"}]) == ["Wed 2 Dec, 10am"]
