"""A process that edits for ever by the actions themselves, and writes down each edit that it was told is saved.

python -m tests.faults.editor prepare LISTINGS
python -m tests.faults.editor FOLDER NUMBER OF SEED
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from directory.actions import listings as actions
from directory.actions import vocabulary as vocabulary_actions
from directory.exchange import vocabulary as shipped
from directory.extensions import db
from directory.forms.listings import ListingForm
from directory.models import Listing, Status, Voice

# None of them is in the vocabulary, and no two share a stem.
WORDS = ("amber", "copper", "indigo", "walnut", "zinc", "quartz")
MOST = 60  # listings; one page of `/api/search` holds them all
GATE, PAUSE = "gate", "pause"
TRIED_AGAIN_S = 0.05


def main() -> None:
    from wsgi import app

    with app.app_context():
        if sys.argv[1] == "prepare":
            upgrade()
            vocabulary_actions.load(shipped.shipped_terms())
            for number in range(int(sys.argv[2])):
                add(f"seed-{number}", WORDS[number % len(WORDS)])
        else:
            edit_for_ever(Path(sys.argv[1]), *map(int, sys.argv[2:]))


def edit_for_ever(folder: Path, number: int, of: int, seed: int) -> None:
    """Edits the listings whose id leaves `number` when divided by `of`, so that no two editors want the same one."""
    draw = random.Random(seed)
    acknowledged = os.open(folder / f"acknowledged-{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    gate = os.open(folder / GATE, os.O_RDWR | os.O_CREAT, 0o600)
    for count in itertools.count():
        while (folder / PAUSE).exists():
            time.sleep(0.002)
        # Whoever holds the gate alone knows that no edit is under way; a killed editor lets go of it.
        fcntl.flock(gate, fcntl.LOCK_SH)
        try:
            told = edit(draw, f"{number}-{seed}-{count}", number, of)
            os.write(acknowledged, (json.dumps(told) + "\n").encode())
        except DatabaseError as error:
            db.session.rollback()
            os.write(acknowledged, (json.dumps({"refused": str(error.orig)[:200]}) + "\n").encode())
            time.sleep(TRIED_AGAIN_S)
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)


def edit(draw: random.Random, token: str, number: int, of: int) -> dict[str, Any]:
    """One edit and what has to be true of its revision, which is known by its door."""
    word, kind = draw.choice(WORDS), draw.random()
    ids = db.session.scalars(select(Listing.id).where(Listing.id % of == number).order_by(Listing.id)).all()
    if not ids or (kind < 0.1 and db.session.scalar(select(func.count()).select_from(Listing)) < MOST):
        return shown(add(token, word), token)
    listing = db.session.get(Listing, draw.choice(ids))
    how = {"by_voice": Voice.VOLUNTEER, "door": token, "now": datetime.now(UTC)}
    if listing.status is not Status.PUBLISHED:
        actions.publish(listing, **how)
    elif kind < 0.25:
        actions.withdraw(listing, **how)
    else:
        actions.change(listing, version=listing.version, name=f"The {word} circle {token}", **how)
    return shown(listing, token)


def add(token: str, word: str) -> Listing:
    form = ListingForm.from_data(
        {
            **{"name": f"The {word} circle {token}", "kind": "group", "status": "published", "at_venue": True},
            "venues": [{"key": "hall", "name": "Boathouse", "latitude": 52.9066, "longitude": 1.0871}],
            "sessions": [{"venue": "hall"}],
        }
    )
    assert form.validate(), form.errors
    return actions.add(by_voice=Voice.VOLUNTEER, door=token, now=datetime.now(UTC), **form.values)


def shown(listing: Listing, token: str) -> dict[str, Any]:
    return {
        "door": token,
        "listing": listing.id,
        "number": listing.revision_number,
        "name": listing.name,
        "status": listing.status.value,
    }


if __name__ == "__main__":
    main()
