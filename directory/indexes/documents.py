"""What one listing contributes to the text index: its analysed terms by field, and how much each one weighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from directory.indexes.analysis import joined, stems
from directory.models import Listing, Status, Taxonomy, Term, Venue

FIELDS = ("name", "terms", "organisation", "summary", "description", "place")

# BM25F (Robertson and Zaragoza 2009). A field's usual length, in terms, is fixed rather than measured, so that what a
# listing's term weighs depends on that listing alone and postings once read stay true.
FIELD_WEIGHTS = {"name": 4.0, "terms": 3.0, "organisation": 2.0, "summary": 2.0, "description": 1.0, "place": 1.0}
USUAL_LENGTHS = {"name": 4, "terms": 14, "organisation": 4, "summary": 14, "description": 50, "place": 8}
LENGTH_MATTERS = {"name": 0.4, "terms": 0.2, "organisation": 0.4, "summary": 0.6, "description": 0.75, "place": 0.4}
SATURATION = 1.6
STEPS = 1_023  # of a weight from 0 to 1: every engine keeps them exactly, whatever it keeps them in

LABELLED = (Taxonomy.NEED, Taxonomy.ACTIVITY, Taxonomy.AUDIENCE)


@dataclass(frozen=True)
class Document:
    """The columns of one `SearchDocument`: each field's terms parted by spaces, one space at both ends."""

    name: str = ""
    terms: str = ""
    organisation: str = ""
    summary: str = ""
    description: str = ""
    place: str = ""


@dataclass(frozen=True)
class Note:
    """One changed listing as search has to hear of it; `document` is None for one that is not published."""

    listing_id: int
    version: int
    document: Document | None


def document_from(
    *,
    kind: str,
    name: str,
    alternate_name: str = "",
    organisation: str = "",
    summary: str = "",
    description: Iterable[str] = (),
    terms: Iterable[tuple[str, str, str]] = (),
    places: Iterable[str] = (),
    confidential: bool = False,
) -> Document:
    """The terms of a listing from plain values, for doors that have no rows at hand.

    `description` takes every longer text (description, eligibility, first visit, times in words). `terms` are
    (taxonomy, slug, label). `places` are names, streets, towns and postcodes of venues: left out when confidential.
    """
    tokens = [f"kind:{kind}"]
    labels: list[str] = []
    for taxonomy, slug, label in terms:
        tokens.append(f"{taxonomy}:{slug}")
        if taxonomy in LABELLED:
            labels.extend(stems(label))
    return Document(
        name=joined(stems(f"{name} {alternate_name}")),
        terms=joined([*labels, *tokens]),
        organisation=joined(stems(organisation)),
        summary=joined(stems(summary)),
        description=joined(stems(" ".join(description))),
        place="" if confidential else joined(stems(" ".join(places))),
    )


def venue_words(venue: Venue) -> str:
    """The words by which a venue may be found; the postcode is there whole and in its two halves."""
    postcode = f"{venue.postal_code} {venue.postal_code.replace(' ', '')}"
    return " ".join((venue.name, venue.address_1, venue.address_2, venue.city, venue.state_province, postcode))


def document_of(listing: Listing) -> Document:
    """The terms of a saved or new listing. Reads its organisation, sessions, venues and terms: queries unless loaded."""
    venues = {id(session.venue): session.venue for session in listing.sessions if session.venue is not None}
    return document_from(
        kind=listing.kind or "",
        name=listing.name,
        alternate_name=listing.alternate_name or "",
        organisation=f"{listing.organisation.name} {listing.organisation.alternate_name or ''}" if listing.organisation else "",
        summary=listing.summary or "",
        description=(
            listing.description or "",
            listing.eligibility_description or "",
            listing.first_visit or "",
            listing.schedule_note or "",
            *(session.description or "" for session in listing.sessions),
        ),
        terms=[(term.taxonomy, term.slug, term.label) for term in with_parents(listing.terms)],
        places=[venue_words(venue) for venue in venues.values()],
        confidential=bool(listing.confidential_location),
    )


def with_parents(terms: Iterable[Term]) -> list[Term]:
    """The terms and those above them, each once: a listing about debt is also one about money."""
    found: dict[int, Term] = {}
    for term in terms:
        step: Term | None = term
        while step is not None and id(step) not in found:
            found[id(step)] = step
            step = step.parent
    return list(found.values())


def note_of(listing: Listing) -> Note:
    """What search has to hear of this listing as it is now. It must have an id and its new version: flush first."""
    return Note(listing.id, listing.version, document_of(listing) if listing.status is Status.PUBLISHED else None)


def weigh(document: Mapping[str, str]) -> dict[str, float]:
    """Each term's weight in one document, by field name to terms: BM25F without the rarity of the term, 0 to 1.

    The same on every engine, because it depends on this document alone.
    """
    totals: dict[str, float] = {}
    for field in FIELDS:
        terms = document[field].split()
        if not terms:
            continue
        share = LENGTH_MATTERS[field]
        worth = FIELD_WEIGHTS[field] / (1.0 - share + share * len(terms) / USUAL_LENGTHS[field])
        for term in terms:
            totals[term] = totals.get(term, 0.0) + worth
    return {term: max(1, round(STEPS * total / (total + SATURATION))) / STEPS for term, total in totals.items()}
