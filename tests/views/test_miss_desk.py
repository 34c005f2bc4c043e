"""Curators give a meaning to words that nobody understood, and leads make a gap of what many looked for in vain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from directory import models
from directory.extensions import db, writing
from directory.models import Shortfall
from directory.views import clock

NOW = clock.now()


def miss(
    visits: int = 9, *, word: str = "", need: str = "", wrong: str = "nothing", when: datetime = NOW, area: str = "NR25"
) -> None:
    plain: dict[str, Any] = {"day": when.date(), "area_code": area, "need": need, "word": word, "shortfall": Shortfall(wrong)}
    with writing():
        db.session.add(models.Miss(**plain, searches=visits, visits=visits))


def read(client, address: str = "/desk/misses") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_word_is_shown_with_its_counts_and_taught_in_one_press(client, stella, vocabulary):
    miss(word="knitbombing")
    miss(7, word="zorbing")
    client.sign_in(stella)
    page = read(client)
    assert "knitbombing" in page
    assert "9 visits" in page
    assert "zorbing" not in page
    answer = client.post("/desk/misses/meaning", data={"word": "knitbombing", "means": "arts and crafts"})
    assert (answer.status_code, answer.location) == (303, "/desk/misses?after=taught")
    synonym = db.session.scalars(select(models.Synonym)).one()
    assert (synonym.said, synonym.term.label, synonym.account_id) == ("knitbombing", "Arts and crafts", stella.id)
    page = read(client)
    assert "Search understood every word" in page
    assert "<b>knitbombing</b> means Arts and crafts" in page


def test_a_word_may_mean_other_words(client, stella, vocabulary, make):
    miss(word="knitbombing")
    make.listing(name="Knitting outdoors")
    client.sign_in(stella)
    client.post("/desk/misses/meaning", data={"word": "knitbombing", "means": "knitting outdoors"})
    assert db.session.scalars(select(models.Synonym.words)).one() == "knitting outdoors"


@pytest.mark.parametrize("means", ["", "the", "knitbombing", "xxxx", "knitting xxxx"])
def test_a_meaning_that_will_not_do_keeps_what_was_typed(client, stella, vocabulary, means):
    miss(word="knitbombing")
    client.sign_in(stella)
    answer = client.post("/desk/misses/meaning", data={"word": "knitbombing", "means": means})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Mistakes to fix: " in page
    assert f'id="means" name="means" list="meanings" maxlength="80" value="{means}"' in page
    assert db.session.scalars(select(models.Synonym)).all() == []


def test_words_by_which_search_finds_nothing_are_no_meaning(client, stella, vocabulary):
    miss(word="moth trapping")
    client.sign_in(stella)
    answer = client.post("/desk/misses/meaning", data={"word": "moth trapping", "means": "<script>"})
    assert answer.status_code == 422
    assert "Search finds nothing by “script”." in answer.get_data(as_text=True)
    assert db.session.scalars(select(models.Synonym)).all() == []


def test_what_was_taught_can_be_taken_back(client, stella, lena, vocabulary):
    miss(word="knitbombing")
    client.sign_in(lena)
    assert client.post("/desk/misses/take-back", data={"word": "knitbombing"}).status_code == 403
    client.sign_in(stella)
    assert "taught lately" not in read(client)
    client.post("/desk/misses/meaning", data={"word": "knitbombing", "means": "arts and crafts"})
    page = read(client)
    assert "1 word taught lately" in page
    assert "Take back" in page
    for _ in range(2):  # a second press finds it done
        answer = client.post("/desk/misses/take-back", data={"word": "knitbombing"})
        assert (answer.status_code, answer.location) == (303, "/desk/misses?after=taken-back")
    assert db.session.scalars(select(models.Synonym)).all() == []
    assert "Teach search" in read(client)
    assert client.post("/desk/misses/take-back", data={}).status_code == 422


@pytest.mark.parametrize("word", ["John Smith 9434765919", "knitbombing", ""])
def test_only_words_of_the_list_are_taught_or_passed_over(client, stella, vocabulary, word):
    miss(7, word="knitbombing")
    client.sign_in(stella)
    answer = client.post("/desk/misses/meaning", data={"word": word, "means": "arts and crafts"})
    assert (answer.status_code, db.session.scalars(select(models.Synonym)).all()) == (422, [])
    answer = client.post("/desk/misses/pass-over", data={"word": word})
    assert (answer.status_code, db.session.scalars(select(models.PassedOver)).all()) == (422, [])


def test_no_word_means_somebody(client, stella, vocabulary):
    miss(word="knitbombing")
    client.sign_in(stella)
    answer = client.post("/desk/misses/meaning", data={"word": "knitbombing", "means": "knitting with Margaret"})
    assert answer.status_code == 422
    assert "We saw what may be a name" in answer.get_data(as_text=True)


def test_a_word_that_is_passed_over_goes(client, stella):
    miss(word="zorbing")
    client.sign_in(stella)
    assert client.post("/desk/misses/pass-over", data={"word": "zorbing"}).status_code == 303
    assert "Search understood every word" in read(client)


def test_a_word_that_was_passed_over_can_be_brought_back(client, stella, lena):
    miss(word="zorbing")
    client.sign_in(lena)
    assert client.post("/desk/misses/bring-back", data={"word": "zorbing"}).status_code == 403
    client.sign_in(stella)
    assert "passed over" not in read(client)
    client.post("/desk/misses/pass-over", data={"word": "zorbing"})
    assert "1 word passed over" in read(client)
    for _ in range(2):  # a second press finds it done
        answer = client.post("/desk/misses/bring-back", data={"word": "zorbing"})
        assert (answer.status_code, answer.location) == (303, "/desk/misses?after=brought-back")
    page = read(client)
    assert "Teach search" in page
    assert "passed over" not in page
    assert client.post("/desk/misses/bring-back", data={}).status_code == 422


def test_a_lead_opens_a_gap_from_what_many_looked_for(client, ida, vocabulary, real_places):
    miss(need="loneliness", wrong="far")
    client.sign_in(ida)
    assert "found only what is far" in read(client)
    answer = client.post("/desk/misses/gap", data={"need": "loneliness", "area": "NR25", "kind": "accessible"})
    gap = db.session.scalars(select(models.Gap)).one()
    assert (answer.status_code, answer.location) == (303, f"/desk/gaps/{gap.uid}")
    assert (gap.area_code, gap.term.slug, gap.kind.value, len(gap.hexagon)) == ("NR25", "loneliness", "accessible", 15)
    assert "Open already" in read(client)
    again = client.post("/desk/misses/gap", data={"need": "loneliness", "area": "NR25", "kind": "accessible"})
    assert again.status_code == 409
    assert "Loneliness" in read(client, "/gaps")


@pytest.mark.parametrize("visits", [0, 7])
def test_a_gap_that_too_few_looked_for_is_not_opened(client, ida, vocabulary, real_places, visits):
    miss(visits, need="loneliness")
    miss(need="loneliness", area="NR27")
    miss(need="transport")
    client.sign_in(ida)
    answer = client.post("/desk/misses/gap", data={"need": "loneliness", "area": "NR25"})
    assert answer.status_code == 422
    assert "Fewer than 8 visits looked for this in NR25" in answer.get_data(as_text=True)
    assert db.session.scalars(select(models.Gap)).all() == []


def test_curators_see_needs_and_open_none(client, stella, vocabulary, real_places):
    miss(need="loneliness")
    client.sign_in(stella)
    assert "Open a gap" not in read(client)
    assert client.post("/desk/misses/gap", data={"need": "loneliness", "area": "NR25"}).status_code == 403


@pytest.mark.parametrize("asked", [{"need": "nothing-like-it", "area": "NR25"}, {"need": "loneliness", "area": "ZZ99"}, {}])
def test_a_gap_of_nothing_or_nowhere_is_refused(client, ida, vocabulary, real_places, asked):
    client.sign_in(ida)
    assert client.post("/desk/misses/gap", data=asked).status_code == 422


@pytest.mark.parametrize("area", ["NR25 6BH", "NR256BH", "NR25 6", "nr25", "E07000147", "Holt"])
def test_a_gap_is_never_of_less_than_an_outward_code(client, ida, vocabulary, real_places, area):
    client.sign_in(ida)
    answer = client.post("/desk/misses/gap", data={"need": "loneliness", "area": area})
    db.session.rollback()
    assert (answer.status_code, db.session.scalars(select(models.Gap)).all()) == (422, [])


def test_link_workers_and_visitors_see_nothing_of_it(client, lena):
    assert client.get("/desk/misses").status_code == 303
    client.sign_in(lena)
    assert client.get("/desk/misses").status_code == 403


def test_the_statements_do_not_grow(client, stella, make, statements):
    def counted() -> int:
        statements.clear()
        read(client)
        return len(statements)

    client.sign_in(stella)
    make.term("need-0")
    miss(need="need-0")
    miss(word="word a")
    read(client)
    few = counted()
    for number in range(1, 30):
        make.term(f"need-{number}")
        miss(need=f"need-{number}")
        with writing():
            db.session.add(models.PassedOver(word=f"passed {number}", day=NOW.date()))
            db.session.add(models.Synonym(said=f"taught {number}", words="yoga", made_at=NOW))
        miss(word=f"word {chr(97 + number % 26)}{chr(97 + number // 26)}", when=NOW - timedelta(days=1))
    read(client)
    assert counted() == few
