"""Our search beside what people would pick instead: the same rows, the same questions, asked in turn in one run.

python -m bench.peers [LISTINGS ...]; bench/peer_engines.py holds the others, docs/benches.md how they are set up. Each is
asked for the ids of twenty listings and how many there are; ours gives reasons and distances as well.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from flask import Flask

from bench import peer_engines
from bench.catalogue import TODAY, bench_app
from bench.catalogue import main as prepare
from bench.measuring import alone, measures, told
from bench.peer_engines import Asked, Peer, Postgres, Sqlite, Tantivy
from bench.search import questions
from directory import search
from directory.extensions import db
from directory.indexes import current as now
from directory.indexes.analysis import stems
from directory.indexes.current import Reader
from directory.indexes.ways import Around
from directory.ranking import policy
from tests import postgres as private

T = TypeVar("T")

SIZES = (20_000, 100_000, 1_000_000)
WARM, TIMED = 400, 400  # questions; no two have the same words, and none of those that warm is timed
# Each word was asked for by itself before, of everybody: what the first sight of a word costs is a promise of its own.
KINDS = 4
COMPARED = 60
AGREE = 0.95  # of what any of two finds, both must find so much, or the rows or questions are not the same
FASTER = {20_000: 1.0, 100_000: 1.0, 1_000_000: 3.0}
OURS, FACETS = "ours", "ours, facets too"


@dataclass(frozen=True)
class Compared:
    """Milliseconds a question by engine, in the order of the questions; and how far each agrees with us, 0 to 1.

    `taken` is what the clock says and decides; `busy` is of the processor, which others on the machine do not touch.
    """

    listings: int
    kinds: list[str]
    taken: dict[str, list[float]]
    busy: dict[str, list[float]]
    agreed: dict[str, float]
    held: float


def mix(listings: int) -> list[tuple[str, search.Question]]:
    """A quarter of each kind, every one with words of its own: nothing can be kept from one to the next but the data."""
    every = list(questions(listings, WARM + TIMED))
    return [every[group * KINDS + group % KINDS] for group in range(WARM + TIMED)]


def single_words(asked: Sequence[tuple[str, search.Question]]) -> list[search.Question]:
    """One question for each word of the others, near where it is first asked for."""
    first: dict[str, search.Question] = {}
    for _, question in asked:
        for word in question.q.split():
            first.setdefault(word, replace(question, q=word, radius_mi=3.0))
    return list(first.values())


def plain(question: search.Question) -> Asked:
    reach_km = (question.radius_mi or 0.0) * policy.MILE_KM
    return Asked(question.q, question.place.latitude, question.place.longitude, reach_km)


def compared(listings: int) -> Compared:
    app = bench_app(listings)
    with app.app_context(), peers(app, listings) as others:
        search.configure(folder=app.config["INDEX_FOLDER"])
        asked = mix(listings)
        taken: dict[str, list[float]] = {name: [] for name in (OURS, FACETS, *(peer.name for peer in others))}
        busy: dict[str, list[float]] = {name: [] for name in taken}

        def note(name: str, number: int, spent: tuple[float, float]) -> None:
            if number >= WARM:
                taken[name].append(spent[0])
                busy[name].append(spent[1])

        for question in single_words(asked):
            ours(question)
            for peer in others:
                peer.page(plain(question))
        for number, (_, question) in enumerate(asked):
            one = plain(question)
            note(OURS, number, timed(ours, question))
            note(FACETS, number, timed(with_facets, question))
            for peer in others:
                note(peer.name, number, timed(peer.page, one, peer))
        agreed, held = agreement([question for _, question in asked[-COMPARED:]], others)
        db.session.rollback()
    return Compared(listings, [kind for kind, _ in asked[WARM:]], taken, busy, agreed, held)


def ours(question: search.Question) -> search.Found:
    return search.search(question, today=TODAY)


def with_facets(question: search.Question) -> search.Found:
    found = search.search(question, today=TODAY)
    dict(found.facets)
    return found


def timed(ask: Callable[[T], object], question: T, peer: Peer | None = None) -> tuple[float, float]:
    """Milliseconds on the clock and of the processor; of the peer's server too, where it has one."""
    served = peer.busy_s() if peer else 0.0
    worked, started = time.thread_time(), time.perf_counter()
    ask(question)
    taken, busy = time.perf_counter() - started, time.thread_time() - worked
    return taken * 1000, (busy + (peer.busy_s() - served if peer else 0.0)) * 1000


@contextmanager
def peers(app: Flask, listings: int) -> Iterator[list[Peer]]:
    """The engines that this machine has, filled; SQLite and tantivy are kept beside the catalogue from run to run."""
    database = Path(str(db.engine.url.database))
    state = hashlib.sha256(Path(peer_engines.__file__).read_bytes()).hexdigest()[:8]
    folder = database.parent / f"peers-{state}"
    folder.mkdir(exist_ok=True)
    with private.cluster(Postgres.SERVER) as address:
        engines: list[Peer] = [Postgres(address, f"spot_{listings}_{state}"), Sqlite(folder), Tantivy(folder)]
        for engine in engines:
            if not engine.is_filled():
                started = time.perf_counter()
                engine.fill(peer_engines.spots(database))
                print(f"{engine.name} filled in {time.perf_counter() - started:.0f} s", flush=True)
        try:
            yield engines
        finally:
            for engine in engines:
                engine.close()


