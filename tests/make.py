"""Saved rows with plain defaults: `make.listing(name="Chair yoga")` is enough for most tests."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select

from directory import models, search
from directory.extensions import db, writing

TODAY = date(2026, 11, 20)  # a Friday
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
HOLT = (52.9060, 1.0880)
numbers = itertools.count(1)


def saved(model: type[Any], **fields: Any) -> Any:
    """One row, written the way an action does; search is told of a listing.

    It is put together inside `writing()`, because pointing at a saved row already counts as changing that one.
    """
    with writing():
        row = model(**fields)
        db.session.add(row)
        db.session.flush()
        if isinstance(row, models.Listing):
            search.note(row)
    return row


def slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100] or "unnamed"


def fresh_slug(model: Any, text: str) -> str:
    taken = db.session.scalar(select(model.id).where(model.slug == slug(text)))
    return f"{slug(text)}-{next(numbers)}" if taken else slug(text)


def listing(
    name: str = "Chair yoga",
    *,
    venue: models.Venue | str | None = None,
    at: tuple[float, float] | None = None,
    session: models.Session | Mapping[str, Any] | Iterable[models.Session | Mapping[str, Any]] | None = None,
    organisation: models.Organisation | str | None = None,
    terms: Iterable[models.Term | str] = (),
    access: Mapping[str, bool] | None = None,
    coverage: Iterable[models.Coverage | str] = (),
    contacts: Iterable[tuple[str, str]] = (),
    checks: Iterable[models.Check] = (),
    **fields: Any,
) -> models.Listing:
    """A published listing, checked by telephone three weeks before `TODAY`.

    `venue` is a row or a name, `at` its latitude and longitude; either gives it a place to happen. `session` is a row, the
    fields of one, or several. `terms` are rows, need slugs, or "audience:carers". `access` is {"step-free": True} as facts of
    the listing. `coverage` holds area codes. `contacts` are pairs: ("phone", "01632 960142").
    """
    given = {
        "slug": fresh_slug(models.Listing, name),
        "status": models.Status.PUBLISHED,
        "checked_on": date(2026, 10, 30),
        "checked_means": models.Means.PHONE,
        "checked_voice": models.Voice.VOLUNTEER,
        "created_at": NOW,
        "modified_at": NOW,
        "at_venue": venue is not None or at is not None,
    } | fields
    found_terms = [as_term(each) for each in terms]
    features = {as_term(f"access:{feature}"): present for feature, present in (access or {}).items()}
    if isinstance(organisation, str):
        organisation = make_organisation(organisation)
    place = as_venue(venue, at)
    with writing():
        row = models.Listing(name=name, organisation=organisation, **given)
        row.sessions = as_sessions(session, place)
        row.coverages = [models.Coverage(area_code=each) if isinstance(each, str) else each for each in coverage]
        row.contact_points = [models.ContactPoint(kind=kind, value=value) for kind, value in contacts]
        row.checks = list(checks)
        row.terms = found_terms
        row.access_facts = [models.AccessFact(term=feature, present=present) for feature, present in features.items()]
        db.session.add(row)
        db.session.flush()
        search.note(row)
    return row


def as_sessions(given: Any, place: models.Venue | None) -> list[models.Session]:
    """Sessions at `place`, one without times when none was asked for."""
    if given is None:
        return [models.Session(venue=place)] if place else []
    several = [given] if isinstance(given, (models.Session, Mapping)) else list(given)
    rows = [each if isinstance(each, models.Session) else session_fields(**each) for each in several]
    for position, row in enumerate(rows):
        row.position = position
        if row.venue is None and row.mode in (None, models.Mode.VENUE, models.Mode.STOP):
            row.venue = place
    return rows


def session_fields(**fields: Any) -> models.Session:
    """A session not saved yet; Wednesdays from noon to two unless told otherwise."""
    plain = {"rrule": "FREQ=WEEKLY;BYDAY=WE", "starts_on": date(2026, 1, 7), "opens": time(12), "closes": time(14)}
    return models.Session(**(plain if not fields.keys() & plain.keys() else {}) | fields)


def session(listing: models.Listing, **fields: Any) -> models.Session:
    """One more session of a saved listing."""
    row = session_fields(**fields)
    with writing():
        listing.sessions.append(row)
    return row


def as_venue(venue: models.Venue | str | None, at: tuple[float, float] | None) -> models.Venue | None:
    if venue is None and at is None:
        return None
    return venue if isinstance(venue, models.Venue) else make_venue(venue or "Village Hall", at=at)


def venue(name: str = "Village Hall", *, at: tuple[float, float] | None = HOLT, **fields: Any) -> models.Venue:
    """A building in Holt unless told otherwise; `at` is latitude, longitude, or None for a place not yet found."""
    latitude, longitude = at or (None, None)
    source = models.PointSource.STATED if at else None
    return saved(models.Venue, name=name, **{"latitude": latitude, "longitude": longitude, "point_source": source} | fields)


def organisation(name: str = "Holt Neighbours", **fields: Any) -> models.Organisation:
    dated = {"created_at": NOW, "modified_at": NOW, "slug": fresh_slug(models.Organisation, name)}
    return saved(models.Organisation, name=name, **dated | fields)


def term(slug: str = "loneliness", *, taxonomy: str = "need", label: str = "", **fields: Any) -> models.Term:
    label = label or slug.replace("-", " ").capitalize()
    return saved(models.Term, slug=slug, taxonomy=models.Taxonomy(taxonomy), label=label, **fields)


def as_term(given: models.Term | str) -> models.Term:
    """The term already there, or a new plain one: "loneliness" is a need, "audience:carers" says its taxonomy."""
    if isinstance(given, models.Term):
        return given
    taxonomy, _, word = given.rpartition(":")
    taxonomy = models.Taxonomy(taxonomy or "need")
    found = db.session.scalar(select(models.Term).where(models.Term.taxonomy == taxonomy, models.Term.slug == word))
    return found or term(word, taxonomy=taxonomy)


def coverage(listing: models.Listing, area_code: str = "NR25", **fields: Any) -> models.Coverage:
    row = models.Coverage(area_code=area_code, **fields)
    with writing():
        listing.coverages.append(row)
        db.session.flush()
        search.note(listing)
    return row


def check(listing: models.Listing, fact: str = "times", **fields: Any) -> models.Check:
    """A fact compared by telephone by a volunteer three weeks before `TODAY`."""
    plain = {"means": models.Means.PHONE, "voice": models.Voice.VOLUNTEER, "checked_on": date(2026, 10, 30)}
    row = models.Check(fact=models.Fact(fact), **plain | fields)
    with writing():
        listing.checks.append(row)
    return row


def account(name: str = "Amina", *, role: str = "editor", **fields: Any) -> models.Account:
    plain = {"email": f"{slug(name)}@example.org", "display_name": name, "created_at": NOW}
    return saved(models.Account, role=models.Role(role), **plain | fields)


make_organisation, make_venue = organisation, venue  # `listing` has arguments of these names
