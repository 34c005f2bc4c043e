"""A process that edits for ever by the actions themselves, and writes down each edit that it was told is saved.

python -m tests.faults.editor prepare LISTINGS
python -m tests.faults.editor FOLDER NUMBER OF SEED [PORT]; with the port of a website also lists, approvals, and work on it
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from directory.actions import listings as actions
from directory.actions import vocabulary as vocabulary_actions
from directory.errors import DirectoryError
from directory.exchange import vocabulary as shipped
from directory.extensions import db
from directory.models import Listing, SourceRecord, Status, Voice
from tests.faults import hands

# None of them is in the vocabulary, and no two share a stem.
WORDS = ("amber", "copper", "indigo", "walnut", "zinc", "quartz")
MOST = 60  # listings; one page of `/api/search` holds them all
GATE, PAUSE = "gate", "pause"
TRIED_AGAIN_S = 0.05
SHARE_OF_HANDS = 0.6  # of what is done with a website
KINDS = ("import", "approval", "approval on the website", "edit on the website", "edit on the website")
Tell = Callable[..., None]


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


def edit_for_ever(folder: Path, number: int, of: int, seed: int, port: int = 0) -> None:
    """Edits the listings whose id leaves `number` when divided by `of`, so that no two editors want the same one.

    Writes down what it begins, what it was told is saved, and what was refused.
    """
    draw = random.Random(seed)
    acknowledged = os.open(folder / f"acknowledged-{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    gate = os.open(folder / GATE, os.O_RDWR | os.O_CREAT, 0o600)
    curator: hands.Curator | None = None

    def tell(**told: Any) -> None:
        os.write(acknowledged, (json.dumps(told) + "\n").encode())

    for count in itertools.count():
        while (folder / PAUSE).exists():
            time.sleep(0.002)
        # Whoever holds the gate alone knows that no edit is under way; a killed editor lets go of it.
        fcntl.flock(gate, fcntl.LOCK_SH)
        token = f"{number}-{seed}-{count}"
        try:
            if port and draw.random() < SHARE_OF_HANDS:
                if curator is None or not curator.left:
                    curator = hands.Curator(current_app._get_current_object(), port, token)
                curator.left -= 1
                by_hand(draw, token, number, of, curator, tell)
            else:
                tell(begun="edit")
                tell(**edit(draw, token, number, of))
        except (DatabaseError, DirectoryError, hands.NotTold) as error:
            db.session.rollback()
            tell(refused=str(getattr(error, "orig", error))[:200])
            time.sleep(TRIED_AGAIN_S)
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)


def edit(draw: random.Random, token: str, number: int, of: int) -> dict[str, Any]:
    """One edit and what has to be true of its revision, which is known by its door."""
    word, kind = draw.choice(WORDS), draw.random()
    ids = own_ids(number, of)
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


def by_hand(draw: random.Random, token: str, number: int, of: int, curator: hands.Curator, tell: Tell) -> None:
    """A list imported whole, something approved here or on the website, or an edit there."""
    db.session.rollback()  # what was read before the last answer of the website is not what there is now
    word, kind = draw.choice(WORDS), draw.choice(KINDS)
    if kind == "import":
        tell(begun=kind)
        hands.import_list(number, word, token)
        return tell(run=token)
    listing = db.session.get(Listing, draw.choice(own_ids(number, of)))
    if listing.status is not Status.PUBLISHED:
        tell(begun="edit")
        actions.publish(listing, by_voice=Voice.VOLUNTEER, door=token, now=datetime.now(UTC))
        return tell(**shown(listing, token))
    name = f"The {word} circle {token}"
    after = {"door": token, "listing": listing.id, "number": listing.revision_number + 1, "name": name, "status": "published"}
    if kind == "edit on the website":
        tell(begun=kind)
        hands.edit_on_site(listing, name, token, curator)
        return tell(**after)
    tell(begun="suggestion")
    suggestion = hands.suggested(listing, name, token)
    tell(suggestion=token)
    tell(begun=kind)
    (hands.approve if kind == "approval" else hands.approve_on_site)(suggestion, curator)
    return tell(**after)


def own_ids(number: int, of: int) -> list[int]:
    """The listings of one editor, without those that come from a list."""
    from_lists = select(SourceRecord.listing_id)
    mine = select(Listing.id).where(Listing.id % of == number, Listing.id.not_in(from_lists)).order_by(Listing.id)
    return list(db.session.scalars(mine))


def add(token: str, word: str) -> Listing:
    values = hands.values_of(f"The {word} circle {token}")
    return actions.add(by_voice=Voice.VOLUNTEER, door=token, now=datetime.now(UTC), **values)


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
