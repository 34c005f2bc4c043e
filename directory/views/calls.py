"""The page of a call: what to say, one row a fact kept as it is ticked, tries in vain, and one Save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import desk as actions
from directory.actions import freshness, suggestions
from directory.actions import reports as report_actions
from directory.errors import Conflict, NotFound, Refused
from directory.forms.desk import BY_FACT, MAY_BE_UNKNOWN, OUTCOMES, ROWS, Answer, CheckForm, Row, TryForm, is_simple
from directory.htmx import render, target
from directory.models import Fact, Lease, Listing, Means, Outcome, ReportKind, Task
from directory.models.freshness import fact_words
from directory.models.trying import LONDON, MOST_CALLS, failures, next_way, part_of, said_just_now
from directory.models.words import WEEKDAYS
from directory.permissions import CONTACT_FIELDS, can_curate
from directory.queries import curation
from directory.queries import desk as queries
from directory.queries import reports as report_queries
from directory.views import clock, typed, words
from directory.views.access import open_to

bp = Blueprint("calls", __name__, url_prefix="/desk/checks")

REPORTS = {
    ReportKind.WRONG: "Somebody says that something is wrong",
    ReportKind.STOPPED: "Somebody says that it has stopped",
    ReportKind.MISSING: "Somebody says that something is missing",
    ReportKind.UNSAFE: "Somebody says that it may not be safe",
    ReportKind.MY_DETAILS: "Somebody asks for their details to be taken down",
}
TRIED = {
    Outcome.SPOKE: "we spoke to them",
    Outcome.NO_ANSWER: "no answer",
    Outcome.WRONG_NUMBER: "wrong number",
    Outcome.BUSY: "they were busy",
    Outcome.REFUSES: "they would rather not",
    Outcome.WROTE: "we wrote",
}


@dataclass(frozen=True)
class Asked:
    """One row of the call: what we have, and whether what is new can be written here."""

    row: Row
    said: str
    answer: str
    may_be_still: bool
    is_simple: bool


@bp.get("/<int:number>")
@open_to(can_curate)
def show(number: int) -> str:
    task = queries.task(number)
    return call(task, CheckForm.kept(kept_of(task)))


@bp.post("/<int:number>/answers/<fact>")
@open_to(can_curate)
@typed.shown_again
def answer(number: int, fact: str) -> ResponseReturnValue:
    """One row, kept as it is ticked. A mistake in it is told beside the row and keeps what was typed."""
    task, form = queries.task(number), CheckForm()
    row = next((row for row in ROWS if row.fact.value == fact), None)
    if row is None:
        raise NotFound("That is not asked here.")
    if typed.is_again():
        return call(task, form)
    given = form.answers()
    if row.fact not in given:
        return call(task, form, kept="Choose an answer."), 422
    try:
        actions.note(task, {row.fact: given[row.fact]}, by=current_user, now=clock.now())
    except Conflict as conflict:
        return call(task, form, problem=str(conflict), kept=str(conflict)), 409
    if target() == "kept":
        return call(task, form, kept="Kept.")
    return redirect(url_for("calls.show", number=number, _anchor=f"row-{fact}"), 303)


@bp.post("/<int:number>")
@open_to(can_curate)
@typed.shown_again
def save(number: int) -> ResponseReturnValue:
    task, form, now = queries.task(number), CheckForm(), clock.now()
    if typed.is_again():
        return call(task, form)
    record = curation.document_of(task.listing)
    changes = form.changes(record, today=now.date())
    if is_saved_already(task, form, changes, now):
        return redirect(url_for("jobs.show"), 303)
    if not form.answers():
        form.running.errors = ["Tick what they told you, or press what happened above."]
    reports = report_queries.answered_by_a_call(task.listing, current_user, now=now) if form.report.data else []
    form.check_report(is_changed=bool(changes) or any(map(report_queries.has_changed_since, reports)))
    if form.mistakes:
        return call(task, form), 422
    try:
        actions.note(task, form.answers(), by=current_user, now=now)
        publish(task, form, changes, now)
        for report in reports:
            if form.report.data == "changed":
                report_actions.say_changed(report, by=current_user, words=form.report_words.data or "", now=now)
            else:
                report_actions.keep(report, by=current_user, reason=form.report_words.data or "", now=now)
    except Conflict as conflict:
        task = queries.task(number)
        if is_saved_already(task, form, changes, now):  # by the other of two presses at once
            return redirect(url_for("jobs.show"), 303)
        return call(task, form, problem=str(conflict)), 409
    except Refused as refused:
        return call(queries.task(number), form, problem=str(refused)), 422
    return redirect(url_for("jobs.show"), 303)


@bp.post("/<int:number>/tries")
@open_to(can_curate)
@typed.shown_again
def try_later(number: int) -> ResponseReturnValue:
    task, form = queries.task(number), TryForm()
    if typed.is_again():
        return call(task, CheckForm.kept(kept_of(task)), tries=form)
    if not form.validate():
        problem = "Press one of the buttons that say what happened."
        return call(task, CheckForm.kept(kept_of(task)), problem=problem, tries=form), 422
    try:
        actions.try_later(
            task,
            outcome=Outcome(form.outcome.data),
            means=form.way,
            by=current_user,
            now=clock.now(),
            spoke_to=form.spoke_to.data,
            best_time=form.best_time,
        )
    except Conflict as conflict:
        return call(queries.task(number), CheckForm.kept({}), problem=str(conflict), tries=form), 409
    return redirect(url_for("jobs.show"), 303)


@bp.post("/<int:number>/leave")
@open_to(can_curate)
def leave(number: int) -> ResponseReturnValue:
    actions.leave(queries.task(number), by=current_user, now=clock.now())
    return redirect(url_for("jobs.show"), 303)


def publish(task: Task, form: CheckForm, changes: Mapping[Fact, Mapping[str, Any]], now: datetime) -> None:
    """Send what has changed, check what is right now, end the job. Pressed twice, nothing is sent twice."""
    listing, by = task.listing, current_user
    together = {name: value for changed in changes.values() for name, value in changed.items()}
    for is_contact in (False, True):  # so that a new price does not wait for a second person because the number is new too
        part = {name: value for name, value in together.items() if (name in CONTACT_FIELDS) is is_contact}
        if part and not queries.is_sent_already(listing, by, part):
            suggestions.suggest(
                listing,
                record=part,
                base_number=listing.revision_number,
                by=by,
                door="page",
                now=now,
                reason=f"Asked {words.MEANS[form.way].lower()}.",
            )
    record = curation.document_of(listing)
    live = [fact for fact, changed in changes.items() if all(record[name] == value for name, value in changed.items())]
    facts = [*form.facts(Answer.STILL), *live]
    has_stopped = form.answer_to(BY_FACT[Fact.RUNNING]) is Answer.CHANGED
    if facts and not has_stopped:
        freshness.check(listing, facts=facts, means=form.way, by=by, now=now)
    actions.finish(task, means=form.way, by=by, now=now, spoke_to=form.role, has_stopped=has_stopped)


def is_saved_already(task: Task, form: CheckForm, changes: Mapping[Fact, Mapping[str, Any]], now: datetime) -> bool:
    """Whether Save was pressed twice: the job is given back, and what this says was all said within two minutes."""
    lease = queries.lease_of(task, now=now)
    if lease is not None and lease.account_id == current_user.id:
        return False
    if said_just_now(task.attempts, current_user.id, now, Outcome.SPOKE) is None:
        return False
    if form.answer_to(BY_FACT[Fact.RUNNING]) is Answer.CHANGED and not report_queries.open_alike(
        task.listing, ReportKind.STOPPED, str(current_user.uid)
    ):
        return False
    return all(queries.is_sent_already(task.listing, current_user, changed) for changed in changes.values())


# The page


def call(task: Task, form: CheckForm, *, problem: str = "", kept: str = "", tries: TryForm | None = None) -> str:
    """The page of a call, or only the word that a row is kept."""
    now, listing = clock.now(), task.listing
    lease = queries.lease_of(task, now=now)
    told, record = fact_words(listing, now.date()), curation.document_of(listing)
    way = next_way(task.attempts, ways_of(listing))
    is_mine = lease is not None and lease.account_id == current_user.id
    return render(
        "desk/check.html",
        fragments=("kept",),
        said="",
        task=task,
        listing=listing,
        heading=heading(listing, way),
        form=form,
        tries=tries or TryForm(formdata=None),
        problem=problem,
        kept=kept,
        is_mine=is_mine,
        is_begun=is_mine or bool(problem) or bool(form.mistakes) or typed.is_again(),
        is_others=lease is not None and lease.account_id != current_user.id,
        rows=[asked_of(row, form, told, record) for row in ROWS],
        way=way,
        outcomes=OUTCOMES[way] if way is not None else {},
        calls=len([each for each in failures(task.attempts) if each.means is Means.PHONE]),
        most_calls=MOST_CALLS,
        tried=[tried_words(each) for each in task.attempts],
        mails=[point.value for point in listing.public_contacts if point.kind == "email"],
        reports=[(REPORTS[each.kind], each.text) for each in queries.open_reports(listing)],
        can_answer_report=bool(report_queries.answered_by_a_call(listing, current_user, now=now)),
        name=current_user.display_name,
    )


def kept_of(task: Task) -> Mapping[str, Mapping[str, str]]:
    """What this person was told so far."""
    lease: Lease | None = queries.lease_of(task, now=clock.now())
    return lease.answers if lease is not None and lease.account_id == current_user.id else {}


def asked_of(row: Row, form: CheckForm, told: Mapping[Fact, str], record: Mapping[str, Any]) -> Asked:
    given, said = form.answer_to(row), told.get(row.fact, "")
    if row.fact is Fact.TIMES and not any(session["rrule"] or session["starts_on"] for session in record["sessions"]):
        said = record["schedule_note"]
    return Asked(
        row,
        "Yes" if row.fact is Fact.RUNNING else said,
        given.value if given is not None else "",
        bool(said) or row.fact not in MAY_BE_UNKNOWN,
        is_simple(record, row.fact),
    )


def ways_of(listing: Listing) -> list[Means]:
    """How this group can be asked."""
    found = [Means.PHONE] if listing.phone else []
    if any(point.kind == "email" for point in listing.public_contacts):
        found.append(Means.MAIL)
    if words.web_address(listing.website) or any(point.kind == "website" for point in listing.public_contacts):
        found.append(Means.WEBSITE)
    if listing.venues and not listing.confidential_location:
        found.append(Means.VISIT)
    return found


# Words


def heading(listing: Listing, way: Means | None) -> str:
    verbs = {Means.PHONE: "Ring", Means.MAIL: "Write to", Means.WEBSITE: "Read the website of", Means.VISIT: "Go and see"}
    return f"{verbs[way] if way else 'Find out about'} {listing.name}"


def tried_words(attempt: Any) -> str:
    """“no answer, Monday morning”."""
    at = attempt.made_at.astimezone(LONDON)
    who = f" ({attempt.spoke_to})" if attempt.spoke_to else ""
    return f"{TRIED[attempt.outcome]}{who}, {WEEKDAYS[at.weekday()]} {part_of(at)}"
