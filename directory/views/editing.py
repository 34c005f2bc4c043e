"""Pages on which a listing is written: changed by whoever signed in, corrected or added by anybody. Nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from directory import permissions
from directory.actions import suggestions as actions
from directory.errors import Conflict, NotAllowed, NotFound, Refused
from directory.forms.editing import BLANK, EditForm, NewForm, SuggestForm, reply_to
from directory.forms.fields import tidied
from directory.htmx import render
from directory.models import Account, Listing, Status
from directory.models.freshness import is_due
from directory.permissions import Change, can_lead, signed_in
from directory.queries import accounts as people
from directory.queries import curation as queries
from directory.queries import duplicates, kept_vocabulary, repeats
from directory.queries import editing as own
from directory.views import clock, drafts, sections, typed
from directory.views.access import anyone, open_to, visitor
from directory.views.duplicates import likely_rows
from directory.views.listings import SHOWN, shown, stops_of

MOST_DUE = 10  # listings that ask at once whether they are still right; the next ones follow when these are answered

bp = Blueprint("editing", __name__)

Record = dict[str, Any]

STATES = {"draft": "not shown yet", "paused": "paused", "ended": "has stopped", "hidden": "taken off for now"}
OUTCOMES = {
    "waiting": "A second person has to look.",
    "asked": "Somebody asks:",
    "approved": "Published.",
    "refused": "It stays as it was.",
    "withdrawn": "You took it back.",
    "live": "Live. Somebody looks at it within seven days.",
}


@bp.get("/listings/<slug>/edit")
@open_to(signed_in)
def edit_page(slug: str) -> str:
    listing = editable(slug)
    permissions.refuse_locked(queries.lock_on(listing, now=clock.now()), current_user)
    base = queries.document_of(listing)
    return page(EditForm.showing(base, base=listing.revision_number), listing, base)


@bp.post("/listings/<slug>/edit")
@open_to(signed_in)
@typed.shown_again
def edit(slug: str) -> ResponseReturnValue:
    return written(EditForm(request.form), editable(slug))


@bp.get("/listings/<slug>/suggest")
@open_to(anyone)
def suggest_page(slug: str) -> str:
    listing = unmerged(shown(slug))
    base = queries.document_of(listing)
    return page(SuggestForm.showing(base, base=listing.revision_number), listing, base)


@bp.post("/listings/<slug>/suggest")
@open_to(anyone)
@typed.shown_again
def suggest(slug: str) -> ResponseReturnValue:
    return written(SuggestForm(request.form), unmerged(shown(slug)))


@bp.get("/listings/new")
@open_to(anyone)
def new_page() -> str:
    form = NewForm.showing(BLANK, base=0)
    for button in ("add-venue", "add-session"):
        form.press(button, BLANK)
    return page(form, None, BLANK)


@bp.post("/listings/new")
@open_to(anyone)
@typed.shown_again
def new() -> ResponseReturnValue:
    return written(NewForm(request.form), None)


@bp.get("/suggestions/<uid>")
@open_to(anyone)
def sent(uid: str) -> str:
    """What becomes of what somebody sent. A listing that nobody has looked at yet is not named to the world."""
    suggestion = queries.suggestion(uid)
    listing = suggestion.listing
    kept = duplicates.part_of(listing) if listing is not None else None
    onward = kept or listing
    return render(
        "editing/sent.html",
        suggestion=suggestion,
        origin=duplicates.origin_of(suggestion),
        instead=instead_words(listing, kept) if listing is not None else "",
        is_shown=listing is not None and listing.status in (Status.PUBLISHED, Status.PAUSED),
        onward=onward if onward is not None and onward.status in SHOWN else None,
    )


def instead_words(listing: Listing, kept: Listing | None) -> str:
    """What is so where the words that went live are not on a page of their own any more; empty where they are."""
    if kept is not None:
        return f"{listing.name} is part of {kept.name if kept.status in SHOWN else 'another listing'} now."
    match listing.status:
        case Status.ENDED:
            return "The group has stopped since, and its page says so."
        case Status.HIDDEN | Status.DRAFT:
            return "The listing is not shown just now."
    return ""


@bp.get("/account/listings")
@open_to(signed_in)
def mine() -> str:
    listings, today = own.listings_of_editor(current_user), clock.now().date()
    running = [each for each in listings if each.status in (Status.PUBLISHED, Status.PAUSED)]
    due = [each for each in running if is_due(each.checked_on, today)]
    return render(
        "editing/mine.html",
        listings=listings,
        due=due[:MOST_DUE],
        sent=own.sent_by(current_user),
        shown=SHOWN,
        states=STATES,
        outcomes=OUTCOMES,
        today=today,
    )


@bp.post("/suggestions/<uid>/take-back")
@open_to(signed_in)
def take_back(uid: str) -> ResponseReturnValue:
    actions.take_back(queries.suggestion(uid), by=current_user, now=clock.now())
    return redirect(url_for("editing.mine"), 303)


def written(form: EditForm, listing: Listing | None) -> ResponseReturnValue:
    """Do what the pressed button says: a row more or less, a look at the whole, or send it."""
    base, do = base_of(listing, form.base_number), request.form.get("do", "")
    if do not in ("send", "preview", "merge"):
        form.press(do, base)
        return page(form, listing, base)
    changed = form.changes(base, known=known(), today=clock.now().date())
    if do == "send" and isinstance(form, NewForm):
        form.check_enough({**base, **changed})  # told together with every other mistake
        if not form.mistakes:
            refuse_programs(form)
    if form.mistakes:
        return page(form, listing, base), 422
    if listing is not None and listing.revision_number != form.base_number:
        first = repeats.sent_already(listing, changed, by=person_here(), who=visitor(), now=clock.now())
        if do == "send" and first is not None:  # pressed twice, and what moved the listing on are these words
            return redirect(url_for("editing.sent", uid=first.uid), 303)
        return merge(form, listing, base, changed)
    if do == "preview":
        return preview(form, listing, {**base, **changed})
    return send(form, listing, base, changed, number=form.base_number)


def send(form: EditForm, listing: Listing | None, base: Record, changed: Record, *, number: int) -> ResponseReturnValue:
    try:
        suggestion = actions.suggest(
            listing,
            record=changed if listing is not None else {**BLANK, **changed},
            base_number=number,
            by=person_here(),
            door="page",
            now=clock.now(),
            reason=tidied(form.reason.data or "", lines=True),
            reply_to=reply_to(form) if isinstance(form, NewForm) else "",
            who=visitor(),
        )
    except Conflict:  # a moment ago; what it says now is read again
        return written(form, editable(listing.slug)) if listing is not None else page(form, listing, base)
    except Refused as refused:
        form.wrong("", str(refused))
        return page(form, listing, base), 422
    return redirect(url_for("editing.sent", uid=suggestion.uid), 303)


def editable(slug: str) -> Listing:
    """A listing that visitors see; the lead also changes what was taken down, before it is shown again.

    Raises NotFound, and Moved for what is part of another listing by now.
    """
    listing = queries.listing(slug)
    return unmerged(listing if listing.status is Status.HIDDEN and can_lead(current_user) else shown(slug))


def unmerged(listing: Listing) -> Listing:
    """The same. Raises Moved for what is part of another listing by now."""
    duplicates.refuse_merged(listing)
    return listing


def merge(form: EditForm, listing: Listing, base: Record, changed: Record) -> ResponseReturnValue:
    """Somebody else changed it meanwhile: three versions side by side, and then send from the newer one what was chosen."""
    current = queries.document_of(listing)
    then = version_of(listing, form.base_number)
    parts = drafts.parts(then, current, changed, kept_vocabulary.labels(), clock.now().date())
    chosen = {part.name: request.form.get(f"choice-{part.name}", "") for part in parts if part.is_contested}
    fresh = request.form.get("seen") == str(listing.revision_number)
    if request.form.get("do") == "merge" and fresh and all(chosen.values()):
        taken = [part.keys for part in parts if part.is_yours and chosen.get(part.name) != "now"]
        wanted = {key: changed[key] for keys in taken for key in keys if key in changed and changed[key] != current[key]}
        if not wanted:
            return redirect(url_for("listings.show", slug=listing.slug), 303)
        return send(form, listing, base, wanted, number=listing.revision_number)
    missing = [part for part in parts if part.is_contested and request.form.get("do") == "merge" and not chosen[part.name]]
    context = {"listing": listing, "parts": parts, "chosen": chosen, "missing": missing, "carried": typed.carried(but="choice-")}
    return render("editing/conflict.html", **context, here=request.path), 409


def preview(form: EditForm, listing: Listing | None, record: Record) -> str:
    """The page of the listing as it would be, with everything typed carried along."""
    now = clock.now()
    draft = drafts.as_listing(record, kept_vocabulary.labels(), like=listing, now=now)
    return render(
        "editing/preview.html",
        listing=draft,
        place=None,
        typed_place="",
        seen=None,
        away={},
        back={},
        back_words="",
        stops=stops_of(draft, {}, now),
        next_dates=draft.next_dates(now),
        checks=[],
        sources=[],
        is_unreached=False,
        is_claimed=True,  # nobody is asked to claim what is not there yet
        is_said_to_have_stopped=False,
        today=now.date(),
        carried=typed.carried(but="choice-"),
        here=request.path,
        is_new=listing is None,
        likely=likely_rows(request.form) if listing is None else [],
    )


def page(form: EditForm, listing: Listing | None, base: Record) -> str:
    """The form, with mistakes if it has any; statements do not depend on how much is in it."""
    labels = kept_vocabulary.labels()
    of_place = {fact["feature"] for venue in base["venues"] for fact in venue["access"]} if len(base["venues"]) == 1 else set()
    of_listing = {fact["feature"]: "yes" if fact["present"] else "no" for fact in base["access"]}
    vocabulary: dict[str, list[tuple[str, str]]] = {}
    for (taxonomy, slug), label in labels.items():
        vocabulary.setdefault(taxonomy.value, []).append((slug, label))
    features = [
        (slug, label, form.typed.get(f"access-{slug}", of_listing.get(slug, "")))
        for slug, label in vocabulary.get("access", [])
        if slug not in of_place
    ]
    told, do, audiences = form.said(base), request.form.get("do", ""), dict(vocabulary.get("audience", []))
    return render(
        "editing/write.html",
        form=form,
        listing=listing,
        told=told,
        places=form.places(base),
        parts=sections.sections(form, base, told=told, features=features, labels=audiences, do=do, is_new=listing is None),
        choices=sections.CHOICES,
        vocabulary=vocabulary,
        features=features,
        other_numbers=sum(each["kind"] == "phone" and each["public"] for each in base["contacts"]) - 1,
        is_private=base["confidential_location"],
        linked=[name for name in form.mistakes if name],
        is_short=isinstance(form, SuggestForm),
        is_open=request.method == "POST",
        fate=fate_of(listing) if type(form) is EditForm and listing is not None else None,
        waits=own.waiting_from(current_user, listing) if type(form) is EditForm and listing is not None else None,
        now=clock.now(),
        locked=locked_words(listing) if listing is not None and isinstance(form, SuggestForm) else "",
        began=typed.began(),
        here=request.path,
        likely=likely_rows(request.form) if listing is None and form.mistakes else [],
        today=clock.now().date(),
    )


# What the pages share


def base_of(listing: Listing | None, number: int) -> Record:
    """The version that somebody began from; today's where it is the same or is not known."""
    if listing is None:
        return BLANK
    return version_of(listing, number) or queries.document_of(listing)


