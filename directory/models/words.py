"""How facts are said to people: ages, distances, days, hours, money and rhythms. Pure text; nothing here reads a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from directory.models.recurrence import Rhythm, Rule

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MILE_KM = 1.609344


def joined(parts: Sequence[str], *, last: str = "and") -> str:
    """ "Tuesdays, Wednesdays and Fridays"."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def ago(day: date, today: date) -> str:
    """How long ago, as people say it: "today", "5 days ago", "3 weeks ago", "14 months ago". A future day is "today"."""
    days = (today - day).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    if days < 14:
        return f"{days} days ago"
    # Up to two months in weeks: "6 weeks ago" says more than "1 month ago".
    if (months := months_between(day, today)) < 2:
        return f"{days // 7} weeks ago"
    return f"{months} months ago" if months < 24 else f"{months // 12} years ago"


def months_between(day: date, today: date) -> int:
    """Whole months from `day` to `today`; the 31st is reached on the last day of a shorter month. Negative when ahead."""
    months = (today.year - day.year) * 12 + today.month - day.month
    month_end = (date(today.year + today.month // 12, today.month % 12 + 1, 1) - date(today.year, today.month, 1)).days
    return months - (today.day < min(day.day, month_end))


def told_miles(distance_mi: float) -> str:
    """As `miles`, of a distance that is in miles already."""
    return miles(distance_mi * MILE_KM)


def miles(km: float) -> str:
    """A distance in miles: one decimal below ten, whole miles above, never "0.0 miles"."""
    distance = km / MILE_KM
    if distance < 0.05:
        return "less than 0.1 miles"
    if distance >= 9.95:
        return f"{distance:.0f} miles"
    figure = f"{distance:.1f}".removesuffix(".0")
    return f"{figure} mile" if figure == "1" else f"{figure} miles"


def day_words(day: date, today: date | None = None) -> str:
    """ "Wed 2 Dec"; with its year when that is more than eleven months from `today`, or when there is no `today`."""
    near = today is not None and abs(months_between(today, day) if day > today else months_between(day, today)) < 11
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}" + ("" if near else f" {day.year}")


def long_day(day: date) -> str:
    """ "30 October 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_words(day: date) -> str:
    """ "October 2026"."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def until(day: date, today: date) -> str:
    """A day further off, as one says it: "15 January", the first of a month as "January", with its year when far."""
    told = MONTHS[day.month - 1] if day.day == 1 and day > today else f"{day.day} {MONTHS[day.month - 1]}"
    far = abs((day.year - today.year) * 12 + day.month - today.month) >= 11
    return f"{told} {day.year}" if far else told


def moment_words(moment: datetime, today: date | None = None, *, by_the_minute: bool = False) -> str:
    """ "Wed 25 Nov, noon"; a moment at midnight is a day whose hour is not known, so only the day is said."""
    day = day_words(moment.date(), today)
    if moment.time() == time():
        return day
    return f"{day}, {timetable_clock(moment.time()) if by_the_minute else clock(moment.time())}"


def send_later(most: int, noun: str, free: datetime, *, is_visitor: bool) -> str:
    """What to tell somebody who sent as many as go within an hour; a surgery or a library shares one network.

    `free` is local time.
    """
    whose = " from this network" if is_visitor else ""
    at = clock((free + timedelta(minutes=1)).time())
    more = f" Send it again after {at}" + (", or sign in, where you have your own count." if is_visitor else ".")
    return f"That is {most} {noun} within an hour{whose}. Nothing you wrote is lost.{more}"


def stamp(moment: datetime) -> str:
    """ISO 8601 to the minute, "2026-11-25T12:00"; the day alone where midnight stands for an hour not known."""
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat(timespec="minutes")


def clock(hour: time) -> str:
    """ "noon", "2pm", "12:30pm", "10:15am"."""
    if (hour.hour, hour.minute) in ((12, 0), (0, 0)):
        return "noon" if hour.hour else "midnight"
    minutes = f":{hour.minute:02}" if hour.minute else ""
    return f"{(hour.hour - 1) % 12 + 1}{minutes}{'am' if hour.hour < 12 else 'pm'}"


def timetable_clock(hour: time) -> str:
    """ "10:15" and "14:25", as on a bus stop."""
    return f"{hour.hour}:{hour.minute:02}"


def hours(opens: time, closes: time | None = None, *, by_the_minute: bool = False) -> str:
    """ "noon to 2pm", "10am to 12:30"; "10:15 to 10:45" for what keeps to the minute, such as a mobile stop."""
    say = timetable_clock if by_the_minute else _hour_in_a_span
    if opens == time() and closes is not None and closes in (time(), time(23, 59), time(23, 59, 59)):
        return "day and night"
    if closes is None or closes == opens:
        return timetable_clock(opens) if by_the_minute else clock(opens)
    return f"{say(opens)} to {say(closes)}"


def _hour_in_a_span(hour: time) -> str:
    # Half past twelve in a span is never at night: "10am to 12:30".
    return timetable_clock(hour) if hour.hour == 12 and hour.minute else clock(hour)


def money(amount: Decimal | float) -> str:
    """ "£4", "£2.50", "45p"; nothing to pay is "Free"."""
    pence = round(Decimal(str(amount)) * 100)
    if pence <= 0:
        return "Free"
    if pence < 100:
        return f"{pence}p"
    return f"£{pence // 100:,}" + (f".{pence % 100:02}" if pence % 100 else "")


def number(count: int) -> str:
    """Words up to ten, figures above."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else f"{count:,}"


def ordinal(count: int) -> str:
    """ "2nd", "last"; from the end "2nd to last"."""
    if count < 0:
        return "last" if count == -1 else f"{ordinal(-count)} to last"
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def weekdays(days: Collection[int]) -> str:
    """ "Wednesdays", "Tuesdays and Thursdays", "Monday to Friday", "Every day"; Monday is 0."""
    ordered = sorted(days)
    if len(ordered) == 7:
        return "Every day"
    if len(ordered) >= 3 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{WEEKDAYS[ordered[0]]} to {WEEKDAYS[ordered[-1]]}"
    return joined([f"{WEEKDAYS[day]}s" for day in ordered])


def rhythm_days(rhythm: Rhythm, today: date | None = None) -> str:
    """The days of a rhythm without its hours: "Every second Tuesday", "Last Friday of the month"; empty when not sayable.

    Single dates have their year unless `today` is near.
    """
    rule = rhythm.rule
    if rule is None:
        dates = [rhythm.starts_on] if rhythm.starts_on else list(rhythm.also_on)
        told = [day_words(day, today) for day in dates[:3]] + ([f"{number(len(dates) - 3)} more"] if len(dates) > 3 else [])
        return joined(told) if rhythm.is_readable else ""
    return _capital(_rule_words(rule))


def _rule_words(rule: Rule) -> str:
    match rule.frequency:
        case "DAILY" if rule.interval > 1:
            words = f"every {_nth(rule.interval)} day" if not rule.by_day else ""
        case "DAILY" if not rule.by_month_day:
            words = weekdays({weekday for _, weekday in rule.by_day} or set(range(7)))
        case "WEEKLY" if rule.by_day and not rule.by_month_day and not rule.by_position:
            words = _weekly(rule)
        case "MONTHLY":
            words = _monthly(rule, of="the month" if rule.interval == 1 else f"every {_nth(rule.interval)} month")
        case "YEARLY" if rule.by_month and rule.by_month_day and not rule.by_day and not rule.by_position:
            days = [f"{day} {MONTHS[month - 1]}" for month in rule.by_month for day in rule.by_month_day]
            return f"{joined(days)} every year" if rule.interval == 1 and min(rule.by_month_day) > 0 else ""
        case "YEARLY" if rule.by_month:
            return _monthly(rule, of=joined([MONTHS[month - 1] for month in rule.by_month])) if rule.interval == 1 else ""
        case _:
            words = ""
    return f"{words}, {_months(rule.by_month)}" if words and rule.by_month else words


def _weekly(rule: Rule) -> str:
    days = sorted({weekday for _, weekday in rule.by_day})
    if rule.interval == 1:
        return weekdays(days)
    if not days:
        return ""
    names = joined([WEEKDAYS[day] for day in days])
    return f"every second {names}" if rule.interval == 2 else f"every {number(rule.interval)} weeks on {names}"


def _monthly(rule: Rule, *, of: str) -> str:
    by_day = _by_ordinal(rule)
    if rule.by_month_day and not rule.by_day and not rule.by_position:
        days = [f"{ordinal(day)} day" if day < 0 else ordinal(day) for day in sorted(rule.by_month_day, key=lambda d: (d < 0, d))]
        return f"{joined(days)} of {of}"
    if {day for _, day in by_day} == {0, 1, 2, 3, 4} and rule.by_position == (-1,) and not any(n for n, _ in by_day):
        return f"last working day of {of}"
    if not by_day or (rule.by_month_day != () and by_day == rule.by_day) or (rule.by_position and by_day == rule.by_day):
        return ""
    if not any(n for n, _ in by_day):
        return weekdays({day for _, day in by_day}) if rule.interval == 1 and of == "the month" else ""
    if not all(n for n, _ in by_day):
        return ""
    if len({day for _, day in by_day}) == 1:
        ordinals = joined([ordinal(n) for n, _ in by_day])
        return f"{ordinals} {WEEKDAYS[by_day[0][1]]}{'s' if len(by_day) > 1 else ''} of {of}"
    return f"{joined([f'{ordinal(n)} {WEEKDAYS[day]}' for n, day in by_day])} of {of}"


def _by_ordinal(rule: Rule) -> tuple[tuple[int, int], ...]:
    """BYDAY in its short form: "TH;BYSETPOS=2" and "TH;BYMONTHDAY=8,9,…,14" both mean the 2nd Thursday."""
    if len(rule.by_day) != 1 or rule.by_day[0][0]:
        return rule.by_day
    weekday = rule.by_day[0][1]
    if rule.by_position and not rule.by_month_day:
        return tuple((position, weekday) for position in rule.by_position)
    week = sorted(rule.by_month_day)
    if len(week) == 7 and not rule.by_position and week[0] % 7 == 1 and week[0] > 0 and week[6] - week[0] == 6:
        return ((week[0] // 7 + 1, weekday),)
    return rule.by_day


def _months(months: Sequence[int]) -> str:
    ordered = sorted(set(months))
    if len(ordered) == 12:
        return "all year"
    # A season may run over the new year: October to March.
    for start in ordered:
        run = [(start - 1 + step) % 12 + 1 for step in range(len(ordered))]
        if len(ordered) > 2 and sorted(run) == ordered:
            return f"{MONTHS[run[0] - 1]} to {MONTHS[run[-1] - 1]}"
    return joined([MONTHS[month - 1] for month in ordered])


def _nth(interval: int) -> str:
    return {2: "second", 3: "third", 4: "fourth", 6: "sixth"}.get(interval, ordinal(interval))


def inside(text: str) -> str:
    """Somebody's words after a comma: "By arrangement" begins small there, "AM & PM" does not."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
