"""The volunteers' desk: the job that helps most and why, what else waits, hours and thanks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import desk as actions
from directory.errors import Conflict, Refused
from directory.forms.desk import (
    AsideForm,
    MinutesForm,
)
from directory.htmx import render, target
from directory.models import Account, ClaimState, ReportKind, TaskKind, Work
from directory.models import words as say
from directory.models.trying import LONDON, next_way, part_of
from directory.permissions import can_curate, can_lead
from directory.queries import accounts as people
from directory.queries import curation, hours, patches, taken_down
from directory.queries import desk as queries
from directory.queries import listings as listing_queries
from directory.queries.leftover import Leftover, Why, leftover
from directory.views import clock, words
from directory.views.access import open_to
from directory.views.calls import REPORTS, heading, tried_words, ways_of
from directory.views.claim_jobs import heading_of as claim_heading
from directory.views.claim_jobs import until_words
from directory.views.desk import author_words, heading_of, left_words
from directory.views.reports import heading_of as report_heading

bp = Blueprint("jobs", __name__, url_prefix="/desk")

# The sorts of work that are offered, with the minutes they usually take.
MINUTES = {Work.CHECK: 4, Work.REPORT: 2, Work.SUGGESTION: 1, Work.PAIR: 3, Work.CLAIM: 5}
# The pages that list each queue.
LISTED_AT = {
    Work.REPORT: "reports.waiting",
    Work.SUGGESTION: "desk.review_list",
    Work.PAIR: "duplicates.index",
    Work.CLAIM: "claim_jobs.index",
}
MOST_WAITING = 5
THANKED_FOR = timedelta(minutes=10)
QUEUES = {
    Work.REPORT: "reports",
    Work.SUGGESTION: "changes to review",
    Work.CHECK: "listings to ring",
    Work.PAIR: "possible duplicates",
    Work.CLAIM: "claims to decide",
}


# Why work is left that somebody is not offered: one, and several.
REST = (
    (Why.HELD, "is held by somebody else, for half an hour at most.", "are held by others, for half an hour at most."),
    (Why.LATER, "waits for a better hour{first}.", "wait for a better hour{first}."),
    (Why.ASIDE, "you have set aside for a week.", "you have set aside for a week."),
    (
        Why.YOURS,
        "is yours or your organisation’s. Somebody else sees to it.",
        "are yours or your organisation’s. Others do them.",
    ),
    (Why.ASKED, "waits for an answer to our question.", "wait for an answer to our question."),
    (Why.SPOKEN, "waits for another person. You have spoken.", "wait for another person. You have spoken."),
    (Why.DECIDING, "waits for a senior curator or a lead.", "wait for a senior curator or a lead."),
)


@dataclass(frozen=True)
class Card:
    """The job card: what, how long, and why this one, as (symbol, sentence)."""

    job: queries.Job
    heading: str
    purpose: str
    minutes: int
    reasons: Sequence[tuple[str, str]]
    figures: str


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
    return redirect(url_for("calls.show", number=task.id, _anchor="ring"), 303)


@bp.post("/next")
@open_to(can_curate)
def another() -> ResponseReturnValue:
    form = AsideForm()
    if not form.validate():
        return desk(problem=form.sentences.get("reason", "That could not be read."), form=form), 422
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


@bp.post("/stints/<int:number>")
@open_to(can_curate)
def correct(number: int) -> ResponseReturnValue:
    form = MinutesForm()
    try:
        actions.correct(hours.stint(number), minutes=form.number, by=current_user, now=clock.now())
    except Refused as refused:
        return desk(problem=str(refused)), 422
    return redirect(url_for("jobs.show"), 303)


@bp.get("/safety")
@open_to(can_curate)
def safety() -> str:
    return render("desk/safety.html")


# Pages


def desk(*, problem: str = "", form: AsideForm | None = None) -> str:
    """The whole desk, or the next card; with a `form` that has a mistake, the words in it."""
    now, person = clock.now(), current_user
    pages = current_app.view_functions
    works = [work for work in MINUTES if work not in LISTED_AT or LISTED_AT[work] in pages]
    job = queries.next_job(person, now=now, works=works)
    card = card_of(job, now) if job is not None else None
    away = person.back_on if person.is_away(now.astimezone(LONDON).date()) else None
    rest = [] if card is not None or away else rest_words(leftover(person, now=now), now)
    given = hours.given_by(person, now=now)
    mine = patches.patches_of(person)
    waiting = [row.suggestion for row in curation.for_review(person, now=now) if row.is_offered]
    return render(
        "desk/show.html",
        fragments=("job",),
        said=card.heading if card else "Nothing for you just now" if rest else "Nothing is left for now",
        rest=rest,
        away=away,
        greeting=greeting(person, now),
        problem=problem,
        card=card,
        form=form or AsideForm(formdata=None),
        waiting=waiting[:MOST_WAITING],
        heading_of=heading_of,
        author_words=author_words,
        left_words=lambda suggestion: left_words(suggestion, now),
        taken_down=taken_down.waiting(),
        is_lead=can_lead(person),
        more_waiting=max(0, len(waiting) - MOST_WAITING),
        given=given,
        thanks=thanks(given, now),
        patch=patches.patch_state(mine, now=now),
        patch_words=say.joined(sorted(people.area_names(mine.codes).values())),
        hours_words=hours_words,
        overview=hours.overview(now=now) if can_lead(person) else None,
        queues=[
            (QUEUES[each.work], each, url_for(LISTED_AT[each.work]) if LISTED_AT.get(each.work) in pages else "")
            for each in hours.queues()
        ],
        now=now,
    )


# Words


def card_of(job: queries.Job, now: datetime) -> Card:
    name = job.listing.name if job.listing is not None else ""
    if job.work is Work.SUGGESTION and job.suggestion is not None:
        title, purpose = f"Look at: {heading_of(job.suggestion)}", "Somebody sent this. A second pair of eyes decides."
    elif job.report is not None:
        title = f"Answer: {report_heading(job.report)}"
        purpose = "Somebody has asked the group since this came. Say what became of it."
        if job.report.kind is ReportKind.MY_DETAILS:
            purpose = "Take out what belongs to a person. No call is needed."
    elif job.claim is not None:
        is_rung = job.claim.state is ClaimState.CODE_SENT
        title = claim_heading(job.claim)
        purpose = "Ring the number on the page and ask for the code." if is_rung else "A second person decides. Look it up."
    elif job.pair is not None:
        title = f"Are these one? {job.pair.first.name} and {job.pair.second.name}"
        purpose = "Two listings that may be the same group. Tell them apart, or propose one."
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


def reasons_of(job: queries.Job, now: datetime) -> list[tuple[str, str]]:
    """Why this one, each with its symbol."""
    reasons = [("flag", REPORTS[kind]) for kind in job.reports]
    if job.task is not None and job.task.kind is not TaskKind.CHECK:
        reasons.append(("warn", job.task.why))
    if job.work is Work.CHECK:
        if job.listing is not None and job.listing.checked_on is None:
            reasons.append(("warn", "Never checked"))
        elif job.months is not None:
            reasons.append(("warn", f"Not checked for {words.counted(job.months, 'month')}" if job.months else "Checked lately"))
    elif job.suggestion is not None:
        reasons.append(("clock", left_words(job.suggestion, now)))
    elif job.claim is not None:
        reasons.append(("clock", until_words(job.claim)))
    looks = "once" if job.score.views == 1 else words.counted(job.score.views, "time")
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


def rest_words(rest: Leftover, now: datetime) -> list[str]:
    """Why what is left is not for this person, a sentence for each reason."""
    first = ""
    if rest.first_later is not None:
        first = f", from {say.day_words(rest.first_later.astimezone(LONDON).date(), now.astimezone(LONDON).date())} on"
    told = []
    for why, one, many in REST:
        if count := rest.counts[why]:
            number = say.number(count)
            told.append(f"{number[:1].upper()}{number[1:]} {one if count == 1 else many}".format(first=first))
    return told


def hours_words(hours: float) -> str:
    return words.counted(round(hours), "hour") if hours >= 1 else "less than an hour"


def thanks(given: hours.Given, now: datetime) -> str:
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
