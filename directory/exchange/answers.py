"""The JSON shape of `/api/search`: one answer of search as contract.md promises it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from directory.models import Listing, Taxonomy, Venue
from directory.models.words import stamp

if TYPE_CHECKING:
    from directory.queries.listings import Answer, Result
    from directory.search import Explained, Understood


def answer_of(answer: Answer, *, address: Callable[[str], str], place_was_in_words: bool = False) -> dict[str, Any]:
    """The whole answer as plain JSON values. `address` turns a listing's slug into the page's full address."""
    question, found = answer.question, answer.found
    place = question.place
    return {
        "understood": {
            "place": {
                "label": place.label,
                "precision": place.precision,
                "lat": round(place.latitude, 5),
                "lon": round(place.longitude, 5),
                "note": place.note,
                "from_words": place_was_in_words,
            },
            "q": question.q,
            "corrected_q": found.corrected_q,
            "nearly": found.nearly,
            "concepts": [concept_of(each) for each in found.understood],
        },
        "radius_mi": found.radius_mi,
        "widened": found.widened,
        "total": found.total,
        "page": question.page,
        "per_page": question.per_page,
        "results": [result_of(result, address=address) for result in answer.results],
        "less_certain": {
            "total": found.less_total,
            "why": found.less_why,
            "results": [result_of(result, address=address) for result in answer.less],
        },
        "left_out": found.left_out,
        "facets": dict(found.facets),
        "suggestion": found.suggestion,
    }


def result_of(result: Result, *, address: Callable[[str], str]) -> dict[str, Any]:
    """One row. A venue that must stay secret leaves no trace: no name, no postcode, no point, no distance."""
    listing = result.listing
    distance_mi = None if listing.confidential_location else result.distance_mi
    return result.once(lasting, result.venue) | {
        "url": address(listing.slug),
        "reason": {"code": result.reason, "text": result.reason_text},
        "distance_mi": None if distance_mi is None else round(distance_mi, 1),
        "next_session": stamp(result.next_on) if result.next_on else None,
        **({"explain": explanation_of(result.explained)} if result.explained else {}),
    }


def concept_of(understood: Understood) -> dict[str, Any]:
    """One thing wanted: the words typed for it, the terms of the vocabulary it stands for, other words that were taught."""
    return {
        "typed": understood.typed,
        "terms": [{"taxonomy": term.taxonomy, "slug": term.slug, "label": term.label} for term in understood.terms],
        "words": list(understood.words),
    }


def explanation_of(explained: Explained) -> dict[str, Any]:
    """The figures behind one row; only a curator who asks is shown them."""
    return {
        "step": explained.step,
        "text": round(explained.text, 4),
        "closeness": round(explained.closeness, 4),
        "freshness": round(explained.freshness, 4),
        "room": round(explained.room, 4),
        "score": round(explained.score, 4),
        "held": [{"typed": each.typed, "weight": round(each.weight, 4)} for each in explained.held],
    }


def lasting(listing: Listing, venue: Venue | None) -> dict[str, Any]:
    """What a row says whatever was asked. It may be kept, so it is never changed."""
    if listing.confidential_location:
        venue = None
    return {
        "id": str(listing.uid),
        "slug": listing.slug,
        "name": listing.name,
        "organisation": listing.organisation.name if listing.organisation else None,
        "kind": listing.kind.value,
        "summary": listing.summary,
        "venue": venue.name or None if venue else None,
        "postcode": venue.postal_code or None if venue else None,
        "lat": venue.latitude if venue else None,
        "lon": venue.longitude if venue else None,
        "needs": [term.slug for term in listing.terms_of(Taxonomy.NEED)],
        "cost": listing.cost.value if listing.cost else None,
        "checked_on": listing.checked_on.isoformat() if listing.checked_on else None,
        "checked_how": listing.checked_means.value if listing.checked_means else None,
    }
