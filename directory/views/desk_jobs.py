"""The volunteers' desk: the job that helps most, the page of a call, tries in vain, hours and thanks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import desk as actions
from directory.actions import freshness, suggestions
from directory.errors import Conflict, NotFound, Refused
from directory.forms.desk import (
    BY_FACT,
    MAY_BE_UNKNOWN,
    OUTCOMES,
    ROWS,
    Answer,
    AsideForm,
    CheckForm,
    MinutesForm,
    Row,
    TryForm,
    is_simple,
)
from directory.htmx import render, target
from directory.models import Account, Fact, Lease, Listing, Means, Outcome, ReportKind, Task, Work
from directory.models import words as say
from directory.models.freshness import fact_words
from directory.models.trying import LONDON, MOST_CALLS, failures, next_way, part_of
from directory.models.words import WEEKDAYS
from directory.permissions import CONTACT_FIELDS, can_curate, can_lead
from directory.queries import curation
from directory.queries import desk as queries
from directory.queries import listings as listing_queries
from directory.views import clock, words
from directory.views.access import open_to
from directory.views.desk import author_words, heading_of, left_words

bp = Blueprint("jobs", __name__, url_prefix="/desk")

# The sorts of work that have a page; minutes are what they usually take.
MINUTES = {Work.CHECK: 4, Work.SUGGESTION: 1}
MOST_WAITING = 5
THANKED_FOR = timedelta(minutes=10)
QUEUES = {
    Work.REPORT: "reports",
    Work.SUGGESTION: "changes to review",
    Work.CHECK: "listings to ring",
    Work.PAIR: "possible duplicates",
    Work.CLAIM: "claims to decide",
}
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
class Card:
    """The job card: what, how long, and why this one, as (symbol, sentence)."""

    job: queries.Job
    heading: str
    purpose: str
    minutes: int
    reasons: Sequence[tuple[str, str]]
    figures: str


@dataclass(frozen=True)
class Asked:
    """One row of the call: what we have, and whether what is new can be written here."""

    row: Row
    said: str
    answer: str
    may_be_still: bool
    is_simple: bool


@bp.get("")
@open_to(can_curate)
def show() -> str:
    return desk()


@bp.post("/start")
@open_to(can_curate)
def start() -> ResponseReturnValue:
    listing = listing_queries.by_slug(request.form.get("listing", ""))
    try:
        task = actions.start(listing, by=current_user, now=clock.now())
    except Conflict as conflict:
        return desk(problem=str(conflict)), 409
    return redirect(url_for("jobs.check", number=task.id, _anchor="ring"), 303)


@bp.post("/next")
@open_to(can_curate)
def another() -> ResponseReturnValue:
    form = AsideForm()
    if not form.validate():
        return desk(problem="That reason is too long. Say it in a line, or say nothing."), 422
    work, subject = request.form.get("work", ""), request.form.get("subject", "")
    slug = request.form.get("listing", "")
    actions.set_aside(
        by=current_user,
        now=clock.now(),
        listing=listing_queries.by_slug(slug) if slug else None,
        work=Work(work) if work in set(Work) else Work.CHECK,
        subject_id=int(subject) if subject.isdecimal() and len(subject) < 10 else 0,
        reason=form.reason.data or "",
    )
    return desk() if target() == "job" else redirect(url_for("jobs.show"), 303)


@bp.get("/checks/<int:number>")
@open_to(can_curate)
def check(number: int) -> str:
    task = queries.task(number)
    return call(task, CheckForm.kept(kept_of(task)))


@bp.post("/checks/<int:number>/answers/<fact>")
@open_to(can_curate)
def answer(number: int, fact: str) -> ResponseReturnValue:
    """One row, kept as it is ticked. A mistake in it is told beside the row and keeps what was typed."""
    task, form = queries.task(number), CheckForm()
    row = next((row for row in ROWS if row.fact.value == fact), None)
    if row is None:
        raise NotFound("That is not asked here.")
    given = form.answers()
    if row.fact not in given:
        return call(task, form, kept="Choose an answer."), 422
    try:
        actions.note(task, {row.fact: given[row.fact]}, by=current_user, now=clock.now())
    except Conflict as conflict:
        return call(task, form, problem=str(conflict), kept=str(conflict)), 409
    if target() == "kept":
        return call(task, form, kept="Kept.")
    return redirect(url_for("jobs.check", number=number, _anchor=f"row-{fact}"), 303)


@bp.post("/checks/<int:number>")
@open_to(can_curate)
def save(number: int) -> ResponseReturnValue:
    task, form, now = queries.task(number), CheckForm(), clock.now()
    record = curation.document_of(task.listing)
    changes = form.changes(record, today=now.date())
    if not form.answers():
        form.running.errors = ["Tick what they told you, or press what happened above."]
    if form.mistakes:
        return call(task, form), 422
    try:
        actions.note(task, form.answers(), by=current_user, now=now)
        publish(task, form, changes, now)
    except Conflict as conflict:
        return call(queries.task(number), form, problem=str(conflict)), 409
    except Refused as refused:
        return call(queries.task(number), form, problem=str(refused)), 422
    return redirect(url_for("jobs.show"), 303)


@bp.post("/checks/<int:number>/tries")
@open_to(can_curate)
def try_later(number: int) -> ResponseReturnValue:
    task, form = queries.task(number), TryForm()
    if not form.validate():
        return call(task, CheckForm.kept(kept_of(task)), problem="Press one of the buttons that say what happened."), 422
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
        return call(queries.task(number), CheckForm.kept({}), problem=str(conflict)), 409
    return redirect(url_for("jobs.show"), 303)


@bp.post("/checks/<int:number>/leave")
@open_to(can_curate)
def leave(number: int) -> ResponseReturnValue:
    actions.leave(queries.task(number), by=current_user, now=clock.now())
    return redirect(url_for("jobs.show"), 303)


@bp.post("/stints/<int:number>")
@open_to(can_curate)
def correct(number: int) -> ResponseReturnValue:
    form = MinutesForm()
    try:
        actions.correct(queries.stint(number), minutes=form.number, by=current_user, now=clock.now())
    except Refused as refused:
        return desk(problem=str(refused)), 422
    return redirect(url_for("jobs.show"), 303)


@bp.get("/safety")
@open_to(can_curate)
def safety() -> str:
    return render("desk/safety.html")


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


# Pages


def desk(*, problem: str = "") -> str:
    """The whole desk, or the next card."""
    now, person = clock.now(), current_user
    job = queries.next_job(person, now=now, works=MINUTES)
    card = card_of(job, now) if job is not None else None
    given = queries.given_by(person, now=now)
    patches = queries.patches_of(person)
    waiting = [row.suggestion for row in curation.for_review(person, now=now) if row.is_offered]
    return render(
        "desk/show.html",
        fragments=("job",),
        said=card.heading if card else "Nothing is left for now",
        greeting=greeting(person, now),
        problem=problem,
        card=card,
        form=AsideForm(formdata=None),
        waiting=waiting[:MOST_WAITING],
        heading_of=heading_of,
        author_words=author_words,
        left_words=lambda suggestion: left_words(suggestion, now),
        more_waiting=max(0, len(waiting) - MOST_WAITING),
        given=given,
        thanks=thanks(given, now),
        patch=queries.patch_state(patches, now=now),
        patch_words=say.joined([words.outward(code) or code for code in sorted(patches.codes)]),
        overview=queries.overview(now=now) if can_lead(person) else None,
        queues=QUEUES,
        now=now,
    )


def call(task: Task, form: CheckForm, *, problem: str = "", kept: str = "") -> str:
    """The page of a call, or only the word that a row is kept."""
    now, listing = clock.now(), task.listing
    lease = queries.lease_of(task, now=now)
    told, record = fact_words(listing, now.date()), curation.document_of(listing)
    way = next_way(task.attempts, ways_of(listing))
    is_mine = lease is not None and lease.account_id == current_user.id and task.closed_at is None
    return render(
        "desk/check.html",
        fragments=("kept",),
        said="",
        task=task,
        listing=listing,
        heading=heading(listing, way),
        form=form,
        tries=TryForm(formdata=None),
        problem=problem,
        kept=kept,
        is_mine=is_mine,
        is_others=lease is not None and lease.account_id != current_user.id,
        rows=[asked_of(row, form, told, record) for row in ROWS],
        way=way,
        outcomes=OUTCOMES[way] if way is not None else {},
        calls=len([each for each in failures(task.attempts) if each.means is Means.PHONE]),
        most_calls=MOST_CALLS,
        tried=[tried_words(each) for each in task.attempts],
        mails=[point.value for point in listing.public_contacts if point.kind == "email"],
        reports=[(REPORTS[each.kind], each.text) for each in queries.open_reports(listing)],
        name=current_user.display_name,
    )


def kept_of(task: Task) -> Mapping[str, Mapping[str, str]]:
    """What this person was told so far."""
    lease: Lease | None = queries.lease_of(task, now=clock.now())
    return lease.answers if lease is not None and lease.account_id == current_user.id else {}


def asked_of(row: Row, form: CheckForm, told: Mapping[Fact, str], record: Mapping[str, Any]) -> Asked:
    given = form.answer_to(row)
    return Asked(
        row,
        "Yes" if row.fact is Fact.RUNNING else told.get(row.fact, ""),
        given.value if given is not None else "",
        bool(told.get(row.fact)) or row.fact not in MAY_BE_UNKNOWN,
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


def card_of(job: queries.Job, now: datetime) -> Card:
    name = job.listing.name if job.listing is not None else ""
    if job.work is Work.SUGGESTION and job.suggestion is not None:
        title, purpose = f"Look at: {heading_of(job.suggestion)}", "Somebody sent this. A second pair of eyes decides."
    else:
        way = next_way(job.task.attempts if job.task else (), ways_of(job.listing)) if job.listing is not None else None
        title = heading(job.listing, way) if job.listing is not None else name
        purpose = "Find out if it still meets, when, and how to get in touch."
    score = job.score
    figures = (
        f"How old: {score.stale:.2f}, where a year is 1. How often looked at: {score.looked:.1f}, where ten looks are 2. "
        f"How near: {score.near:.1f}. One times the other makes {score.total:.1f}, the most of all that waits."
    )
    if job.reports:
        figures = "Somebody has reported something, and that comes before everything else."
    return Card(job, title, purpose, MINUTES[job.work], reasons_of(job, now), figures)


def heading(listing: Listing, way: Means | None) -> str:
    verbs = {Means.PHONE: "Ring", Means.MAIL: "Write to", Means.WEBSITE: "Read the website of", Means.VISIT: "Go and see"}
    return f"{verbs[way] if way else 'Find out about'} {listing.name}"


def reasons_of(job: queries.Job, now: datetime) -> list[tuple[str, str]]:
    """Why this one, each with its symbol."""
    reasons = [("flag", REPORTS[kind]) for kind in job.reports]
    if job.work is Work.CHECK:
        if job.listing is not None and job.listing.checked_on is None:
            reasons.append(("warn", "Never checked"))
        elif job.months is not None:
            reasons.append(("warn", f"Not checked for {words.counted(job.months, 'month')}" if job.months else "Checked lately"))
    elif job.suggestion is not None:
        reasons.append(("clock", left_words(job.suggestion, now)))
    looks = words.counted(job.score.views, "time")
    reasons.append(("find", f"Looked at {looks} in three months" if job.score.views else "Nobody looked at it lately"))
    if job.miles is not None:
        near = f"{say.told_miles(job.miles)} from your patch" if job.miles > 0 else "In your patch"
        reasons.append(("pin", near[:1].upper() + near[1:]))
    if job.task is not None and job.task.attempts:
        count = len(job.task.attempts)
        last = job.task.attempts[-1]
        best = f" {last.best_time} are best." if last.best_time else ""
        tries = f"{say.number(count).capitalize()} {'try' if count == 1 else 'tries'} so far: {tried_words(last)}.{best}"
        reasons.append(("phone", tries))
    return reasons


def tried_words(attempt: Any) -> str:
    """“no answer, Monday morning”."""
    at = attempt.made_at.astimezone(LONDON)
    who = f" ({attempt.spoke_to})" if attempt.spoke_to else ""
    return f"{TRIED[attempt.outcome]}{who}, {WEEKDAYS[at.weekday()]} {part_of(at)}"


def thanks(given: queries.Given, now: datetime) -> str:
    """What was just done, for some minutes; empty when nothing was."""
    if not given.stints or now - given.stints[0][0].ended_at > THANKED_FOR:
        return ""
    stint, listing = given.stints[0]
    if listing is None or stint.work is not Work.CHECK:
        return "Thank you. That is saved."
    facts = [
        words.uncapital(words.FACTS[each.fact])
        for each in sorted(listing.checks, key=lambda each: list(words.FACTS).index(each.fact))
        if each.checked_on == stint.ended_at.astimezone(LONDON).date() and each.account_id == current_user.id
    ]
    told = say.joined(list(dict.fromkeys(facts)))
    return f"Thank you. {listing.name} says now “checked today”: {told}." if told else f"Thank you. {listing.name}: saved."


def greeting(person: Account, now: datetime) -> str:
    part = part_of(now.astimezone(LONDON))
    return f"Good {part}, {person.display_name}" if person.display_name else f"Good {part}"
