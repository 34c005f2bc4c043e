"""Next dates for a page of results: the promise is 20 rows in under 10 ms, with nothing remembered from before.

Run from the root of the project: python -m bench.sessions
"""

import time as stopwatch
from datetime import date, datetime, time, timedelta

from directory.models import Session, recurrence

ROWS, DAYS, PROMISE_MS = 20, 50, 10
RULES = (
    *("FREQ=WEEKLY;BYDAY=WE", "FREQ=WEEKLY;INTERVAL=4", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "FREQ=MONTHLY;BYDAY=2TU,4TU"),
    *("FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;BYMONTH=6;BYDAY=-1SA", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO;COUNT=400"),
)


def main() -> None:
    sessions = [
        Session(rrule=RULES[n % len(RULES)], starts_on=date(2019, 1, 1) + timedelta(days=n), opens=time(10), closes=time(11))
        for n in range(ROWS)
    ]
    taken = []
    for day in range(DAYS):
        for cache in (recurrence.parsed, recurrence._dates, recurrence._counted):
            cache.cache_clear()
        began = stopwatch.perf_counter()
        for session in sessions:
            session.next_after(datetime(2026, 11, 20, 9) + timedelta(days=day))  # noqa: DTZ001 -- local wall clock has no zone
        taken.append((stopwatch.perf_counter() - began) * 1_000)
    taken.sort()
    print(f"next dates of {ROWS} rows: median {taken[DAYS // 2]:.2f} ms, slowest {taken[-1]:.2f} ms; promise {PROMISE_MS} ms")


if __name__ == "__main__":
    main()
