"""The atlas on disk: areas, and the measures last worked out from them, which pages read and never work out.

`areas.npz` is what `flask areas` loaded. Each working-out has a folder of its own, and a small file names the one that counts, so
that a page sees one whole or the one before.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from directory.areas import honesty
from directory.areas.atlas import MILES as REACHES
from directory.areas.atlas import Measures, Points, provision
from directory.areas.covering import covering
from directory.areas.population import COLUMNS, About, Areas, Array, replacing
from directory.areas.summaries import FIGURES, figures, furthest, groups_of, nearest_area
from directory.areas.supply import Subject, Supply

LAYOUT = 1
KEPT_S = 3600  # an older folder is left so long for pages that are still reading it
MOST_FURTHEST = 40
MEASURES = ("nearest", "within", "ratio", "comes", "from_home", "known")


class Inside(NamedTuple):
    """One inhabited area of a council."""

    name: str
    outcode: str
    latitude: float
    longitude: float
    people: float
    nearest_km: float


class Stored:
    """One working-out. Arrays stay on disk and are read where they are asked for; shapes as in `areas.atlas.Measures`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        about = json.loads((folder / "about.json").read_text("utf-8"))
        if about["layout"] != LAYOUT:
            raise ValueError("another layout")
        self.stamp: str = about["stamp"]
        self.day: str = about["day"]
        self.made_at: str = about["made_at"]
        self.areas_about = About(**about["areas"])
        self.subjects = tuple(Subject(**each) for each in about["subjects"])
        self.supply: list[dict[str, int]] = about["supply"]
        self.groups: dict[str, int] = {name: place for place, name in enumerate(about["groups"])}
        self.sources: dict[str, list[dict[str, Any]]] = about["sources"]
        self.authorities: dict[str, str] = about["authorities"]

    def number_of(self, slug: str) -> int | None:
        """Where a subject stands; None when there is none of this name."""
        return next((number for number, subject in enumerate(self.subjects) if subject.slug == slug), None)

    def column(self, name: str) -> Array:
        """One column of the areas, or one of MEASURES, as it lies on disk."""
        return np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)

    @cached_property
    def figures(self) -> Array:
        return self.column("figures")

    def figure(self, subject: int, group: str) -> dict[str, float] | None:
        """FIGURES of one subject in one group; None for a group that nobody lives in."""
        place = self.groups.get(group)
        return None if place is None else dict(zip(FIGURES, self.figures[subject, place].tolist(), strict=True))

    def beyond(self, subject: int, group: str, *, reach_km: float) -> float | None:
        """The people of a group who live further than so many kilometres; None where it is known for nobody."""
        inside = dict(self._positions)[group]
        people = np.nan_to_num(self.column("population")[inside]) * self.column("known")[subject][inside]
        distance = np.nan_to_num(self.column("nearest")[subject][inside], nan=np.inf)
        return float(people[distance > reach_km].sum()) if people.any() else None

    @cached_property
    def _positions(self) -> list[tuple[str, Array]]:
        return groups_of(self.areas())

    def areas(self) -> Areas:
        """All areas, as they were at the working-out."""
        return Areas(*(self.column(name) for name in COLUMNS), about=self.areas_about)

    def area(self, place: int) -> dict[str, Any]:
        """One area with plain values."""
        return {name: self.column(name)[place].item() for name in COLUMNS}

    def furthest(self, subject: int, *, most: int = 10, council: str = "") -> list[int]:
        """Positions of the areas furthest from a subject, in all or in one council, furthest first; where it is known only."""
        if not council:
            return [place for place in self.column("furthest")[subject][:most].tolist() if place >= 0]
        inside = np.flatnonzero(self.column("council") == council)
        distance = np.where(self.column("known")[subject][inside], self.column("nearest")[subject][inside], np.nan)
        inhabited = np.flatnonzero(np.isfinite(distance) & (self.column("population")[inside] > 0))
        order = inhabited[np.argsort(-distance[inhabited], kind="stable")[:most]]
        return inside[order].tolist()

    def inside(self, subject: int, council: str) -> list[Inside]:
        """The areas of a council with people in them; the distance is nan where it is not known or nothing is listed."""
        here = np.flatnonzero((self.column("council") == council) & (self.column("population") > 0))
        nearest = np.where(self.column("known")[subject][here], self.column("nearest")[subject][here], np.nan)
        names = ("name", "outcode", "latitude", "longitude", "population")
        return [Inside(*row) for row in zip(*(self.column(name)[here].tolist() for name in names), nearest.tolist(), strict=True)]

    def has_plenty(self, subject: int, outcode: str, within_km: float, least: int) -> bool:
        """Whether the middle person of an outward code has one so near and so many within three miles."""
        here = np.flatnonzero((self.column("outcode") == outcode) & (self.column("population") > 0))
        if not len(here):
            return False
        near = self.column("nearest")[subject][here] <= within_km
        many = self.column("within")[REACHES.index(3), subject][here] >= least
        people = self.column("population")[here]
        return bool(people[near & many].sum() * 2 > people.sum())


