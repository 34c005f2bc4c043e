"""What leads are told of the audit chain: its newest seal, once a week, so that cutting off its end is noticed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from directory.extensions import db, writing
from directory.models import Account, Letter
from directory.models.letters import letter_to
from directory.models.recurrence import LONDON
from directory.queries import accounts as people
from directory.queries import audit as queries
from directory.queries.reports import occasions

KIND = "chain"


def tell_leads(*, now: datetime) -> int:
    """A letter to each lead, one a week, with the number of rows and the newest seal; how many were written.

    It says as well whether the chain is whole and still holds the seal of the letter before. The walk holds no lock.
    """
    year, week, _ = now.astimezone(LONDON).isocalendar()
    chain = queries.chain()
    leads = people.leads()
    told = {"rows": chain.rows, "seal": chain.seal, "broken_at": chain.broken_at}
    cut = {lead.id: (seal := _told_last(lead)) is not None and not queries.holds(seal) for lead in leads}
    wanted = {f"{KIND}:{year}-{week:02}:{lead.id}": lead.id for lead in leads}
    with writing():
        written = occasions(list(wanted))
        for occasion, lead_id in wanted.items():
            if occasion not in written:
                lead = db.session.get_one(Account, lead_id)
                letter = letter_to(lead.email, KIND, now, account=lead, is_cut=cut[lead_id], **told)
                letter.occasion = occasion
                db.session.add(letter)
    return len(wanted.keys() - written)


def _told_last(lead: Account) -> str | None:
    """The seal of the last such letter, if it is still kept."""
    last = select(Letter.facts).where(Letter.kind == KIND, Letter.account_id == lead.id).order_by(Letter.id.desc())
    facts = db.session.scalar(last.limit(1))
    return facts.get("seal") if facts else None
