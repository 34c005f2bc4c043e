"""Searching for hours: no file stays open, and memory does not grow. `python -m bench.memory` asks 50,000 times."""

from __future__ import annotations

import gc
import sys

import numpy as np
import pytest
from flask.testing import FlaskClient

from bench.catalogue import COMMON
from bench.measuring import open_files, resident_mb
from directory import search
from tests.fuzz.hostile import address
from tests.make import HOLT
from tests.search.asking import north

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and files are looked up as Linux shows them")

WARM, ASKED = 200, 600
GROWS_AT_MOST = 1.05


def test_f16_searching_leaves_no_file_open_and_takes_no_memory(app, make):
    words = COMMON.split()
    for number in range(40):
        make.listing(f"{words[number]} {words[-number]}", at=north(number / 10), summary=" ".join(words[number : number + 9]))
        if number % 5 == 0:
            search.apply_changes()
    client = FlaskClient(app)  # the careful one would look at each page, and take most of the time
    draw = np.random.default_rng(1)

    def ask(times):
        for _ in range(times):
            q = " ".join(draw.choice(words, draw.integers(1, 5)))
            page = draw.choice(["/api/search", "/search", "/search/words"])
            response = client.get(address(page, place=f"{HOLT[0]}, {HOLT[1]}", q=q), headers={"HX-Target": "answers"})
            assert response.status_code == 200

    ask(WARM)
    gc.collect()
    files, memory = open_files(), resident_mb()
    ask(ASKED)
    gc.collect()
    assert open_files() <= files
    assert resident_mb() < memory * GROWS_AT_MOST
