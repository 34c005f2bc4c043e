"""Postings over the ways in which listings can be reached: the right stretches of them, and the same however they came about."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import search
from directory.extensions import db, writing
from directory.indexes import current, packed
from directory.indexes.columns import on_sphere
from directory.indexes.database_index import DatabaseIndex
from directory.indexes.packed import kind_for, spread
from directory.indexes.ways import EARTH_KM, Ways, key_of
from directory.models import Status
from tests import make as makers
from tests.search.asking import HOLT, found, named, north

WORDS = ("garden", "tea", "club", "walk", "library", "choir", "lunch")


# Stretches


def ways_over(latitudes, longitudes):
    """Nothing but points, as `Columns` sorts them; and where they are, in that order."""
    order = np.argsort(key_of(latitudes, longitudes), kind="stable")
    ways = Ways.__new__(Ways)
    ways.first_point = 0
    ways._band(key_of(latitudes, longitudes)[order])
    return ways, latitudes[order], longitudes[order]


@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    reach_km=st.sampled_from([0.0, 0.5, 5.0, 16.0, 40.0, 200.0]),
    seed=st.integers(0, 10**6),
)
def test_a_box_holds_every_point_of_its_circle(latitude, longitude, reach_km, seed):
    around = np.random.default_rng(seed)
    spread_degrees = (reach_km + 1.0) / 60.0
    latitudes = np.clip(latitude + around.normal(size=200) * spread_degrees, -90, 90)
    aside = around.normal(size=200) * spread_degrees / max(math.cos(math.radians(latitude)), 0.01)
    longitudes = (longitude + aside + 180) % 360 - 180
    ways, latitudes, longitudes = ways_over(latitudes, longitudes)
    apart = np.stack(on_sphere(latitudes, longitudes)) - np.array(on_sphere(latitude, longitude))[:, None]
    chord = np.sqrt((apart**2).sum(axis=0))
    inside = set(np.flatnonzero(chord < 2 * EARTH_KM * math.sin(reach_km / EARTH_KM / 2)).tolist())
    near = ways.near(latitude, longitude, reach_km)
    bounds = list(zip(near[::2], near[1::2], strict=True))
    assert inside <= {way for first, last in bounds for way in range(first, last)}
    assert all(first <= last for first, last in bounds)
    assert all(one[1] <= other[0] for one, other in pairwise(bounds))


def test_more_ways_than_small_numbers_hold_take_larger_ones():
    assert kind_for(2**22) is np.uint32
    assert kind_for(2**22 + 1) is np.int64


# The same however they came about


@pytest.fixture
def index(app, monkeypatch):
    """The embedded text index with a catalogue of fifteen in it; terms are put together a few at a time."""
    monkeypatch.setattr(packed, "AT_ONCE", 20)
    search.configure(folder=app.config["INDEX_FOLDER"], engine="whoosh")
    makers.term("debt")
    for number in range(15):
        add(number)
    search.apply_changes()
    found("garden")
    return current.current.index


def add(seed):
    chance = random.Random(seed)
    places = [{"venue": makers.venue(f"Hall {seed} {n}", at=north(chance.random() * 20))} for n in range(chance.randint(0, 3))]
    return makers.listing(
        " ".join(chance.choices(WORDS, k=2)),
        summary=" ".join(chance.choices(WORDS, k=5)),
        session=places,
        terms=["debt"] * chance.randint(0, 1),
        coverage=chance.sample(["NR25", "E07000147", "E10000020", "K02000001"], chance.randint(0, 2)),
        home_visits=chance.random() < 0.3,
    )


def laid_out():
    """Term → the listings that hold it with their weights, from what the process keeps; and how often each is there."""
    columns = current.current.up_to_date(makers.TODAY)
    texts = columns.texts
    every = {}
    for term in texts.numbers:
        one = texts.spread(term)
        assert np.all(one.packed[1:] > one.packed[:-1]), "ascending, and nothing twice"
        ids = columns.ids[columns.ways.position[one.ways]].tolist()
        assert len(one) == len(set(ids))
        if ids:
            every[term] = sorted(zip(ids, one.weights.tolist(), one.ways.tolist(), strict=True))
    return every


def as_the_database_has_it():
    columns = current.current.columns
    every = {}
    for term in columns.texts.numbers:
        one = spread(DatabaseIndex(db.session.connection()).matches(term), columns)
        if len(one):
            ids = columns.ids[columns.ways.position[one.ways]].tolist()
            every[term] = sorted(zip(ids, one.weights.tolist(), one.ways.tolist(), strict=True))
    return every


def test_every_term_lies_as_the_documents_say(index):
    assert laid_out() == as_the_database_has_it()
    assert len(laid_out()["garden"]) > 1


def test_changes_move_it_to_where_reading_it_anew_would_bring_it(index):
    rows = [db.session.get(makers.models.Listing, id_) for id_ in current.current.columns.ids.tolist()]
    chance = random.Random(3)
    for number in range(12):
        texts = current.current.columns.texts
        row = chance.choice(rows)
        with writing(row):
            row.name, row.status = chance.choice(WORDS), chance.choice([Status.PUBLISHED, Status.HIDDEN])
            row.summary = f"new{number}"
            search.note(row)
        if number % 3 == 0:
            rows.append(add(100 + number))
        moved = laid_out()
        assert moved == as_the_database_has_it()
        assert texts is not None
        assert current.current.columns.texts is not texts
    search.configure(folder=index.generations.folder)
    found("garden")
    anew = laid_out()
    assert anew == moved, "the index with what is newer laid over it"
    search.apply_changes()
    search.configure(folder=index.generations.folder)
    found("garden")
    assert laid_out() == moved, "the index itself"


def test_what_is_laid_out_answers_on_without_the_files(index, monkeypatch):
    answer = found("garden")
    index.distrust()
    assert found("garden") == answer
    makers.listing("Garden Late", at=north(1))
    assert "Garden Late" in named("late")


def test_more_changes_than_are_laid_over_come_with_the_index(index, monkeypatch):
    monkeypatch.setattr("directory.indexes.fresh.LAID_OVER", 2)
    search.configure(folder=index.generations.folder)
    for number in range(3):
        makers.listing(f"Garden Late{number}", at=north(1))
    assert len(named("garden late0 late1 late2", place=HOLT)) >= 2
    search.apply_changes()
    current.current.index._looked = -1e9
    assert [len(named(f"late{number}")) for number in range(3)] == [1, 1, 1]
    assert laid_out() == as_the_database_has_it()
