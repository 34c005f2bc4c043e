"""The desk: what waits for a second pair of eyes, and the page on which somebody decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import suggestions as actions
from directory.errors import Conflict, NotFound, Refused
from directory.forms.identifiers import names_in
from directory.forms.review import WHY, Press, ReviewForm, Why, blank
from directory.htmx import render
from directory.models import Account, Opinion, Sort, State, Suggestion
from directory.models import words as say
from directory.models.differences import FIELDS, Difference, at_once, decided, differences, differing, without_place
from directory.permissions import CONTACT_FIELDS, can_curate, can_decide, is_party
from directory.queries import curation as queries
from directory.queries import duplicates, kept_vocabulary
from directory.queries.curation import Waiting
from directory.views import clock, typed, words
from directory.views.access import open_to
from directory.views.duplicates import doubles_of

bp = Blueprint("desk", __name__, url_prefix="/desk")

CLOCK, LOOKED_AT_IN = timedelta(hours=48), timedelta(days=7)
CAN_BE_DECIDED = (*queries.OPEN, State.LIVE)
# What the next page says of the one before.
SAID = {
    "published": "Published.",
    "agreed": "You agreed. Somebody else has to agree too.",
    "asked": "Your question is on its way.",
    "refused": "It stays as it is. The person who wrote is told why.",
    "stays": "Looked at. It may stay.",
    "back": "It says again what it said before.",
    "let-go": "Somebody else can look at it now.",
}
DONE = {
    Press.ASK: "asked",
    Press.REFUSE: "refused",
    Press.STAY: "stays",
    Press.BACK: "back",
}


class Field(NamedTuple):
    """One box of the page: what changes, and what has to be known to decide."""

    difference: Difference
    needs_two: bool
    notes: Sequence[str]


@bp.get("/review")
@open_to(can_curate)
def review_list() -> str:
    now = clock.now()
    rows = queries.for_review(current_user, now=now)
    done = said(rows)
    return render(
        "desk/review_list.html",
        fragments=("decision",),
        said=done,
        waiting=[row for row in rows if row.suggestion.state is not State.LIVE],
        live=[row for row in rows if row.suggestion.state is State.LIVE],
        is_all=len(rows) < queries.MOST_WAITING,
        done=done,
        splits=duplicates.splits() if can_decide(current_user) else (),
        heading_of=heading_of,
        left_words=lambda suggestion: left_words(suggestion, now),
        author_words=author_words,
        agreed_words=agreed_words,
        now=now,
    )


@bp.get("/review/<uid>")
@open_to(can_curate)
def review(uid: str) -> ResponseReturnValue:
    suggestion = queries.suggestion(uid)
    if suggestion.sort is Sort.SPLIT and suggestion.listing is not None:
        return redirect(url_for("duplicates.split_page", slug=suggestion.listing.slug))
    return page(suggestion, form_for(suggestion))


@bp.post("/review/<uid>/hold")
@open_to(can_curate)
def hold(uid: str) -> ResponseReturnValue:
    suggestion = queries.suggestion(uid)
    try:
        actions.hold(suggestion, by=current_user, now=clock.now())
    except Conflict as conflict:
        return page(queries.suggestion(uid), form_for(suggestion), problem=str(conflict)), 409
    return redirect(url_for("desk.review", uid=uid), 303)


@bp.post("/review/<uid>/let-go")
@open_to(can_curate)
def let_go(uid: str) -> ResponseReturnValue:
    actions.let_go(queries.suggestion(uid), by=current_user, now=clock.now())
    return redirect(url_for("desk.review_list", after="let-go"), 303)


@bp.post("/review/<uid>")
@open_to(can_curate)
@typed.shown_again
def decide(uid: str) -> ResponseReturnValue:
    suggestion = queries.suggestion(uid)
    form = form_for(suggestion)
    if typed.is_again():
        return page(suggestion, form)
    if suggestion.state not in CAN_BE_DECIDED:
        return page(suggestion, form, problem=actions.decided_words(suggestion, current_user)), 409
    if not form.check():
        return page(suggestion, form), 422
    try:
        done = act(suggestion, form)
    except Refused as refused:
        form.refuse(str(refused), at=refused.field)
        return page(queries.suggestion(uid), form), 422
    except Conflict as conflict:
        suggestion = queries.suggestion(uid)
        return page(suggestion, form_for(suggestion), problem=str(conflict)), 409
    rows = queries.for_review(current_user, now=clock.now())
    following = next((row.suggestion for row in rows if row.is_offered), None)
    if following is None:
        return redirect(url_for("desk.review_list", after=done), 303)
    return redirect(url_for("desk.review", uid=following.uid, after=done), 303)


def act(suggestion: Suggestion, form: ReviewForm) -> str:
    """One action for the button that was pressed; the answer is a key of SAID. Raises Refused and Conflict."""
    by: Account = current_user
    now = clock.now()
    knows_own = request.form.get("spoken") == "1"
    match form.press:
        case Press.ASK:
            actions.ask(suggestion, by=by, question=form.words.data, now=now, knows_own=knows_own)
        case Press.REFUSE:
            actions.refuse(suggestion, by=by, reason=form.reason, now=now, knows_own=knows_own)
        case Press.STAY:
            actions.look_at(suggestion, by=by, now=now)
        case Press.BACK:
            actions.put_back(suggestion, by=by, reason=form.reason, now=now)
        case _:
            number = request.form.get("number", "")
            actions.agree(
                suggestion,
                by=by,
                number=int(number) if number.isdecimal() else -1,
                record=form.overrides,
                reached=form.reached.data,
                reason=form.reason,
                now=now,
                knows_own=knows_own,
            )
            return "agreed" if suggestion.state in queries.OPEN else "published"
    return DONE[Press(form.press)]


def form_for(suggestion: Suggestion) -> ReviewForm:
    """The form of a suggestion; what one would write oneself begins with what the last who agreed would publish."""
    before, after = records_of(suggestion)
    latest = next((opinion.record for opinion in reversed(suggestion.opinions) if opinion.agrees), {})
    return ReviewForm().about(
        shown_fields(suggestion, before, after),
        now=before,
        suggested=after,
        start={**after, **latest},
        labels=kept_vocabulary.labels(),
    )


def records_of(suggestion: Suggestion) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the listing says and what it would say; of what is decided or live already, what it said before."""
    if suggestion.listing is None:
        return blank(), suggestion.record
    current = queries.document_of(suggestion.listing)
    if suggestion.state in queries.OPEN:
        return current, {**current, **{name: suggestion.record[name] for name in suggestion.fields}}
    return blank() if suggestion.sort is Sort.NEW else base_of(suggestion) or current, suggestion.record


