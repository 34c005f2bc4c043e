"""The pages of the atlas: what they tell, what they do not claim to know, and that they read only what was stored."""

from __future__ import annotations

import csv
import io
import re

import pytest

from directory.models import Gap, GapKind, GapState, GapStep, Kind, Mode, Voice
from directory.views import atlas
from tests import atlases
from tests.atlases import HIGHLAND, NORTH_NORFOLK
from tests.make import HOLT, NOW


@pytest.fixture
def clubs(make):
    """A lunch club in Holt, and what it is for."""
    company = make.term("company")
    return make.listing("Lunch Club", at=HOLT, terms=[make.term("loneliness", parent=company)])


def reckoned(app, **given):
    return atlases.reckon(app, **given)


def test_before_the_first_reckoning_the_page_says_so(client):
    page = client.get("/atlas")
    assert page.status_code == 200
    assert "has not been worked out yet" in page.text
    assert client.get("/atlas/needs/company").status_code == 503


def test_village_and_town_are_told_with_bars(app, client, clubs):
    reckoned(app)
    page = client.get("/atlas").text
    # The town's middle person is in Fakenham, the villages' in Glandford or Horsey.
    assert "Village and country" in page
    assert '<svg class="barr"' in page
    assert "2.9 miles" in page  # Glandford, of the 800 against Horsey's 300
    assert "Company" in page


def test_a_council_of_which_no_list_tells_is_not_known_and_not_ranked(app, client, clubs):
    reckoned(app)
    page = client.get("/atlas?by=council&need=company").text
    assert "1 council not known" in page
    assert "That is not the same as none." in page
    highland = client.get(f"/atlas/councils/{HIGHLAND}").text
    assert "Not known" in highland
    assert "Nobody sent us a list for this council" in highland


def test_a_council_tells_whose_lists_it_is_known_by(app, client, clubs):
    reckoned(app)
    page = client.get(f"/atlas/councils/{NORTH_NORFOLK}").text
    assert "How far is it in North Norfolk?" in page
    assert "People here" in page
    assert "Lists are counted for the whole county." in page
    assert client.get("/atlas/councils/E99999999").status_code == 404


def test_the_map_of_a_council_and_its_table_say_the_same(app, client, clubs):
    reckoned(app)
    page = client.get(f"/atlas/councils/{NORTH_NORFOLK}?need=company").text
    rows = page.split("The same as a table")[1].split("</tbody>")[0]
    assert [f"{number}. {name}" in rows for number, name in enumerate(("Horsey", "Fakenham", "Glandford", "Holt"), 1)] == [
        True
    ] * 4
    picture = page.split('class="hexmap"')[1].split("</svg>")[0]
    assert [figure.split("<")[0] for figure in picture.split('">')[1:] if figure[:1].isdigit()] == ["26", "11", "3", "0"]


def test_a_need_tells_all_tenths_and_councils(app, client, clubs):
    reckoned(app)
    page = client.get("/atlas/needs/company").text
    assert "Tenth 3" in page
    assert "Tenth 4" not in page  # nobody lives in one
    assert "Not known, so not ranked: 1 council." in page
    assert client.get("/atlas/needs/nonsense").status_code == 404


def test_with_and_without_stops_are_told_for_the_same_councils(app, client, make):
    make.listing("Holt Library", at=HOLT, kind=Kind.LIBRARY)
    stop = {"rrule": "FREQ=WEEKLY;INTERVAL=4;BYDAY=WE", "mode": Mode.STOP}
    make.listing("Mobile library", at=(52.7490, 1.6500), kind=Kind.LIBRARY, session=stop)
    found = reckoned(app)
    page = client.get("/atlas").text
    assert "Library, with mobile stops" in page
    assert "Library, without, in the same councils" in page
    assert found.figure(found.number_of("library"), "rural:1")["people"] == 1100
    assert found.figure(found.number_of("library-building"), "rural:1")["beyond_10_km"] == 300
    assert found.figure(found.number_of("library"), "rural:1")["beyond_10_km"] == 0


def test_areas_far_off_stand_beside_what_the_public_may_know_of_gaps(app, client, make, clubs):
    missing = {"term_id": clubs.terms[0].id, "kind": GapKind.AVAILABLE, "opened_at": NOW, "changed_at": NOW}
    step = GapStep(voice=Voice.STAFF, state=GapState.BEING_STARTED, words="A hall is found.", made_at=NOW)
    make.saved(Gap, area_code="NR29", area_name="NR29", state=GapState.BEING_STARTED, steps=[step], **missing)
    make.saved(Gap, area_code="NR21", area_name="NR21", state=GapState.REPORTED, **missing)
    reckoned(app)
    page = client.get("/atlas?need=company").text
    horsey, fakenham = (page.split(f'<th scope="row">{name}</th>')[1].split("</tr>")[0] for name in ("Horsey", "Fakenham"))
    assert "Being started" in horsey
    # That somebody flagged it is not public before a lead has stepped in.
    assert "Not on the board" in fakenham
    assert "Fakenham is far from help with company, yet it is not on the" in page


def test_an_estimate_says_so_and_counts_postcodes(app, client, clubs):
    reckoned(app, small=atlases.areas(is_estimate=True))
    page = client.get("/atlas").text
    assert "Estimate: no population loaded." in page
    assert '<th scope="col" class="num">Postcodes</th>' in page


