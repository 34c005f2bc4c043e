"""What the pages say of rows beyond what the rows say of themselves (models): labels, arms, links, lines of a result."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from directory.models import (
    Check,
    Fact,
    Kind,
    Listing,
    Means,
    OrganisationKind,
    Role,
    Session,
    Status,
    Taxonomy,
    Venue,
    Voice,
    facts,
)
from directory.models.freshness import MEANS_WORDS
from directory.models.recurrence import LONDON
from directory.models.words import MONTHS, WEEKDAYS, day_words, joined, long_day, number, timetable_clock

KINDS = {
    Kind.GROUP: "group",
    Kind.SERVICE: "charity service",
    Kind.LIBRARY: "library",
    Kind.GARDEN: "garden or green space",
    Kind.MUSEUM: "museum or gallery",
    Kind.ADVICE: "advice",
    Kind.EVENT: "event",
    Kind.VOLUNTEERING: "volunteering role",
    Kind.OTHER: "other",
}
ORGANISATION_KINDS = {
    OrganisationKind.GROUP: "Community group",
    OrganisationKind.CHARITY: "Charity",
    OrganisationKind.COMPANY: "Company",
    OrganisationKind.CIC: "Community interest company",
    OrganisationKind.COUNCIL: "Council",
    OrganisationKind.HEALTH: "Health service",
    OrganisationKind.FAITH: "Faith group",
    OrganisationKind.EDUCATION: "School or college",
    OrganisationKind.OTHER: "Organisation",
}
FACTS = {
    Fact.RUNNING: "Still running",
    Fact.TIMES: "Day and time",
    Fact.CONTACT: "How to get in touch",
    Fact.COST: "Cost",
    Fact.JOINING: "How to join",
    Fact.WHO_FOR: "Who it is for",
    Fact.PLACE: "Place",
    Fact.GETTING_THERE: "Getting there",
    Fact.ACCESS: "Getting in",
    Fact.FIRST_VISIT: "What it is like",
    Fact.ROOM: "Room for new people",
}
VOICES = {
    Voice.GROUP: "The group",
    Voice.VOLUNTEER: "A volunteer",
    Voice.LINK_WORKER: "A link worker",
    Voice.STAFF: "Somebody here",
    Voice.FEED: "A feed",
    Voice.VISITOR: "A visitor",
}
DEEDS = {
    Means.GROUP: "heard it from the group",
    Means.PHONE: "rang",
    Means.VISIT: "visited",
    Means.MAIL: "wrote and had an answer",
    Means.WEBSITE: "read their website",
    Means.DIRECTORY: "found it in another directory",
}
# The symbol and the colour of each reason's arm.
REASON_ARMS = {
    "nearby": ("pin", ""),
    "covers": ("pin", ""),
    "stop": ("van", "stop"),
    "comes_to_you": ("home", "home"),
    "online": ("screen", "wire"),
    "national": ("wide", "wide"),
}
MEANS = {means: told[:1].upper() + told[1:] for means, told in MEANS_WORDS.items()}
ROLES = {
    Role.EDITOR: "an editor",
    Role.LINK_WORKER: "a link worker",
    Role.CURATOR: "a curator",
    Role.SENIOR: "a senior curator",
    Role.LEAD: "the lead of an area",
    Role.ADMIN: "an administrator",
    Role.IMPORTER: "an importer",
}
ROLE_TOLD = {
    Role.EDITOR: "Editor: speaks for a group and keeps its listings right",
    Role.LINK_WORKER: "Link worker: keeps shortlists and tells of gaps",
    Role.CURATOR: "Curator: checks and reviews in an area",
    Role.SENIOR: "Senior curator: also merges, splits and decides claims",
    Role.LEAD: "Lead: answers for an area, and for who does what there",
    Role.ADMIN: "Administrator: keeps the service running, has no say over content",
    Role.IMPORTER: "Importer: a feed, never a person",
}
DAYS = {day[:3].lower(): day for day in WEEKDAYS}
LONGEST_FACT = 80
MOST_AREAS = 3
ROUGHLY = {"sector", "outcode", "place"}
PAPER_LASTS = timedelta(days=30)


class Freshness(NamedTuple):
    """`css` is `checked` or `stale`; `text` says it in words."""

    css: str
    icon: str
    text: str


def freshness(listing: Listing, today: date) -> Freshness:
    """How lately the facts that matter most were compared with their source."""
    fresh = listing.checked_on is not None and not listing.stale_words(today)
    return Freshness("checked" if fresh else "stale", "tick" if fresh else "warn", listing.checked_words(today))


def how_checked(check: Check) -> str:
    """“A volunteer rang”."""
    return "The group told us" if check.voice is Voice.GROUP else f"{VOICES[check.voice]} {DEEDS[check.means]}"


def when(listing: Listing, venue: Venue | None, today: date) -> str:
    """The rhythm in one line: what happens at this venue, or everything where there is none."""
    here = [session for session in listing.sessions if venue is not None and session.venue_id == venue.id]
    lines = facts.times(here, today) if here else listing.when_words(today)
    if not lines:
        return "Times not known"
    return shortened("; ".join(lines[:2]) + (" and more" if len(lines) > 2 else ""))


def shortened(text: str) -> str:
    """At most one line of a result, cut at a word."""
    return text if len(text) <= LONGEST_FACT else text[:LONGEST_FACT].rsplit(" ", 1)[0] + "…"


def place_name(venue: Venue) -> str:
    """A place in a list of places: “Green, Saxley”, by whatever of it is known."""
    name = venue.name or venue.address_1 or venue.postal_code
    if not venue.city or venue.city.lower() in name.lower():
        return name or "A place we have no address for"
    return ", ".join(part for part in (name, venue.city) if part)


def place_rest(venue: Venue) -> str:
    """The rest of its address, after its name."""
    told = place_name(venue).split(", ")
    return ", ".join(part for part in venue.address.split(", ") if part not in told)


def elsewhere(listing: Listing, today: date) -> list[str]:
    """The times of a listing with several places that belong to none of them, such as those online."""
    return facts.times([session for session in listing.sessions if session.venue is None], today)


def in_doubt(venue: Venue) -> bool:
    """Whether we know only roughly where it is."""
    return bool(venue.point_source) and str(venue.point_source) in ROUGHLY


def beside_name(place: str, listing: Listing, distance_mi: float | None = None) -> str:
    """“By the war memorial, Saxley · 0.4 miles” for a stop, else “Saxley Village Hall · group”; `place` as `where` says it."""
    last = KINDS[listing.kind] if distance_mi is None else f"{distance_mi:.1f} miles"
    return f"{place} · {last}" if place else last


def where(listing: Listing, venue: Venue | None) -> str:
    """The place in a few words; a secret one is never told, whatever is handed over."""
    if listing.confidential_location:
        return "The address is private"
    if venue is not None:
        return place_name(venue)
    area = coverage(listing, most=MOST_AREAS)
    return f"For people in {area}" if area else (listing.organisation.name if listing.organisation else "")


def coverage(listing: Listing, *, most: int = 100) -> str:
    """The areas people must live in, by their names: “Fakenham, Walsingham and four more areas”.

    Codes that mean nothing to a reader are left out.
    """
    told = (area.label or outward(area.area_code) for area in listing.coverages)
    names = list(dict.fromkeys(re.sub(r"^The ", "the ", name) for name in told if name))
    if len(names) > most:
        names = [*names[: most - 1], f"{number(len(names) - most + 1)} more areas"]
    return joined(names)


def outward(code: str) -> str:
    if code == "K02000001":
        return "the whole of the UK"
    return code if len(code) < 5 else ""


def cost(listing: Listing) -> str:
    """What it costs and all that was said of it, once."""
    said, short = listing.fees_description, listing.cost_words
    return sentences(said) if short and said.startswith(short) else sentences(short or "We do not know", said)


def who_for(listing: Listing) -> str:
    """Who may come: ages, unless the words of the group tell them, its words, and the people it names."""
    told = listing.eligibility_description
    ages = [str(age) for age in (listing.minimum_age, listing.maximum_age) if age]
    audiences = joined([uncapital(term.label) for term in listing.terms_of(Taxonomy.AUDIENCE)])
    known = sentences(
        "" if all(age in told for age in ages) else listing.ages_words, told, f"Good for {audiences}" if audiences else ""
    )
    return known or "Anyone, as far as we know."


def uncapital(label: str) -> str:
    """“Older people” inside a sentence; “LGBT people” stays as it is."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def session_notes(listing: Listing, today: date) -> list[str]:
    """What is to be added to the times: “Come late if you need to.”, “Not 23 or 30 December.”; each once."""
    notes = [note for session in listing.sessions for note in (added_words(session), session.except_words(today))]
    return [note for note in dict.fromkeys(notes) if note]