def version_of(listing: Listing, number: int) -> Record | None:
    """What the listing said in that version; None where nobody kept it."""
    if number == listing.revision_number:
        return queries.document_of(listing)
    try:
        return queries.revision(listing, number).document
    except NotFound:
        return None


def known() -> Mapping[str, frozenset[str]]:
    """The slugs of each taxonomy."""
    slugs: dict[str, set[str]] = {}
    for taxonomy, slug in kept_vocabulary.labels():
        slugs.setdefault(taxonomy.value, set()).add(slug)
    return {taxonomy: frozenset(found) for taxonomy, found in slugs.items()}


def person_here() -> Account | None:
    """Whoever sends it; only asked when something is sent, because a page for anyone never looks."""
    return current_user._get_current_object() if signed_in(current_user) else None


class Fate(NamedTuple):
    """What becomes of what somebody sends: of the usual fields, and of those by which the group is found and reached."""

    usual: permissions.Verdict
    contact: permissions.Verdict

    @property
    def is_live(self) -> bool:
        return self.usual in permissions.LIVE


def fate_of(listing: Listing) -> Fate:
    """By the table, for whoever is here."""
    person = person_here()
    is_trusted = person is not None and people.is_trusted(person, listing.organisation_id, now=clock.now())
    standing = permissions.standing(person, listing.organisation_id, is_trusted=is_trusted)
    sorts = (Change.USUAL, Change.CONTACT)
    if permissions.is_sensitive(queries.document_of(listing)):
        sorts = (Change.SENSITIVE, Change.SENSITIVE)
    return Fate(*(permissions.verdict(sort, standing) for sort in sorts))


def locked_words(listing: Listing) -> str:
    """Why nobody can edit this just now, and until when; empty when anybody may."""
    try:
        permissions.refuse_locked(queries.lock_on(listing, now=clock.now()), None)
    except NotAllowed as locked:
        return str(locked)
    return ""


def refuse_programs(form: EditForm) -> None:
    """A box that people cannot see and three seconds stand where others have a puzzle."""
    if sentence := typed.sent_by_a_program():
        form.wrong("", sentence)
