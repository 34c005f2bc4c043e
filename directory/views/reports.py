"""Reports: the page on which anybody says what is wrong, and the desk's pages on which a curator answers."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory.actions import curation
from directory.actions import reports as actions
from directory.errors import Conflict, Refused
from directory.forms.reports import KINDS, AnswerForm, Press, ReportForm
from directory.htmx import render
from directory.models import Account, Listing, Report, ReportKind
from directory.models import words as say
from directory.permissions import can_curate, is_party, signed_in
from directory.queries import reports as queries
from directory.views import clock, typed, words
from directory.views.access import anyone, open_to, step_missing, visitor
from directory.views.listings import SHOWN, shown

bp = Blueprint("reports", __name__)

# What the list says of the page before.
SAID = {
    Press.CHANGED: "Put right, and answered.",
    Press.KEPT: "It stays as it is. Whoever wrote is told why.",
    Press.WAIT: "The clock stands still for five days.",
    "let-go": "Somebody else can look at it now.",
    "taken-out": "The details are taken out, and whoever asked is told.",
    "hidden": "It is taken down. The lead decides within 72 hours.",
}
REPORTED = {
    ReportKind.WRONG: "A fact is wrong",
    ReportKind.STOPPED: "It has stopped",
    ReportKind.MISSING: "Something is missing",
    ReportKind.UNSAFE: "It is not safe",
    ReportKind.MY_DETAILS: "Somebody's own details",
}


@bp.get("/listings/<slug>/report")
@open_to(anyone)
def report_page(slug: str) -> str:
    return page(shown(slug), ReportForm())


@bp.post("/listings/<slug>/report")
@open_to(anyone)
@typed.shown_again
def send(slug: str) -> ResponseReturnValue:
    listing, form = shown(slug), ReportForm(meta={"csrf": False})  # the token was checked above
    if typed.is_again():
        return page(listing, form)
    problem = "" if not form.validate() else typed.sent_by_a_program()
    if form.errors or problem:
        return page(listing, form, problem=problem), 422
    try:
        return redirect(sent_on(listing, form), 303)
    except Refused as refused:
        return page(listing, form, problem=str(refused)), 422


@bp.get("/reports/<uid>")
@open_to(anyone)
def sent(uid: str) -> str:
    """What becomes of a report. What it says is for those who look into it alone."""
    report = queries.report(uid)
    return render(
        "reports/sent.html",
        report=report,
        listing=report.listing,
        is_shown=report.listing.status in SHOWN,
        left_address=request.args.get("letter") == "yes",  # of one report some may hear and some not
    )


@bp.get("/desk/reports")
@open_to(can_curate)
def waiting() -> str:
    now = clock.now()
    return render(
        "reports/waiting.html",
        rows=queries.waiting(current_user, now=now),
        most=queries.MOST_WAITING,
        done=SAID.get(request.args.get("after", ""), ""),
        heading_of=heading_of,
        left_words=lambda report: left_words(report, now),
        colour=lambda report: colour(report, now),
        now=now,
    )


@bp.get("/desk/reports/<uid>")
@open_to(can_curate)
def show(uid: str) -> str:
    return answer_page(queries.report(uid), AnswerForm())


@bp.post("/desk/reports/<uid>/hold")
@open_to(can_curate)
def hold(uid: str) -> ResponseReturnValue:
    try:
        actions.hold(queries.report(uid), by=current_user, now=clock.now())
    except Conflict as conflict:
        return answer_page(queries.report(uid), AnswerForm(), problem=str(conflict)), 409
    return redirect(url_for("reports.show", uid=uid), 303)


@bp.post("/desk/reports/<uid>/let-go")
@open_to(can_curate)
def let_go(uid: str) -> ResponseReturnValue:
    actions.let_go(queries.report(uid), by=current_user, now=clock.now())
    return redirect(url_for("reports.waiting", after="let-go"), 303)


@bp.post("/desk/reports/<uid>")
@open_to(can_curate)
@typed.shown_again
def answer(uid: str) -> ResponseReturnValue:
    report, form = queries.report(uid), AnswerForm()
    if typed.is_again():
        return answer_page(report, form)
    if report.answered_at is not None:
        return answer_page(report, form, problem=actions.answered_words(report, current_user)), 409
    if not form.validate():
        return answer_page(report, form), 422
    try:
        act(report, form)
    except Refused as refused:
        return answer_page(queries.report(uid), form, mistake=refused), 422
    except Conflict as conflict:
        return answer_page(queries.report(uid), form, problem=str(conflict)), 409
    return redirect(url_for("reports.waiting", after=form.press.data.value), 303)


@bp.post("/desk/reports/<uid>/details")
@open_to(can_curate)
@typed.shown_again
def take_out(uid: str) -> ResponseReturnValue:
    """Take a person's own number or address out of the listing."""
    report, number = queries.report(uid), request.form.get("number", "")
    if typed.is_again():
        return answer_page(report, AnswerForm(formdata=None))
    try:
        actions.take_out(
            report,
            values=request.form.getlist("details"),
            number=int(number) if number.isdecimal() else -1,
            by=current_user,
            now=clock.now(),
        )
    except Refused as refused:
        return answer_page(queries.report(uid), AnswerForm(), mistake=refused), 422
    except Conflict as conflict:
        return answer_page(queries.report(uid), AnswerForm(), problem=str(conflict)), 409
    return redirect(url_for("reports.waiting", after="taken-out"), 303)


