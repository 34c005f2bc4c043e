"""The freshness loop: groups are asked whether all is still right, and volunteers check what nobody answers.

What a group answers is in `confirming.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from directory import history, permissions
from directory.errors import NotAllowed
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import Account, ConfirmLink, Fact, Listing, Means, Status, Task, TaskKind, Try, Voice
from directory.models.freshness import BETWEEN_LETTERS, RETRY, UNREACHED, fact_words, is_unreached
from directory.models.letters import letter_to
from directory.queries import accounts as people
from directory.queries import freshness as queries
from directory.queries.freshness import Contact, Due

MOST_LETTERS = 200  # a run
# After a longer rest than this, or when the clock went back, a run only counts: a clock that jumped would write to everybody.
LONGEST_REST = timedelta(days=3)

NOBODY = "Nobody to write to"
UNCLAIMED = "Nobody looks after it here"
WAITS = "Its letter has to wait"
UNANSWERED = "Our letter was not answered"
MONTHS_6, YEAR = "Not checked for 6 months", "Not checked for a year"
NEVER = "Never checked"


@dataclass(frozen=True)
class Swept:
    """What one run did, or would have done when it `only_counted`."""

    letters: int
    tasks: int
    ended: int
    only_counted: bool


# The sweep


def sweep(*, now: datetime, most: int = MOST_LETTERS) -> Swept:
    """Write the letters that are due, open and close tasks, end what is over. May run at any time, any number of times.

    At most `most` letters go; whatever cannot be written to yet is a task until then. The first run, and one after a
    clock jump, only counts.
    """
    today = now.date()
    # Reading goes before the lock: with a large catalogue it takes a second or two.
    asked = queries.due(today, ahead=BETWEEN_LETTERS)
    pressing = [each for each in asked if each.since <= today]
    contacts = queries.contacts((each.listing_id, each.organisation_id) for each in asked)
    letters = _letters(asked, contacts, now)
    over = queries.ended_events(today)
    with writing():
        lately = queries.written_lately(now)
        letters = [letter for letter in letters if letter[0].address not in lately][:most]
        if not _is_trusted_clock(now):
            return Swept(len(letters), len(pressing), len(over), only_counted=True)
        for listing in over:
            history.turn(listing, Status.ENDED, Hand(Voice.STAFF, "clock", reason="Its last day is over."), now=now)
        for contact, several, again in letters:
            _write(contact, several, again, now)
        db.session.flush()
        _close_done(now)
        ended = {listing.id for listing in over}
        opened = _open([each for each in pressing if each.listing_id not in ended], contacts, now)
    return Swept(len(letters), opened, len(ended), only_counted=False)


def _is_trusted_clock(now: datetime) -> bool:
    """Whether the last run was a short while ago; this one is noted."""
    mark = db.session.scalar(select(Try).where(Try.what == "freshness", Try.who == "sweep").order_by(Try.id.desc()).limit(1))
    last = mark.made_at if mark is not None else None
    if mark is None:
        mark = Try(what="freshness", who="sweep", made_at=now)
        db.session.add(mark)
    mark.made_at = now
    return last is not None and timedelta() <= now - last <= LONGEST_REST


def _letters(asked: Iterable[Due], contacts: Mapping[int, list[Contact]], now: datetime) -> list[tuple[Contact, list[Due], bool]]:
    """One letter for each person who has to be asked of anything today, about all they will be asked of within a fortnight.

    Whoever waits longest comes first. The last part says whether it is a second or third letter about something.
    """
    today, ahead = now.date(), now.date() + BETWEEN_LETTERS
    links = queries.last_links()
    wanted: dict[str, tuple[Contact, list[Due], list[int]]] = {}
    for each in asked:
        people_asked = contacts[each.listing_id]
        if each.stage(today) < 2:  # first only those who lead
            people_asked = people_asked[: max(1, sum(contact.leads for contact in people_asked))]
        for contact in people_asked:
            last = links.get((each.listing_id, contact.address))
            last_day = last.date() if last is not None else None
            stages = [
                stage
                for stage in (each.stage(today), each.stage(ahead))
                if stage and (last_day is None or last_day < each.began(stage) - BETWEEN_LETTERS)
            ]
            if stages:
                _, several, now_due = wanted.setdefault(contact.address, (contact, [], []))
                several.append(each)
                if each.since <= today and stages[0] == each.stage(today):
                    now_due.append(each.stage(today))
    letters = [(contact, several, max(stages) > 1) for contact, several, stages in wanted.values() if stages]
    return sorted(letters, key=lambda letter: (min(each.since for each in letter[1]), letter[0].address))


def _write(contact: Contact, several: list[Due], again: bool, now: datetime) -> None:
    told = []
    links = []
    for each in several:
        token = secrets.token_urlsafe(32)
        links.append(ConfirmLink.anew(each.listing_id, contact.address, people.digest(token), now))
        told.append([each.name, each.slug, token])
    letter = letter_to(contact.address, "still-right-again" if again else "still-right", now, name=several[0].name, secrets=told)
    letter.occasion = f"still-right:{people.digest(contact.address)}:{now.date().isoformat()}"
    letter.account_id = contact.account_id
    letter.listing_id = several[0].listing_id if len(several) == 1 else None
    db.session.add(letter)
    db.session.flush()
    for link in links:
        link.letter_id = letter.id


def _open(pressing: list[Due], contacts: Mapping[int, list[Contact]], now: datetime) -> int:
    """A task for each listing that no letter covers, or that was not answered for a month."""
    today, open_tasks, covered = now.date(), queries.open_tasks(), queries.with_open_links(now)
    claimed, closed, links = queries.claimed(), queries.last_closed(), queries.last_links()
    rows = []
    for each in pressing:
        stage, task = each.stage(today), open_tasks.get(each.listing_id)
        if task is not None:
            if stage == 3 and task.why != YEAR:
                first = {} if task.outcome == UNREACHED else {"not_before": min(task.not_before, now)}
                db.session.execute(update(Task).where(Task.id == task.id).values(why=YEAR, **first))
            continue
        asked_whom = contacts[each.listing_id]
        last = [links.get((each.listing_id, contact.address)) for contact in asked_whom]
        starts = now
        if stage >= 2:
            why = YEAR if stage == 3 else MONTHS_6
        elif not asked_whom:
            why = NOBODY
        elif each.organisation_id not in claimed:
            why, starts = UNCLAIMED, now + BETWEEN_LETTERS
        elif each.listing_id in covered:
            continue
        elif any(made_at is not None and made_at.date() >= each.since - BETWEEN_LETTERS for made_at in last):
            why = UNANSWERED
        else:
            why, starts = WAITS, now + BETWEEN_LETTERS
        last_closed = closed.get(each.listing_id)
        if last_closed is not None and last_closed.date() >= each.since:  # tried in vain: again in six weeks
            starts = max(starts, last_closed + RETRY)
        row = {"listing_id": each.listing_id, "kind": TaskKind.CHECK, "why": why if each.was_checked else NEVER}
        rows.append({**row, "opened_at": now, "not_before": starts, "outcome": ""})
    if rows:
        db.session.execute(insert(Task), rows)
    return len(rows)


def _close_done(now: datetime) -> None:
    """Tasks whose listing was checked meanwhile, or is not shown any more; those tried in vain wait for six weeks."""
    db.session.execute(
        update(Task)
        .where(
            Task.kind == TaskKind.CHECK,
            Task.closed_at.is_(None),
            Task.listing_id.in_(select(Listing.id).where(Listing.status != Status.PUBLISHED)),
        )
        .values(closed_at=now, outcome="not shown any more")
        .execution_options(synchronize_session=False)
    )
    for task in queries.tasks_checked(now):
        task.closed_at, task.outcome = now, "checked"
    for task in queries.tasks_tried():
        if is_unreached(task.attempts):
            again = task.attempts[-1].made_at + RETRY
            if task.outcome != UNREACHED or task.not_before < again:
                task.outcome, task.not_before = UNREACHED, max(task.not_before, again)
    db.session.flush()


# What a volunteer finds out


def check(
    listing: Listing,
    *,
    facts: Collection[Fact],
    means: Means,
    by: Account,
    now: datetime,
    values_seen: Mapping[Fact, str] | None = None,
) -> None:
    """What a volunteer compared with its source and found right. Whatever is not among `facts` keeps its old date.

    `values_seen` are the words they heard, where other than the page has. The listing's task is closed once nothing
    critical is old any more.
    """
    with writing(listing):
        permissions.require(permissions.can_curate(by))
        if means is Means.GROUP and not by.speaks_for(listing.organisation_id):
            raise NotAllowed("Only the group itself can say so. Choose how you found out.")
        told = {**fact_words(listing, now.date()), **(values_seen or {})}
        hand = Hand(permissions.voice_of(by), "page", by)
        history.check(listing, [fact for fact in told if fact in facts], means, hand, told=told, now=now)
