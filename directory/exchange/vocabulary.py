"""The vocabulary that ships with the package: data files in, plain rows out, in the order in which they are shown."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from directory.models import Taxonomy

FOLDER = Path(__file__).resolve().parent.parent / "data" / "vocabulary"

FILES = {
    Taxonomy.KIND: "kinds.toml",
    Taxonomy.NEED: "needs.toml",
    Taxonomy.ACTIVITY: "activities.toml",
    Taxonomy.AUDIENCE: "audiences.toml",
    Taxonomy.ACCESS: "access.toml",
    Taxonomy.LANGUAGE: "languages.toml",
}


def shipped_terms() -> list[dict[str, Any]]:
    """Every shipped term: taxonomy, slug, label, description, phrases, icon, term_uri, parent (a slug or ""), position.

    A parent comes before its children. Positions count from 0 within a taxonomy.
    """
    return [term for taxonomy in FILES for term in _read(taxonomy)]


def _read(taxonomy: Taxonomy) -> list[dict[str, Any]]:
    with FOLDER.joinpath(FILES[taxonomy]).open("rb") as file:
        entries = tomllib.load(file)["term"]
    return [
        {
            "taxonomy": taxonomy,
            "slug": entry["slug"],
            "label": entry["label"],
            "description": entry.get("description", ""),
            "phrases": list(entry.get("phrases", ())),
            "icon": entry.get("icon", ""),
            "term_uri": entry.get("term_uri", ""),
            "parent": entry.get("parent", ""),
            "position": position,
        }
        for position, entry in enumerate(entries)
    ]
