"""Are the answers good? Judged questions, asked of search and of what people would pick instead; fails when a promise is missed.

python -m bench.relevance [--worst N] [--held] [--keep FOLDER] [--write-floor]
"""

from __future__ import annotations

import argparse
import contextlib
import math
import shutil
import statistics
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from werkzeug.datastructures import MultiDict

from bench import judged_catalogues, judging, plain_engines
from bench.judging import Asked, Row
from directory.errors import Refused, UnknownPlace
from directory.extensions import db
from directory.forms.search import SearchForm
from directory.queries import listings as queries

FLOOR = judging.JUDGED / "floor.toml"
OURS = "Fingerpost"
BETTER_BY = 1.2
# Twice as good as 0.6 cannot be had; beyond this graders differ among themselves, and not being worse is enough.
GOOD_ENOUGH = 0.95
UNANSWERED = 0.02
SLACK = 0.005  # what a change of rounding may cost before it counts as worse
RANKS, PAGE = 10, 50


@dataclass(frozen=True)
class Given:
    """What one engine gave for one question: listing ids, best first."""

    asked: Asked
    ids: Sequence[int]
    said: str = ""

    @property
    def ndcg(self) -> float:
        ideal = discounted(sorted(self.asked.grades.values(), reverse=True))
        return discounted([self.asked.grades.get(id_, 0) for id_ in self.ids]) / ideal if ideal else 0.0

    @property
    def recall(self) -> float:
        relevant = self.asked.grades
        return sum(id_ in relevant for id_ in self.ids[:PAGE]) / min(len(relevant), PAGE) if relevant else 0.0

    @property
    def is_unanswered(self) -> bool:
        """Nothing acceptable on the page, which is more than nothing at all."""
        return not any(id_ in self.asked.grades for id_ in self.ids[:PAGE])


def discounted(grades: Iterable[int]) -> float:
    """Discounted cumulative gain of the first ten: (2^grade - 1) / log2(rank + 1), Burges and others 2005."""
    return sum((2**grade - 1) / math.log2(rank + 2) for rank, grade in zip(range(RANKS), grades, strict=False))


def ask(asked: Asked) -> Given:
    """The question as its form would put it. A place in the words has to be found by us, or there is no answer."""
    form = SearchForm(MultiDict({"q": asked.q, "place": asked.place, "per_page": str(PAGE)}), per_page_from_request=True)
    try:
        if not form.validate():
            return Given(asked, (), "; ".join(form.errors.values()))
        answer = queries.matching(form.question(), now=judged_catalogues.NOW)
    except (Refused, UnknownPlace) as refusal:
        return Given(asked, (), str(refusal))
    finally:
        db.session.rollback()
    corrected = answer.found.corrected_q
    return Given(asked, [row.listing.id for row in answer.results], f"read as “{corrected}”" if corrected else "")


def measure(name: str, folder: Path) -> tuple[dict[str, list[Given]], dict[int, Row]]:
    """What each engine gives for every question of one catalogue, by engine."""
    app = judged_catalogues.catalogue(name, folder)
    with app.app_context():
        known = {row.id: row for row in judging.rows(judged_catalogues.NOW.date())}
        asked = judging.questions(name, list(known.values()))
        found = {OURS: [ask(each) for each in asked]}
        words = plain_engines.texts(list(known.values()))
        with plain_engines.postgres() as server:
            engines = [plain_engines.PlainWhoosh(words), *([plain_engines.PlainPostgres(words, server)] if server else [])]
            for engine in engines:
                found[engine.name] = [Given(each, plain_engines.cut(engine.scores(each.q), each.where, known)) for each in asked]
        db.session.remove()
        db.engine.dispose()
    return found, known


def table(found: Mapping[str, Sequence[Given]], title: str) -> None:
    """nDCG@10 by sort for each engine, then recall and the unanswered of ours."""
    others = [name for name in found if name != OURS]
    print(f"\n{title}")
    print(f"{'':15s} {'asked':>5s} {OURS:>11s} " + " ".join(f"{name:>20s}" for name in others) + "   recall@50  unanswered")
    for sort in (*judging.SORTS[:-1], "all"):
        mine = chosen(found[OURS], sort)
        if not mine:
            continue
        figures = " ".join(
            f"{mean(chosen(found[name], sort)):13.3f} {ratio(mine, chosen(found[name], sort)):>6s}" for name in others
        )
        empty = sum(given.is_unanswered for given in mine)
        recall = statistics.fmean(given.recall for given in mine)
        print(f"{sort:15s} {len(mine):5d} {mean(mine):11.3f} {figures} {recall:11.3f} {empty:6d} ({empty / len(mine):.1%})")
    for name, givens in found.items():
        nothing = [given for given in givens if given.asked.sort == "none"]
        if nothing:
            wrong = [given for given in nothing if given.ids]
            told = f" ({', '.join(given.asked.q for given in wrong)})" if name == OURS and wrong else ""
            print(f"{name}: something for {len(wrong)} of {len(nothing)} questions that nothing answers{told}")
        if name != OURS:
            answerable = chosen(givens, "all")
            recall = statistics.fmean(given.recall for given in answerable)
            print(f"{name}: recall@50 {recall:.3f}, unanswered {sum(given.is_unanswered for given in answerable)}")