def sent_on(listing: Listing, form: ReportForm) -> str:
    """One action; the address of what comes after it. A curator who says that something is not safe takes it down."""
    now, by = clock.now(), person_here()
    if by is not None and form.kind.data is ReportKind.UNSAFE and can_curate(by) and not step_missing():
        curation.hide(listing, by=by, reason=form.text.data or form.should_say.data, now=now)
        return url_for("reports.waiting", after="hidden")
    report = actions.send(
        listing,
        kind=form.kind.data,
        text=form.text.data,
        should_say=form.should_say.data,
        reply_to=form.reply_to.data,
        who=visitor(),
        by=by,
        now=now,
    )
    return url_for("reports.sent", uid=report.uid, letter="yes" if form.reply_to.data else None)


def act(report: Report, form: AnswerForm) -> None:
    """One action for the button that was pressed."""
    by: Account = current_user
    now = clock.now()
    match form.press.data:
        case Press.CHANGED:
            actions.say_changed(report, by=by, words=form.words.data, now=now)
        case Press.KEPT:
            actions.keep(report, by=by, reason=form.words.data, now=now)
        case Press.WAIT:
            actions.wait(report, by=by, now=now)


def page(listing: Listing, form: ReportForm, *, problem: str = "") -> str:
    """The form with whatever was typed; `problem` is what no field is to blame for."""
    faults = ({"": problem} if problem else {}) | form.sentences
    return render(
        "reports/report.html",
        listing=listing,
        form=form,
        faults=faults,
        kinds=KINDS,
        began=typed.began(),
        today=clock.now().date(),
    )


def answer_page(report: Report, form: AnswerForm, *, problem: str = "", mistake: Refused | None = None) -> str:
    """The report beside its listing; `problem` says why it could not be done, `mistake` what is to be put right."""
    now = clock.now()
    row = queries.for_one(report, current_user, now=now)
    listing = report.listing
    wrote = report.who == str(current_user.uid)
    is_mine = wrote or is_party(current_user, author_id=None, organisation_id=listing.organisation_id)
    faults = {mistake.field or "press": str(mistake)} if mistake is not None else form.sentences
    is_begun = row.holds or bool(faults) or bool(problem) or typed.is_again()
    can_answer = report.answered_at is None and not is_mine and not row.holder and is_begun
    return render(
        "reports/show.html",
        report=report,
        listing=listing,
        form=form,
        faults=faults,
        problem=problem,
        row=row,
        heading=heading_of(report),
        is_mine=is_mine,
        can_answer=can_answer,
        wrote=[form.words.data] if form.words.data and not can_answer else [],
        ticked=request.form.getlist("details"),
        is_shown=listing.status in SHOWN,
        left=left_words(report, now),
        colour=colour(report, now),
        now=now,
        today=now.date(),
    )


# Words


def person_here() -> Account | None:
    return current_user._get_current_object() if signed_in(current_user) else None


def heading_of(report: Report) -> str:
    """“It has stopped: Wednesday Welcome Table”."""
    return f"{REPORTED[report.kind]}: {report.listing.name}"


def left_words(report: Report, now: datetime) -> str:
    """What the clock says: “Goes first”, “19 hours left of 48”, “3 hours over 48”, “We wait until Mon 23 Nov”."""
    if report.answered_at is not None:
        return "Answered"
    if queries.stands_still(report, now=now):
        return f"We wait until {say.day_words(report.paused_until.astimezone(clock.LONDON).date(), now.date())}"  # type: ignore[union-attr]
    left = queries.PROMISED - queries.age(report, now=now)
    if report.kind is ReportKind.UNSAFE and left.total_seconds() >= 0:
        return "Goes first"  # which is what whoever wrote was told
    number = int(abs(left.total_seconds()) // 3_600)
    return f"{words.counted(number, 'hour')} {'left of' if left.total_seconds() >= 0 else 'over'} 48"


def colour(report: Report, now: datetime) -> str:
    """The tag of the clock: red when it is late or not safe, quiet while it stands still."""
    if report.answered_at is not None or queries.stands_still(report, now=now):
        return "water"
    return "hip" if report.kind is ReportKind.UNSAFE or queries.is_late(report, now=now) else "crab"
