"""When an editor is trusted with changes that go live at once: what earns it, and what loses it. Pure rules about moments.

New editors earn it; one report that was upheld, two changes taken back within ninety days, or a year without a sign-in
loses it, and from then on it is earned anew. What happened before the loss does not count again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CHANGES, HELD, UNREVERTED = 5, timedelta(days=30), timedelta(days=90)
MOST_REVERTED = 2  # so many changes taken back within that time, and an editor is new again
DORMANT = timedelta(days=365)


@dataclass(frozen=True)
class Past:
    """What is known of one editor, as moments in any order.

    `since` is when they began to edit for the organisation, `approved` when others agreed to their changes, `reverted` when
    one was taken back, `upheld` when somebody was right who reported what they wrote, `seen` when they signed in.
    """

    since: datetime
    approved: Sequence[datetime] = ()
    reverted: Sequence[datetime] = ()
    upheld: Sequence[datetime] = ()
    seen: Sequence[datetime] = ()


def is_trusted(past: Past, *, now: datetime) -> bool:
    """Whether it was earned by now, and not lost since."""
    seen = sorted(moment for moment in past.seen if moment <= now)
    if not seen:
        return False
    woke = [*seen[1:], now]
    slept = [before + DORMANT for before, after in zip(seen, woke, strict=True) if after - before > DORMANT]
    reverted = sorted(moment for moment in past.reverted if moment <= now)
    lost = {*slept, *(moment for moment in past.upheld if moment <= now)}
    began: datetime | None = None  # when the last loss was
    trusted = False
    # Nothing changes between these moments. At one of them a loss comes first, and what is earned is looked at after it.
    grows = {*past.approved, past.since + HELD, *(moment + UNREVERTED for moment in reverted), now}
    for moment in sorted(each for each in grows | lost | set(reverted) if each <= now):
        lately = [each for each in reverted if moment - UNREVERTED < each <= moment]
        if moment in lost or (trusted and len(lately) >= MOST_REVERTED):
            trusted, began = False, moment
        elif not trusted:
            counted = [each for each in past.approved if each <= moment and (began is None or each > began)]
            trusted = moment - past.since >= HELD and len(counted) >= CHANGES and not lately
    return trusted
