"""The lists that come with the package: whole, true to the ground, and outranked by what is loaded."""

import csv
from collections import defaultdict

from directory import places
from directory.places import shipped
from directory.places.spelling import KIND_WORDS, key_of

# Listed elsewhere only under another name (most in Welsh), or as a council and not as a place.
OTHERWISE_CALLED = {
    "Barry", "Newham", "Richmond", "St Davids", "Tower Hamlets", "Westminster",
}  # fmt: skip


def test_every_shipped_place_has_a_kind_a_district_and_a_unit_in_it(real):
    listed = shipped.listed()
    assert len(listed) == len(set(listed)) > 700
    for place in listed:
        unit = real.postcode(place.postcode)
        assert unit is not None, place
        assert (unit.code, real.council_name(unit.council_code)) == (place.postcode, place.district)
        assert place.kind in KIND_WORDS
    [(held,)] = real._table.rows("SELECT count(*) FROM name WHERE source = 'shipped'")
    assert held == len(listed)


def test_there_are_enough_villages_towns_and_cities():
    kinds = defaultdict(set)
    for place in shipped.listed():
        kinds[place.kind].add((place.name, place.district))
    near = [
        name
        for name, district in kinds["village"]
        if district in ("North Norfolk", "King's Lynn and West Norfolk", "Broadland", "Breckland")
    ]
    assert len(near) >= 180
    assert len(kinds["city"]) >= 60
    assert len(kinds["town"]) >= 250
    assert len(kinds["suburb"]) >= 60


def test_every_shipped_place_is_where_another_list_has_it(real, samples):
    listed = defaultdict(list)
    with (samples / "place_names_osopennames_subset.tsv").open(encoding="utf-8") as file:
        for name, _, kind, latitude, longitude in csv.reader(file, delimiter="\t"):
            if kind:
                listed[key_of(name)].append((float(latitude), float(longitude)))
    with (samples / "place_name_aliases.tsv").open(encoding="utf-8") as file:
        for name, _, also in list(csv.reader(file, delimiter="\t"))[1:]:
            listed[key_of(also)] += listed[key_of(name)]
    checked, off = 0, []
    for place in shipped.listed():
        unit = real.postcode(place.postcode)
        away = [real.distance_km(unit.latitude, unit.longitude, *point) for point in listed[key_of(place.name)]]
        if away and place.name not in OTHERWISE_CALLED:
            checked += 1
            off += [(place, min(away))] if min(away) > 6 else []
    assert off == []
    assert checked > 680


def test_a_loaded_list_outranks_what_is_shipped_and_adds_to_it(own, tmp_path):
    before = own.locate("Cley next the Sea")
    path = tmp_path / "ours.csv"
    path.write_text(
        "name,latitude,longitude,kind\nCley next the Sea,52.95,1.05,Village\nFurther Hythe,52.9,1.0,Village\n", "utf-8"
    )
    own.import_names(path)
    assert (before.latitude, before.longitude) != (52.95, 1.05)
    assert (own.locate("Cley next the Sea").latitude, own.locate("Cley").longitude) == (52.95, 1.05)
    assert own.locate("Further Hythe").label == "Further Hythe"
    assert own.locate("Wiveton").label == "Wiveton"
    path.write_text("name,latitude,longitude\nFurther Hythe,52.9,1.0\n", "utf-8")
    own.import_names(path)
    assert own.locate("Cley next the Sea") == before


def test_a_place_whose_postcode_is_not_in_the_table_is_left_out(small):
    assert small._table.rows("SELECT count(*) FROM name WHERE source = 'shipped'") == [(0,)]
    assert places.named("Wiveton") is None
