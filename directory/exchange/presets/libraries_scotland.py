"""The list of public libraries in Scotland: name, address, postcode and a web address."""

from __future__ import annotations

from directory.exchange.cells import tidied
from directory.exchange.drafts import Draft, Keys, Preset, Told, drafted
from directory.exchange.presets.libraries import library
from directory.exchange.readers import Row, Table


def drafts(table: Table) -> Told:
    """A draft or refusal for each row. The list does not say who runs a library, so no organisation is given."""
    keys = Keys()

    def told(row: Row) -> Draft:
        cells = tidied(row.cells)
        return library(
            row,
            key=keys.make(cells["library name"], cells["postcode"]),
            name=cells["library name"],
            address=(cells["address 1"], cells["address 2"]),
            city=cells["address 3"],
            postcode=cells["postcode"],
            url=cells["url"],
        )

    return drafted(table, told)


PRESET = Preset(
    name="libraries-scotland",
    source="Public libraries in Scotland",
    licence="",
    attribution="Scottish Library and Information Council",
    columns=frozenset({"library name", "address 1", "address 2", "address 3", "postcode", "url"}),
    drafts=drafts,
)