def chosen(givens: Sequence[Given], sort: str) -> list[Given]:
    """The answerable ones of a sort, or of all sorts."""
    return [given for given in givens if given.asked.is_answerable and sort in (given.asked.sort, "all")]


def mean(givens: Sequence[Given]) -> float:
    return statistics.fmean(given.ndcg for given in givens) if givens else 0.0


def ratio(mine: Sequence[Given], theirs: Sequence[Given]) -> str:
    return f"×{mean(mine) / mean(theirs):.2f}" if mean(theirs) else "×∞"


def missed(found: Mapping[str, Sequence[Given]], floors: Mapping[str, float], by_catalogue: Mapping[str, float]) -> list[str]:
    """Each promise that is not kept, in a sentence."""
    told = [
        f"nDCG@10 on {name} is {figure:.3f}, below the stored floor {floors[name]:.3f}"
        for name, figure in by_catalogue.items()
        if name in floors and figure < floors[name]
    ]
    for name, givens in found.items():
        for sort in (*judging.SORTS[:-1], "all") if name != OURS else ():
            mine, theirs = mean(chosen(found[OURS], sort)), mean(chosen(givens, sort))
            needed = max(theirs, min(BETTER_BY * theirs, GOOD_ENOUGH))
            if chosen(givens, sort) and mine < needed:
                told.append(f"{sort}: {mine:.3f}, needs {needed:.3f} to beat {name} ({theirs:.3f})")
    answerable = chosen(found[OURS], "all")
    share = sum(given.is_unanswered for given in answerable) / len(answerable)
    if share >= UNANSWERED:
        told.append(
            f"{share:.1%} of the answerable questions have no acceptable answer on the page; promised: under {UNANSWERED:.0%}"
        )
    return told


def show_worst(givens: Sequence[tuple[Given, Mapping[int, Row]]], count: int) -> None:
    """The questions that lose most, with what came and what should have come."""
    for given, known in sorted(givens, key=lambda each: each[0].ndcg)[:count]:
        asked = given.asked
        print(f"\n{given.ndcg:.2f}  “{asked.q}” at {asked.where.label} ({asked.sort}, {asked.catalogue}) {given.said}")
        came = [f"{known[id_].name[:40]}={asked.grades.get(id_, 0)}" for id_ in given.ids[:8] if id_ in known]
        ideal = sorted(asked.grades, key=lambda id_: -asked.grades[id_])
        print(f"      came ({len(given.ids)}): {'; '.join(came) or 'nothing'}")
        print(f"      should: {'; '.join(f'{known[id_].name[:40]}={asked.grades[id_]}' for id_ in ideal[:8])}")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worst", type=int, default=15, help="how many of the worst questions to show")
    parser.add_argument(
        "--held", action="store_true", help="show the worst of the half that is not tuned to; only to mend judgements"
    )
    parser.add_argument("--keep", type=Path, help="keep the filled catalogues in this folder and use them again")
    parser.add_argument("--write-floor", action="store_true", help="store today's figures as the floor")
    chosen_options = parser.parse_args(arguments)
    temporary = Path(tempfile.mkdtemp(prefix="fingerpost-relevance-")) if chosen_options.keep is None else None
    try:
        return run(chosen_options, chosen_options.keep or temporary)
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


def run(options: argparse.Namespace, folder: Path) -> int:
    names = ["demonstration"]
    if judged_catalogues.has_open_data():
        names.append("open")
    else:
        print("open data skipped: no folder of real data; name one in DIRECTORY_SHARED_DATA")
    together: dict[str, list[Given]] = {}
    worst: list[tuple[Given, Mapping[int, Row]]] = []
    by_catalogue: dict[str, float] = {}
    for name in names:
        found, known = measure(name, folder)
        table(found, f"{name}: {len(known):,} listings")
        by_catalogue[name] = mean(chosen(found[OURS], "all"))
        for engine, givens in found.items():
            together.setdefault(engine, []).extend(givens)
        half = "held" if options.held else "dev"
        worst += [(given, known) for given in chosen(found[OURS], "all") if given.asked.half == half]
    for half in ("dev", "held", "fresh"):
        table(
            {name: [given for given in givens if given.asked.half == half] for name, givens in together.items()}, f"half: {half}"
        )
    table(together, f"whole set: {len(together[OURS])} questions, judgements {judging.fingerprint()}")
    if "PostgreSQL websearch" not in together:
        print("PostgreSQL skipped: no initdb here")
    show_worst(worst, options.worst)
    if options.write_floor:
        lines = [f"{name} = {figure - SLACK:.3f}" for name, figure in by_catalogue.items()]
        FLOOR.write_text(
            "# nDCG@10 below which a change has made search worse; `--write-floor` stores today's.\n" + "\n".join(lines) + "\n"
        )
    floors: dict[str, float] = {}
    with contextlib.suppress(FileNotFoundError):
        floors = tomllib.loads(FLOOR.read_text(encoding="utf-8"))
    told = missed(together, floors, by_catalogue)
    print("\n" + ("\n".join(f"MISSED  {sentence}" for sentence in told) or "every promise is kept"))
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
