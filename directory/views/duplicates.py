"""Pages about listings that may be one, on which two are told apart or merged, and about one that is two and is split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from directory.actions import duplicates as actions
from directory.actions import splits
from directory.errors import Conflict, NotFound, Refused
from directory.forms.duplicates import (
    ApartForm,
    LikelyForm,
    MergeForm,
    NotSplitForm,
    PartForm,
    ProposalForm,
    SplitForm,
    Which,
)
from directory.htmx import render
from directory.models import Account, Listing, Pair, PairState, likeness, merging
from directory.models.differences import Difference, Run, difference, said, without_place
from directory.models.merging import Part, Side
from directory.models.words import joined
from directory.permissions import can_curate, can_decide
from directory.queries import curation, kept_vocabulary
from directory.queries import duplicates as queries
from directory.views import clock, typed
from directory.views.access import anyone, open_to
from directory.views.words import counted

bp = Blueprint("duplicates", __name__)

WHY = {
    "phone": "the same phone number",
    "email": "the same email address",
    "website": "the same web address",
    "register": "the same register number",
    "name": "nearly the same name",
    "hour": "the same organisation, place and hour",
    "organisation": "the same organisation",
}
# What is offered first, by whose words are the better ones where the first stays.
BEST = {Side.KEPT: Which.FIRST, Side.OTHER: Which.SECOND, Side.BOTH: Which.BOTH}


@dataclass(frozen=True)
class Row:
    """One part of the two side by side, what can be chosen with its words, the better first, and what is chosen."""

    part: Part
    difference: Difference
    options: tuple[tuple[str, str], ...]
    chosen: str


@bp.get("/listings/new/likely")
@open_to(anyone)
def likely() -> str:
    rows, form = likely_rows(request.args), LikelyForm(request.args)
    said = f"{counted(len(rows), 'listing')} may be the one you are adding." if rows else ""
    return render(
        "duplicates/likely.html",
        fragments=("likely",),
        said=said,
        form=form,
        likely=rows,
        is_asked=bool(form.typed_name or form.contacts),
    )


@bp.get("/desk/duplicates")
@open_to(can_curate)
def index() -> str:
    return render(
        "duplicates/index.html", pairs=queries.waiting(), total=queries.waiting_count(), why_words=why_words, person=current_user
    )


@bp.get("/desk/duplicates/<int:number>")
@open_to(can_curate)
def show(number: int) -> str:
    return page(queries.pair(number))


@bp.post("/desk/duplicates/<int:number>/apart")
@open_to(can_curate)
def tell_apart(number: int) -> ResponseReturnValue:
    pair, form = queries.pair(number), ApartForm()
    if not form.validate():
        return page(pair, apart=form), 422
    actions.tell_apart(pair, by=current_user, reason=form.differ.data, now=clock.now())
    return redirect(url_for("duplicates.index"), 303)


@bp.post("/desk/duplicates/<int:number>/propose")
@open_to(can_curate)
def propose(number: int) -> ResponseReturnValue:
    pair, form = queries.pair(number), ProposalForm()
    if not form.validate():
        return page(pair, proposal=form), 422
    kept = pair.first if form.kept.data is Which.FIRST else pair.second
    sides = form.sides({part.name: part.is_list for part in merging.PARTS})
    actions.propose(pair, kept=kept, sides=sides, by=current_user, reason=form.note.data, now=clock.now())
    return redirect(url_for("duplicates.show", number=number), 303)


@bp.post("/desk/duplicates/<int:number>/merge")
@open_to(can_decide)
def merge(number: int) -> ResponseReturnValue:
    kept = actions.merge(queries.pair(number), seen=MergeForm().seen.data or "", by=current_user, now=clock.now())
    return redirect(url_for("listings.show", slug=kept.slug), 303)


@bp.post("/desk/duplicates/<int:number>/part")
@open_to(can_decide)
def part(number: int) -> ResponseReturnValue:
    pair, form = queries.pair(number), PartForm()
    if not form.validate():
        return page(pair, parting=form), 422
    back = actions.part(pair, by=current_user, reason=form.why.data, now=clock.now())
    return redirect(url_for("listings.show", slug=back.slug), 303)


# One listing that is two


@bp.get("/listings/<slug>/split")
@open_to(can_curate)
def split_page(slug: str) -> str:
    return splitting(curation.listing(slug))


@bp.post("/listings/<slug>/split")
@open_to(can_curate)
@typed.shown_again
def propose_split(slug: str) -> ResponseReturnValue:
    listing, form = curation.listing(slug), SplitForm()
    if typed.is_again():
        return splitting(listing, form)
    if not form.validate():
        return splitting(listing, form), 422
    asked = {"sessions": form.places, "name": form.name.data, "seen": form.number.data, "reason": form.reason.data}
    try:
        splits.propose(listing, **asked, by=current_user, now=clock.now())
    except Refused as refused:
        form[refused.field].errors = [str(refused)]
        return splitting(curation.listing(slug), form), 422
    except Conflict as conflict:
        form.sessions.data = []
        return splitting(curation.listing(slug), form, problem=str(conflict)), 409
    return redirect(url_for("duplicates.split_page", slug=slug), 303)


@bp.post("/desk/splits/<uid>/split")
@open_to(can_decide)
def split(uid: str) -> ResponseReturnValue:
    new = splits.split(curation.suggestion(uid), by=current_user, now=clock.now())
    return redirect(url_for("history.versions", slug=new.slug), 303)


@bp.post("/desk/splits/<uid>/refuse")
@open_to(can_decide)
def refuse_split(uid: str) -> ResponseReturnValue:
    suggestion, form = curation.suggestion(uid), NotSplitForm()
    if suggestion.listing is None:
        raise NotFound("There is nothing to split.")
    slug = suggestion.listing.slug
    if not form.validate():
        return splitting(suggestion.listing, refusal=form), 422
    splits.refuse(suggestion, by=current_user, reason=form.words.data, now=clock.now())
    return redirect(url_for("history.versions", slug=slug), 303)


def splitting(listing: Listing, form: SplitForm | None = None, *, refusal: NotSplitForm | None = None, problem: str = "") -> str:
    """What would move, and the press for whoever decides; with nothing proposed, what there is to choose from."""
    waits, record = queries.split_of(listing), curation.document_of(listing)
    form, refusal = form or SplitForm(formdata=None), refusal or NotSplitForm(formdata=None)
    is_party = current_user.speaks_for(listing.organisation_id) if waits is None else waits.concerns(current_user)
    return render(
        "duplicates/split.html",
        listing=listing,
        form=form,
        refusal=refusal,
        mistakes=form.sentences | refusal.sentences,
        problem=problem,
        wrote=[each for each in (form.name.data, form.reason.data) if each] if waits is not None else [],
        waits=waits,
        moving=session_words(record, waits.record["sessions"]) if waits is not None else [],
        sessions=[(str(at), line) for at, line in enumerate(session_words(record, record["sessions"]))],
        proposed_by=proposer_words(waits.account if waits is not None else None),
        is_mine=waits is not None and waits.account_id == current_user.id,
        is_party=is_party,
        can_split=waits is not None and can_decide(current_user) and not is_party,
    )


def session_words(record: Mapping[str, Any], sessions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each in one line; of a listing whose address is private not where."""
    shown = {**record, "sessions": list(sessions)}
    if record["confidential_location"]:
        shown = dict(without_place(shown))
    venues = {venue["key"]: venue for venue in shown["venues"]}
    return said("sessions", shown["sessions"], labels={}, today=clock.now().date(), venues=venues)