def base_of(suggestion: Suggestion) -> Mapping[str, Any] | None:
    """What the listing said when this was written; None where no version was kept."""
    if suggestion.listing is None:
        return None
    listing, number = suggestion.listing, suggestion.base_number
    if suggestion.state in queries.OPEN:  # what was sent for a listing that is part of this one now began from its words
        listing, number = duplicates.origin_of(suggestion) or (listing, number)
    try:
        return queries.revision(listing, number).document
    except NotFound:
        return None


def shown_fields(suggestion: Suggestion, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields to decide on; of a new listing those that say something."""
    if suggestion.listing is not None and suggestion.base_number:
        return [name for name in FIELDS if name in suggestion.fields and name != "status"]
    return [name for name in differing(before, after) if name in suggestion.fields and name != "status"]


def page(suggestion: Suggestion, form: ReviewForm, *, problem: str = "") -> str:
    """Side by side, with whatever was chosen and typed; `problem` says why it could not be done."""
    now = clock.now()
    waiting = queries.for_one(suggestion, current_user, now=now)
    organisation_id = suggestion.listing.organisation_id if suggestion.listing is not None else None
    is_mine = is_party(current_user, author_id=suggestion.account_id, organisation_id=organisation_id)
    is_open = suggestion.state in CAN_BE_DECIDED
    is_mine = is_mine or (suggestion.state is State.LIVE and suggestion.was_agreed_by(current_user))
    is_free = is_open and not is_mine and not waiting.holder
    can_decide = is_free and (bool(form.press) or typed.is_again() or queries.holds(suggestion, current_user, now=now))
    done = said(queries.for_review(current_user, now=now)) if request.args.get("after") else ""
    return render(
        "desk/review.html",
        fragments=("decision",),
        said=done,
        suggestion=suggestion,
        waiting=waiting,
        form=form,
        problem=problem,
        heading=heading_of(suggestion, len(form.fields)),
        fields=fields_of(suggestion, form),
        is_open=is_open,
        is_mine=is_mine,
        is_new=suggestion.listing is None,
        is_live=suggestion.state is State.LIVE,
        can_decide=can_decide,
        wrote=[] if can_decide else form.wrote,
        origin=duplicates.origin_of(suggestion),
        cools=suggestion.cools_until is not None and suggestion.cools_until > now,
        author=author_words(suggestion),
        track=queries.decided_for(suggestion.account) if suggestion.account is not None else None,
        new_contacts=new_contacts(suggestion, form),
        names=new_names(form),
        agreed=agreed_words(suggestion),
        doubles=doubles_of(suggestion.record) if suggestion.listing is None and is_open else [],
        left=left_words(suggestion, now),
        done=done,
        why=WHY,
        other=Why.OTHER,
        now=now,
    )


def fields_of(suggestion: Suggestion, form: ReviewForm) -> list[Field]:
    """The boxes in the order of the page."""
    today = clock.now().date()
    base = base_of(suggestion) if suggestion.state in queries.OPEN else None
    before, after = form.now, form.suggested
    if before.get("confidential_location") or after.get("confidential_location"):
        before, after = without_place(before), without_place(after)
    told = [
        at_once(form.together[each.name], before, after, labels=form.labels, today=today)
        if len(form.together[each.name]) > 1
        else each
        for each in differences(before, after, names=form.fields, labels=form.labels, today=today)
    ]
    two = suggestion.approvals > 1
    contact = CONTACT_FIELDS & set(form.fields)
    return [
        Field(
            each,
            two and (each.name in CONTACT_FIELDS or not contact),
            notes_of(each.name, suggestion, form, base, today),
        )
        for each in told
    ]


def notes_of(name: str, suggestion: Suggestion, form: ReviewForm, base: Mapping[str, Any] | None, today: Any) -> list[str]:
    """What else is to be known of one field: that it changed meanwhile, and what others would do with it."""
    notes = []
    if base is not None and base.get(name) != form.now.get(name):
        lines = [f"When this was written it said: {plain_words(name, base, form, today)}"]
        notes += lines
    for opinion in suggestion.opinions:
        if not opinion.agrees or suggestion.state not in queries.OPEN:
            continue
        if name not in opinion.record:
            notes.append(f"{name_of(opinion)} keeps this as it is now.")
        elif opinion.record[name] != suggestion.record.get(name):
            notes.append(f"{name_of(opinion)} would write: {plain_words(name, opinion.record, form, today)}")
    return notes


def plain_words(name: str, record: Mapping[str, Any], form: ReviewForm, today: Any) -> str:
    """One field in one line."""
    (found,) = differences({}, {**form.suggested, **record}, names=[name], labels=form.labels, today=today)
    return "; ".join(" ".join(run.text for run in line) for line in found.after) or "nothing"


def new_contacts(suggestion: Suggestion, form: ReviewForm) -> list[str] | None:
    """The listings that a new number or address is on already; None when there is no new one."""
    if "contacts" not in form.fields or suggestion.state not in queries.OPEN:
        return None
    held = {contact["value"] for contact in form.now.get("contacts") or []}
    new = [contact["value"] for contact in form.suggested["contacts"] or [] if contact["value"] not in held]
    return [each.name for each in queries.listings_with(new, but=suggestion.listing)] if new else None


def new_names(form: ReviewForm) -> list[str]:
    """What reads like somebody's name in what would be published, and stands there for the first time."""
    fields = [name for names in form.together.values() for name in names if name not in ("name", "organisation", "venues")]
    held = {name for field in fields for text in texts_of(form.now.get(field)) for name in names_in(text)}
    new = [name for field in fields for text in texts_of(form.suggested.get(field)) for name in names_in(text)]
    return [name for name in dict.fromkeys(new) if name not in held]


def texts_of(value: Any) -> list[str]:
    """Every text in a value of a record."""
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in texts_of(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each)]
    return [value] if isinstance(value, str) else []


