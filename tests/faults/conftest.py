"""Worlds to break: a fixture that makes them and ends their processes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.faults.world import Forking, World


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """Starts our commands quickly."""
    with Forking() as started:
        yield started


@pytest.fixture
def world_in(forking: Forking) -> Iterator[Callable[..., World]]:
    """A maker of worlds: `world_in(folder, {"DIRECTORY_…": "…"})`, prepared with a few listings, nothing started."""
    made: list[World] = []

    def make(folder: Path, settings: dict[str, str] | None = None, **fields: Any) -> World:
        world = World(forking, folder, settings or {}, **fields)
        made.append(world)
        world.prepare(fields.pop("listings", 30))
        return world

    yield make
    for world in made:
        world.stop()


@pytest.fixture
def another_database(postgres_address: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of its own, gone afterwards."""
    name = f"faults_{uuid.uuid4().hex[:8]}"
    server = sa.create_engine(postgres_address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect().execution_options(writing=True) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield sa.make_url(postgres_address).set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
