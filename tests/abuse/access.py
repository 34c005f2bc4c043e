"""Route by role: who is answered what, object by object. `python -m tests.abuse.access` adds rows for new routes, to be read.

One row a route and method, one column a role; a cell is the status, or "sign-in" for being led there. Nothing is sent along,
so 422 says "would have been let", and 403 or sign-in says "no".
"""

from __future__ import annotations

import csv
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from directory import models
from directory.extensions import db, writing
from directory.models.accounts import Editorship, Patch, SignIn
from directory.queries.accounts import digest
from directory.views.access import TOKEN
from tests import addresses, make
from tests.conftest import configure_adapters, make_app

TABLE = Path(__file__).with_name("access.csv")
ROLES = (
    "anonymous",
    "editor of A",
    "editor of B",
    "trusted editor of A",
    "link worker",
    "curator of patch 1",
    "curator of patch 2",
    "senior",
    "lead",
    "admin",
    "suspended",
    "ended sign-in",
)
Row = dict[str, str]


class World:
    """An application with one of everything, and somebody signed in for each role; put back as it was after each change."""

    def __init__(self, folder: Path) -> None:
        self.app = make_app(folder)
        self.app.test_client_class = FlaskClient
        self.file = folder / "directory.sqlite"
        self.copy = folder / "as-it-was.sqlite"
        self.uids: dict[str, Any] = {}
        with self.app.app_context():
            configure_adapters(self.app)
            self.fill()
        self.close()
        shutil.copyfile(self.file, self.copy)

    def fill(self) -> None:
        now = datetime.now(UTC)
        addresses.furnish(make)
        listing = db.session.scalars(db.select(models.Listing)).one()
        club, lunch = listing.organisation, make.organisation("Lunch Club")
        people = {
            "editor of A": make.account("Amina"),
            "editor of B": make.account("Bilal"),
            "trusted editor of A": make.account("Tara"),
            "link worker": make.account("Lena", role="link-worker"),
            "curator of patch 1": make.account("Stella", role="curator"),
            "curator of patch 2": make.account("Cai", role="curator"),
            "senior": make.account("Sena", role="senior"),
            "lead": make.account("Ida", role="lead"),
            "admin": make.account("Otto", role="admin"),
            "suspended": make.account("Sam", suspended_at=now, suspended_reason="Because."),
            "ended sign-in": make.account("Enid", role="lead"),
        }
        other = make.account("Nia", role="curator")
        long_ago = now - timedelta(days=90)
        record = {"name": listing.name}
        with writing():
            for name, organisation in (("editor of A", club), ("editor of B", lunch), ("trusted editor of A", club)):
                since = long_ago if name.startswith("trusted") else now
                db.session.add(Editorship(account_id=people[name].id, organisation_id=organisation.id, since=since))
            db.session.add(Patch(account_id=people["curator of patch 1"].id, area_code="NR25"))
            db.session.add(Patch(account_id=people["curator of patch 2"].id, area_code="NR27"))
            people["trusted editor of A"].signed_in_at = now
            said = {"listing_id": listing.id, "sort": models.Sort.CHANGE, "record": record, "fields": ["name"], "door": "page"}
            for number in range(5):
                made = {"made_at": long_ago + timedelta(days=number), "state": models.State.APPROVED}
                by = people["trusted editor of A"].id
                db.session.add(models.Suggestion(account_id=by, voice=models.Voice.GROUP, **said, **made))
            waiting = models.Suggestion(made_at=now, voice=models.Voice.GROUP, **said)
            task = models.Task(listing_id=listing.id, kind=models.TaskKind.CHECK, opened_at=now, not_before=now)
            theirs = SignIn(account_id=other.id, token_hash=digest("theirs"), made_at=now, seen_at=now)
            report = models.Report(listing_id=listing.id, kind=models.ReportKind.WRONG, text="At one.", made_at=now)
            gap = db.session.scalars(db.select(models.Gap)).one()
            asked = {"means": "register", "sent_to": "1123456", "made_at": now, "ends_at": now + timedelta(days=14)}
            claim = models.Claim(organisation_id=club.id, account_id=other.id, state=models.ClaimState.PROVED, **asked)
            db.session.add_all([waiting, task, theirs, report, claim])
            db.session.flush()
            db.session.scalars(db.select(models.Flag)).one().state = models.FlagState.WAITING
            for name, account in people.items():
                account.totp_secret = "JBSWY3DPEHPK3PXP"
                fresh = {"made_at": now, "seen_at": now, "proved_at": now + timedelta(hours=2)}
                ended = {"ended_at": now} if name == "ended sign-in" else {}
                db.session.add(SignIn(account_id=account.id, token_hash=digest(name), **fresh, **ended))
            db.session.flush()
            self.uids = {
                "people": other.uid,
                "curation": people["editor of A"].uid,
                "editors": people["trusted editor of A"].uid,
                "accounts": theirs.uid,
                "desk": waiting.uid,
                "editing": waiting.uid,
                "reports": report.uid,
                "board": gap.uid,
                "gaps": gap.uid,
                "gap_desk": gap.uid,
                "gap_help": gap.uid,
                "letters": "00000000-0000-0000-0000-000000000000",
            }

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def put_back(self) -> None:
        self.close()
        for end in ("-wal", "-shm"):
            Path(f"{self.file}{end}").unlink(missing_ok=True)
        shutil.copyfile(self.copy, self.file)

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """Method, rule, and the address that is asked for."""
        for rule in addresses.own_routes(self.app):
            noun = rule.endpoint.partition(".")[0]
            parts = addresses.PARTS | {"uid": self.uids.get(noun, addresses.PARTS["uid"])}
            with self.app.test_request_context():
                built = self.app.url_map.bind("localhost").build(rule.endpoint, {name: parts[name] for name in rule.arguments})
            for method in addresses.methods(rule):
                yield method, rule.rule, built

    def answered(self, method: str, address: str, role: str) -> str:
        client = self.app.test_client()
        if role != "anonymous":
            with client.session_transaction() as kept:
                kept[TOKEN] = role
        with client.open(address, method=method) as answer:
            told = answer.headers.get("Location", "")
            cell = "sign-in" if told.startswith("/account/sign-in") else str(answer.status_code)
        if method != "GET" and cell not in ("403", "sign-in"):
            self.put_back()
        return cell


def row_of(world: World, method: str, rule: str, address: str) -> Row:
    return {"method": method, "route": rule} | {role: world.answered(method, address, role) for role in ROLES}


def written() -> dict[tuple[str, str], Row]:
    """The table as it stands."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["method"], row["route"]): row for row in csv.DictReader(file)}


def write(rows: list[Row]) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("method", "route", *ROLES), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (row["route"], row["method"])))


def main() -> None:
    """Add what is missing, drop what is gone; a row that is there is never changed."""
    began, kept = time.monotonic(), written()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        rows = []
        for method, rule, address in world.routes():
            row = kept.get((method, rule)) or row_of(world, method, rule, address)
            if (method, rule) not in kept:
                print(method, rule, *(f"{role}: {row[role]}" for role in ROLES), sep="\n    ")
            rows.append(row)
        world.close()
    write(rows)
    print(f"{len(rows)} routes, {len(rows) - len(kept)} more than before, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
