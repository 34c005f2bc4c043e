"""The freshness loop: groups are asked whether all is still right and answer by a link; volunteers check what nobody answers."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from directory import history, permissions, search
from directory.errors import Conflict, NotAllowed, Refused
from directory.extensions import db, writing
from directory.history import Hand
from directory.models import (
    Account,
    Check,
    ConfirmLink,
    Fact,
    Listing,
    Means,
    NoLetters,
    Report,
    ReportKind,
    Sort,
    State,
    Status,
    Suggestion,
    Task,
    TaskKind,
    Try,
    Voice,
    audit,
    records,
)
from directory.models.curation import CRITICAL_FACTS
from directory.models.freshness import (
    BETWEEN_LETTERS,
    FACT_OF,
    LINK_LASTS,
    RETRY,
    UNREACHED,
    asked_on,
    fact_words,
    is_unreached,
)
from directory.models.letters import letter_to
from directory.permissions import Change, Standing, Verdict
from directory.queries import accounts as people
from directory.queries import curation
from directory.queries import freshness as queries
from directory.queries.freshness import Contact, Due

Record = dict[str, Any]

MOST_LETTERS = 200  # a run
# After a longer rest than this, or when the clock went back, a run only counts: a clock that jumped would write to everybody.
LONGEST_REST = timedelta(days=3)
NEW_LINKS_A_DAY = 3
COOLS = timedelta(hours=72)
DOOR = "letter"
USED = "This link was used already, or a newer letter took its place."
MOVED_ON = "Somebody changed this listing while you were looking. This is what it says now."
LIVE = {Verdict.LIVE, Verdict.SAMPLED, Verdict.LOOKED_AT}

NOBODY = "Nobody to write to"
UNCLAIMED = "Nobody looks after it here"
WAITS = "Its letter has to wait"
UNANSWERED = "Our letter was not answered"
MONTHS_6, YEAR = "Not checked for 6 months", "Not checked for a year"
NEVER, DECLINED = "Never checked", "They asked us not to write"


@dataclass(frozen=True)
class Swept:
    """What one run did, or would have done when it `only_counted`."""

    letters: int
    tasks: int
    ended: int
    only_counted: bool


@dataclass(frozen=True)
class Answered:
    """What became of an answer: record keys that are live now, and those that wait for others to agree."""

    live: tuple[str, ...]
    waiting: tuple[str, ...]


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
        token, link = _link(each.listing_id, contact.address, now)
        told.append([each.name, each.slug, token])
        links.append(link)
    letter = letter_to(contact.address, "still-right-again" if again else "still-right", now, name=several[0].name, secrets=told)
    letter.occasion = f"still-right:{people.digest(contact.address)}:{now.date().isoformat()}"
    letter.account_id = contact.account_id
    letter.listing_id = several[0].listing_id if len(several) == 1 else None
    db.session.add(letter)
    db.session.flush()
    for link in links:
        link.letter_id = letter.id


def _link(listing_id: int, address: str, now: datetime) -> tuple[str, ConfirmLink]:
    """A new secret; older links to the same listing for the same address end."""
    db.session.execute(
        update(ConfirmLink)
        .where(ConfirmLink.listing_id == listing_id, ConfirmLink.address == address, ConfirmLink.ends_at > now)
        .values(ends_at=now)
    )
    token = secrets.token_urlsafe(32)
    link = ConfirmLink(
        listing_id=listing_id, address=address, token_hash=people.digest(token), made_at=now, ends_at=now + LINK_LASTS
    )
    db.session.add(link)
    return token, link


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


# What the holder of a link does


def confirm(link: ConfirmLink, *, base: int, now: datetime) -> None:
    """All that was shown is still right. `base` is the revision they looked at; raises Conflict when there is a newer one."""
    listing = link.listing
    with writing(listing):
        _use(link, base, now)
        told = fact_words(listing, now.date())
        facts = [fact for fact in told if told[fact] or fact in CRITICAL_FACTS]
        _check(listing, facts, Means.GROUP, Voice.GROUP, _account(link), now, told)
        if told[Fact.ROOM] and listing.room_until is None:
            history.alter(listing, {"room_said_on": now.date().isoformat()}, _hand(link), now=now)


def answer(
    link: ConfirmLink,
    *,
    base: int,
    right: Collection[Fact],
    changed: Mapping[str, Any],
    note: str,
    now: datetime,
) -> Answered:
    """Some is still right, some has changed: `changed` are record keys as the gate gave them, `note` what has no field.

    What a trusted editor may change goes live and is looked at within seven days; ways to get in touch wait for two
    people. A note is a report, which has its own clock. What was not answered keeps its old date.
    """
    listing = link.listing
    with writing(listing):
        _use(link, base, now)
        current = records.document(listing)
        locked = curation.lock_on(listing, now=now) is not None
        live: list[str] = []
        waiting: list[str] = []
        for name, value in changed.items():
            if current.get(name) != value:
                verdict = permissions.verdict(
                    Change.SENSITIVE
                    if permissions.is_sensitive(current) or permissions.is_sensitive({**current, **changed})
                    else permissions.sort_of_change(current, [name]),
                    Standing.TRUSTED_EDITOR,
                )
                (live if verdict in LIVE and not locked else waiting).append(name)
        if live:
            made = _suggestion(link, {**current, **{name: changed[name] for name in live}}, live, State.LIVE, now)
            history.alter(listing, {name: changed[name] for name in live}, _hand(link, made.id), now=now)
        if waiting:
            wanted = {**records.document(listing), **{name: changed[name] for name in waiting}}
            made = _suggestion(link, wanted, waiting, State.WAITING, now)
            if {"contacts", "website"} & set(waiting):
                _warn_old_contact(made, listing, now)
        if note:
            report = Report(listing_id=listing.id, kind=ReportKind.WRONG, text=note, made_at=now, who=people.digest(link.address))
            db.session.add(report)
        told = fact_words(listing, now.date())
        # Whoever writes something new says that it is so, once it is on the page.
        told_new = {FACT_OF[name] for name in live if name in FACT_OF}
        waits = {FACT_OF[name] for name in waiting if name in FACT_OF}
        known = (set(right) | told_new) - waits
        if known or changed or note:
            known.add(Fact.RUNNING)  # whoever tells of it says that it runs
        _check(listing, [fact for fact in told if fact in known], Means.GROUP, Voice.GROUP, _account(link), now, told)
    return Answered(tuple(live), tuple(waiting))


def stop(link: ConfirmLink, *, now: datetime) -> None:
    """The group says that it is no more."""
    listing = link.listing
    with writing(listing):
        _use(link, listing.revision_number, now)
        history.turn(listing, Status.ENDED, _hand(link, reason="The group says that it has stopped."), now=now)
        _close_tasks(listing, "it has stopped", _account(link), now)


def decline(link: ConfirmLink, *, now: datetime) -> None:
    """No more letters to this address. The listing is the volunteers' from now on."""
    listing = link.listing
    with writing(listing):
        _use(link, listing.revision_number, now)
        digest = people.digest(link.address)
        if digest not in queries.no_letters():
            db.session.add(NoLetters(address_hash=digest, said_at=now))
        audit.record("asked for no more letters", f"listing {listing.uid}", by="link", now=now)
        if listing.id not in queries.with_open_tasks():
            db.session.add(Task(listing_id=listing.id, kind=TaskKind.CHECK, why=DECLINED, opened_at=now, not_before=now))


