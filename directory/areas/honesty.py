"""Where the absence of a listing says something: which councils have a list of what is looked for, from whom, how fresh."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from directory.areas.population import Areas, Array
from directory.areas.supply import Supply

# A council with so many listings, of so many kinds, has a directory of its own: what is not in it counts as not there.
BROAD_LISTINGS, BROAD_KINDS = 30, 4
OWN = "People here"
# A mobile library that crosses a border to stop once says nothing of what stops beyond it: a council is told of by one that makes
# this share of its stops there.
LEAST_SHARE = 0.25
# A few listings beyond the border of whoever sent a list are no list of that council: it is told of by at least this share of
# what the council with the most of them has, for as many small areas.
LEAST_OF_FULLEST = 0.1


def authorities(areas: Areas, authority_of: Callable[[str], str]) -> Array:
    """For each area the code of whoever provides there: the county, or the council where it stands alone."""
    codes, place = np.unique(areas.council, return_inverse=True)
    return np.array([authority_of(code) for code in codes.tolist()], dtype="U9")[place] if len(codes) else areas.council


def known(supply: Supply, authority: list[str], of_areas: Array) -> Array:
    """(subjects, areas) bool. `authority` is that of each point of the supply, as `of_areas` is that of each area.

    Known is where listings of the subject were told of, counting today or not; but for what comes from lists of its own, at least
    a tenth as many as where there are most, or wherever a broad directory is. With mobile stops only where stops and buildings
    were both told of.
    """
    listings: dict[str, set[int]] = defaultdict(set)
    kinds: dict[str, set[str]] = defaultdict(set)
    fixed: dict[int, set[str]] = defaultdict(set)
    stops: dict[int, set[str]] = defaultdict(set)
    held_of: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    at_home = told_of_by_stops(supply, authority)
    for point, where in zip(supply.met, authority, strict=True):
        if point.is_stop and where not in at_home[point.listing]:
            continue
        listings[where].add(point.listing)
        if told := supply.told.get(point.listing):
            kinds[where].add(told.kind)
        for subject in point.subjects:
            (stops if point.is_stop else fixed)[subject].add(where)
            held_of[subject][where].add(point.listing)
    broad = {where for where, held in listings.items() if len(held) >= BROAD_LISTINGS and len(kinds[where]) >= BROAD_KINDS}
    found = np.zeros((len(supply.subjects), len(of_areas)), bool)
    for number, subject in enumerate(supply.subjects):
        told_of = fixed[number] & stops[number] if subject.needs_stops else fixed[number] | stops[number]
        if not subject.from_own_list:
            told_of = (told_of & comparable(held_of[number], of_areas)) | broad
        found[number] = np.isin(of_areas, sorted(told_of - {""}))
    number_of = {subject.slug: number for number, subject in enumerate(supply.subjects)}
    for number, subject in enumerate(supply.subjects):
        if subject.known_where:
            found[number] = found[number_of[subject.known_where]]
    return found


def comparable(held: Mapping[str, Collection[int]], of_areas: Array) -> set[str]:
    """The authorities with enough listings to compare; `held` are the listings of one subject by authority."""
    sizes = dict(zip(*(column.tolist() for column in np.unique(of_areas, return_counts=True)), strict=True))
    share = {where: len(listings) / sizes[where] for where, listings in held.items() if where in sizes}
    fullest = max(share, key=lambda where: (len(held[where]), where), default="")
    return {where for where, each in share.items() if each >= LEAST_OF_FULLEST * share[fullest]}


def told_of_by_stops(supply: Supply, authority: list[str]) -> dict[int, set[str]]:
    """For each listing that stops anywhere, the authorities of which its stops tell."""
    stops: dict[int, Counter[str]] = defaultdict(Counter)
    for point, where in zip(supply.met, authority, strict=True):
        if point.is_stop:
            stops[point.listing][where] += 1
    return {
        listing: {where for where, count in counts.items() if count >= LEAST_SHARE * counts.total()}
        for listing, counts in stops.items()
    }


def sources(supply: Supply, authority: list[str]) -> dict[str, list[dict[str, Any]]]:
    """By authority, whose lists tell of it: name, listings, stops, how many were checked within a year, date of the last file."""
    held: dict[tuple[str, str], set[int]] = defaultdict(set)
    stops: Counter[tuple[str, str]] = Counter()
    at_home = told_of_by_stops(supply, authority)
    for point, where in zip(supply.met, authority, strict=True):
        if not where or (point.is_stop and where not in at_home[point.listing]):
            continue
        told = supply.told.get(point.listing)
        for source in (told.sources if told else ()) or (OWN,):
            held[where, source].add(point.listing)
            stops[where, source] += point.is_stop
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (where, source), listings in sorted(held.items()):
        checked = sum(supply.told[listing].is_checked for listing in listings if listing in supply.told)
        found[where].append(
            {
                "source": source,
                "listings": len(listings),
                "stops": stops[where, source],
                "checked": checked,
                "loaded_on": supply.loaded_on.get(source, ""),
            }
        )
    return dict(found)
