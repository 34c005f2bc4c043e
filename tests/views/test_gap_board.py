"""The pages that everybody may read of gaps: board, story, map with its table, and the published table."""

from __future__ import annotations

import csv
import io
import re

import pytest

from directory import models
from directory.areas import hexagons
from directory.extensions import writing
from tests import atlases, register
from tests.make import HOLT, NOW

MORE = ("/gaps/map?layer=far", "/gaps/map?need=loneliness", "/gaps?sort=rural")
HTMX = {"HX-Request": "true", "HX-Target": "#board"}


def read(response) -> str:
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_the_board_shows_lanes_with_figures_that_say_no_more_than_they_may(client, make):
    register.step(register.gap(name="Evening woodwork", area_name="Holt"), "The area lead asks three chapels.")
    register.cell(people=10)
    register.step(register.gap("NR21", term="transport", kind="accessible"), "Met now.", state="met")
    page = read(client.get("/gaps"))
    assert "Evening woodwork" in page
    assert "NR25, Holt" in page
    assert "About 10 people" in page
    assert "Was too far" in page
    assert "Fewer than 8 a quarter, or none" in page
    assert "counted to 30 September 2026" in page


def test_nothing_public_says_when_something_is_shown(client, make):
    register.flags(register.gap(), 5)
    page = read(client.get("/gaps"))
    assert "Nothing is shown here" in page
    assert "NR25" not in page
    assert "No quarter is counted yet" in page


def test_a_choice_comes_as_a_fragment_and_tells_how_many(client, make):
    register.step(register.gap())
    page = read(client.get("/gaps?area=NR25", headers=HTMX))
    assert page.lstrip().startswith('<div id="board">')
    assert "0 reported, 1 being looked at, 0 being started, 0 met" in page


@pytest.mark.parametrize("asked", ["area=%00", "need=<b>", "sort=exact", "lane=x", "area=NR25'--", "quarter=2026-Q9"])
def test_an_address_changed_by_hand_shows_the_plain_board(client, make, asked):
    register.step(register.gap())
    assert "Loneliness" in read(client.get(f"/gaps?{asked}"))
    read(client.get(f"/gaps/map?{asked}"))
    assert client.get(f"/gaps.csv?{asked}").status_code == (200 if asked.startswith(("sort", "lane", "area=%00")) else 400)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/gaps?need=zzz", "We do not know the need “zzz”."),
        ("/gaps?area=ZZ99", "We do not know the area “ZZ99”."),
        ("/gaps?lane=zzz", "We do not know the lane “zzz”."),
        ("/gaps?sort=zzz", "We do not know the order “zzz”."),
        ("/gaps?need=<b>", "We do not know the need “&lt;b&gt;”."),
        ("/gaps/map?need=zzz", "We do not know the need “zzz”."),
        ("/gaps/map?layer=zzz", "We do not know the map “zzz”."),
        ("/gaps/map?council=E99999999", "We do not know the council “E99999999”."),
        ("/gaps/map?quarter=banana", "We do not know the quarter “banana”."),
        ("/gaps/map?quarter=2026-Q2", "April to June 2026 was not counted. This is July to September 2026."),
    ],
)
def test_what_we_do_not_know_is_said_and_left_out(client, make, real_places, address, sentence):
    register.step(register.gap())
    register.cell(people=10)
    page = read(client.get(address))
    assert sentence in page
    assert "Loneliness" in page, "the rest is shown as if it had not been asked for"
    assert sentence not in read(client.get(address.split("?")[0]))


def test_a_known_need_or_area_without_a_gap_stays_chosen(client, make, real_places):
    register.step(register.gap())
    make.term("transport", label="Transport")
    page = read(client.get("/gaps?need=transport&area=NR21"))
    assert "We do not know" not in page
    assert '<option value="transport" selected>Transport</option>' in page
    assert '<option value="NR21" selected>' in page


@pytest.mark.parametrize("asked", ["quarter=banana", "need=zzz", "area=ZZ99", "need=<b>", "quarter=2026-Q2"])
def test_the_csv_of_what_we_do_not_know_is_refused_in_a_sentence(client, make, real_places, asked):
    register.cell(people=10)
    answer = client.get(f"/gaps.csv?{asked}")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert "We do not know" in answer.text or "was not counted" in answer.text


