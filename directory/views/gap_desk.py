"""The desk of gaps: residents' flags that wait, the gaps of one's areas, and the page on which a lead takes a step."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from directory.actions import flags, offers
from directory.actions import gaps as actions
from directory.errors import Conflict, NotFound, Refused
from directory.forms import Form
from directory.forms.gap_desk import NO_LISTING, MergeForm, NameForm, RefuseForm, ReopenForm, SplitForm, StepForm, TakeForm
from directory.forms.gaps import AFFECTED, AGE_BANDS, OFTEN
from directory.htmx import render
from directory.models import Flag, FlagState, Gap, GapKind, GapState, Listing, Taxonomy
from directory.permissions import (
    can_arrange,
    can_curate,
    can_lead,
    can_look_at_flag,
    can_move,
    can_read_exactly,
    can_read_note,
    require,
)
from directory.queries import accounts as people
from directory.queries import gap_desk as desk
from directory.queries import gaps as queries
from directory.queries import kept_vocabulary, listings
from directory.queries import offers as answers
from directory.views import clock, flagging
from directory.views.access import open_to, this_person

bp = Blueprint("gap_desk", __name__, url_prefix="/desk/gaps")

FIRST_SHOWN = 12  # gaps of a desk, so that a phone need not scroll for long; the rest is one press away
SAID = {
    "accepted": "It counts now.",
    "refused": "It does not count. Whoever left an address will be told why, within a quarter of an hour.",
    "moved": "Done. Everybody who flagged it will be told within a quarter of an hour.",
    "merged": "They are one now. Was that wrong? Part them again from the page of the gap that went in.",
    "reopened": "It is open again. Everybody who flagged it will be told within a quarter of an hour.",
    "struck": "The note is gone.",
    "unmerged": "They are two again.",
    "split": "There are two now.",
    "renamed": "It has another name now.",
    "taken": "Taken. Everybody who flagged it will be told within a quarter of an hour.",
    "declined": "It is not offered again.",
}
STEPS = (
    (GapState.LOOKED_AT, "Being looked at"),
    (GapState.BEING_STARTED, "Being started"),
    (GapState.MET, "Met"),
    (GapState.NOT_NOW, "Cannot be met now"),
    (GapState.WAS_NOT_KNOWN, "It was there, and is listed now"),
    (GapState.MISTAKEN, "It is no gap"),
)


@bp.get("")
@open_to(can_curate)
def index() -> str:
    person, now = this_person(), clock.now()
    exact = sees_exactly() and can_lead(person)
    codes = queries.codes_of(person)
    if exact:
        actions.look(None, by=person, now=now, areas=codes)
        person = this_person()
    closed = request.args.get("closed") == "1"
    return render(
        "gaps/desk.html",
        waiting=desk.waiting(person),
        rows=desk.on_desk(person, exact=exact, closed=closed),
        closed=closed,
        exact=exact,
        areas=sorted(people.area_names(codes).items()),
        done=SAID.get(request.args.get("after", ""), ""),
        most=desk.MOST_ON_DESK,
        first=desk.MOST_ON_DESK if request.args.get("all") == "1" else FIRST_SHOWN,
        most_answers=answers.MOST_EACH,
        now=now,
    )


@bp.get("/flags/<uuid:uid>")
@open_to(can_curate)
def flag(uid: uuid.UUID) -> str:
    return flag_page(queries.flag(uid), RefuseForm(formdata=None))


@bp.post("/flags/<uuid:uid>/accept")
@open_to(can_curate)
def accept(uid: uuid.UUID) -> ResponseReturnValue:
    found = queries.flag(uid)
    try:
        flags.accept(found, by=this_person(), now=clock.now())
    except (Refused, Conflict) as problem:
        status = 409 if isinstance(problem, Conflict) else 422
        return flag_page(queries.flag(uid), RefuseForm(formdata=None), problem=str(problem)), status
    return redirect(url_for("gap_desk.index", after="accepted"), 303)


@bp.post("/flags/<uuid:uid>/refuse")
@open_to(can_curate)
def refuse(uid: uuid.UUID) -> ResponseReturnValue:
    found, form = queries.flag(uid), RefuseForm()
    if not form.validate():
        return flag_page(found, form), 422
    try:
        flags.refuse(found, by=this_person(), reason=form.reason.data or "", now=clock.now())
    except Conflict as conflict:
        return flag_page(queries.flag(uid), form, problem=str(conflict)), 409
    return redirect(url_for("gap_desk.index", after="refused"), 303)


@bp.post("/flags/<uuid:uid>/strike")
@open_to(can_curate)
def strike(uid: uuid.UUID) -> ResponseReturnValue:
    """Take a note out that points to somebody."""
    found = queries.flag(uid)
    flags.strike(found, by=this_person(), now=clock.now())
    if found.state is FlagState.COUNTED and found.gap is not None:
        return redirect(url_for("gap_desk.show", uid=found.gap.uid, after="struck"), 303)
    return redirect(url_for("gap_desk.flag", uid=uid, after="struck"), 303)


@bp.get("/<uuid:uid>")
@open_to(can_curate)
def show(uid: uuid.UUID) -> str:
    return page(queries.gap(uid))


@bp.post("/<uuid:uid>")
@open_to(can_curate)
def move(uid: uuid.UUID) -> ResponseReturnValue:
    gap, form = queries.gap(uid), StepForm()
    if not form.validate():
        return page(gap, form), 422

    def act() -> None:
        actions.move(
            gap,
            form.state.data,
            words=form.words.data or "",
            was=form.was.data or gap.state,
            seen=form.seen.data,
            by=this_person(),
            now=clock.now(),
            review_on=form.review_on.data,
            listing=listing_of(form),
        )

    return done(uid, act, form, "moved")


@bp.post("/<uuid:uid>/merge")
@open_to(can_curate)
def merge(uid: uuid.UUID) -> ResponseReturnValue:
    gap, form = queries.gap(uid), MergeForm()
    if not form.validate() or not form.into.data:
        form.into.errors = ["Choose the gap that it becomes part of."]
        return page(gap, form), 422
    into = queries.gap(form.into.data)
    sure = bool(form.sure.data)
    return done(
        uid, lambda: actions.merge(gap, into, by=this_person(), now=clock.now(), sure=sure), form, "merged", onto=into.uid
    )


@bp.post("/<uuid:uid>/unmerge")
@open_to(can_curate)
def unmerge(uid: uuid.UUID) -> ResponseReturnValue:
    gap, form = queries.gap(uid), MergeForm(formdata=None)
    return done(uid, lambda: actions.unmerge(gap, by=this_person(), now=clock.now()), form, "unmerged")


@bp.post("/<uuid:uid>/reopen")
@open_to(can_curate)
def reopen(uid: uuid.UUID) -> ResponseReturnValue:
    gap, form = queries.gap(uid), ReopenForm()
    if not form.validate():
        return page(gap, form), 422
    return done(
        uid, lambda: actions.reopen(gap, words=form.words.data or "", by=this_person(), now=clock.now()), form, "reopened"
    )


@bp.post("/<uuid:uid>/split")
@open_to(can_curate)
def split(uid: uuid.UUID) -> ResponseReturnValue:
    gap, form = queries.gap(uid), SplitForm()
    if not form.validate():
        return page(gap, form), 422
    return done(
        uid,
        lambda: actions.split(gap, name=form.name.data or "", flags=form.uids, by=this_person(), now=clock.now()),
        form,
        "split",
    )


@bp.post("/<uuid:uid>/name")
@open_to(can_curate)
def rename(uid: uuid.UUID) -> ResponseReturnValue:
    gap, form = queries.gap(uid), NameForm()
    if not form.validate():
        return page(gap, form), 422
    return done(uid, lambda: actions.rename(gap, name=form.name.data or "", by=this_person(), now=clock.now()), form, "renamed")


@bp.post("/offers/<int:number>/take")
@open_to(can_curate)
def take(number: int) -> ResponseReturnValue:
    offer, form = answers.offer(number), TakeForm()
    uid = offer.gap.uid
    if not form.validate():
        return page(queries.gap(uid), form), 422
    return done(uid, lambda: offers.take(offer, words=form.words.data or "", by=this_person(), now=clock.now()), form, "taken")


@bp.post("/offers/<int:number>/decline")
@open_to(can_curate)
def decline(number: int) -> ResponseReturnValue:
    offer = answers.offer(number)
    form = TakeForm(formdata=None)
    return done(offer.gap.uid, lambda: offers.decline(offer, by=this_person(), now=clock.now()), form, "declined")


def done(uid: uuid.UUID, act: Callable[[], Any], form: Form, after: str, *, onto: uuid.UUID | None = None) -> ResponseReturnValue:
    """Do it and go on, or show the page of the gap again with the sentence that says why not."""
    try:
        act()
    except Refused as refused:
        return page(queries.gap(uid), form, faults={refused.field or "": str(refused)}), 422
    except Conflict as conflict:
        return page(queries.gap(uid), form, problem=str(conflict)), 409
    return redirect(url_for("gap_desk.show", uid=onto or uid, after=after), 303)


def page(gap: Gap, sent: Form | None = None, *, faults: dict[str, str] | None = None, problem: str = "") -> str:
    """One gap for those who work on it; counts and notes for the lead of its area alone, and that they were read is noted."""
    person, now = this_person(), clock.now()
    exact = sees_exactly() and can_read_exactly(person, gap)
    if exact:
        actions.look(gap, by=person, now=now)
        person = this_person()
    told = faults if faults is not None else (sent.sentences if sent is not None else {})
    if faults and sent is not None:
        for name, sentence in faults.items():
            if name in sent:
                sent[name].errors = [sentence]

    def form_of(kind: type[Form]) -> Any:
        return sent if type(sent) is kind else kind(formdata=None)

    labels = kept_vocabulary.labels()
    found = desk.offers_of(gap)
    may_arrange = can_arrange(person, gap) and gap.is_open
    step = form_of(StepForm)
    answer = next((each.listing for each in found if each.listing and each.listing.slug == request.args.get("answer")), None)
    if answer is not None and sent is None:
        step.state.data = GapState.WAS_NOT_KNOWN if gap.kind is GapKind.NOT_KNOWN else GapState.MET
        step.listing.data = url_for("listings.show", slug=answer.slug)
    return render(
        "gaps/lead.html",
        gap=gap,
        faults=told,
        problem=problem,
        count=desk.counts([gap.id]).get(gap.id, desk.Count()) if exact else None,
        flags=desk.flags_of(gap) if exact else [],
        told_of=lambda row: told_of(row, labels),
        offers=found,
        answer=answer,
        may_move=can_move(person, gap) and gap.is_open,
        may_arrange=may_arrange,
        others=[each for each in desk.joinable(gap) if can_arrange(person, each)] if may_arrange else [],
        step=step,
        reopening=form_of(ReopenForm),
        may_reopen=can_move(person, gap) and not gap.is_open and gap.merged_into is None,
        may_unmerge=gap.merged_into is not None and can_arrange(person, gap) and can_arrange(person, gap.merged_into),
        naming=form_of(NameForm),
        merging=form_of(MergeForm),
        splitting=form_of(SplitForm),
        taking=form_of(TakeForm),
        away=answers.away(gap, [each.listing_id for each in found if each.listing_id is not None]),
        steps=STEPS,
        done=SAID.get(request.args.get("after", ""), ""),
        now=now,
        today=now.date(),
    )


def flag_page(found: Flag, form: RefuseForm, *, problem: str = "") -> str:
    """One flag for those who look after its area; its note for their leads alone. Raises NotAllowed for anybody else."""
    person, codes = this_person(), queries.codes_about(found)
    require(can_look_at_flag(person, codes))
    labels = kept_vocabulary.labels()
    return render(
        "gaps/waiting.html",
        flag=found,
        form=form,
        faults=form.sentences,
        problem=problem,
        done=SAID["struck"] if request.args.get("after") == "struck" else "",
        told=told_of(found, labels),
        is_mine=found.account_id == person.id,
        shows_note=bool(found.note) and sees_exactly() and can_read_note(person, codes),
        now=clock.now(),
    )


def told_of(row: Flag, labels: Any) -> str:
    """What somebody chose, in one line; never what they wrote."""
    parts = [f"{AFFECTED[row.affected].lower()} {'person' if row.affected.value == '1' else 'people'}"]
    if row.affected.value == "unsure":
        parts = ["not sure for how many"]
    if row.often is not None:
        parts.append(OFTEN[row.often].lower())
    if row.age_band is not None:
        parts.append(f"aged {AGE_BANDS[row.age_band].lower()}")
    parts += [labels.get((Taxonomy.AUDIENCE, slug), slug).lower() for slug in row.circumstances]
    if row.distance_mi is not None:
        parts.append(f"could go {row.distance_mi} {'mile' if row.distance_mi == 1 else 'miles'}")
    kept = {name: value for name, value in row.filters.items() if isinstance(value, list)}
    if must := flagging.musts(kept, row.filters.get("age"), labels):
        parts.append(f"it must: {must.lower()}")
    return ", ".join(parts)


def listing_of(form: StepForm) -> Listing | None:
    """The listing that was named. Raises Refused for one that is not there."""
    if not form.slug:
        return None
    try:
        return listings.by_slug(form.slug)
    except NotFound as missing:
        raise Refused(NO_LISTING, field="listing") from missing


def sees_exactly() -> bool:
    """Exact counts are shown only where the look can be noted."""
    return not current_app.config["READ_ONLY"]