def stop_notes(stop: facts.Stop, today: date) -> list[str]:
    """The same for one of several places."""
    notes = [note for session in stop.sessions for note in (added_words(session), session.except_words(today))]
    return [note for note in dict.fromkeys(notes) if note]


def added_words(session: Session) -> str:
    """The description where it is more than the hours in other words."""
    return sentences(session.description) if session.opens is not None else ""


def standing(listing: Listing) -> str:
    """What a reader must know first of a listing that is not running; empty for one that is."""
    if listing.status is Status.PAUSED:
        return "This is paused just now. Ring before you go."
    if listing.status is Status.ENDED:
        return f"This has stopped. We heard of it in {MONTHS[listing.modified_at.month - 1]} {listing.modified_at.year}."
    return ""


def looked(radius_mi: float, start_mi: float, *, widened: bool) -> str:
    """How far was looked, and why."""
    if widened:
        return f"There was not much within {start_mi:g} miles, so we looked out to {radius_mi:g}."
    return f"Within {counted(radius_mi, 'mile')} in a straight line, and what reaches you from further."


def less_certain(why: str) -> str:
    """Why some are set apart."""
    return f"{why[:1].upper()}{why[1:]}. Ring first." if why else "They do not say all that you asked for. Ring first."


def printed(today: date, site_name: str) -> str:
    """What a sheet of paper says of itself: its day, where it is from, and how long to trust it."""
    last = long_day(today + PAPER_LASTS)
    return f"Printed {long_day(today)} from {site_name}. If it is later than {last}, ring first."


