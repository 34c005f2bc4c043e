"""Questions about the loop that keeps facts right: who has to be asked, whom a link belongs to, and what is outside the loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from directory.errors import NotFound
from directory.extensions import db
from directory.models import (
    Account,
    Check,
    ConfirmLink,
    ContactPoint,
    Editorship,
    Kind,
    Letter,
    Listing,
    NoLetters,
    Session,
    Status,
    Task,
    TaskKind,
    Venue,
)
from directory.models.curation import CRITICAL_FACTS
from directory.models.freshness import BETWEEN_LETTERS, CRITICAL, SECOND, THIRD, UNREACHED, asked_on, later
from directory.queries.accounts import digest

LETTERS = ("still-right", "still-right-again")
ASKED = (Status.PUBLISHED, Status.PAUSED)  # a group may answer for these
NOT_OURS = "This link is not one of ours, or was cut off on the way. Press it in the letter once more."


@dataclass(frozen=True)
class Due:
    """A published listing that has to be asked about, since when, and whether it was ever checked."""

    listing_id: int
    organisation_id: int | None
    name: str
    slug: str
    since: date
    was_checked: bool

    def stage(self, day: date) -> int:
        """How many letters should have gone by that day: none to three."""
        return sum(self.began(stage) <= day for stage in (1, 2, 3))

    def began(self, stage: int) -> date:
        return later(self.since, (0, 0, SECOND, THIRD)[stage])


@dataclass(frozen=True)
class Contact:
    """Somebody who may be asked: an editor, or the address on the listing."""

    address: str
    account_id: int | None
    leads: bool


def due(today: date, *, ahead: timedelta = timedelta()) -> list[Due]:
    """What has to be asked about by `today`, or so soon after, by listing."""
    by = today + ahead
    replaced = _replaced()
    found = {
        row.id: Due(row.id, row.organisation_id, row.name, row.slug, asked_on(row.checked_on, row.created_at.date()), True)
        if row.checked_on
        else Due(
            *(row.id, row.organisation_id, row.name, row.slug),
            since=replaced.get(row.id, row.created_at.date()),
            was_checked=row.id in replaced,
        )
        for row in db.session.execute(
            _asked().where(
                or_(Listing.checked_on.is_(None), Listing.checked_on <= later(by, -CRITICAL.asked) + timedelta(days=3))
            )
        )
    }
    for listing in over(today):
        if _is_term(listing):
            since = asked_on(listing.checked_on, listing.created_at.date(), _last_day(listing))
            found[listing.id] = Due(
                listing.id, listing.organisation_id, listing.name, listing.slug, since, listing.checked_on is not None
            )
    return [found[id_] for id_ in sorted(found) if found[id_].since <= by]


def _replaced() -> dict[int, date]:
    """By listing, the last day on which something critical was replaced and has not been checked since."""
    rows = db.session.execute(
        select(Check.listing_id, func.max(Check.replaced_on))
        .join(Listing, Listing.id == Check.listing_id)
        .where(Listing.checked_on.is_(None), Check.replaced_on.is_not(None), Check.fact.in_(CRITICAL_FACTS))
        .group_by(Check.listing_id)
    )
    return dict(rows.tuples().all())


def over(today: date) -> list[Listing]:
    """Published listings of which every session has a last day that has passed, with their sessions."""
    endless = and_(
        or_(Session.ends_on.is_(None), Session.ends_on >= today),
        or_(
            and_(Session.rrule != "", ~Session.rrule.contains("UNTIL"), ~Session.rrule.contains("COUNT")),
            and_(Session.rrule == "", or_(Session.starts_on.is_(None), Session.starts_on >= today)),
        ),
    )
    candidates = db.session.scalars(
        select(Listing)
        .where(
            Listing.status == Status.PUBLISHED,
            exists().where(Session.listing_id == Listing.id),
            ~exists().where(Session.listing_id == Listing.id, endless),
        )
        .options(selectinload(Listing.sessions))
        .order_by(Listing.id)
    )
    return [listing for listing in candidates if all(session.is_over(today) for session in listing.sessions)]


def ended_events(today: date) -> list[Listing]:
    """Published events whose dates are all over, and what was on one day only."""
    return [listing for listing in over(today) if not _is_term(listing)]


def _is_term(listing: Listing) -> bool:
    """Whether it may go on after its dates are over; a group that wrote down every date of a term may."""
    dates = {each for session in listing.sessions for each in (session.starts_on, *session.also_on) if each}
    return any(session.rrule for session in listing.sessions) or (listing.kind is not Kind.EVENT and len(dates) > 1)


def _last_day(listing: Listing) -> date | None:
    """The last day of all sessions; None where one is counted in a way that does not tell."""
    days = [session.rhythm.last_day or session.ends_on or session.starts_on for session in listing.sessions]
    return max((day for day in days if day is not None), default=None)


def _asked() -> Select[Any]:
    columns = (Listing.id, Listing.organisation_id, Listing.name, Listing.slug, Listing.checked_on, Listing.created_at)
    return select(*columns).where(Listing.status == Status.PUBLISHED)


# Whom to ask


def contacts(listings: Iterable[tuple[int, int | None]]) -> dict[int, list[Contact]]:
    """Who is asked about each listing, given with its organisation: its editors, else its public address; never who declined.

    Those who lead come first, then the longest there.
    """
    wanted = dict(listings)
    editors: dict[int, list[Contact]] = {}
    rows = db.session.execute(
        select(Editorship.organisation_id, Account.id, Account.email, Editorship.leads)
        .join(Account, Account.id == Editorship.account_id)
        .where(Editorship.ended_at.is_(None), Account.suspended_at.is_(None))
        .order_by(Editorship.leads.desc(), Editorship.since, Editorship.id)
    )
    declined = no_letters()
    for organisation_id, account_id, email, leads in rows:
        editors.setdefault(organisation_id, []).append(Contact(email.lower(), account_id, leads))
    public: dict[int, list[Contact]] = {}
    mails = select(ContactPoint.listing_id, ContactPoint.value).where(
        ContactPoint.listing_id.is_not(None), ContactPoint.kind == "email", ContactPoint.public
    )
    if len(wanted) < 500:
        mails = mails.where(ContactPoint.listing_id.in_(list(wanted)))
    for listing_id, value in db.session.execute(mails.order_by(ContactPoint.position, ContactPoint.id)):
        public.setdefault(listing_id, [Contact(value.lower(), None, False)])
    told = {}
    for listing_id, organisation_id in wanted.items():
        people = editors.get(organisation_id or 0) or public.get(listing_id, [])
        told[listing_id] = [contact for contact in people if digest(contact.address) not in declined]
    return told


def claimed() -> set[int]:
    """The organisations that somebody speaks for."""
    return set(
        db.session.scalars(
            select(Editorship.organisation_id)
            .join(Account, Account.id == Editorship.account_id)
            .where(Editorship.ended_at.is_(None), Account.suspended_at.is_(None))
        )
    )


def no_letters() -> set[str]:
    """Digests of the addresses that nobody may write to."""
    return set(db.session.scalars(select(NoLetters.address_hash)))


def written_lately(now: datetime) -> set[str]:
    """Addresses that had a letter of the loop within the fortnight."""
    since = now - BETWEEN_LETTERS
    return set(db.session.scalars(select(Letter.to_address).where(Letter.kind.in_(LETTERS), Letter.made_at > since).distinct()))


# What is under way


def last_links() -> Mapping[tuple[int, str], datetime]:
    """When each address was last sent a link to each listing."""
    rows = db.session.execute(
        select(ConfirmLink.listing_id, ConfirmLink.address, func.max(ConfirmLink.made_at)).group_by(
            ConfirmLink.listing_id, ConfirmLink.address
        )
    )
    return {(listing_id, address): made_at for listing_id, address, made_at in rows}


def with_open_links(now: datetime) -> set[int]:
    """Listings for which somebody holds a link that still works and who may be written to; a letter given up does not count."""
    declined = no_letters()
    rows = db.session.execute(
        select(ConfirmLink.listing_id, ConfirmLink.address)
        .outerjoin(Letter, Letter.id == ConfirmLink.letter_id)
        .where(ConfirmLink.used_at.is_(None), ConfirmLink.ends_at > now, Letter.given_up_at.is_(None))
    )
    return {listing_id for listing_id, address in rows if digest(address) not in declined}


def open_tasks() -> Mapping[int, Row[Any]]:
    """The open task to check, by listing: id, why, outcome, not_before."""
    rows = db.session.execute(
        select(Task.listing_id, Task.id, Task.why, Task.outcome, Task.not_before)
        .where(Task.kind == TaskKind.CHECK, Task.closed_at.is_(None))
        .order_by(Task.id)
    )
    return {row.listing_id: row for row in rows}


def tasks_checked(now: datetime) -> list[Task]:
    """Open tasks whose listing was checked since they were opened, and is fresh again."""
    today = now.date()
    rows = db.session.scalars(
        select(Task)
        .join(Task.listing)
        .where(
            Task.kind == TaskKind.CHECK,
            Task.closed_at.is_(None),
            Listing.checked_on > later(today, -CRITICAL.asked) - timedelta(days=3),
        )
        .options(contains_eager(Task.listing))
        .order_by(Task.id)
    )
    return [
        task
        for task in rows
        if task.listing.checked_on is not None
        and task.listing.checked_on >= task.opened_at.date()
        and asked_on(task.listing.checked_on, task.listing.created_at.date()) > today
    ]


def tasks_tried() -> Sequence[Task]:
    """Open tasks with at least one attempt, with their attempts."""
    return db.session.scalars(
        select(Task)
        .where(Task.kind == TaskKind.CHECK, Task.closed_at.is_(None), Task.attempts.any())
        .options(selectinload(Task.attempts))
        .order_by(Task.id)
    ).all()


def with_open_tasks() -> set[int]:
    return set(db.session.scalars(select(Task.listing_id).where(Task.kind == TaskKind.CHECK, Task.closed_at.is_(None))))


def last_closed() -> Mapping[int, datetime]:
    """When the last task to check each listing was closed."""
    rows = db.session.execute(
        select(Task.listing_id, func.max(Task.closed_at))
        .where(Task.kind == TaskKind.CHECK, Task.closed_at.is_not(None))
        .group_by(Task.listing_id)
    )
    return dict(rows.tuples().all())


def outside_the_loop(now: datetime) -> list[int]:
    """Published listings that are neither fresh nor asked about nor anybody's task: there must be none."""
    covered = with_open_links(now) | with_open_tasks()
    return [each.listing_id for each in due(now.date()) if each.listing_id not in covered]