# Words


def said(rows: Sequence[Waiting]) -> str:
    """What was done on the page before, and how much is left; empty when nothing was."""
    told = SAID.get(request.args.get("after", ""), "")
    left = sum(row.is_offered for row in rows)
    return f"{told} {say.number(left).capitalize() if left else 'Nothing is'} left." if told else ""


def heading_of(suggestion: Suggestion, count: int = 0) -> str:
    """“Three changes to Wednesday Welcome Table”; `count` where it is known better than from the names of the fields."""
    if suggestion.listing is None:
        return f"New: {suggestion.record.get('name', '')}"
    number = count or len(decided(suggestion.fields))
    changes = f"{say.number(number)} {'change' if number == 1 else 'changes'}"
    return f"{changes[:1].upper()}{changes[1:]} to {suggestion.listing.name}"


def author_words(suggestion: Suggestion) -> str:
    """Who sent it, by the name that others see."""
    if suggestion.account is None:
        return "somebody without an account"
    voice = words.uncapital(words.VOICES[suggestion.voice])
    return f"{suggestion.account.display_name} ({voice})" if suggestion.account.display_name else voice


def name_of(opinion: Opinion) -> str:
    return opinion.account.display_name or "Somebody"


def agreed_words(suggestion: Suggestion) -> str:
    """“Two people have to agree: Cai has so far”; “one has so far” of somebody without a name."""
    agreed = [opinion.account.display_name for opinion in suggestion.opinions if opinion.agrees]
    if suggestion.approvals < 2 and not agreed:
        return ""
    needed, named = say.number(max(suggestion.approvals, 2)).capitalize(), [name for name in agreed if name]
    if unnamed := len(agreed) - len(named):
        named.append(f"{say.number(unnamed)} more" if named else say.number(unnamed))
    told = f"{say.joined(named)} {'has' if len(agreed) == 1 else 'have'}" if agreed else "nobody has"
    return f"{needed} people have to agree: {told} so far"


def left_words(suggestion: Suggestion, now: datetime) -> str:
    """What the clock says: “19 hours left of 48”, “3 hours over 48”, “2 days left of 7”."""
    limit = LOOKED_AT_IN if suggestion.state is State.LIVE else CLOCK
    left = (suggestion.decided_at or suggestion.made_at) + limit - now
    unit, size, whole = ("day", 86_400, 7) if limit is LOOKED_AT_IN else ("hour", 3_600, 48)
    number = int(abs(left.total_seconds()) // size)
    return f"{words.counted(number, unit)} {'left of' if left.total_seconds() >= 0 else 'over'} {whole}"