def test_the_download_of_a_map_of_one_council_keeps_the_council(client, make):
    register.cell("NR25", people=40)
    register.cell("NR21", people=20, council_code="E07000143")
    page = read(client.get("/gaps/map?council=E07000143&need=loneliness"))
    (address,) = re.findall(r'href="(/gaps\.csv[^"]*)"', page)
    assert "council=E07000143" in address
    rows = list(csv.DictReader(io.StringIO(read(client.get(address.replace("&amp;", "&"))))))
    assert [row["area_code"] for row in rows] == ["NR21"]


def test_figures_that_are_added_up_say_so_and_none_is_called_too_small(client, make):
    """Two needs with seven each are fourteen people: no figure is shown, and no sentence says that they are fewer than 8."""
    register.cell("NR25", people=10)
    register.step(register.gap("NR21"))
    page = read(client.get("/gaps/map"))
    assert "People who flagged any need: figures of 8 or more, added up" in page
    assert ("NR21", "No figure of 8 or more") in table(page)
    assert "Fewer than 8" not in page
    assert "&lt;8: no figure of 8 or more" in page


def test_choosing_another_layer_brings_its_introduction_legend_and_councils(client, atlas):
    register.cell("NR25", people=10)
    part = read(client.get("/gaps/map?layer=far", headers={"HX-Request": "true", "HX-Target": "#patches"}))
    assert part.lstrip().startswith('<div id="patches">')
    assert "The number is whole miles" in part
    assert 'id="council"' in part
    assert 'id="layer"' in part
    assert "to the nearest five" not in part


def test_what_cannot_be_met_now_has_a_page_with_the_reasons(client, make):
    register.step(register.gap(), "No driver within ten miles. We look again in spring.", state="not-now")
    assert "1 gap, each with the reason" in read(client.get("/gaps"))
    page = read(client.get("/gaps?lane=not-now"))
    assert "<h1>Gaps that cannot be met now</h1>" in page
    assert "No driver within ten miles" in page


def test_a_story_tells_steps_by_month_and_role_and_leads_to_the_answer(client, make):
    listing = make.listing("Friday sing-along")
    gap = register.gap(name="Singing", area_name="Holt")
    register.step(gap, "We ask the school.")
    register.step(gap, "It began in June.", state="met")
    with writing():
        gap.answer_id = listing.id
    page = read(client.get(f"/gaps/{gap.uid}"))
    assert "<h1>Singing, NR25, Holt</h1>" in page
    assert page.index("It began in June.") < page.index("We ask the school.")
    assert "August 2026, the area lead" in page
    assert "/listings/friday-sing-along" in page
    assert "21 August" not in page
    with writing():
        listing.status = models.Status.ENDED
    assert "/listings/friday-sing-along" not in read(client.get(f"/gaps/{gap.uid}"))


def test_a_story_that_is_not_public_is_not_there_and_a_merged_one_leads_on(client, make):
    hidden, kept, merged = register.gap("NR21"), register.gap(), register.gap("NR24")
    register.step(kept)
    with writing():
        merged.state, merged.merged_into_id, merged.closed_at = models.GapState.MERGED, kept.id, NOW
    assert client.get(f"/gaps/{hidden.uid}").status_code == 404
    answer = client.get(f"/gaps/{merged.uid}")
    assert (answer.status_code, answer.location) == (301, f"/gaps/{kept.uid}")


def drawn(page: str) -> list[tuple[str, str]]:
    """Every patch of the picture: its shade and what is written on it."""
    svg = page[page.index('<svg class="hexmap"') : page.index("<figcaption")]
    shades = re.findall(
        r'<polygon class="(h[\dn])" points="[\d., ]+"/>(?:<text class="\w+" x="\d+" y="\d+">([^<]+)</text>)?', svg
    )
    assert len(shades) == svg.count("<polygon")
    return shades


def table(page: str) -> list[tuple[str, str]]:
    body = page[page.index("The same as a table") :]
    return re.findall(r'<tr><th scope="row">([^<]+)</th><td class="num">([^<]+)</td>', body)


