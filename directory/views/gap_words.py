"""How gaps are said in public: in which way a need is not met, about how many people, what the last step was."""

from __future__ import annotations

from datetime import date, datetime

from directory.models import Gap, GapKind, GapState, Status, Voice
from directory.models import words as say
from directory.models.recurrence import LONDON
from directory.queries import area_names
from directory.queries.board import Lane, Shown

LONGEST_ON_MAP = 18
FEW = "Fewer than 8 a quarter, or none"
# Of what is added up: two needs of seven people each are fourteen, and neither has a figure.
NO_FIGURE = "No figure of 8 or more"
KINDS = {
    GapKind.AVAILABLE: "Nothing exists",
    GapKind.ACCESSIBLE: "Too far, no transport",
    GapKind.AFFORDABLE: "Costs too much",
    GapKind.APPROPRIATE: "Not right for the person",
    GapKind.ADEQUATE: "Full, too rare or too short",
    GapKind.NOT_KNOWN: "Not listed",
}
KINDS_MET = KINDS | {
    GapKind.AVAILABLE: "Nothing existed",
    GapKind.ACCESSIBLE: "Was too far",
    GapKind.AFFORDABLE: "Cost too much",
    GapKind.APPROPRIATE: "Was not right for the person",
    GapKind.ADEQUATE: "Was full, too rare or too short",
}
LANES = {
    Lane.REPORTED: "Reported",
    Lane.LOOKED_AT: "Being looked at",
    Lane.BEING_STARTED: "Being started",
    Lane.MET: "Met",
    Lane.NOT_NOW: "Cannot be met now",
}
LANE_CSS = {Lane.REPORTED: "", Lane.LOOKED_AT: "look", Lane.BEING_STARTED: "start", Lane.MET: "met", Lane.NOT_NOW: ""}
STATES = {
    GapState.REPORTED: "Reported",
    GapState.LOOKED_AT: "Being looked at",
    GapState.BEING_STARTED: "Being started",
    GapState.NOT_NOW: "Cannot be met now",
    GapState.MET: "Met",
    GapState.WAS_NOT_KNOWN: "It was there, and is listed now",
    GapState.MERGED: "Joined with another",
    GapState.MISTAKEN: "A mistake",
}
ROLES = {
    Voice.STAFF: "the area lead",
    Voice.VOLUNTEER: "a volunteer",
    Voice.GROUP: "a group",
    Voice.LINK_WORKER: "a link worker",
    Voice.VISITOR: "somebody nearby",
    Voice.FEED: "a feed",
}
CLOSED_WELL = (GapState.MET, GapState.WAS_NOT_KNOWN)
SEEN = (Status.PUBLISHED, Status.PAUSED)


def people(count: int) -> str:
    """“About 10 people”, from a stored figure."""
    return f"About {count:,} people" if count else FEW


def kind(shown: Shown) -> str:
    return (KINDS_MET if shown.gap.state in CLOSED_WELL else KINDS)[shown.gap.kind]


def place(code: str, name: str = "") -> str:
    """“NR25, Holt”; the code alone where that is all we know."""
    return area_names.called(code, name)


def place_of(gap: Gap) -> str:
    """As `place`, of a gap."""
    return area_names.called(gap.area_code, gap.area_name)


def town(name: str) -> str:
    """What a map calls an area, “Holt” of “NR25, Holt”; empty for what is only a code, or too long for a map."""
    town = name.rpartition(", ")[2]
    return town if len(town) <= LONGEST_ON_MAP and not any(letter.isdigit() for letter in town) else ""


def month(day: date) -> str:
    return say.month_words(day)


def month_of(moment: datetime) -> str:
    """When somebody spoke or a step was taken: never nearer than the month, for in a village a day tells who."""
    return month(moment.astimezone(LONDON).date())


def last_line(shown: Shown) -> str:
    """What a card says last: the words of the newest step, or since when all can read it, as its own page does."""
    told = next((step.words for step in shown.steps if step.words), "")
    if told:
        return told if len(told) <= 140 else told[:140].rsplit(" ", 1)[0] + "…"
    return f"On this board since {month(shown.since)}."


def is_seen(shown: Shown) -> bool:
    """Whether the listing that answered a gap may be looked at."""
    return shown.gap.answer is not None and shown.gap.answer.status in SEEN
