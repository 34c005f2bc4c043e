"""What a reader meets while a file underneath is missing or damaged: a plain sentence, and whatever can still be answered."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy.exc import IntegrityError

from directory import create_app, places
from directory.extensions import db
from directory.queries import catalogue

SORRY = "We cannot look up postcodes just now. Try the name of a town or village, or come back in a few minutes."
AREAS_UNKNOWN = "We cannot tell which offers cover your area just now."


@pytest.fixture(params=["missing", "damaged"])
def no_table(app, request, tmp_path):
    """The postcode table gone, or cut to rubbish, while the site runs."""
    path = tmp_path / "places.sqlite"
    if request.param == "damaged":
        path.write_bytes(b"rubbish" * 1000)
    places.configure(file=path)
    return path


@pytest.mark.parametrize("path", ["/search", "/api/search"])
def test_a_postcode_search_says_sorry_to_readers_and_the_command_to_the_log(client, no_table, path, caplog):
    with caplog.at_level(logging.ERROR):
        answers = [client.get(path, query_string={"place": "NR24 2AA"}) for _ in range(3)]
    for response in answers:
        page = response.get_data(as_text=True)
        assert response.status_code == 503
        assert SORRY in page
        assert "flask" not in page
        assert response.headers["Retry-After"] == "60"
    told = [record for record in caplog.records if "flask --app wsgi setup" in record.getMessage()]
    assert len(told) == 1
    assert "NR24" not in caplog.text


def test_a_listing_is_shown_without_its_distance(client, make, no_table):
    make.listing("Tea", at=(52.9, 1.1))
    response = client.get("/listings/tea?place=NR24+2AA")
    assert response.status_code == 200
    assert "Tea" in response.get_data(as_text=True)


def test_a_place_whose_areas_cannot_be_known_says_so(client, make, no_table, caplog):
    make.listing("Tea", at=(52.9061, 1.0879))
    assert not places.is_built()
    assert "flask" not in caplog.text, "asking whether there is a table is no complaint"
    response = client.get("/api/search", query_string={"place": "52.9061, 1.0879"})
    assert "flask --app wsgi setup" in caplog.text
    assert response.json["understood"]["place"]["note"] == AREAS_UNKNOWN
    assert AREAS_UNKNOWN in client.get("/search", query_string={"place": "52.9061, 1.0879"}).get_data(as_text=True)


def test_with_a_table_nothing_of_the_kind_is_said(client, real_places):
    assert AREAS_UNKNOWN not in client.get("/search?place=NR25+6BH").get_data(as_text=True)
    assert real_places.locate("52.9061, 1.0879").note == ""


@pytest.fixture
def damaged(tmp_path):
    """A client of an application whose database is rubbish."""
    (tmp_path / "directory.sqlite").write_bytes(b"rubbish" * 1000)
    app = create_app({"INSTANCE_FOLDER": str(tmp_path), "SECRET_KEY": "test", "JOBS_FILE": "", "TESTING": False})
    with app.app_context():
        yield app.test_client()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    "path", ["/", "/status", "/listings/tea", "/organisations/tea", "/sitemap.xml", "/api/search?place=Holt"]
)
def test_a_damaged_database_is_not_just_now_and_no_fault(damaged, path):
    response = damaged.get(path)
    assert response.status_code == 503
    assert "We cannot do that just now" in response.get_data(as_text=True)


def test_healthz_says_that_the_database_cannot_be_read(damaged):
    response = damaged.get("/healthz")
    assert (response.status_code, response.get_data(as_text=True)) == (503, "the database cannot be read")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_mistake_of_ours_in_the_database_stays_a_fault(client, monkeypatch):
    def twice(**how):
        raise IntegrityError("insert", {}, Exception("unique"))

    monkeypatch.setattr(catalogue, "state", twice)
    assert client.get("/status").status_code == 500
