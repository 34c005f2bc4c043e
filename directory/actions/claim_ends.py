"""What the clock does about claims that wait: leads are reminded, and silence is no."""

from __future__ import annotations

from datetime import datetime

from directory import permissions
from directory.extensions import db, writing
from directory.models import ClaimState, audit
from directory.models.claims import MAIL, PROPOSED
from directory.models.letters import letter_to
from directory.queries import accounts as people
from directory.queries import claims as queries
from directory.queries.reports import occasions

WHY_SILENCE = "Nobody answered within 14 days."


def lapse(*, now: datetime) -> int:
    """Silence is no: claims whose time is over are refused, and everybody who knew of them is told. How many there were."""
    with writing():
        over = queries.lapsed(now=now)
        for each in over:
            each.close(ClaimState.REFUSED, WHY_SILENCE, None, now)
            each.tell([each.whoever_asked], "proposal-lapsed" if each.means == PROPOSED else "claim-lapsed", now)
            each.tell(queries.others_of(each), "claim-over", now)
            if each.means == MAIL:
                db.session.add(each.letter(each.sent_to, "claim-over", now))
            audit.record("claim lapsed", each.about, by="worker", now=now, after=str(each.account.uid))
    return len(over)


def remind(*, now: datetime) -> int:
    """Leads hear, once, of what waits for volunteers and ends within four days; how many letters were written."""
    with writing():
        leads = people.leads()
        wanted = {
            f"claim:{each.id}:{each.ends_at.date()}:{lead.id}": (each, lead)
            for each in queries.ending(now=now)
            for lead in leads
            if permissions.can_help_claim(lead, each)
        }
        written = occasions(list(wanted))
        for occasion, (each, lead) in wanted.items():
            if occasion not in written:
                letter = letter_to(lead.email, "claim-ends", now, account=lead, claim=each.id, **each.told())
                letter.occasion = occasion
                db.session.add(letter)
    return len(wanted.keys() - written)
