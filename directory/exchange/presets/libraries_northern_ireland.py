"""The list of public libraries in Northern Ireland, with hours for each day."""

from __future__ import annotations

from directory.exchange.cells import tidied
from directory.exchange.drafts import Draft, Keys, Preset, Told, drafted
from directory.exchange.hours import DAYS, week
from directory.exchange.presets.libraries import PLACE, library
from directory.exchange.readers import Row, Table

RUNS_THEM = {"name": "Libraries NI", "kind": "other", "website": "https://www.librariesni.org.uk"}


def drafts(table: Table) -> Told:
    """A draft or refusal for each row. Without a table of BT postcodes a library covers its outward code instead of a point."""
    keys = Keys()

    def told(row: Row) -> Draft:
        cells = tidied(row.cells)
        name = cells["library name"]
        sessions, uncertain = week({code: cells[day] for day, code in DAYS.items()}, venue=PLACE)
        return library(
            row,
            key=keys.make(name),
            name=name if "librar" in name.casefold() else f"{name} Library",
            address=(cells["address 1"],),
            city=cells["address 2"],
            postcode=cells["postcode"],
            organisation=dict(RUNS_THEM),
            url=cells["url"],
            emails=cells["email address"],
            sessions=sessions,
            schedule_note=uncertain,
        )

    return drafted(table, told)


PRESET = Preset(
    name="libraries-northern-ireland",
    source="Public libraries in Northern Ireland",
    licence="",
    attribution="Libraries NI",
    columns=frozenset({"library name", "address 1", "postcode", "email address"} | set(DAYS)),
    drafts=drafts,
)
