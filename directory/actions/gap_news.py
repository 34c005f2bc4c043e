"""Letters about gaps: whoever flagged one hears of each step, once a day at most; leads hear of offers and of the month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import update

from directory.extensions import db, writing
from directory.models import Account, Flag, Gap, Letter
from directory.models import words as say
from directory.models.gaps import CLOSED
from directory.models.letters import letter_to
from directory.models.recurrence import LONDON
from directory.queries import area_names, gaps, misses, offers
from directory.queries import gap_news as queries
from directory.queries.gap_news import Late, Month

# To people without an account: once these are gone, so is the address on them.
TO_RESIDENTS = ("gap-news", "gap-refused")
MOST_RISING = 10
DIGEST_DAYS = 7  # in so many days of a month the letter about the one before may still go


def tell(*, now: datetime) -> int:
    """Everybody who flagged is told of the steps since: one letter a person and day; how many were written.

    May run as often as it likes. What comes later on a day waits for the next. An address that somebody left is forgotten
    here when its gap is closed and told of; on letters, once they have gone.
    """
    today = now.astimezone(LONDON).date()
    with writing():
        told: dict[str, list[Flag]] = defaultdict(list)
        for flag in queries.untold():
            told[f"account-{flag.account_id}" if flag.account is not None else flag.reply_to].append(flag)
        occasions = {who: f"gap-news:{_name(who, flags)}:{today}" for who, flags in told.items()}
        there = queries.written(list(occasions.values()))
        count = 0
        for who, flags in told.items():
            account = flags[0].account
            if occasions[who] in there:
                continue
            if account is None or not account.is_suspended:
                address = account.email if account is not None else flags[0].reply_to
                told_of = [_told(flag, flag.gap) for flag in flags if flag.gap is not None]
                letter = letter_to(address, "gap-news", now, account=account, gaps=told_of)
                letter.occasion = occasions[who]
                db.session.add(letter)
                count += 1
            for flag in flags:
                flag.told_step_id = queries.steps_for(flag)[-1].id
        db.session.flush()
        for flag in queries.done_with():
            flag.reply_to = ""
        db.session.execute(
            update(Letter)
            .where(
                Letter.kind.in_(TO_RESIDENTS),
                Letter.account_id.is_(None),
                Letter.to_address != "",
                Letter.sent_at.is_not(None) | Letter.given_up_at.is_not(None),
            )
            .values(to_address="", facts={})
            .execution_options(synchronize_session=False)
        )
    return count


def tell_leads_of_offers(*, now: datetime) -> int:
    """Each lead hears once a day of what was found the day before that may answer gaps of theirs; how many letters.

    The letter says as well what waits longer than the two weeks that were promised. That alone is written once a week.
    """
    today = now.astimezone(LONDON).date()
    end = datetime.combine(today, time(), LONDON)
    made = [each for each in offers.made_between(end - timedelta(days=1), end) if each.listing is not None]
    letters = []
    for lead in offers.leads():
        codes = gaps.codes_of(lead)
        own = [each for each in made if not codes or codes & {each.gap.area_code, each.gap.council_code}]
        late = queries.late(codes, now=now)
        if own:
            facts = {
                "offers": [
                    {**_named(each.gap), "listing": each.listing.name, "slug": each.listing.slug} for each in own if each.listing
                ]
            }
            letters.append((f"gap-offers:{lead.id}:{today}", "gap-offers", lead, facts | _waiting(late)))
        elif late.since is not None:
            letters.append((f"gap-late:{lead.id}:{today:%G-%V}", "gap-offers", lead, {"offers": [], **_waiting(late)}))
    return _write(letters, now)


def tell_leads_of_the_month(*, now: datetime) -> int:
    """In the first week of a month each lead hears what the last one brought; nothing where nothing happened."""
    today = now.astimezone(LONDON).date()
    if today.day > DIGEST_DAYS:
        return 0
    end = datetime.combine(today.replace(day=1), time(), LONDON)
    start = datetime.combine((today.replace(day=1) - timedelta(days=1)).replace(day=1), time(), LONDON)
    letters = []
    for lead in offers.leads():
        codes = gaps.codes_of(lead)
        month = queries.month(codes, start=start, end=end)
        rising = [", ".join(filter(None, (each.said, each.area_code))) for each in misses.rising(today=today, areas=codes)]
        if rising or not month.is_empty:
            facts = {**_facts(month, start.date()), "rising": rising[:MOST_RISING]}
            letters.append((f"gap-month:{lead.id}:{start:%Y-%m}", "gap-month", lead, facts))
    return _write(letters, now)


def _write(letters: Sequence[tuple[str, str, Account, dict[str, Any]]], now: datetime) -> int:
    """Those of them that are not there yet."""
    if not letters:
        return 0
    with writing():
        there = queries.written([occasion for occasion, *_ in letters])
        fresh = [each for each in letters if each[0] not in there]
        for occasion, kind, account, facts in fresh:
            letter = letter_to(account.email, kind, now, account=account, **facts)
            letter.occasion = occasion
            db.session.add(letter)
    return len(fresh)


def _name(who: str, flags: Sequence[Flag]) -> str:
    """What a letter's occasion calls a person: never an address."""
    return who if flags[0].account is not None else f"flag-{flags[0].id}"


def _told(flag: Flag, gap: Gap) -> dict[str, Any]:
    steps = [
        {
            "state": step.state.value,
            "words": step.words,
            "review_on": say.long_day(step.review_on) if step.review_on else "",
            "name": step.listing.name if step.listing is not None else "",
            "slug": step.listing.slug if step.listing is not None else "",
        }
        for step in queries.steps_for(flag)
    ]
    return {**_named(gap), "flag": str(flag.uid), "closed": gap.state in CLOSED, "steps": steps}


def _named(gap: Gap) -> dict[str, str]:
    return {"gap": str(gap.uid), "title": gap.title, "area": area_names.called(gap.area_code, gap.area_name)}


def _waiting(late: Late) -> dict[str, Any]:
    if late.since is None:
        return {}
    return {"late": {"gaps": late.gaps, "flags": late.flags, "since": _month(late.since)}}


def _month(moment: datetime) -> str:
    """Leads are told of people's words by the month and never by the day."""
    return say.month_words(moment.astimezone(LONDON).date())


def _facts(month: Month, first: date) -> dict[str, Any]:
    return {
        "month": first.isoformat(),
        "opened": [_named(gap) for gap in month.opened],
        "unanswered": [{**_named(gap), "since": _month(gap.opened_at)} for gap in month.unanswered],
        "answered": [_named(gap) for gap in month.answered],
        "to_review": [_named(gap) for gap in month.to_review],
    }
