"""Files made of text, and a small invented table of postcodes, so that presets need no set-up."""

from __future__ import annotations

import pytest

from directory import places
from directory.errors import UnknownPlace
from directory.exchange import presets, readers
from directory.exchange.drafts import Draft
from directory.places import Place, Unit

UNITS = {
    "NR21 9AB": Unit("NR21 9AB", 52.8300, 0.8500, "E07000147"),
    "NR25 6BH": Unit("NR25 6BH", 52.9060, 1.0880, "E07000147"),
}


@pytest.fixture
def table_of_places(monkeypatch):
    """Two postcodes are known, the rest of NR21 roughly, and the town of Holt."""
    near = Place(label="NR21", precision="outcode", latitude=52.83, longitude=0.86, within_km=9.0, outcode="NR21")
    holt = Place(label="Holt", precision="place", latitude=52.906, longitude=1.088)

    def locate(text, *, near=None, loosely=True):
        if text != "Holt":
            raise UnknownPlace(f"We know no place called “{text}”.")
        return holt

    monkeypatch.setattr(places, "postcode", lambda text: UNITS.get(text.strip().upper()))
    monkeypatch.setattr(places, "approximate", lambda text: near if text.startswith("NR21") else None)
    monkeypatch.setattr(places, "locate", locate)


@pytest.fixture
def read_text(tmp_path):
    """The table in a file that holds this text or these bytes."""

    def read(content, name="list.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return readers.read(path)

    return read


@pytest.fixture
def told(read_text, table_of_places):
    """Drafts and reasons of refusal that a preset makes of a text: `(drafts, [(line, reason)], table)`."""

    def tell(content, preset="", name="list.csv"):
        table = read_text(content, name)
        found = list(presets.choose(table, name=preset).drafts(table))
        drafts = [each for each in found if isinstance(each, Draft)]
        return drafts, [(each.row.line, each.reason) for each in found if not isinstance(each, Draft)], table

    return tell