def test_the_table_says_exactly_what_the_map_shows(client, make):
    register.gap("NR25")
    register.step(register.gap("NR24"))
    register.cell("NR25", people=40)
    register.cell("NR25", people=10, kind="accessible")
    register.cell("NR21", people=20)
    register.cell("NR27", people=15, term="transport")
    for asked in ("", "?need=loneliness", "?need=transport", "?need=nothing-like-it"):
        page = read(client.get(f"/gaps/map{asked}"))
        rows, patches = table(page), drawn(page)
        named = [text for _, text in patches if text]
        around = [shade for shade, text in patches if not text]
        assert [figure.replace("No figure of 8 or more", "&lt;8") for _, figure in rows[:-1]] == named
        assert rows[-1] == (f"{len(around)} patches round these, without the middle of an area", "No figure of 8 or more")
        assert set(around) == {"h0"}
    assert table(read(client.get("/gaps/map")))[:-1] == [
        ("NR25", "50"),
        ("NR21", "20"),
        ("NR27", "15"),
        ("NR24", "No figure of 8 or more"),
    ]
    assert [shade for shade, text in drawn(read(client.get("/gaps/map"))) if text] == ["h4", "h2", "h1", "h0"]


@pytest.fixture
def atlas(app, make):
    """A lunch club in Holt, which Norfolk's lists tell of; of the Highlands nobody knows."""
    make.listing("Lunch Club", at=HOLT, terms=[make.term("company", label="Company")])
    return atlases.reckon(app)


def test_the_layer_of_miles_says_in_its_table_what_its_map_shows(client, atlas):
    page = read(client.get(f"/gaps/map?layer=far&need=company&council={atlases.NORTH_NORFOLK}"))
    assert table(page) == [
        ("Horsey", "26 miles"),
        ("Fakenham", "11 miles"),
        ("Glandford", "2.9 miles"),
        ("Holt", "less than 0.1 miles"),
    ]
    assert drawn(page) == [("h4", "26"), ("h4", "11"), ("h1", "3"), ("h0", "0")]
    assert "Miles to the nearest help with company, North Norfolk, in a straight line" in page
    assert "Fewer than 8" not in page
    assert "All of it is too much" not in page
    assert "Furthest need" not in page
    assert f'href="/atlas/councils/{atlases.NORTH_NORFOLK}?need=company"' in page


def test_the_layer_of_miles_says_not_known_where_nobody_sent_a_list(client, atlas):
    page = read(client.get(f"/gaps/map?layer=far&council={atlases.HIGHLAND}"))
    assert table(page) == [("Durness", "Not known")]
    assert drawn(page) == [("hn", "?")]
    assert "Furthest need" in page
    assert "Not known is not the same as none." in page


def test_the_layer_of_miles_is_the_same_whatever_was_flagged(client, atlas):
    asked = f"/gaps/map?layer=far&need=company&council={atlases.NORTH_NORFOLK}"
    before = read(client.get(asked))
    register.flags(register.gap("NR21", term="company"), 30)
    assert read(client.get(asked)) == before


def test_without_an_atlas_there_is_no_layer_of_miles(client, make):
    register.cell()
    page = read(client.get("/gaps/map?need=loneliness"))
    assert "How far it is</option>" not in page
    assert page.count('<td class="num">Not known</td>') == 1  # the nearest now
    page = read(client.get("/gaps/map?layer=far"))
    assert "The atlas has not been worked out yet" in page
    assert '<svg class="hexmap"' not in page
    assert "Rural areas first" not in read(client.get("/gaps?sort=rural"))


def test_the_table_of_the_flagged_says_how_far_the_nearest_is_now(client, atlas, make):
    register.cell("NR25", term="company", people=40)
    register.cell("NR21", term="company", people=20)
    register.cell("IV27", term="company", people=10, hexagon=hexagons.cell_at(58.3, -4.8), council_code=atlases.NORTH_NORFOLK)
    assert "Nearest now" not in read(client.get("/gaps/map"))
    page = read(client.get("/gaps/map?need=company"))
    assert '<th scope="col" class="num">Nearest now</th>' in page
    said = re.findall(r'<th scope="row">(\w+)</th>.*<td class="num">([^<]+)</td></tr>', page)
    assert said == [("NR25", "less than 0.1 miles"), ("NR21", "11 miles"), ("IV27", "Not known")]
    assert "How far it is</option>" in page


def test_the_board_can_show_rural_areas_first(client, atlas, make):
    register.step(register.gap("NR21", name="In town"))
    register.step(register.gap("NR29", name="By the sea"))
    register.cell("NR21", people=40)
    page = read(client.get("/gaps"))
    assert page.index("In town") < page.index("By the sea")
    page = read(client.get("/gaps?sort=rural"))
    assert page.index("By the sea") < page.index("In town")
    assert '<option value="rural" selected>Rural areas first</option>' in page


