"""Does the freshness loop hold? Three years of a made-up county on a virtual clock, with the real actions, on SQLite.

python -m bench.freshness [--organisations N] [--volunteers N] [--years N] [--seed N]. Ends with 1 when a promise is broken.
Assumed a year: 25 % change their times, 15 % their cost, 12 % their number, 6 % end. 35 % answer a first letter, half of all
calls succeed, a volunteer does three jobs a week, a reader in a hundred who meets a mistake reports it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import event, select

from directory import create_app
from directory.actions import confirming, freshness, letters, listings, suggestions
from directory.errors import DirectoryError
from directory.extensions import db, writing
from directory.models import (
    Account,
    Attempt,
    Check,
    ConfirmLink,
    ContactPoint,
    Editorship,
    Fact,
    Letter,
    Listing,
    Means,
    Organisation,
    Outcome,
    Report,
    ReportKind,
    Role,
    Session,
    State,
    Status,
    Suggestion,
    Task,
    Voice,
    records,
)
from directory.queries import freshness as queries

MOST_WRONG, MOST_HOURS = 0.05, 48.0
START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
A_YEAR = {"times": 0.25, "cost": 0.15, "contact": 0.12, "running": 0.06}
ANSWERS = {"still-right": 0.35, "still-right-again": 0.2}
WITH_EDITOR, WITH_ADDRESS = 0.6, 0.5  # the rest: half of them have at least an address on the page
CALL_SUCCEEDS, STILL_SUCCEEDS = 0.5, 0.2  # the second with a number that is wrong, through the hall or the council
JOBS_A_WEEK = 3
REPORTS_A_DAY = 0.01  # of a mistake on a page
NEXT_TRY = timedelta(days=5, hours=3)
ASKED = {"running": Fact.RUNNING, "times": Fact.TIMES, "cost": Fact.COST, "contact": Fact.CONTACT}


@dataclass
class Figures:
    """What came out. Shares are of shown facts over all days; hours are from a report to its correction."""

    shown: int = 0
    wrong: int = 0
    outside: int = 0
    lost: int = 0
    hours: list[float] = field(default_factory=list)
    days: list[float] = field(default_factory=list)  # from the change itself to its correction
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        return self.wrong / max(1, self.shown)

    @property
    def median_hours(self) -> float:
        return median(self.hours) if self.hours else 0.0


@dataclass
class Group:
    """One listing as it really is, and as the page has it."""

    listing_id: int
    real: dict[str, Any]
    page: dict[str, Any]
    wrong_since: dict[str, datetime] = field(default_factory=dict)

    def mistakes(self) -> list[str]:
        return [name for name, value in self.real.items() if self.page[name] != value]


class County:
    """Groups that change, people who answer, readers who report, volunteers who ring."""

    def __init__(self, organisations: int, volunteers: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.figures = Figures()
        self.mail: list[tuple[datetime, str, str]] = []  # when somebody presses the link: moment, slug, secret
        self.jobs = 0.0
        self.a_day = volunteers * JOBS_A_WEEK / 7
        self.letter_id = 0
        self.reported: dict[int, datetime] = {}  # answered, but the page may still wait for a second person
        with writing():
            self.people = [
                Account(email=f"volunteer{number}@county.example", role=Role.CURATOR, created_at=START)
                for number in range(max(3, volunteers))
            ]
            db.session.add_all(self.people)
            db.session.flush()
            self.groups = [self._group(number) for number in range(organisations)]
        self.by_id = {group.listing_id: group for group in self.groups}

    def _group(self, number: int) -> Group:
        """Checked by telephone at some day of the last five months."""
        chance = self.chance
        organisation = Organisation(slug=f"club-{number}", name=f"Club {number}", created_at=START, modified_at=START)
        day = START.date() - timedelta(days=chance.randint(0, 150))
        listing = Listing(
            slug=f"group-{number}",
            name=f"Group {number}",
            organisation=organisation,
            status=Status.PUBLISHED,
            cost="paid",
            cost_amount="3.00",
            created_at=START,
            modified_at=START,
            checked_on=day,
            checked_means=Means.PHONE,
            checked_voice=Voice.VOLUNTEER,
        )
        listing.sessions = [Session(rrule="FREQ=WEEKLY;BYDAY=WE", starts_on=date(2025, 1, 1), opens=hour(9), position=0)]
        listing.contact_points = [ContactPoint(kind="phone", value=phone(0), position=0)]
        listing.checks = [Check(fact=fact, means=Means.PHONE, voice=Voice.VOLUNTEER, checked_on=day) for fact in ASKED.values()]
        db.session.add(listing)
        draw = chance.random()
        if draw < WITH_EDITOR:
            editor = Account(email=f"editor{number}@club.example", role=Role.EDITOR, created_at=START)
            db.session.add_all((editor, organisation))
            db.session.flush()
            db.session.add(Editorship(account_id=editor.id, organisation_id=organisation.id, since=START, leads=True))
        elif draw < WITH_EDITOR + (1 - WITH_EDITOR) * WITH_ADDRESS:
            listing.contact_points.append(ContactPoint(kind="email", value=f"hello{number}@club.example", position=1))
        db.session.flush()
        real = {"running": True, "times": 9, "cost": 3, "contact": 0}
        return Group(listing.id, dict(real), dict(real))

    # A day

    def day(self, now: datetime) -> None:
        self.change(now)
        freshness.sweep(now=now)
        self.figures.outside += len(queries.outside_the_loop(now))
        self.post(now)
        while self.mail and self.mail[0][0] <= now + timedelta(hours=6):
            _, slug, token = self.mail.pop(0)
            self.answer(slug, token, now + timedelta(hours=6))
        self.read(now + timedelta(hours=8))
        self.volunteer(now + timedelta(hours=10))
        for group in self.groups:
            if group.page["running"] is not None:
                self.figures.shown += len(ASKED)
                self.figures.wrong += len(group.mistakes())

    def change(self, now: datetime) -> None:
        for group in self.groups:
            if not group.real["running"]:
                continue
            for name, rate in A_YEAR.items():
                if self.chance.random() < rate / 365:
                    group.wrong_since.setdefault(name, now)
                    if name == "running":
                        group.real[name] = False
                    elif name == "times":
                        group.real[name] = 9 + (group.real[name] - 8) % 9
                    else:
                        group.real[name] += 1

    def post(self, now: datetime) -> None:
        """Letters arrive; some are answered within ten days, some come back."""
        for letter in db.session.scalars(select(Letter).where(Letter.id > self.letter_id).order_by(Letter.id)).all():
            self.letter_id = letter.id
            kind, told = letter.kind, letter.facts.get("secrets", [])
            gone = bool(told) and not self.of_slug(told[0][1]).real["running"]
            if gone and self.chance.random() < 0.5:
                letters.failed(letter, error="No such mailbox.", for_good=True, now=now)
                continue
            letters.sent(letter, now=now)
            self.figures.counts[kind] += 1
            if self.chance.random() < ANSWERS.get(kind, 0.0):
                after = now + timedelta(days=self.chance.randint(0, 10))
                self.mail += [(after, slug, token) for _, slug, token in told]
        self.mail.sort()

    def answer(self, slug: str, token: str, now: datetime) -> None:
        link = queries.link_of(slug, token)
        group = self.by_id[link.listing_id]
        if not queries.is_open(link, now):
            return
        mistakes = group.mistakes()
        if not group.real["running"]:
            confirming.stop(link, now=now)
        elif not mistakes:
            confirming.confirm(link, base=link.listing.revision_number, now=now)
        else:
            right = [fact for name, fact in ASKED.items() if name not in mistakes]
            changed = self.record_of(group, link.listing, mistakes)
            confirming.answer(link, base=link.listing.revision_number, right=right, changed=changed, note="", now=now)
        self.figures.counts["answers"] += 1
        self.look(group, now)

    def read(self, now: datetime) -> None:
        """Readers report mistakes; one report is enough."""
        reported = set(db.session.scalars(select(Report.listing_id).where(Report.answered_at.is_(None))))
        for group in self.groups:
            if group.page["running"] is None or group.listing_id in reported:
                continue
            if any(self.chance.random() < REPORTS_A_DAY for _ in group.mistakes()):
                with writing():
                    db.session.add(Report(listing_id=group.listing_id, kind=ReportKind.WRONG, text="Wrong.", made_at=now))

    # Volunteers

    def volunteer(self, now: datetime) -> None:
        """Reports first, then what waits for a second person, then the oldest task that may be tried."""
        self.jobs = min(self.jobs + self.a_day, 7 * self.a_day)
        for report in db.session.scalars(select(Report).where(Report.answered_at.is_(None)).order_by(Report.made_at)).all():
            if self.jobs < 1:
                return
            self.jobs -= 1
            if self.ring(report.listing_id, now, tried_before=report.made_at < now - timedelta(days=2)):
                with writing(report):
                    report.answered_at, report.changed = now, True
                group = self.by_id[report.listing_id]
                self.reported.setdefault(group.listing_id, report.made_at)
                self.put_right(group, now)
        for suggestion in db.session.scalars(
            select(Suggestion).where(Suggestion.state == State.WAITING).order_by(Suggestion.made_at)
        ).all():
            self.review(suggestion, now)
        due = select(Task).where(Task.closed_at.is_(None), Task.not_before <= now).order_by(Task.opened_at, Task.id)
        for task in db.session.scalars(due.limit(int(self.jobs) + 1)).all():
            if self.jobs < 1:
                return
            self.jobs -= 1
            if not self.ring(task.listing_id, now) and task.closed_at is None:
                with writing(task):
                    by = self.chance.choice(self.people)
                    failed = {"means": Means.PHONE, "outcome": Outcome.NO_ANSWER}
                    db.session.add(Attempt(task_id=task.id, account_id=by.id, made_at=now + self.some_hours(), **failed))
                    task.not_before = now + NEXT_TRY

    def review(self, suggestion: Suggestion, now: datetime) -> None:
        """Two look at it; a quarter of a job each."""
        for person in self.chance.sample(self.people, 3):
            if suggestion.state is not State.WAITING or self.jobs < 0.25:
                break
            self.jobs -= 0.25
            try:
                suggestions.agree(suggestion, by=person, number=suggestion.listing.revision_number, now=now)
            except DirectoryError:  # it was their own, it cools off, or it was put right meanwhile
                continue
        if suggestion.state in (State.APPROVED, State.LIVE):  # one in twenty is looked at again, and on the page meanwhile
            group = self.by_id[suggestion.listing_id]
            self.look(group, now)
            if not group.mistakes():
                freshness.check(suggestion.listing, facts=[Fact.CONTACT], means=Means.PHONE, by=self.people[0], now=now)

    def ring(self, listing_id: int, now: datetime, *, tried_before: bool = False) -> bool:
        """Ask the group; every fact is asked. What is new is put in, what is right is a check. False when nobody answered."""
        self.figures.counts["calls"] += 1
        group, by = self.by_id[listing_id], self.chance.choice(self.people)
        listing = db.session.get_one(Listing, listing_id)
        if listing.status is not Status.PUBLISHED:
            return True
        mistakes = group.mistakes()
        lost = "contact" in mistakes or not group.real["running"]
        if self.chance.random() > (STILL_SUCCEEDS if lost else CALL_SUCCEEDS) * (1.5 if tried_before else 1):
            return False
        if not group.real["running"]:
            listings.end(listing, by_voice=Voice.VOLUNTEER, door="page", now=now, account=by)
        else:
            if mistakes:
                for names in ([name for name in mistakes if name != "contact"], [name for name in mistakes if name == "contact"]):
                    if names and not self.waits(listing, names):
                        record = {**records.document(listing), **self.record_of(group, listing, names)}
                        suggestions.suggest(
                            listing, record=record, base_number=listing.revision_number, by=by, door="page", now=now
                        )
            facts = [fact for name, fact in ASKED.items() if name != "contact" or "contact" not in mistakes]
            freshness.check(listing, facts=facts, means=Means.PHONE, by=by, now=now)
        self.look(group, now)
        return True

    def waits(self, listing: Listing, names: list[str]) -> bool:
        waiting = select(Suggestion.id).where(Suggestion.listing_id == listing.id, Suggestion.state == State.WAITING)
        return names == ["contact"] and db.session.scalar(waiting.limit(1)) is not None

    # What is known

    def look(self, group: Group, now: datetime) -> None:
        """Read the page of a listing again, and note what was put right."""
        listing = db.session.get_one(Listing, group.listing_id)
        shown = listing.status is Status.PUBLISHED
        page = {
            "running": True if shown else None,
            "times": listing.sessions[0].opens.hour,
            "cost": int(listing.cost_amount),
            "contact": int(listing.contact_points[0].value[-6:]),
        }
        if not shown and group.real["running"]:
            self.figures.lost += 1
        for name in list(group.wrong_since):
            if not shown or page[name] == group.real[name]:
                self.figures.days.append((now - group.wrong_since.pop(name)).total_seconds() / 86_400)
        group.page = page
        self.put_right(group, now)

    def put_right(self, group: Group, now: datetime) -> None:
        """Once nothing on the page is wrong any more, a report of it counts as corrected."""
        if group.page["running"] is None or not group.mistakes():
            made_at = self.reported.pop(group.listing_id, None)
            if made_at is not None:
                self.figures.hours.append((now - made_at).total_seconds() / 3600)

    def record_of(self, group: Group, listing: Listing, names: list[str]) -> dict[str, Any]:
        """The keys of the record that say how it really is."""
        current = records.document(listing)
        said: dict[str, Any] = {}
        if "times" in names:
            said["sessions"] = [{**current["sessions"][0], "opens": f"{group.real['times']:02}:00"}]
        if "cost" in names:
            said["cost_amount"] = f"{group.real['cost']}.00"
        if "contact" in names:
            said["contacts"] = [{**current["contacts"][0], "value": phone(group.real["contact"])}, *current["contacts"][1:]]
        return said

    def of_slug(self, slug: str) -> Group:
        return self.groups[int(slug.rpartition("-")[2])]

    def some_hours(self) -> timedelta:
        return timedelta(hours=self.chance.randint(-2, 5))


def hour(number: int) -> Any:
    return datetime(2026, 1, 1, number, tzinfo=UTC).time()


def phone(number: int) -> str:
    return f"01632 {number:06}"


def simulate(*, organisations: int, volunteers: int, days: int, seed: int = 1, step: int = 1) -> Figures:
    """Inside an application context with empty tables. `step` is the days from one sweep to the next."""
    county = County(organisations, volunteers, seed)
    county.a_day *= step
    freshness.sweep(now=START - timedelta(days=1))  # a first run only counts
    for number in range(0, days, step):
        county.day(START + timedelta(days=number))
    used = db.session.scalars(select(ConfirmLink.id).where(ConfirmLink.used_at.is_not(None))).all()
    county.figures.counts["links used"] = len(used)
    shown = {group.listing_id for group in county.groups if group.page["running"] is not None}
    left = set(db.session.scalars(select(Listing.id).where(Listing.status == Status.PUBLISHED)))
    county.figures.lost += len(shown ^ left)
    return county.figures


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=500)
    parser.add_argument("--volunteers", type=int, default=20)
    parser.add_argument("--years", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"INSTANCE_FOLDER": folder, "SECRET_KEY": "only for measuring", "JOBS_FILE": "", "TESTING": True})
        with app.app_context():
            event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
            upgrade()
            found = simulate(
                organisations=given.organisations, volunteers=given.volunteers, days=int(given.years * 365), seed=given.seed
            )
            db.session.remove()
            db.engine.dispose()
    rows = (
        ("wrong facts shown", f"{100 * found.share:.1f} %", f"under {100 * MOST_WRONG:.0f} %", found.share < MOST_WRONG),
        ("listings outside the loop", str(found.outside), "0", found.outside == 0),
        ("listings that left without a word", str(found.lost), "0", found.lost == 0),
        (
            "from a report to its correction",
            f"{found.median_hours:.0f} h",
            f"under {MOST_HOURS:.0f} h",
            found.median_hours < MOST_HOURS,
        ),
    )
    for name, figure, promise, kept in rows:
        print(f"{name:36}{figure:>10}   {promise:>12}   {'kept' if kept else 'BROKEN'}")
    print(f"{'from a change to its correction':36}{median(found.days or [0]):8.0f} d   (half of them; nobody promises this)")
    print(", ".join(f"{count} {name}" for name, count in sorted(found.counts.items())))
    size = f"{given.organisations} organisations, {given.volunteers} volunteers, {given.years:g} years"
    print(f"{len(found.hours)} reports, {size}, in {time.monotonic() - began:.0f} s")
    return 0 if all(kept for *_, kept in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
