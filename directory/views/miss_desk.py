"""The desk of misses: words that nobody understood get a meaning, and what many looked for in vain becomes a gap."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from directory import search
from directory.actions import gaps, synonyms
from directory.actions import misses as actions
from directory.errors import Conflict, NotFound, Refused
from directory.forms.miss_desk import MeaningForm, NewGapForm, WordForm
from directory.htmx import render
from directory.models import GapKind, Shortfall, Taxonomy
from directory.permissions import can_curate, can_lead
from directory.queries import gaps as gap_queries
from directory.queries import kept_vocabulary, vocabulary
from directory.queries import misses as queries
from directory.queries import synonyms as taught_queries
from directory.views import clock
from directory.views.access import open_to, this_person

bp = Blueprint("miss_desk", __name__, url_prefix="/desk/misses")

# What a word may be taught to mean, in the order in which a label is looked up.
MEANT = (Taxonomy.NEED, Taxonomy.ACTIVITY, Taxonomy.AUDIENCE, Taxonomy.KIND)
SAID = {
    "taught": "Search understands it from now on.",
    "taken-back": "Search takes it for what it says again.",
    "passed-over": "It is not shown any more.",
    "brought-back": "It is shown again, as long as enough people look for it.",
    "opened": "It is on the board now. The next step is yours.",
}
WRONG = {
    Shortfall.NOTHING: "found nothing",
    Shortfall.LITTLE: "found little",
    Shortfall.FAR: "found only what is far",
    Shortfall.STALE: "found only what was checked long ago",
}
# In which way a need is not met, as far as searches can tell.
KIND_OF = {Shortfall.FAR: GapKind.ACCESSIBLE, Shortfall.LITTLE: GapKind.ADEQUATE}
OPENED = "Many searches from this area found nothing that fits. We are looking into it."


@bp.get("")
@open_to(can_curate)
def show() -> str:
    return page()


@bp.post("/meaning")
@open_to(can_curate)
def teach() -> ResponseReturnValue:
    form = MeaningForm()
    if not form.validate():
        return page(form.sentences, typed=form), 422
    try:
        term = meant_by(form.means.data or "")
        now = clock.now()
        if term is None:
            refuse_what_finds_nothing(form.means.data or "", now=now)
        given: dict[str, Any] = {"term": term} if term else {"words": form.means.data}
        synonyms.teach_asked(form.word.data or "", **given, account=this_person(), now=now)
    except (Refused, NotFound) as refused:
        return page({"means": str(refused)}, typed=form), 422
    return redirect(url_for("miss_desk.show", after="taught"), 303)


@bp.post("/take-back")
@open_to(can_curate)
def take_back() -> ResponseReturnValue:
    form = WordForm()
    if not form.validate():
        return page(form.sentences), 422
    # Two may press it at once: for the second it is forgotten already, as wanted.
    with contextlib.suppress(NotFound):
        synonyms.forget(taught_queries.by_said(form.word.data or ""))
    return redirect(url_for("miss_desk.show", after="taken-back"), 303)


@bp.post("/pass-over")
@open_to(can_curate)
def pass_over() -> ResponseReturnValue:
    form = WordForm()
    if not form.validate():
        return page(form.sentences), 422
    try:
        actions.pass_over(form.word.data or "", by=this_person(), now=clock.now())
    except Refused as refused:
        return page({"": str(refused)}), 422
    return redirect(url_for("miss_desk.show", after="passed-over"), 303)


@bp.post("/bring-back")
@open_to(can_curate)
def bring_back() -> ResponseReturnValue:
    form = WordForm()
    if not form.validate():
        return page(form.sentences), 422
    # Two may press it at once: for the second the word is back already, as wanted.
    with contextlib.suppress(Refused):
        actions.bring_back(form.word.data or "", by=this_person(), now=clock.now())
    return redirect(url_for("miss_desk.show", after="brought-back"), 303)


@bp.post("/gap")
@open_to(can_lead)
def open_gap() -> ResponseReturnValue:
    form = NewGapForm()
    if not form.validate():
        return page(form.sentences), 422
    term = gap_queries.term(form.need.data or "")
    try:
        if term is None:
            raise NotFound("We do not use this word any more.")
        area = gap_queries.area_of(form.area.data or "")
        gap = gaps.open_searched(term, area, form.kind.data, words=OPENED, by=this_person(), now=clock.now())
    except (Conflict, NotFound, Refused) as problem:
        return page({"": str(problem)}), 409 if isinstance(problem, Conflict) else 422
    return redirect(url_for("gap_desk.show", uid=gap.uid), 303)


def page(faults: dict[str, str] | None = None, *, typed: MeaningForm | None = None) -> str:
    """Words and needs as they stand; a form that failed keeps what was typed beside its word."""
    today, person = clock.now().date(), this_person()
    labels = kept_vocabulary.labels()
    return render(
        "misses/desk.html",
        faults=faults or {},
        typed=typed,
        words_asked=queries.words(today=today),
        passed_over=queries.passed_over(),
        taught=taught_queries.taught_lately(now=clock.now()),
        needs=queries.needs(today=today),
        open_already=queries.open_gaps(),
        meanings=list(dict.fromkeys(label for kind in MEANT for (taxonomy, _), label in labels.items() if taxonomy is kind)),
        may_open=can_lead(person),
        wrong=WRONG,
        kind_of=lambda short: KIND_OF.get(short.most, GapKind.AVAILABLE).value,
        done=SAID.get(request.args.get("after", ""), ""),
        today=today,
        days=queries.RECENT.days,
        least=queries.LEAST_VISITS,
    )


def refuse_what_finds_nothing(words: str, *, now: datetime) -> None:
    """Raises Refused for other words by which search would find nothing either."""
    unknown = search.unknown_words(words, today=now.date())
    if unknown:
        raise Refused(f"Search finds nothing by “{unknown[0]}”. Choose from the list, or write words that listings use.")


def meant_by(text: str) -> Any:
    """The term of this label; None where the words are no label."""
    labels = kept_vocabulary.labels()
    wanted = text.casefold()
    for kind in MEANT:
        for (taxonomy, slug), label in labels.items():
            if taxonomy is kind and label.casefold() == wanted:
                return vocabulary.by_slug(taxonomy, slug)
    return None
