"""The layouts that the importer knows: one module for each, chosen by name or by the header of the file."""

from __future__ import annotations

from directory.errors import Refused
from directory.exchange.drafts import Preset
from directory.exchange.presets import (
    generic,
    libraries_england,
    libraries_northern_ireland,
    libraries_scotland,
    libraries_wales,
    mobile_stops,
    museums,
)
from directory.exchange.readers import Table

# The most particular header first; the generic one takes what is left.
PRESETS: tuple[Preset, ...] = (
    libraries_england.PRESET,
    libraries_wales.PRESET,
    libraries_northern_ireland.PRESET,
    libraries_scotland.PRESET,
    mobile_stops.PRESET,
    museums.PRESET,
    generic.PRESET,
)


def choose(table: Table, *, name: str = "") -> Preset:
    """The preset of this name, or the one whose header this is. Raises Refused with what could have been meant."""
    named = {preset.name: preset for preset in PRESETS}
    if not name:
        return next(preset for preset in PRESETS if preset.recognises(table))
    if name not in named:
        raise Refused(f"There is no preset “{name}”.", field="preset", suggestions=tuple(named))
    preset = named[name]
    if not preset.recognises(table):
        missing = ", ".join(sorted(preset.columns - {held.casefold() for held in table.header}))
        raise Refused(f"{table.path.name} is not laid out for the preset “{name}”: it has no column {missing}.", field="preset")
    return preset