def test_the_download_writes_not_known_in_words(app, client, clubs):
    reckoned(app)
    answer = client.get("/atlas.csv?need=company")
    assert answer.mimetype == "text/csv"
    rows = {(row["by"], row["name"]): row for row in csv.DictReader(io.StringIO(answer.text))}
    assert rows["council", "Highland"]["median_km"] == "not known"
    assert rows["council", "Highland"]["people"] == "0"
    assert rows["everybody", "Everybody"]["people_not_known"] == "350"
    assert rows["council", "North Norfolk"]["within_1_mi"] == "0.33"  # 4,000 of 12,100


def test_choosing_brings_only_the_figures(app, client, clubs):
    reckoned(app)
    part = client.get("/atlas?measure=ratio&by=deprivation", headers={"HX-Target": "figs"}).text
    assert part.lstrip().startswith('<div id="figs">')
    assert "Per 1,000 people, better off and worse off" in part
    assert "Least deprived tenth" in part
    assert "Tenth 3" not in part


def test_a_page_sends_the_same_statements_at_one_listing_and_at_thirty(app, client, make, statements):
    counts = []
    for number in (1, 30):
        for each in range(number):
            make.listing(f"Club {number} {each}", at=HOLT, terms=["company"])
        reckoned(app)
        statements.clear()
        client.get("/atlas")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 3


def test_who_may_try_a_place(app, client, amina, ida, lena, clubs):
    reckoned(app)
    assert client.get("/atlas/try").status_code == 303
    client.sign_in(lena)
    assert client.get("/atlas/try").status_code == 403
    for person in (amina, ida):
        client.sign_in(person)
        assert client.get("/atlas/try").status_code == 200


def test_only_those_who_may_try_a_place_are_led_there(app, client, amina, ida, lena, clubs):
    door = 'href="/atlas/try?need=company"'
    assert door not in client.get("/atlas").text
    reckoned(app)
    assert door not in client.get("/atlas").text
    client.sign_in(lena)
    assert door not in client.get("/atlas").text
    for person in (amina, ida):
        client.sign_in(person)
        assert door in client.get("/atlas").text


def test_what_a_listing_in_horsey_would_change(app, client, ida, clubs):
    reckoned(app)
    client.sign_in(ida)
    page = client.get("/atlas/try?need=company&place=52.749,1.65").text
    row = page.split('<th scope="row">1 mile</th>')[1].split("</tr>")[0]
    assert row.count(">300<") == 3  # all of Horsey, none of whom had one, all in a village
    assert "It would be the nearest one for 300 people" in page
    assert "where now there is none" in page


def test_a_place_that_is_not_known_is_told(app, client, ida, clubs):
    reckoned(app)
    client.sign_in(ida)
    page = client.get("/atlas/try?need=company&place=Nowhere+at+all")
    assert page.status_code == 422
    assert "Nowhere at all" in page.text


def test_how_we_count_names_the_file(app, client, clubs):
    reckoned(app)
    assert "from the file areas.csv" in client.get("/atlas/how").text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/atlas?need=nope", 200),
        (f"/atlas/councils/{NORTH_NORFOLK}?need=nope", 200),
        ("/atlas/try?need=nope&place=52.749,1.65", 422),
        ("/atlas.csv?need=nope", 400),
    ],
)
def test_a_need_that_the_atlas_lacks_is_said(app, client, ida, clubs, address, status):
    reckoned(app)
    client.sign_in(ida)
    answer = client.get(address)
    assert answer.status_code == status
    assert "We do not know the need “nope”." in answer.text
    assert "would be the nearest one" not in answer.text


def test_a_measure_or_comparison_that_is_none_is_said(app, client, clubs):
    reckoned(app)
    page = client.get("/atlas?measure=x&by=y").text
    assert "We do not know the measure “x”." in page
    assert "We do not know the comparison “y”." in page


def test_what_is_only_there_to_compare_is_no_need(app, client, make):
    make.listing("Holt Library", at=HOLT, kind=Kind.LIBRARY)
    stop = {"rrule": "FREQ=WEEKLY;INTERVAL=4;BYDAY=WE", "mode": Mode.STOP}
    make.listing("Mobile library", at=(52.7490, 1.6500), kind=Kind.LIBRARY, session=stop)
    reckoned(app)
    for address in (f"/atlas/councils/{NORTH_NORFOLK}", f"/gaps/map?layer=far&council={NORTH_NORFOLK}"):
        assert "in the same councils" not in client.get(address).text


def test_a_visitor_is_told_of_what_if_and_where_to_sign_in(app, client, lena, clubs):
    reckoned(app)
    assert "sign in to try" in client.get("/atlas").text
    client.sign_in(lena)
    assert "sign in to try" not in client.get("/atlas").text


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(1.64, "1.6 times"), (2.0, "twice"), (2.6, "more than twice"), (3.97, "4 times"), (4.3, "more than 4 times")],
)
def test_how_many_times_as_far_is_never_more_than_it_is(ratio, said):
    assert atlas.times(ratio) == said


@pytest.mark.parametrize(("people", "said"), [(0, 0), (12, 10), (98, 100), (8123, 8100), (123456, 120000), (304, 300)])
def test_people_are_told_as_one_says_them(people, said):
    assert atlas.rounded(people) == said


def test_what_is_counted_has_its_unit(app, client, clubs):
    reckoned(app)
    assert re.search(r">0\.\d listings<", client.get("/atlas?measure=within").text)
    assert " listings</td>" in client.get(f"/atlas/councils/{NORTH_NORFOLK}").text
