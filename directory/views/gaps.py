"""Flagging a gap: from a search in a few presses, with an account or without, and what becomes of it."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import flags as actions
from directory.errors import Conflict, NotFound, Refused
from directory.forms.gaps import AFFECTED, AGE_BANDS, DISTANCES, KINDS, OFTEN, GapForm, MeTooForm
from directory.forms.notes import seen_in
from directory.forms.search import tidied
from directory.htmx import came_from, render
from directory.models import Account, Gap, Taxonomy
from directory.models.danger import IN_DANGER, speaks_of_danger
from directory.permissions import flags_count, signed_in
from directory.queries import gaps as queries
from directory.queries import kept_vocabulary
from directory.views import clock, flagging, typed
from directory.views.access import anyone, open_to, sealed, step_missing, this_person, visitor

bp = Blueprint("gaps", __name__)

# What somebody may have changed, as the page says it.
CHANGED = {
    "affected": "for how many people",
    "often": "how often",
    "age_band": "for what age",
    "circumstances": "for whom",
    "distance_mi": "how far people could go",
    "note": "your note",
    "reply_to": "your email address",
}


@bp.get("/gaps/new")
@open_to(anyone)
def flag_page() -> str:
    form = GapForm(request.args, labels=kept_vocabulary.labels())
    form.validate()
    for field in form:
        field.errors = [] if field.name != "place" or not field.data else field.errors
    form.begin()
    return page(form)


@bp.post("/gaps/new")
@open_to(anyone)
@typed.shown_again
def flag() -> ResponseReturnValue:
    form = GapForm(request.form, labels=kept_vocabulary.labels())
    if typed.is_again():
        form.validate()
        return page(form)
    by = person_here()
    if request.form.get("metoo"):
        return joined_from_form(form, by)
    problem = "" if not form.validate() or by is not None else typed.sent_by_a_program()
    if form.note.errors:
        count_refused(form, by)
    if form.errors or problem:
        return page(form, problem=problem), 422
    term = queries.term(form.need.data or "")
    if term is None:
        raise NotFound("We do not use this word any more.")
    try:
        said = actions.say(
            term=term,
            area=queries.area_of(form.place.data or "", council=form.council.data or ""),
            kind=form.kind.data,
            who=browser(),
            network=visitor(),
            by=by,
            now=clock.now(),
            **form.choices,
        )
    except (Refused, NotFound) as refused:
        return page(form, problem=str(refused)), 422
    return told(said, help=1 if speaks_of_danger(form.note.data or "") else None)


@bp.get("/gaps/flags/<uuid:uid>")
@open_to(anyone)
def flagged(uid: uuid.UUID) -> str:
    """What becomes of it, for whoever has the address. What was chosen and written stands nowhere on it."""
    found = queries.flag(uid)
    gap = queries.gap(found.gap.uid) if found.gap is not None else None
    while gap is not None and gap.merged_into is not None:
        gap = queries.gap(gap.merged_into.uid)
    in_danger = found.term.slug == IN_DANGER or request.args.get("help") == "1"
    is_again = request.args.get("again") == "1"
    return render(
        "gaps/flagged.html",
        flag=found,
        gap=gap,
        in_danger=in_danger,
        is_again=is_again,
        changed=changed_words() if is_again else "",
    )


@bp.post("/gaps/flags/<uuid:uid>/take-back")
@open_to(signed_in)
def take_back(uid: uuid.UUID) -> ResponseReturnValue:
    actions.withdraw(queries.flag(uid), by=this_person(), now=clock.now())
    return redirect(url_for("gaps.flagged", uid=uid), 303)


@bp.get("/gaps/<uuid:uid>/me-too")
@open_to(anyone)
def me_too(uid: uuid.UUID) -> str:
    return me_too_page(readable(uid), MeTooForm(formdata=None))


@bp.post("/gaps/<uuid:uid>/me-too")
@open_to(anyone)
@typed.shown_again
def join(uid: uuid.UUID) -> ResponseReturnValue:
    gap, form, by = readable(uid), MeTooForm(meta={"csrf": False}), person_here()
    if typed.is_again():
        return me_too_page(gap, form)
    problem = "" if not form.validate() or by is not None else typed.sent_by_a_program()
    if form.errors or problem:
        return me_too_page(gap, form, problem=problem), 422
    return joined(gap, by, lambda told, status: (me_too_page(gap, form, problem=told), status), **join_choices(form))


def joined_from_form(form: GapForm, by: Account | None) -> ResponseReturnValue:
    """Somebody saw on the form that it is there already. Nothing else of the form is asked or kept."""
    try:
        gap = readable(uuid.UUID(request.form["metoo"]))
    except ValueError as fault:
        raise NotFound("There is no such gap, or not any more.") from fault
    form.validate()
    problem = "" if by is not None else typed.sent_by_a_program()
    if problem or form.reply_to.errors:
        return page(form, problem=problem), 422
    kept = {"affected": form.choices["affected"], "reply_to": form.choices["reply_to"]}
    return joined(gap, by, lambda told, status: (page(form, problem=told), status), **kept)


def joined(gap: Gap, by: Account | None, otherwise: Any, **choices: Any) -> ResponseReturnValue:
    """On to what becomes of it; `otherwise` makes the page that says why it could not be."""
    try:
        said = actions.join(gap, who=browser(), network=visitor(), by=by, now=clock.now(), **choices)
    except Refused as refused:
        return otherwise(str(refused), 422)
    except Conflict as conflict:
        return otherwise(str(conflict), 409)
    return told(said)


def told(said: actions.Said, **more: Any) -> ResponseReturnValue:
    """On to what becomes of a flag; whoever said so before is told there what they changed, by its kind alone."""
    if said.is_again:
        more |= {"again": 1, "changed": said.changed or None}
        if said.before is not None:
            more |= {"before": said.before.value, "people": said.flag.affected.value}
    return redirect(url_for("gaps.flagged", uid=said.flag.uid, **more), 303)


def changed_words() -> str:
    """What somebody changed by saying it again, as the address of the page tells it; empty where nothing was."""
    parts = []
    for name in request.args.getlist("changed"):
        if name == "affected":
            numbers = {each.value: label.lower() for each, label in AFFECTED.items()}
            before, people = (numbers.get(request.args.get(each, ""), "") for each in ("before", "people"))
            parts.append(f"{CHANGED[name]} (from {before} to {people})" if before and people else CHANGED[name])
        elif name in CHANGED:
            parts.append(CHANGED[name])
    return ", ".join(parts)


def count_refused(form: GapForm, by: Account | None) -> None:
    """Count a note that was not taken; whoever sent too many is not told any more what was seen in it."""
    try:
        actions.note_refused(who=browser(), network=visitor(), by=by, now=clock.now())
    except Refused as refused:
        form.note.errors = [str(refused)]


def join_choices(form: MeTooForm) -> dict[str, Any]:
    given = {"affected": form.affected.data, "reply_to": form.reply_to.data or ""}
    return {name: value for name, value in given.items() if value}


def page(form: GapForm, *, problem: str = "") -> str:
    """The form with what was chosen; likely gaps where need and place are known. Visitors see only public ones."""
    by = person_here()
    known = form.is_known and request.args.get("change") is None
    likely = []
    if form.is_known and (term := queries.term(form.need.data or "")) is not None:
        area = queries.area_of(form.place.data or "", council=form.council.data or "")
        likely = queries.likely(term, area, kind=form.kind.data, public=not flags_count(by))
    faults = ({"": problem} if problem else {}) | form.sentences
    if not request.form:
        faults = {}
    labels = kept_vocabulary.labels()
    word, like = searched(labels)
    return render(
        "gaps/new.html",
        fragments=("likely",),
        said=f"{len(likely)} like this already" if likely else "None like this yet",
        form=form,
        faults=faults,
        is_known=known and not (faults.keys() & {"need", "place"}),
        likely=likely,
        must=flagging.musts(form.filters, form.age, labels),
        word=word,
        like=like,
        kept=[("like", slug) for slug, _ in like]
        + ([("word", word)] if word else [])
        + [(name, value) for name, values in form.filters.items() for value in values]
        + ([("age", str(form.age))] if form.age is not None else []),
        needs=[
            (heading, [(slug, label) for (taxonomy, slug), label in labels.items() if taxonomy is kind])
            for kind, heading in ((Taxonomy.NEED, "What people need"), (Taxonomy.ACTIVITY, "What people do"))
        ],
        circumstances=[(slug, label) for (taxonomy, slug), label in labels.items() if taxonomy is Taxonomy.AUDIENCE],
        kinds=list(KINDS.items()),
        affected=list(AFFECTED.items()),
        often=list(OFTEN.items()),
        age_bands=list(AGE_BANDS.items()),
        distances=list(DISTANCES.items()),
        has_account=by is not None,
        counts_at_once=flags_count(by),
        back=back(),
        began=typed.began(),
        in_danger=form.need.data == IN_DANGER or speaks_of_danger(form.note.data or ""),
    )


def searched(labels: kept_vocabulary.Labels) -> tuple[str, list[tuple[str, str]]]:
    """The words of the search that led here, where they point to nobody, and the needs they may mean, as slug and label.

    They come with the address, help to choose, and are kept nowhere.
    """
    word = tidied(request.values.get("word", ""))[: flagging.LONGEST_WORD]
    word = "" if seen_in(word) else word
    ours = {slug: label for (taxonomy, slug), label in labels.items() if taxonomy in flagging.NEEDS}
    parts = {part for part in word.casefold().split() if len(part) > 3}
    near = [slug for slug, label in ours.items() if any(part in label.casefold() for part in parts)]
    slugs = [slug for slug in dict.fromkeys([*request.values.getlist("like"), *near]) if slug in ours]
    return word, [(slug, ours[slug]) for slug in slugs[: flagging.MOST_LIKE]]


def me_too_page(gap: Gap, form: MeTooForm, *, problem: str = "") -> str:
    by = person_here()
    faults = ({"": problem} if problem else {}) | form.sentences
    return render(
        "gaps/me_too.html",
        gap=gap,
        form=form,
        faults=faults,
        affected=list(AFFECTED.items()),
        has_account=by is not None,
        counts_at_once=flags_count(by),
        began=typed.began(),
    )


def readable(uid: uuid.UUID) -> Gap:
    """A gap that this person may know of. Raises NotFound for one that is not public, but to those who work here."""
    gap = queries.gap(uid)
    if not flags_count(person_here()) and not queries.is_known_to_all(gap):
        raise NotFound("There is no such gap, or not any more.")
    return gap


def back() -> str:
    """The address of the search that led here, as the browser tells it; kept nowhere."""
    before = urlsplit(came_from())
    is_search = before.path == url_for("listings.search") and before.netloc in ("", request.host)
    return f"{before.path}?{before.query}" if is_search and before.query else ""


def browser() -> str:
    """A digest that tells one visitor from another of the same network: by the browser and the session that its form belongs to.

    A session ends with the browser, so this follows nobody for long.
    """
    return sealed(f"{request.remote_addr} {request.user_agent.string} {session.get('csrf_token', '')}")


def person_here() -> Account | None:
    """Whoever is signed in, past every step that they owe."""
    return this_person() if signed_in(current_user) and not step_missing() else None
