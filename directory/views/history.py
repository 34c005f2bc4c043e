"""What changed on a listing: for everybody that it did and when; for curators every word, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import curation as actions
from directory.errors import NotFound, Refused
from directory.forms.curation import ReasonForm, TakeOutForm
from directory.htmx import render
from directory.models import Listing, Pair, Status, Voice, groups
from directory.models import words as say
from directory.models.accounts import CURATING
from directory.models.differences import Difference, differences, differing, without_place
from directory.permissions import can_curate, can_decide, can_lead, can_redact
from directory.queries import curation as queries
from directory.queries import duplicates, kept_vocabulary
from directory.queries.curation import Version
from directory.views import clock, words
from directory.views.access import anyone, open_to
from directory.views.listings import SHOWN

bp = Blueprint("history", __name__)

AT_ONCE = 50
GROUPS = {
    "about": "what it is",
    "who-for": "who it is for",
    "times": "days and times",
    "cost": "cost",
    "joining": "how to join",
    "place": "place",
    "contact": "how to get in touch",
    "access": "getting in",
}
# Of a group, what people would not look for under its name.
APART = {
    "first_visit": "what it is like",
    **dict.fromkeys(("room", "room_note", "room_until", "room_said_on"), "room for new people"),
}
TURNS = {
    Status.DRAFT: "taken off the pages",
    Status.PUBLISHED: "published",
    Status.PAUSED: "paused",
    Status.ENDED: "said to have stopped",
    Status.HIDDEN: "taken down",
}
IMPORTED = "imported"  # the reason of every version that an import made
DOORS = {"page": "on this site", "api": "by a program", "command": "by whoever runs this site", "feed": "from a feed"}


@bp.get("/listings/<slug>/history")
@open_to(anyone)
def show(slug: str) -> str:
    """No values, so nothing private: which parts changed, when, and by what kind of person."""
    listing = queries.listing(slug)
    if listing.status not in SHOWN or listing.confidential_location:
        raise NotFound("There is no such listing, or we do not tell its history.")
    return listed(listing, form=None)


@bp.get("/listings/<slug>/versions")
@open_to(can_curate)
def versions(slug: str) -> str:
    return listed(queries.listing(slug), form=ReasonForm(formdata=None))


def listed(listing: Listing, *, form: ReasonForm | None) -> str:
    """One page of versions, the newest first; for curators with the form to take the listing down."""
    before = request.args.get("before", "")
    found = queries.versions(listing, most=AT_ONCE, before=int(before) if before.isdecimal() and len(before) < 9 else None)
    merged = duplicates.merged_with(listing)
    return render(
        "history/show.html" if form is None else "history/versions.html",
        listing=listing,
        versions=found,
        older=found[-1].revision.number if found and found[-1].revision.number > 1 and len(found) == AT_ONCE else 0,
        what_changed=what_changed,
        came_words=came_words,
        own_reason=own_reason,
        accepted_words=accepted_words(found),
        reason_told=reason_told,
        can_lead=form is not None and can_lead(current_user),
        can_lock=form is not None and can_decide(current_user),
        can_redact=form is not None and can_redact(current_user),
        merged=merged if form is not None and can_decide(current_user) else (),
        parts=parts_words(listing, merged),
        split=duplicates.split_of(listing) if form is not None else None,
        form=form,
    )


@bp.get("/listings/<slug>/versions/take-out")
@open_to(can_redact)
def words_to_take_out(slug: str) -> str:
    return render("history/take_out.html", listing=queries.listing(slug), form=TakeOutForm(formdata=None), places=0)


@bp.post("/listings/<slug>/versions/take-out")
@open_to(can_redact)
def take_out(slug: str) -> ResponseReturnValue:
    """The outcome is the answer itself: the words are written nowhere any more, not in an address either."""
    listing, form = queries.listing(slug), TakeOutForm()
    if not form.validate():
        return render("history/take_out.html", listing=listing, form=form, places=0), 422
    try:
        places = actions.redact(listing, form.words.data, by=current_user, reason=form.reason.data, now=clock.now())
    except Refused as refused:
        form[refused.field].errors = [str(refused)]
        return render("history/take_out.html", listing=listing, form=form, places=0), 422
    return render("history/take_out.html", listing=listing, form=TakeOutForm(formdata=None), places=places)


@bp.get("/listings/<slug>/versions/<int:number>")
@open_to(can_curate)
def version(slug: str, number: int) -> str:
    return version_page(queries.listing(slug), number, ReasonForm(formdata=None))


@bp.post("/listings/<slug>/versions/<int:number>")
@open_to(can_curate)
def bring_back(slug: str, number: int) -> ResponseReturnValue:
    listing = queries.listing(slug)
    form = ReasonForm()
    if not form.validate():
        return version_page(listing, number, form), 422
    try:
        actions.restore(listing, number, by=current_user, reason=form.reason.data, now=clock.now())
    except Refused as refused:
        form.reason.errors = [str(refused)]
        return version_page(queries.listing(slug), number, form), 422
    return redirect(url_for("history.versions", slug=slug), 303)


def version_page(listing: Listing, number: int, form: ReasonForm) -> str:
    """What this version changed, and what bringing it back would change."""
    found = next(iter(queries.versions(listing, most=1, before=number + 1)), None)
    if found is None or found.revision.number != number:
        raise NotFound("There is no such version of this listing.")
    today = clock.now().date()
    current = queries.document_of(listing)
    return render(
        "history/version.html",
        listing=listing,
        version=found,
        form=form,
        changed=told(found.before or {}, found.revision.document, today),
        accepted_words=accepted_words([found]),
        back=told(current, {**found.revision.document, "status": current["status"]}, today),
        came_words=came_words,
        own_reason=own_reason,
    )


def told(before: Mapping[str, Any], after: Mapping[str, Any], today: date) -> list[Difference]:
    """Every field in which two versions differ; where it is stays out of it as soon as either keeps it private."""
    if before.get("confidential_location") or after.get("confidential_location"):
        before, after = without_place(before), without_place(after)
    return differences(before, after, names=differing(before, after), labels=kept_vocabulary.labels(), today=today)


def parts_words(listing: Listing, merged: Sequence[Pair]) -> list[str]:
    """What became part of a listing and when, the latest first; not what was taken down for safety."""
    told = []
    for pair in merged:
        other = pair.second if pair.first_id == listing.id else pair.first
        if pair.kept_id == listing.id and pair.decided_at is not None and other.status is not Status.HIDDEN:
            day = say.long_day(pair.decided_at.astimezone(clock.LONDON).date())
            told.append(f"“{other.name}” became part of this one on {day}.")
    return told


def what_changed(version: Version) -> str:
    """“days and times, and cost”; never a value."""
    document, before = version.revision.document, version.before
    if before is None:
        return "first version we have"
    parts = [GROUPS[name] for name in groups.changed_groups(_without_apart(before), _without_apart(document))]
    parts += dict.fromkeys(told for name, told in APART.items() if before.get(name) != document.get(name))
    if before.get("status") != document["status"]:
        parts = [TURNS[Status(document["status"])], *parts]
    if before.get("checks") != document["checks"]:
        parts.append("checks")
    return ", ".join(parts) or "nothing that is shown"


def _without_apart(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in document.items() if name not in APART}


def by_words(version: Version, *, is_public: bool) -> str:
    """“A volunteer, Stella”: names only of those who curate, unless a curator asks."""
    voice = words.VOICES[version.revision.voice]
    by = version.by
    if by is None or not by.display_name or (is_public and by.role not in CURATING):
        return voice
    return f"{voice}, {by.display_name}"


def came_words(version: Version, *, is_public: bool) -> str:
    """Who, and by which door: “A volunteer, Stella, on this site”. Of an import both are the same."""
    revision = version.revision
    if revision.voice is Voice.FEED and revision.door == "feed":
        return "Imported from a feed"
    return f"{by_words(version, is_public=is_public)}, {DOORS.get(revision.door, revision.door)}"


def own_reason(version: Version) -> str:
    """The reason that somebody gave, as sentences; what every import says is none."""
    reason = version.revision.reason
    return words.sentences(reason) if reason and reason != IMPORTED else ""


def accepted_words(versions: Sequence[Version]) -> Callable[[Version], str]:
    """Says of a version who accepted it, by what they do here: “Accepted by a curator and the lead of an area.”"""
    roles = queries.accepting_roles(versions)

    def told(version: Version) -> str:
        accepted = roles.get(version.revision.suggestion_id or 0, [])
        return f"Accepted by {say.joined([words.ROLES[role] for role in accepted])}." if accepted else ""

    return told


def reason_told(version: Version) -> str:
    """What everybody may read of the reason, empty where nothing.

    A curator's own is public, but not about what is taken down or shown again, nor about another's words taken back.
    """
    revision, by = version.revision, version.by
    if by is None or by.role not in CURATING or revision.suggestion_id is not None:
        return ""
    if revision.reverts_account_id is not None or revision.restores_number is not None:
        return f"Taken back by {words.ROLES[by.role]}."
    states = (revision.document["status"], (version.before or {}).get("status"))
    return "" if Status.HIDDEN in states else words.sentences(revision.reason)