def areas_file(folder: Path) -> Path:
    return folder / "areas.npz"


def refresh(
    folder: Path, areas: Areas, supply: Supply, *, authority_of: Callable[[str], str], made_at: str, stamp: str
) -> Stored:
    """Work everything out anew and let it take the place of what was kept. `made_at` is ISO 8601 in UTC."""
    points = points_of(supply)
    counting = np.array([point.counts for point in supply.met], bool)
    of_areas = honesty.authorities(areas, authority_of)
    of_points = _authorities_of(areas, supply, of_areas, authority_of)
    known = honesty.known(supply, of_points, of_areas)
    measures = provision(areas, points.of(counting))
    comes, from_home = covering(areas, of_areas, supply.covering, len(supply.subjects))
    groups = groups_of(areas)
    arrays: dict[str, Array] = {
        "nearest": measures.nearest,
        "within": np.minimum(measures.within, 65535).astype(np.uint16),
        "ratio": measures.ratio,
        "comes": comes,
        "from_home": from_home,
        "known": known,
        "figures": figures(areas, groups, measures, known, comes, from_home),
        "furthest": _furthest(areas, measures, known),
        **{name: getattr(areas, name) for name in COLUMNS},
    }
    about = {
        "layout": LAYOUT,
        "stamp": stamp,
        "day": supply.day,
        "made_at": made_at,
        "areas": asdict(areas.about),
        "subjects": [asdict(subject) for subject in supply.subjects],
        "supply": _counts(points, counting),
        "groups": [name for name, _ in groups],
        "sources": honesty.sources(supply, of_points),
        "authorities": dict(zip(areas.council.tolist(), of_areas.tolist(), strict=True)),
    }
    return _write(folder, arrays, about)


def points_of(supply: Supply) -> Points:
    """The points of the supply as arrays, those that do not count today among them."""
    subjects = np.zeros((len(supply.subjects), len(supply.met)), bool)
    for place, point in enumerate(supply.met):
        subjects[list(point.subjects), place] = True
    return Points(
        listing=np.array([point.listing for point in supply.met], np.int64),
        latitude=np.array([point.latitude for point in supply.met], np.float64),
        longitude=np.array([point.longitude for point in supply.met], np.float64),
        weight=np.array([point.weight for point in supply.met], np.float64),
        is_stop=np.array([point.is_stop for point in supply.met], bool),
        subjects=subjects,
    )


def _authorities_of(areas: Areas, supply: Supply, of_areas: Array, authority_of: Callable[[str], str]) -> list[str]:
    """The authority of each point: of the council it states, else of the nearest area."""
    found = [authority_of(point.council) if point.council else "" for point in supply.met]
    lost = [place for place, where in enumerate(found) if not where]
    latitude, longitude = (
        np.array([getattr(supply.met[place], name) for place in lost], np.float64) for name in ("latitude", "longitude")
    )
    for place, area in zip(lost, nearest_area(areas, latitude, longitude).tolist(), strict=True):
        found[place] = str(of_areas[area]) if area >= 0 else ""
    return found


def _furthest(areas: Areas, measures: Measures, known: Array) -> Array:
    kept = np.full((len(known), MOST_FURTHEST), -1, np.int32)
    for subject in range(len(known)):
        found = furthest(areas, measures.nearest[subject], known[subject], most=MOST_FURTHEST)
        kept[subject, : len(found)] = found
    return kept


def _counts(points: Points, counting: Array) -> list[dict[str, int]]:
    """For each subject, how many listings and stops count today, and how many do not (old, full, over)."""
    found = []
    for tagged in points.subjects:
        usable = tagged & counting
        left = set(points.listing[tagged & ~counting].tolist()) - set(points.listing[usable].tolist())
        found.append(
            {
                "listings": len(np.unique(points.listing[usable & ~points.is_stop])),
                "stops": int((usable & points.is_stop).sum()),
                "seldom": int((usable & points.is_stop & (points.weight < 0.5)).sum()),
                "left_out": len(left),
            }
        )
    return found


def _write(folder: Path, arrays: dict[str, Array], about: dict[str, Any]) -> Stored:
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="made-", dir=folder))
    try:
        made.chmod(0o755)
        for name, array in arrays.items():
            np.save(made / f"{name}.npy", array, allow_pickle=False)
        (made / "about.json").write_text(json.dumps(about), "utf-8")
        with replacing(folder / "current") as file:
            file.write(made.name.encode())
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    for old in folder.glob("made-*"):
        with contextlib.suppress(OSError):
            if old != made and made.stat().st_mtime - old.stat().st_mtime > KEPT_S:
                shutil.rmtree(old, ignore_errors=True)
    return Stored(made)


_lock = threading.Lock()
_open: dict[Path, Stored] = {}


def stored(folder: Path) -> Stored | None:
    """What was last worked out; None before the first time, and when it cannot be read."""
    try:
        name = (folder / "current").read_text("utf-8").strip()
        held = _open.get(folder)
        if held is None or held.folder.name != name:
            with _lock:
                held = _open[folder] = Stored(folder / name)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return held