def page(
    pair: Pair, *, proposal: ProposalForm | None = None, apart: ApartForm | None = None, parting: PartForm | None = None
) -> str:
    """Both side by side. Where either keeps its address private, nothing says where it is."""
    forms = (proposal or ProposalForm(formdata=None), apart or ApartForm(formdata=None), parting or PartForm(formdata=None))
    first, second = (curation.document_of(listing) for listing in (pair.first, pair.second))
    is_proposed = pair.state is PairState.PROPOSED and pair.record is not None
    if forms[0].kept.data is None:
        forms[0].kept.data = kept_of(pair, first, second)
    by = queries.proposer(pair)
    is_party = any(current_user.speaks_for(listing.organisation_id) for listing in (pair.first, pair.second))
    return render(
        "duplicates/show.html",
        pair=pair,
        proposal=forms[0],
        apart=forms[1],
        parting=forms[2],
        mistakes=forms[0].sentences | forms[1].sentences | forms[2].sentences,
        rows=rows_of(pair, forms[0], first, second) if pair.state in queries.WAITING else [],
        why=why_words(pair),
        proposed_by=proposer_words(by),
        is_mine=by is not None and by.id == current_user.id,
        is_party=is_party,
        can_merge=is_proposed and can_decide(current_user) and not is_party and pair.proposed_by != current_user.id,
        can_part=can_decide(current_user) and not is_party and pair.decided_by != current_user.id,
        seen=pair.record["proposed_at"] if is_proposed and pair.record else "",
        kept=pair.first if pair.kept_id == pair.first_id else pair.second,
        both=(pair.first, pair.second),
        today=clock.now().date(),
    )