def send_again(link: ConfirmLink, *, now: datetime) -> None:
    """A new link to the same address, if it still speaks for the listing. Raises Refused when asked too often, or if not."""
    with writing():
        key = people.digest(f"{link.listing_id} {link.address}")
        if not queries.is_contact(link) or link.listing.status not in queries.ASKED:
            raise Refused("This address is not one for this listing any more, so no new link goes to it.")
        if people.tries("confirm-link", key, since=now - timedelta(days=1)) >= NEW_LINKS_A_DAY:
            raise Refused("Three letters went there today. Look among the unwanted mail, or try again tomorrow.")
        db.session.add(Try(what="confirm-link", who=key, made_at=now))
        listing = link.listing
        token, made = _link(link.listing_id, link.address, now)
        letter = letter_to(link.address, "still-right-link", now, listing=listing, secrets=[[listing.name, listing.slug, token]])
        db.session.add(letter)
        db.session.flush()
        made.letter_id = letter.id


# What people who are signed in do


def still_right(listing: Listing, *, by: Account, base: int, now: datetime) -> None:
    """Somebody who speaks for the group says that all is still right."""
    with writing(listing):
        permissions.require(by.speaks_for(listing.organisation_id) and not by.is_suspended and listing.status in queries.ASKED)
        if listing.revision_number != base:
            raise Conflict(MOVED_ON)
        told = fact_words(listing, now.date())
        facts = [fact for fact in told if told[fact] or fact in CRITICAL_FACTS]
        _check(listing, facts, Means.GROUP, Voice.GROUP, by, now, told)
        if told[Fact.ROOM] and listing.room_until is None:
            history.alter(listing, {"room_said_on": now.date().isoformat()}, Hand(Voice.GROUP, "page", by), now=now)


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
        _check(listing, [fact for fact in told if fact in facts], means, permissions.voice_of(by), by, now, told)


