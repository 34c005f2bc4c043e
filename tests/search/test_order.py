"""What comes first, and that it comes in the same place each time."""

from datetime import date, timedelta

from directory.models import Room
from tests import make as makers
from tests.search.asking import found, named, names, north

TODAY = makers.TODAY


def test_more_of_what_was_wanted_comes_before_better(make):
    make.listing("Garden garden garden", at=north(0.2))
    make.listing("Garden tea", at=north(2.5))
    assert named("garden tea", radius_mi=3.0) == ["Garden tea", "Garden garden garden"]


def test_a_word_in_the_name_comes_before_one_in_the_text(make):
    make.listing("Monday Club", at=north(1), description="We sometimes sit in the garden and talk of many things.")
    make.listing("Garden Club", at=north(1))
    assert named("garden") == ["Garden Club", "Monday Club"]


def test_nearer_comes_first_all_else_equal(make):
    for miles in (2.0, 0.5, 1.0):
        make.listing(f"Club {miles}", at=north(miles))
    assert named() == ["Club 0.5", "Club 1.0", "Club 2.0"]


def test_what_covers_ranks_as_if_a_third_of_the_radius_away(make):
    make.listing("Near", at=north(0.5))
    make.listing("Far", at=north(2.5))
    make.listing("Covers", coverage=["NR25"])
    make.listing("Line", by_phone=True)
    assert named(radius_mi=3.0) == ["Near", "Covers", "Line", "Far"]


def test_freshly_checked_comes_before_long_unchecked_before_never(make):
    for name, days in (("Never", None), ("A year", 365), ("This week", 3), ("Last month", 40)):
        make.listing(name, at=north(1), checked_on=TODAY - timedelta(days=days) if days else None)
    # What was checked this quarter counts in full, so those two stand by age of listing.
    assert named() == ["This week", "Last month", "A year", "Never"]


def test_full_sinks_until_it_is_over(make):
    make.listing("Full", at=north(1), room=Room.FULL, room_until=TODAY + timedelta(days=9))
    make.listing("Was full", at=north(1), room=Room.FULL, room_until=TODAY - timedelta(days=1))
    make.listing("Open", at=north(1))
    assert named() == ["Was full", "Open", "Full"]


def test_full_is_forgotten_six_weeks_after_it_was_said(make):
    make.listing("Full", at=north(1), room=Room.FULL, room_said_on=TODAY - timedelta(weeks=6))
    make.listing("Said long ago", at=north(1), room=Room.FULL, room_said_on=TODAY - timedelta(days=43))
    make.listing("Nobody knows when", at=north(1), room=Room.FULL)
    assert named() == ["Said long ago", "Nobody knows when", "Full"]


def test_most_of_the_words_are_enough_and_one_of_many_is_not(make):
    make.listing("Garden tea walk", at=north(1))
    make.listing("Garden tea", at=north(1))
    make.listing("Walk", at=north(1))
    assert set(named("garden tea walk")) == {"Garden tea walk", "Garden tea"}


def test_a_word_nobody_has_does_not_spoil_the_rest(make):
    make.listing("Garden Club", at=north(1))
    assert named("garden xylophonics") == ["Garden Club"]
    assert named("xylophonics") == []


def test_an_everyday_word_alone_is_not_enough(make):
    make.listing("Garden Group", at=north(1))
    make.listing("Garden Shed", at=north(1))
    for number in range(120):
        make.listing(f"Group {number}", at=north(1))
    assert named("garden group") == ["Garden Group", "Garden Shed"]


def test_a_need_is_found_by_its_phrase_and_by_its_words(make):
    lonely = make.term("loneliness", phrases=["nobody to talk to"])
    make.listing("Lunch Club", at=north(1), terms=[lonely])
    make.listing("Talk Line", by_phone=True, description="When there is nobody at home to talk to")
    make.listing("Garden Club", at=north(1))
    assert set(named("nobody to talk to")) == {"Lunch Club", "Talk Line"}


def test_quotes_want_words_side_by_side(make):
    make.listing("Lunch Club", at=north(1))
    make.listing("Club lunch", at=north(1))
    make.listing("Lunch", at=north(1), summary="for the club")
    assert named('"lunch club"') == ["Lunch Club"]


def test_words_are_found_whatever_their_form(make):
    make.listing("Crèche for Gŵyl", at=north(1))
    make.listing("Men’s Sheds", at=north(2))
    assert named("CRECHE") == named("creches") == named("gwyl") == ["Crèche for Gŵyl"]
    assert named("mens shed") == named("men's") == ["Men’s Sheds"]


def test_found_by_organisation_place_and_half_a_postcode(make):
    hall = make.venue("Rudram Hall", at=north(1), city="Saxley", postal_code="NR25 6BJ")
    make.listing("Club", venue=hall, organisation="Kettle Trust")
    for typed in ("kettle", "rudram", "saxley", "nr25", "NR25 6BJ", "nr256bj"):
        assert named(typed) == ["Club"], typed


def test_only_stop_words_ask_for_everything(make):
    make.listing("Club", at=north(1))
    assert named("what is on") == ["Club"]


# Sorting and pages


def several(make):
    make.listing("élan", at=north(3), checked_on=date(2026, 11, 1))
    make.listing("Zumba", at=north(1), checked_on=None)
    make.listing("Art", at=north(2), checked_on=date(2026, 10, 1))
    make.listing("Line", by_phone=True, checked_on=date(2026, 11, 10))