def test_the_board_says_where_it_and_the_atlas_disagree(app, client, make):
    make.term("company", label="Company")
    for number in range(3):
        make.listing(f"Club {number}", at=(HOLT[0] + number / 1000, HOLT[1]), terms=["company"])
    assert "Worth a look" not in read(client.get("/gaps"))
    atlases.reckon(app)
    register.flags(register.gap("NR25", term="company", area_name="Holt"), 40)
    page = read(client.get("/gaps"))
    assert "Horsey is 26 miles from help with company, yet it is not on the board." in page
    assert "has plenty nearby" not in page
    register.cell("NR25", term="company", people=40)
    page = read(client.get("/gaps"))
    assert "NR25, Holt has plenty nearby, and about 40 people said it is missing: full, perhaps, or not right for them." in page
    assert page.count('href="/atlas?need=company"') == 2
    assert "Worth a look" not in read(client.get("/gaps?area=NR25"))
    assert "Worth a look" not in read(client.get("/gaps?lane=reported"))


def test_a_map_of_another_quarter_and_of_one_council(client, make):
    register.cell("NR25", people=10, quarter="2026-Q2")
    register.cell("NR25", people=40)
    register.cell("NR21", people=20, council_code="E07000143")
    page = read(client.get("/gaps/map?quarter=2026-Q2"))
    assert table(page)[0] == ("NR25", "10")
    assert "April to June 2026" in page
    assert [row[0] for row in table(read(client.get("/gaps/map?council=E07000143")))[:-1]] == ["NR21"]


def test_a_map_with_nothing_says_so(client):
    assert "There is nothing to draw yet" in read(client.get("/gaps/map"))


def test_the_csv_holds_the_stored_cells_and_nothing_more(client, make):
    register.flags(register.gap("NR24"), 30)
    register.cell("NR25", people=10, area_name="=cmd()")
    register.cell("NR21", people=20, quarter="2026-Q2", term="transport")
    answer = client.get("/gaps.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(read(answer))))
    assert [(row["quarter"], row["area_code"], row["area_name"], row["people"]) for row in rows] == [
        ("2026-Q3", "NR25", "'=cmd()", "10"),
        ("2026-Q2", "NR21", "", "20"),
    ]
    assert "NR24" not in read(client.get("/gaps.csv"))
    assert len(read(client.get("/gaps.csv?need=transport")).splitlines()) == 2


def test_the_statements_of_each_page_do_not_grow(client, atlas, make, statements):
    def counted() -> list[int]:
        numbers = []
        for address in ("/gaps", "/gaps/map", "/gaps.csv", "/gaps/map?layer=searches", *MORE):
            statements.clear()
            client.get(address)
            numbers.append(len(statements))
        return numbers

    register.step(register.gap())
    register.cell()
    counted()  # what searches are published is read once and kept
    few = counted()
    for number in range(1, 30):
        register.step(register.gap(f"NR{number}", term=f"need-{number % 5}"))
        register.cell(f"NR{number}", term=f"need-{number % 5}")
    counted()  # and what needs are called
    assert counted() == few
    assert max(few) <= 8


def test_what_was_no_gap_says_why_and_is_on_no_board(client, make):
    gap = register.gap()
    register.step(gap)
    register.step(gap, "There is one at the library on Mondays.", state="mistaken")
    answer = client.get(f"/gaps/{gap.uid}")
    assert answer.status_code == 410
    assert "There is one at the library on Mondays." in answer.text
    assert "We are asking three chapels." not in answer.text
    assert str(gap.uid) not in client.get("/gaps").text
    for fields in ({"words": "Margaret asked."}, {"voice": models.Voice.VOLUNTEER}, {"words": ""}):
        other = register.gap("NR21", opened_at=register.Q2)
        register.step(other, state="mistaken", **fields)
        assert client.get(f"/gaps/{other.uid}").status_code == 404
    silent = register.gap("NR24", state=models.GapState.MISTAKEN, closed_at=register.Q3)
    unlisted = register.gap("NR27", kind="not-known")
    register.step(unlisted, state="mistaken")
    for each in (silent, unlisted):
        assert client.get(f"/gaps/{each.uid}").status_code == 404