def dial(number: str) -> str:
    """What a telephone needs of a number: its digits, and a leading plus."""
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    return f"+{digits}" if number.strip().startswith("+") else digits


def web_address(text: str) -> str:
    """A link that leads to the web and nowhere else; empty for `javascript:` and all other schemes."""
    text = text.strip()
    if re.match(r"https?://[^\s/]", text, re.IGNORECASE):
        return text
    return f"https://{text}" if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+(?:/\S*)?", text) else ""


def site_of(address: str) -> str:
    """The host of a web address, as people say it."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", address.strip(), flags=re.IGNORECASE).split("/")[0] or address


def paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def sentences(*parts: str) -> str:
    """The parts that are known, each closed with a full stop."""
    told = [part.strip() for part in parts if part and part.strip()]
    return " ".join(part if part[-1] in ".!?" else f"{part}." for part in told)


def moment(moment: datetime, now: datetime) -> str:
    """When something was or will be, by the clocks of London: “today at 14:05”, “yesterday at 9:30”, “on Wed 2 Dec at 14:05”."""
    here, today = moment.astimezone(LONDON), now.astimezone(LONDON).date()
    days = {0: "today", 1: "yesterday", -1: "tomorrow"}
    return f"{days.get((today - here.date()).days) or 'on ' + day_words(here.date(), today)} at {timetable_clock(here.time())}"


def counted(number: float, one: str, many: str = "") -> str:
    """“1 mile”, “2 miles”, “1,200 listings”."""
    return f"{number:,g} {one if number == 1 else many or one + 's'}" if number < 1000 else f"{number:,.0f} {many or one + 's'}"