def agreement(asked: Sequence[search.Question], others: Sequence[Peer]) -> tuple[dict[str, float], float]:
    """How much of what we or a peer find both do, by peer; and how much of it stands in our own answer.

    Compared by the peers' rule, every word, because ours takes most words for enough; of the listings that have a point
    within the circle, because they know no others.
    """
    both, either = dict.fromkeys((peer.name for peer in others), 0), dict.fromkeys((peer.name for peer in others), 0)
    shown = every = 0
    for question in asked:
        mine = holding_all(question)
        for peer in others:
            theirs = peer.everything(plain(question))
            both[peer.name] += len(mine & theirs)
            either[peer.name] += len(mine | theirs)
        whole = search.search(replace(question, per_page=10**7, checked="any"), today=TODAY)
        shown += len(mine & {hit.listing_id for hit in whole.hits})
        every += len(mine)
    return {name: both[name] / max(1, either[name]) for name in both}, shown / max(1, every)


def holding_all(question: search.Question) -> set[int]:
    """The listings with a point within reach that hold every word, straight from our columns and index."""
    columns = now.current.up_to_date(TODAY)
    one = plain(question)
    around = Around(columns.ways, columns.ways.near(one.latitude, one.longitude, one.reach_km))
    points = around.every() - columns.ways.first_point
    near, _ = columns.points.among(points, one.latitude, one.longitude, one.reach_km)
    ways = points[near] + columns.ways.first_point

    def held(reader: Reader) -> np.ndarray:
        return np.logical_and.reduce([np.isin(ways, reader.spread(term).ways) for term in stems(question.q)])

    if question.q:
        ways = ways[now.current.ask(columns, held)]
    return set(columns.ids[columns.ways.position[ways]].tolist())


def main(sizes: Sequence[int]) -> int:
    missed: list[str] = []
    for listings in sizes:
        alone(prepare, [listings])
        missed += report(alone(compared, listings))
    print("\n" + ("\n".join(f"MISSED  {sentence}" for sentence in missed) or "every promise kept"))
    return 1 if missed else 0


def report(one: Compared) -> list[str]:
    """Prints the figures of one catalogue and how many times ours each peer takes, and tells what was missed."""
    print(f"\n{one.listings:,} listings, {len(one.kinds)} questions, every one with words of its own; milliseconds")
    print(f"{'':16}{'p50':>8}{'p95':>8}{'worst':>8}   × ours: p50, p95   processor: p50, p95, worst   × ours: p50, p95   agrees")
    ratios: dict[str, dict[str, float]] = {}
    for name in one.taken:
        on_clock, of_processor = (times(each[name], each[OURS]) for each in (one.taken, one.busy))
        agreed = f"{one.agreed[name]:9.1%}" if name in one.agreed else ""
        both = [f"{ratio['p50']:8.2f}{ratio['p95']:8.2f}" for ratio in (on_clock, of_processor)]
        print(f"{name:16}{told(one.taken[name])}   {both[0]}     {told(one.busy[name])}    {both[1]} {agreed}")
        if name in one.agreed:
            ratios[name] = on_clock
    kinds = list(dict.fromkeys(one.kinds))
    print(f"processor p50 of {', '.join(kinds)}:")
    for name, figures in one.busy.items():
        by_kind = [np.median([each for each, kind in zip(figures, one.kinds, strict=True) if kind == of]) for of in kinds]
        print(f"{name:16}" + "".join(f"{each:8.2f}" for each in by_kind))
    print(f"of what holds every word within reach, our own answers hold {one.held:.1%}")
    needed = FASTER.get(one.listings, 1.0)
    print(f"promised: {'faster than each' if needed == 1.0 else f'{needed:.0f} times faster than the best'} at p50 and p95")
    missed = [
        f"{one.listings:,} listings: {name} takes × {ratio:.2f} of our {share}, promised × {needed:.0f}"
        for name, both in ratios.items()
        for share, ratio in both.items()
        if ratio < needed or ratio == 1.0
    ]
    missed += [
        f"{one.listings:,} listings: {name} agrees on {share:.1%} only" for name, share in one.agreed.items() if share < AGREE
    ]
    if one.held < 1.0:
        missed.append(f"{one.listings:,} listings: our answers lack some of what holds every word")
    return missed


def times(theirs: Sequence[float], mine: Sequence[float]) -> dict[str, float]:
    """How many times ours they take, by p50 and p95."""
    ours_at, theirs_at = measures(mine), measures(theirs)
    return {share: theirs_at[share] / ours_at[share] for share in ("p50", "p95")}


if __name__ == "__main__":
    sys.exit(main([int(each) for each in sys.argv[1:]] or SIZES))