def test_the_other_orders(make):
    several(make)
    assert named(sort="nearest") == ["Zumba", "Art", "élan", "Line"]
    assert named(sort="checked") == ["Line", "élan", "Art", "Zumba"]
    assert named(sort="name") == ["Art", "élan", "Line", "Zumba"]


def test_pages_hold_every_row_once_in_the_order_of_one_page(make):
    hall = make.venue("Hall", at=north(1))
    for number in range(23):
        make.listing(f"Same {number}", venue=hall)
    for sort in ("best", "nearest", "checked", "name"):
        whole = found(sort=sort, per_page=100).hits
        pages = [hit for page in range(1, 6) for hit in found(sort=sort, page=page, per_page=5).hits]
        assert pages == list(whole)
        assert len({hit.listing_id for hit in pages}) == 23
    ids = [hit.listing_id for hit in found(per_page=100).hits]
    assert ids == sorted(ids)


def test_a_page_beyond_the_last_is_empty(make):
    make.listing("Club", at=north(1))
    answer = found(page=2)
    assert (answer.hits, answer.total) == ((), 1)


def test_many_equal_rows_keep_their_order_when_only_the_top_is_sorted(make):
    hall = make.venue("Hall", at=north(1))
    for number in range(230):
        make.listing(f"Same {number}", venue=hall)
    pages = [name for page in range(1, 6) for name in names(found(page=page, per_page=50).hits)]
    assert pages == [f"Same {number}" for number in range(230)]


def test_what_says_the_word_comes_before_what_only_shares_the_need(make):
    food = make.term("food", phrases=["food bank", "hungry"])
    make.listing("Lunch Table", at=north(0.1), terms=[food])
    make.listing("Seed Swap", at=north(0.1), terms=[food])
    make.listing("Larder", at=north(1.5), terms=[food], summary="A food bank in a barn.")
    assert named("food bank", radius_mi=3.0)[0] == "Larder"


def test_the_rarer_of_two_meanings_counts_for_more(make):
    arts = make.term("arts", phrases=["knitting", "painting"])
    knitting = make.term("knitting", taxonomy="activity", phrases=["knit"])
    for number in range(8):
        make.listing(f"Studio {number}", at=north(0.1), terms=[arts])
    make.listing("Tuesday Needles", at=north(2.5), terms=[arts, knitting])
    assert named("knitting", radius_mi=3.0)[0] == "Tuesday Needles"


def test_what_is_called_by_every_word_comes_first_however_far(make):
    make.listing("Blue Door Club", at=north(0.1), description="We walk to the lantern and sing of the yard.")
    make.listing("Lantern Yard", at=north(2.9))
    make.listing(
        "Winter Evenings",
        at=north(0.2),
        summary="Bring a lantern to the yard when the days are short, and there is soup for everybody.",
    )
    assert named("lantern yard", radius_mi=3.0)[0] == "Lantern Yard"


def test_a_weak_match_near_by_does_not_keep_search_from_going_further(make):
    sport = make.term("sport", taxonomy="activity", phrases=["golf", "cricket"])
    for number in range(12):
        make.listing(f"Cricketers {number}", at=north(1), terms=[sport])
    make.listing("Golf Links", at=north(15), terms=[sport])
    assert named("golf")[0] == "Golf Links"


def test_of_all_with_a_need_those_that_speak_of_it_come_first(make):
    lonely = make.term("loneliness", phrases=["lonely", "friendship", "by myself all day"])
    for number in range(6):
        make.listing(f"Club {number}", at=north(0.1), terms=[lonely])
    make.listing("Three Greens", at=north(1), terms=[lonely], summary="Friendship over a cup of tea.")
    assert named("by myself all day", radius_mi=3.0)[0] == "Three Greens"


def test_a_listing_without_terms_is_found_by_what_the_vocabulary_says_of_the_need(make):
    make.term("domestic-abuse", phrases=["he hits me", "domestic abuse"])
    make.listing("Harbour Service", at=north(1), description="Support for victims of domestic abuse.")
    make.listing("Garden Club", at=north(1))
    assert named("he hits me") == ["Harbour Service"]


def test_a_word_in_passing_does_not_stand_in_for_one_that_nothing_has(make):
    long = "We meet on Mondays in the hall behind the mill, and whoever likes may come. " * 9
    for number in range(60):
        make.listing(f"Film Night {number}", at=north(1), description=long + "In the interval we sell ice cream.")
    assert named("ice rink") == []
    assert len(named("ice cream", per_page=100)) == 60


def test_whom_somebody_speaks_of_does_not_decide(make):
    make.listing("Mum and Dad", at=north(0.1), summary="Somewhere for patients to go.")
    make.listing("Clay Room", at=north(2), summary="Pottery on Mondays.")
    assert named("somewhere for my mum to go and do pottery")[0] == "Clay Room"


def test_an_answer_in_which_nothing_holds_nearly_all_of_the_words_says_so(make):
    make.listing("Chess Club", at=north(1))
    make.listing("Walking Group", summary="We walk by the river.", at=north(1))
    assert found("chess").nearly is False
    assert found("chess river").nearly is True
    assert found("").nearly is False