def is_unreached(listing: Listing) -> bool:
    """Whether volunteers tried and nobody answered."""
    tried = select(Task.id).where(
        Task.listing_id == listing.id, Task.kind == TaskKind.CHECK, Task.closed_at.is_(None), Task.outcome == UNREACHED
    )
    return db.session.scalar(tried.limit(1)) is not None


# The link


def link_of(slug: str, token: str) -> ConfirmLink:
    """The link of this secret, for this listing, whatever became of it. Raises NotFound; a secret for another listing is none."""
    link = db.session.scalar(
        select(ConfirmLink)
        .join(Listing, Listing.id == ConfirmLink.listing_id)
        .where(ConfirmLink.token_hash == digest(token), Listing.slug == slug)
        .options(
            # Not joined: a row that is to be locked may not come with another beside it.
            selectinload(ConfirmLink.listing).options(
                selectinload(Listing.organisation),
                selectinload(Listing.sessions).joinedload(Session.venue).selectinload(Venue.access_facts),
                selectinload(Listing.contact_points),
                selectinload(Listing.access_facts),
                selectinload(Listing.checks),
                selectinload(Listing.terms),
                selectinload(Listing.coverages),
            )
        )
    )
    if link is None or link.listing.status in (Status.HIDDEN, Status.DRAFT):
        raise NotFound(NOT_OURS)
    return link


def is_open(link: ConfirmLink, now: datetime) -> bool:
    """Whether the link still works: not used, not too old, the listing still up, and its address still one for the listing."""
    return link.used_at is None and link.ends_at > now and link.listing.status in ASKED and is_contact(link)


def is_contact(link: ConfirmLink) -> bool:
    """Whether the address of the link still speaks for the listing."""
    listing = link.listing
    editor = (
        select(Editorship.id)
        .join(Account, Account.id == Editorship.account_id)
        .where(
            Editorship.organisation_id == listing.organisation_id,
            Editorship.ended_at.is_(None),
            Account.suspended_at.is_(None),
            func.lower(Account.email) == link.address,
        )
    )
    if any(point.kind == "email" and point.value.lower() == link.address for point in listing.public_contacts):
        return True
    return listing.organisation_id is not None and db.session.scalar(editor.limit(1)) is not None


def letters_to(address: str) -> Sequence[Letter]:
    """The letters of the loop to an address, the newest first."""
    return db.session.scalars(
        select(Letter).where(Letter.to_address == address, Letter.kind.in_(LETTERS)).order_by(Letter.id.desc())
    ).all()
