"""`GET /api/search`: the shape that other people's scripts rely on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from directory import places
from tests.views.conftest import HOLT

NOON = datetime.fromisoformat("2026-11-25T12:00")


def test_the_whole_answer(client, make, planned):
    listing = make.listing("Lunch Club", organisation="Holt Neighbours", venue="Village Hall", terms=["loneliness"], cost="free")
    planned.add(listing, next_on=NOON)
    response = client.get("/api/search?place=nr256bh&q=lunch&per_page=5")
    venue = listing.sessions[0].venue
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json == {
        "understood": {
            "place": {
                "label": "NR25 6BH",
                "precision": "postcode",
                "lat": 52.906,
                "lon": 1.088,
                "note": "",
                "from_words": False,
            },
            "q": "lunch",
            "corrected_q": None,
            "nearly": False,
            "concepts": [],
        },
        "radius_mi": 3.0,
        "widened": False,
        "total": 1,
        "page": 1,
        "per_page": 5,
        "results": [
            {
                "id": str(listing.uid),
                "slug": "lunch-club",
                "url": "http://localhost/listings/lunch-club",
                "name": "Lunch Club",
                "organisation": "Holt Neighbours",
                "kind": "group",
                "summary": "",
                "reason": {"code": "nearby", "text": "0.6 miles away in a straight line"},
                "distance_mi": 0.6,
                "venue": "Village Hall",
                "postcode": venue.postal_code or None,
                "lat": venue.latitude,
                "lon": venue.longitude,
                "needs": ["loneliness"],
                "cost": "free",
                "next_session": "2026-11-25T12:00",
                "checked_on": "2026-10-30",
                "checked_how": "phone",
            }
        ],
        "less_certain": {"total": 0, "why": "", "results": []},
        "left_out": 0,
        "facets": {"time": {"evening": 1}, "need": {"loneliness": 2}, "kind": {"group": 1}},
        "suggestion": None,
    }


def test_an_unknown_place_is_a_404_with_suggestions(client, planned):
    response = client.get("/api/search?place=Hollt")
    assert response.status_code == 404
    assert response.json == {
        "error": "We know no place called “Hollt”.",
        "field": "place",
        "suggestions": ["Holt", "Holkham"],
    }
    assert planned.asked == []


def test_no_place_is_a_400_that_names_it(client, planned):
    for address in ("/api/search", "/api/search?q=tea", "/api/search?place=+"):
        response = client.get(address)
        assert (response.status_code, response.json["field"]) == (400, "place")
    assert planned.asked == []


def test_per_page_is_from_1_to_100(client, planned):
    assert client.get("/api/search?place=Holt&per_page=100").json["per_page"] == 100
    for wrong in ("0", "101", "x"):
        response = client.get(f"/api/search?place=Holt&per_page={wrong}")
        assert (response.status_code, response.json["field"]) == (400, "per_page")


def test_whatever_goes_wrong_is_json(client, planned):
    for response in (client.get("/api/nothing"), client.post("/api/search"), client.get("/api/search?place=Hollt")):
        assert response.mimetype == "application/json"
        assert response.json["error"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_repeated_keys_mean_any_of(client, planned, vocabulary):
    client.get("/api/search?place=Holt&day=mon&day=tue&day=mon&need=money&radius=auto&checked=any")
    question = planned.asked[-1]
    assert (question.day, question.need, question.radius_mi, question.checked) == (("mon", "tue"), ("money",), None, "any")


def test_a_place_with_a_note_says_so(client, planned, monkeypatch):
    old = replace(HOLT, note="This postcode is not in use any more.")
    monkeypatch.setattr(places, "locate", lambda text, **how: old)
    assert client.get("/api/search?place=Holt").json["understood"]["place"]["note"] == old.note
    assert old.note in client.get("/search?place=Holt").get_data(as_text=True)


def test_a_day_without_an_hour_is_sent_as_a_day(client, make, planned):
    planned.add(make.listing("Drop in"), next_on=datetime(2026, 11, 21))  # noqa: DTZ001 -- local wall clock
    planned.add(make.listing("Lunch"), next_on=datetime(2026, 11, 21, 12))  # noqa: DTZ001 -- local wall clock
    rows = client.get("/api/search?place=Holt").json["results"]
    assert [row["next_session"] for row in rows] == ["2026-11-21", "2026-11-21T12:00"]


def test_a_search_that_names_no_term_does_not_ask_for_them(client, make, planned, statements):
    planned.add(make.listing())
    client.get("/api/search?place=Holt")

    def asked(address):
        statements.clear()
        client.get(address)
        return len([each for each in statements if "FROM term" in each])

    assert (asked("/api/search?place=Holt"), asked("/api/search?place=Holt&need=loneliness") > 0) == (0, True)