# What the verbs share


def _use(link: ConfirmLink, base: int, now: datetime) -> None:
    """The link is used up: of two who press at once one is told, and so is whoever looked at older words."""
    db.session.refresh(link)
    if not queries.is_open(link, now):
        raise Refused(USED)
    if link.listing.revision_number != base:
        raise Conflict(MOVED_ON)
    used = db.session.execute(
        update(ConfirmLink)
        .where(ConfirmLink.id == link.id, ConfirmLink.used_at.is_(None), ConfirmLink.ends_at > now)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:
        raise Refused(USED)


def _check(
    listing: Listing,
    facts: Collection[Fact],
    means: Means,
    voice: Voice,
    account: Account | None,
    now: datetime,
    told: Mapping[Fact, str],
) -> None:
    """One row a fact. The listing is as old as the oldest critical fact of them all."""
    if not facts:
        return
    today = now.date()
    before = [listing.checked_on, listing.checked_means, listing.checked_voice]
    for fact in facts:
        row = Check(fact=fact, means=means, voice=voice, checked_on=today, value_seen=told.get(fact, ""))
        row.account_id = account.id if account is not None else None
        listing.checks.append(row)
    listing.checked_on, listing.checked_means, listing.checked_voice = records.checked(listing.checks)
    db.session.flush()
    after = [listing.checked_on, sorted(facts), means]
    who = account or ("link" if voice is Voice.GROUP else voice.value)
    audit.record("checked", f"listing {listing.uid}", by=who, now=now, before=before, after=after)
    search.note(listing)
    if asked_on(listing.checked_on, listing.created_at.date()) > today:
        _close_tasks(listing, "checked", account, now)


def _close_tasks(listing: Listing, outcome: str, account: Account | None, now: datetime) -> None:
    db.session.execute(
        update(Task)
        .where(Task.listing_id == listing.id, Task.kind == TaskKind.CHECK, Task.closed_at.is_(None))
        .values(closed_at=now, outcome=outcome, account_id=account.id if account is not None else None)
    )


def _account(link: ConfirmLink) -> Account | None:
    return people.by_email(link.address)


def _hand(link: ConfirmLink, suggestion_id: int | None = None, *, reason: str = "Said by the link in our letter.") -> Hand:
    return Hand(Voice.GROUP, DOOR, _account(link), reason, suggestion_id=suggestion_id)


def _suggestion(link: ConfirmLink, record: Record, fields: list[str], state: State, now: datetime) -> Suggestion:
    listing, account = link.listing, _account(link)
    row = Suggestion(
        listing_id=listing.id,
        sort=Sort.CHANGE,
        base_number=listing.revision_number,
        record=record,
        fields=fields,
        reason="Said by the link in our letter.",
        state=state,
        approvals=2 if state is State.WAITING else 1,
        made_at=now,
        account_id=account.id if account is not None else None,
        voice=Voice.GROUP,
        door=DOOR,
        decided_at=now if state is State.LIVE else None,
    )
    row.opinions = []
    db.session.add(row)
    db.session.flush()
    audit.record("suggested", f"suggestion {row.uid}", by=account or "link", now=now, after=record)
    return row


def _warn_old_contact(suggestion: Suggestion, listing: Listing, now: datetime) -> None:
    """Whoever was to be reached before is told at once; with nobody to tell, the change cools off for three days."""
    old = [point.value for point in listing.contact_points if point.kind == "email"]
    for address in dict.fromkeys(old):
        db.session.add(letter_to(address, "contact-changed", now, listing=listing, suggestion=str(suggestion.uid)))
    if not old and listing.contact_points:
        suggestion.cools_until = now + COOLS
