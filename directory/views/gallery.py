"""Each component alone, for those who build the pages; in development and tests only."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint
from werkzeug.datastructures import MultiDict

from directory.forms.accounts import EmailForm
from directory.forms.desk import ROWS, CheckForm
from directory.forms.editing import EditForm
from directory.forms.review import Box
from directory.htmx import render
from directory.models import (
    ContactPoint,
    Cost,
    Gap,
    GapKind,
    GapState,
    Join,
    Kind,
    Listing,
    Means,
    Mode,
    Room,
    Session,
    Status,
    Venue,
    facts,
)
from directory.models.differences import difference
from directory.queries.board import Shown
from directory.queries.gap_map import Layer, Patch, laid_out
from directory.queries.listings import Result
from directory.views import addresses, clock
from directory.views.access import anyone, open_to
from directory.views.atlas import points
from directory.views.calls import Asked
from directory.views.filters import Option
from directory.views.flagging import Offered
from directory.views.gap_board import figure, labels, shade

bp = Blueprint("gallery", __name__)


@bp.get("/gallery")
@open_to(anyone)
def show() -> str:
    today = clock.now().date()
    options = (Option("time", "morning", "Morning", 9, True), Option("time", "evening", "Evening", None, False))
    rows = results(today)
    stop = facts.stops(rows[0].listing.sessions, clock.now())[0]
    edit = EditForm(MultiDict([("sessions-0-how", "weekly"), ("sessions-0-days", "2"), ("venues-0-key", "hall")]))
    shown = {"results": rows, "stop": stop, "options": options, "form": EmailForm(formdata=None), "edit": edit}
    shown["difference"] = difference("summary", "A hot lunch, noon to 2pm", "A hot lunch, 11:30 to 2pm", labels={}, today=today)
    shown["boxes"] = [Box("line", "Number", "01632 960142"), Box("area", "In your words", "About 18 people.", rows=3)]
    shown["boxes"] += [Box("choice", "Cost", "free", options=[("free", "Free"), ("paid", "There is a charge")])]
    shown["offered"] = Offered("/gaps/new", True, "Is this something people need here?", "Woodwork", "NR25", "Evening")
    shown["asked"] = Asked(ROWS[1], "Mondays, 2pm to 4pm", "still", may_be_still=True, is_simple=True)
    shown["asked_form"] = CheckForm(formdata=None)
    shown |= {
        "gap": a_gap(today),
        "map": (drawn := a_map()),
        "shade": shade,
        "figure": figure,
        "points": points,
        "labels": labels(drawn),
    }
    return render("gallery.html", **shown, today=today, address=addresses.of_listings())


def a_gap(today: date) -> Shown:
    plain = {"uid": uuid.UUID(int=1), "name": "Sunday company", "area_code": "NR98", "area_name": "all villages", "steps": []}
    return Shown(Gap(kind=GapKind.AVAILABLE, state=GapState.LOOKED_AT, **plain), 25, today, [])


def a_map() -> Any:
    patches = [Patch("861941187ffffff", (("NR98", "Saxley"),), 40), Patch("86194118fffffff", (("NR97", "Cawstead"),), 0)]
    return laid_out(Layer.FLAGGED, "2026-Q3", patches)


def results(today: date) -> list[Result]:
    """Rows that are never saved: a plain one, a waiting list, one long unchecked, a very long name, a secret address."""
    hall = Venue(name="Saxley Village Hall", city="Saxley St Mary", access_facts=[])
    weekly = Session(
        also_on=[],
        except_on=[],
        position=0,
        rrule="FREQ=WEEKLY;BYDAY=WE",
        starts_on=date(2026, 1, 7),
        venue=hall,
        mode=Mode.VENUE,
        description="",
    )
    rows: list[tuple[dict[str, Any], str, str]] = [
        ({"name": "Wednesday Welcome Table", "sessions": [weekly]}, "nearby", "0.6 miles away in a straight line"),
        (
            {"name": "Kettle and Call Befriending", "room": Room.WAITING, "room_note": "about 3 weeks", "room_said_on": today},
            "comes_to_you",
            "Comes to you",
        ),
        ({"name": "Cawstead Craft and Natter", "checked_on": today - timedelta(days=430)}, "covers", "Covers your area"),
        ({"name": "Saxley Mobile Library"}, "stop", "Mobile stop, next visit Wed 2 Dec 10:15"),
        ({"name": "The Very Long Named Friendship, Gardening and Conversation Circle of " + "Llanfair" * 6}, "online", "Online"),
        ({"name": "A Safe House", "confidential_location": True}, "national", "Anywhere in the country"),
    ]
    return [Result(listing(today, **fields), reason, text, 0.6, hall, None) for fields, reason, text in rows]


def listing(today: date, **fields: Any) -> Listing:
    plain = {
        "slug": "an-example",
        "kind": Kind.GROUP,
        "status": Status.PUBLISHED,
        "summary": "A hot lunch and good company. Someone called a welcomer meets you at the door.",
        "cost": Cost.PAID,
        "cost_amount": Decimal("4.00"),
        "join": Join.SELF,
        "schedule_note": "",
        "room_note": "",
        "fees_description": "",
        "home_visits": False,
        "online": False,
        "by_phone": False,
        "confidential_location": False,
        "checked_on": today - timedelta(days=21),
        "checked_means": Means.PHONE,
        "contact_points": [ContactPoint(kind="phone", value="01632 960142", note="Ask for Joan", public=True)],
    }
    return Listing(**plain | fields)
