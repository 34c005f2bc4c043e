"""The engines answer alike: the same listings and the same weights for any term of any catalogue."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory import search
from directory.extensions import db, writing
from directory.indexes import current
from directory.indexes.analysis import stems
from directory.indexes.database_index import DatabaseIndex, documents
from directory.models import Listing, Status
from tests import make as makers
from tests.search.asking import HOLT, found, north

WORDS = st.sampled_from(
    ["garden", "gardening", "tea", "club", "Crèche", "men's", "50s", "walk", "library", "libraries", "talk", "%_\\", "é"]
)
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)
CATALOGUES = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=8)


def same(one, other):
    assert one.ids.tolist() == other.ids.tolist()
    assert one.weights.tolist() == other.weights.tolist()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(catalogue=CATALOGUES, typed=TEXTS)
def test_the_index_and_the_database_hold_the_same(app, catalogue, typed):
    random.seed()  # Whoosh names its files by chance, and hypothesis begins every example with the same
    rows = [
        makers.listing(name or "Nameless", summary=summary, description=description, at=north(1))
        for name, summary, description in catalogue
    ]
    search.apply_changes()
    index = current.current.index
    assert index.is_ready()
    for term in {*stems(typed), "garden", "tea", "kind:group", "absent"}:
        same(index.matches(term), DatabaseIndex(db.session.connection()).matches(term))
    answer = found(typed, per_page=100)
    current.current.index = None
    current.current.kept.clear()
    assert found(typed, per_page=100) == answer
    current.current.index = index
    with writing():
        for row in rows:
            row.status = makers.models.Status.HIDDEN
            search.note(row)
    search.apply_changes()
    assert index.is_ready()
    assert len(index.matches("kind:group")) == 0


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", '"', "a'b\"c", "garden'; drop table listing", "💬", "\x00", "x" * 300])
def test_nothing_typed_breaks_either_engine(make, q, monkeypatch):
    make.listing("Garden Club", at=north(1))
    search.apply_changes()
    answer = found(q)
    monkeypatch.setattr(current.current, "index", None)
    assert found(q) == answer


# The same catalogue, the same questions, every engine that this database can have

SAID = """gardening gardens tea teas coffee morning crèche men's women's 50s walk walking walkers library libraries talk chat
 naïve O’Brien café choir singing sing lunch club clubs friends befriending debt benefits housing nr25 holt don't stop-gap
 well-being 2nd ½ groß Ærø x² Łódź 'quoted' back\\slash per%cent under_score semi;colon colon:ised (round) a&b not|or !bang
 مرحبا 日本語 żółw 🧶knit Ⅳ tai-chi yoga chair singalong memory grief""".split()  # noqa: SIM905 -- one paragraph reads better than a column of sixty lines
NEEDS = ("loneliness", "debt", "grieving")
QUERIES_EACH = 500


class Neighbourhood:
    """A catalogue made by chance: words of which a few are everywhere and most are rare, changed as time goes on."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.rows = []
        for slug in NEEDS:
            makers.term(slug)

    def text(self, most):
        return " ".join(self.random.choices(SAID, [1 / (rank + 2) for rank in range(len(SAID))], k=self.random.randint(0, most)))

    def grow(self, listings):
        for _ in range(listings):
            self.rows.append(
                makers.listing(
                    self.text(4) or "Nameless",
                    summary=self.text(10),
                    description=self.text(60),
                    at=north(self.random.random() * 30),
                    terms=self.random.sample(NEEDS, self.random.randint(0, 2)),
                )
            )

    def change(self):
        for row in self.random.sample(self.rows, len(self.rows) // 4):
            with writing(row):
                row.name, row.status = self.text(4) or "Renamed", self.random.choice([Status.PUBLISHED, Status.HIDDEN])
                search.note(row)

    def question(self):
        q = self.text(4)
        if self.random.random() < 0.15:
            q = f'"{q}"'
        elif self.random.random() < 0.15:
            q = q.replace("a", "e", 1)
        return search.Question(HOLT, q=q, radius_mi=self.random.choice([3.0, 10.0, 25.0, None]), per_page=50)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_engine_finds_the_same_for_thousands_of_questions(app, seed):
    engines = ["whoosh", "none", *(["postgres"] if db.engine.dialect.name == "postgresql" else [])]
    town = Neighbourhood(seed)
    town.grow(50)
    for engine in engines:  # each has been asked before the catalogue changes, and the embedded one is behind then
        search.configure(folder=app.config["INDEX_FOLDER"], engine=engine)
        search.apply_changes()
        assert current.current.index is None or current.current.index.is_ready()
    town.change()
    questions = [town.question() for _ in range(QUERIES_EACH)]
    terms = sorted({term for _, weights in documents(db.session.connection(), ids_of(town)) for term in weights} | {"absent"})
    assert len(terms) > 60
    postings, answers = {}, {}
    for engine in engines:
        search.configure(folder=app.config["INDEX_FOLDER"], engine=engine)
        answers[engine] = [search.search(question, today=makers.TODAY) for question in questions]
        search.apply_changes()
        index = current.current.index or DatabaseIndex(db.session.connection())
        postings[engine] = {term: index.matches(term) for term in terms}
        assert engine == "none" or index.is_ready()
    for engine in engines[1:]:
        for term in terms:
            same(postings["whoosh"][term], postings[engine][term])
        for question, one, other in zip(questions, answers["whoosh"], answers[engine], strict=True):
            assert one == other, (engine, question.q)
    assert sum(answer.total > 0 for answer in answers["whoosh"]) > QUERIES_EACH / 2


def ids_of(town):
    return sorted(db.session.scalars(db.select(Listing.id)))
