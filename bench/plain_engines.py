"""What people would pick instead: BM25F by Whoosh and full-text search by PostgreSQL, over the same rows and the same words.

Each orders by the score of its text alone. How far they look is the product's rule, applied to what they matched:
3 miles, then 5, 10, 20, 40, until ten can be reached in person; what comes to one or answers from afar is always in.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import text
from whoosh import fields, scoring
from whoosh.analysis import StemmingAnalyzer
from whoosh.filedb.filestore import RamStorage
from whoosh.qparser import MultifieldParser, OrGroup

from bench.judging import Row
from directory.extensions import db
from directory.places import Place
from tests import postgres as private

RADII_MI = (3.0, 5.0, 10.0, 20.0, 40.0)
ENOUGH_IN_PERSON = 10
# The weights that search.md starts from, so that nobody wins by weights alone.
WEIGHTS = {"name": 4.0, "terms": 3.0, "organisation": 2.0, "summary": 2.0, "description": 1.0, "place": 1.0}

Texts = Mapping[int, Mapping[str, str]]


class Engine(Protocol):
    name: str

    def scores(self, q: str) -> Mapping[int, float]:
        """Every listing that matches, with its score."""


def texts(known: Sequence[Row]) -> dict[int, dict[str, str]]:
    """The raw words of each listing by field, terms by their labels; no address of a confidential one."""
    wanted = {row.id for row in known}
    found = {row.id: dict.fromkeys(WEIGHTS, "") for row in known}

    def take(field: str, statement: str) -> None:
        for id_, *words in connection.execute(text(statement)):
            if id_ in wanted:
                found[id_][field] += " ".join(str(word) for word in words if word) + " "

    with db.engine.connect() as connection:
        take("name", "SELECT id, name, alternate_name FROM listing")
        take("summary", "SELECT id, summary FROM listing")
        take("description", "SELECT id, description, eligibility_description, first_visit, schedule_note FROM listing")
        take("description", "SELECT listing_id, description FROM session")
        take("organisation", "SELECT l.id, o.name FROM listing l JOIN organisation o ON o.id = l.organisation_id")
        take(
            "terms",
            "SELECT lt.listing_id, t.label FROM listing_term lt JOIN term t ON t.id = lt.term_id"
            " WHERE lower(t.taxonomy) IN ('need', 'activity', 'audience')",
        )
        take(
            "place",
            "SELECT DISTINCT s.listing_id, v.name, v.address_1, v.address_2, v.city, v.state_province, v.postal_code"
            " FROM session s JOIN venue v ON v.id = s.venue_id JOIN listing l ON l.id = s.listing_id"
            " WHERE NOT l.confidential_location",
        )
    return found


class PlainWhoosh:
    """Whoosh's own index, analyser, parser and BM25F; any word will do."""

    name = "Whoosh BM25F"

    def __init__(self, known: Texts) -> None:
        analyzer = StemmingAnalyzer()
        columns = {field: fields.TEXT(analyzer=analyzer, field_boost=weight) for field, weight in WEIGHTS.items()}
        self.index = RamStorage().create_index(fields.Schema(id=fields.STORED, **columns))
        with self.index.writer(limitmb=256) as writer:
            for id_, words in known.items():
                writer.add_document(id=id_, **words)
        self.searcher = self.index.searcher(weighting=scoring.BM25F())
        self.parser = MultifieldParser(list(WEIGHTS), self.index.schema, group=OrGroup)

    def scores(self, q: str) -> Mapping[int, float]:
        # Whoosh's query language would make errors of what people type; an expert takes its signs out.
        plain = " ".join(word for word in re.findall(r"\w+(?:['’]\w+)*", q) if word not in ("AND", "OR", "NOT", "TO"))
        return {hit["id"]: hit.score for hit in self.searcher.search(self.parser.parse(plain), limit=None)}


class PlainPostgres:
    """`websearch_to_tsquery` over a weighted `tsvector`, ranked by `ts_rank_cd`."""

    name = "PostgreSQL websearch"

    def __init__(self, known: Texts, engine: sa.Engine) -> None:
        self.engine = engine
        classes = {"name": "A", "terms": "B", "organisation": "B", "summary": "B", "description": "C", "place": "D"}
        vector = " || ".join(f"setweight(to_tsvector('english', :{field}), '{letter}')" for field, letter in classes.items())
        with engine.execution_options(writing=True).begin() as connection:  # everything else may only read
            connection.execute(text("DROP TABLE IF EXISTS plain"))
            connection.execute(text("CREATE TABLE plain (id bigint PRIMARY KEY, words tsvector NOT NULL)"))
            connection.execute(
                text(f"INSERT INTO plain VALUES (:id, {vector})"),
                [{"id": id_, **words} for id_, words in known.items()],
            )
            connection.execute(text("CREATE INDEX ON plain USING gin (words)"))

    def scores(self, q: str) -> Mapping[int, float]:
        with self.engine.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT id, ts_rank_cd('{0.1, 0.3, 0.6, 1.0}', words, query) FROM plain,"
                    " websearch_to_tsquery('english', :q) query WHERE words @@ query"
                ),
                {"q": q},
            )
            return dict(found.tuples().all())


def cut(scores: Mapping[int, float], where: Place, known: Mapping[int, Row]) -> list[int]:
    """The ids that the rule of distance leaves, best score first; of equal ones the nearer, then the lower id."""
    always = {id_ for id_ in scores if known[id_].is_for(where)}
    away = {id_: known[id_].miles_from(where) for id_ in scores}
    reach = next((radius for radius in RADII_MI if sum(far <= radius for far in away.values()) >= ENOUGH_IN_PERSON), RADII_MI[-1])
    kept = [id_ for id_ in scores if id_ in always or away[id_] <= reach]
    return sorted(kept, key=lambda id_: (-scores[id_], away[id_], id_))


@contextlib.contextmanager
def postgres() -> Iterator[sa.Engine | None]:
    """A PostgreSQL of our own for as long as it is needed; None where this machine has none."""
    if private.binaries() is None:
        yield None
        return
    with private.cluster() as address:
        engine = sa.create_engine(address)
        try:
            yield engine
        finally:
            engine.dispose()
