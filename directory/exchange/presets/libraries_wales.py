"""The list of public libraries in Wales, which names the council by its code."""

from __future__ import annotations

from directory import places
from directory.exchange.cells import tidied
from directory.exchange.drafts import Draft, Keys, Preset, Told, drafted
from directory.exchange.presets.libraries import council_libraries, library, record_of
from directory.exchange.readers import Row, Table


def drafts(table: Table) -> Told:
    """A draft or refusal for each row."""
    keys = Keys()

    def told(row: Row) -> Draft:
        cells = tidied(row.cells)
        key = keys.make(cells["local authority code"], cells["library name"])
        if cells["year closed"]:
            return Draft(key, {**record_of(cells["library name"], None), "status": "ended"}, (row,), closed=True)
        # "CL" is a library that its community runs, often with the council's books.
        run_by_council = cells["type of library"].casefold() != "cl"
        return library(
            row,
            key=key,
            name=cells["library name"],
            address=(cells["address 1"], cells["address 2"]),
            city=cells["address 3"],
            postcode=cells["postcode"],
            organisation=council_libraries(places.council_name(cells["local authority code"])) if run_by_council else None,
            url=cells["url"],
            emails=cells["email address"],
        )

    return drafted(table, told)


PRESET = Preset(
    name="libraries-wales",
    source="Public libraries in Wales",
    licence="",
    attribution="Welsh Government, public library standards",
    columns=frozenset({"local authority code", "library name", "postcode", "type of library", "year closed", "email address"}),
    drafts=drafts,
)