def kept_of(pair: Pair, first: Mapping[str, Any], second: Mapping[str, Any]) -> Which:
    """The one that stays: as proposed, else the one that was checked last, else the older."""
    if pair.kept_id is not None:
        return Which.FIRST if pair.kept_id == pair.first_id else Which.SECOND
    return Which.SECOND if merging.checked_on(second) > merging.checked_on(first) else Which.FIRST


def rows_of(pair: Pair, form: ProposalForm, first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Row]:
    labels, today = kept_vocabulary.labels(), clock.now().date()
    shown = (first, second)
    if first["confidential_location"] or second["confidential_location"]:
        shown = (without_place(first), without_place(second))
    rows = []
    for part in merging.differing(first, second):
        told = [
            difference(name, *(each[name] for each in shown), labels=labels, today=today, places=shown) for name in part.fields
        ]
        # Nothing is struck out here: neither is the older one.
        before, after = (
            tuple(tuple(Run(run.text, False) for run in line) for each in told for line in getattr(each, side))
            for side in ("before", "after")
        )
        names = {Which.FIRST: "As in the first", Which.SECOND: "As in the second", Which.BOTH: "Both"}
        best = BEST[merging.better(part, first, second)]
        order = [best, *(which for which in names if which is not best and (part.is_list or which is not Which.BOTH))]
        options = tuple((which.value, names[which]) for which in order)
        chosen = form.choice(part.name) or proposed_choice(pair, part.name) or best.value
        rows.append(Row(part, Difference(part.name, part.label, before, after), options, chosen))
    return rows


def proposed_choice(pair: Pair, name: str) -> str:
    """What was proposed for a part, by the place of the listing; empty when nothing was."""
    if pair.record is None or pair.state is not PairState.PROPOSED:
        return ""
    side = pair.record["sides"].get(name, Side.KEPT.value)
    if side == Side.BOTH.value:
        return Which.BOTH.value
    is_first = (pair.kept_id == pair.first_id) is (side == Side.KEPT.value)
    return (Which.FIRST if is_first else Which.SECOND).value


def why_words(pair: Pair) -> str:
    """ "Nearly the same name, the same phone number"."""
    is_named_alike = likeness.folded(pair.first.name) == likeness.folded(pair.second.name)
    told = ", ".join(reason_words(reason, same=is_named_alike) for reason, _ in pair.why)
    return told[:1].upper() + told[1:]


def likely_rows(typed: MultiDict[str, str]) -> list[tuple[Listing, str]]:
    """What the listing that is being added may be already, by what is typed: "It has the same phone number."."""
    form = LikelyForm(typed)
    found = queries.likely(form.typed_name, postcode=form.postcode, contacts=form.contacts, today=clock.now().date())
    return [(each.listing, f"It has {shared_words(each)}.") for each in found]


def doubles_of(record: Mapping[str, Any]) -> list[tuple[Listing, str]]:
    """What a new listing that somebody sent may be already, with what the two have in common."""
    contacts = [(each["kind"], each["value"]) for each in record.get("contacts") or []]
    contacts += [("website", record["website"])] if record.get("website") else []
    code = next((venue["postal_code"] for venue in record.get("venues") or [] if venue.get("postal_code")), "")
    found = queries.likely(record.get("name") or "", postcode=code, contacts=contacts, today=clock.now().date())
    return [(each.listing, shared_words(each)) for each in found]


def shared_words(likely: queries.Likely) -> str:
    """ "the same name and the same phone number"."""
    return joined([reason_words(reason, same=likely.alike == 1) for reason in likely.reasons])


def reason_words(reason: str, *, same: bool) -> str:
    """What two have in common; `same` says that their names are one."""
    return "the same name" if reason == "name" and same else WHY.get(reason, reason)


def proposer_words(by: Account | None) -> str:
    return (by.display_name or "somebody") if by is not None else ""
