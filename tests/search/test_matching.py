"""Rows ready to print: read again from the database, in the order of search, with the words of their reasons."""

from datetime import date, datetime, time

import pytest

from directory import search
from directory.errors import NotFound
from directory.models import Coverage
from directory.queries import kept_listings
from directory.queries import listings as queries
from tests import make as makers
from tests.search.asking import HOLT, north


def matching(q="", *, place=HOLT, **fields):
    return queries.matching(search.Question(place, q=q, **fields), now=makers.NOW)


def texts(**fields):
    return {result.listing.name: result.reason_text for result in matching(**fields).results}


def test_the_words_of_each_reason(make):
    stop = {"mode": "stop", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "starts_on": date(2026, 11, 18)}
    make.listing("Near", at=north(2.3))
    make.listing("Van", session=stop | {"venue": make.venue("Green", at=north(1)), "opens": time(10, 15), "closes": time(10, 45)})
    make.listing("Lost van", session={"mode": "stop", "venue": make.venue("Lane", at=north(1)), "rrule": ""})
    make.listing("Covers", coverage=["NR25"])
    make.listing("Comes", home_visits=True, coverage=["NR25"])
    make.listing("Line", by_phone=True)
    make.listing("Screen", online=True)
    make.listing("Both", online=True, by_phone=True)
    make.listing("England", coverage=["E92000001"])
    make.listing("Kingdom", coverage=["K02000001", "E92000001"])
    make.listing("County", coverage=[Coverage(area_code="E10000020", label="Norfolk")])
    assert texts() == {
        "Near": "2.3 miles away in a straight line",
        "Van": "Mobile stop, next visit Wed 2 Dec 10:15",
        "Lost van": "Mobile stop, dates not known",
        "Covers": "Covers your area",
        "Comes": "Comes to you",
        "Line": "By phone",
        "Screen": "Online",
        "Both": "Online or by phone",
        "England": "Anywhere in England",
        "Kingdom": "Anywhere in the United Kingdom",
        "County": "Anywhere in Norfolk",
    }


def test_an_approximate_place_measures_about(make):
    make.listing("Near", at=north(2.3))
    place = type(HOLT)(**vars(HOLT) | {"within_km": 3.0})
    assert texts(place=place) == {"Near": "About 2.3 miles away in a straight line"}


def test_the_next_session_is_that_of_the_venue_shown(make):
    near, far = make.venue("Near", at=north(1)), make.venue("Far", at=north(9))
    friday = {"rrule": "FREQ=WEEKLY;BYDAY=FR", "starts_on": date(2026, 1, 2), "opens": time(14)}
    wednesday = {"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7), "opens": time(10)}
    make.listing("Two halls", session=[friday | {"venue": far}, wednesday | {"venue": near}])
    (result,) = matching().results
    assert (result.venue.name, result.next_on) == ("Near", datetime.fromisoformat("2026-11-25T10:00"))
    assert result.distance_mi == pytest.approx(1.0, rel=1e-2)


def test_a_secret_address_leaves_no_trace_even_from_a_stale_index(make):
    club = make.listing("Safe House", at=north(1), coverage=["NR25"])
    hit = search.Hit(club.id, "nearby", 1.6, club.sessions[0].venue.id)
    with makers.writing(club):
        club.confidential_location = True
    result = queries.result_of(hit, club, HOLT, makers.NOW)
    assert (result.venue, result.distance_mi) == (None, None)


def test_the_same_number_of_statements_for_one_row_and_for_twenty(make, statements):
    def told(row):
        return row.listing.organisation.name, [term.slug for term in row.listing.terms]

    def count(made=(told,)):
        matching("club", day=("wed",), per_page=50)
        makers.db.session.expunge_all()
        kept_listings.forget()
        statements.clear()
        answer = queries.matching(search.Question(HOLT, q="club", day=("wed",), per_page=50), now=makers.NOW, made=made)
        for result in (*answer.results, *answer.less):
            assert result.once(told, makers.TODAY)[0]
            assert result.once(told, makers.TODAY)[1]
        return len(statements), len(answer.results) + len(answer.less)

    hall = {"venue": make.venue("Hall", at=north(1))}
    make.listing("Club", session=hall | {"rrule": "FREQ=WEEKLY;BYDAY=WE"}, organisation="A", terms=["debt"], coverage=["NR25"])
    make.listing("Unsure Club", session=hall | {"rrule": ""}, organisation="B", terms=["debt"], coverage=["NR25"])
    few, rows = count()
    assert rows == 2
    for number in range(18):
        session = hall | {"rrule": "FREQ=WEEKLY;BYDAY=WE" if number % 2 else ""}
        make.listing(f"Club {number}", session=session, organisation=f"O{number}", terms=["debt"], coverage=["NR25"])
    assert count() == (few, 20)
    assert few <= 10


def test_less_certain_rows_say_what_is_missing(make):
    make.listing("Silent", at=north(1))
    answer = matching(day=("wed",))
    assert [(row.listing.name, row.missing) for row in answer.less] == [("Silent", ("times",))]
    assert (answer.results, answer.found.less_why) == ([], "times not known")


def test_by_slug_and_of_organisation(make):
    trust = make.organisation("Kettle Trust")
    make.listing("Tea", organisation=trust)
    make.listing("Art", organisation=trust)
    make.listing("Draft", organisation=trust, status=makers.models.Status.DRAFT)
    assert queries.by_slug("tea").name == "Tea"
    assert [row.name for row in queries.of_organisation(trust.slug)] == ["Art", "Tea"]
    assert queries.published_count() == 2
    with pytest.raises(NotFound):
        queries.by_slug("nowhere")
