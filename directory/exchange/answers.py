"""The JSON shape of `/api/search`: one answer of search as contract.md promises it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from json import JSONEncoder
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any

from directory.models import Taxonomy
from directory.models.words import stamp

if TYPE_CHECKING:
    from directory.queries.kept_listings import Row
    from directory.queries.listings import Answer, Result
    from directory.search import Explained, Understood

encoded = JSONEncoder(separators=(",", ":")).encode


def text_of(answer: Answer, *, address: Callable[[str], str], today: date, place_was_in_words: bool = False) -> str:
    """The whole answer as JSON. `address` turns a listing's slug into the page's full address.

    Nine tenths of it are what rows say whatever was asked, so those texts are kept and only put together here.
    """
    question, found = answer.question, answer.found
    place = question.place
    head = {
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
    }
    less = {"total": found.less_total, "why": found.less_why}
    tail = {"left_out": found.left_out, "facets": dict(found.facets), "suggestion": found.suggestion}
    results, less_certain = (
        ",".join([text_of_result(result, address=address, today=today) for result in each])
        for each in (answer.results, answer.less)
    )
    return (
        f'{encoded(head)[:-1]},"results":[{results}],'
        f'"less_certain":{encoded(less)[:-1]},"results":[{less_certain}]}},{encoded(tail)[1:]}'
    )


def text_of_result(result: Result, *, address: Callable[[str], str], today: date) -> str:
    """One row. A venue that must stay secret leaves no trace: no name, no postcode, no point, no distance."""
    listing, far = result.listing, result.distance_mi
    distance_mi = "null" if far is None or listing.confidential_location else repr(round(far, 1))
    explained = f',"explain":{encoded(explanation_of(result.explained))}' if result.explained else ""
    return (
        f'{result.once(lasting, today)},"url":{quoted(address(listing.slug))},"distance_mi":{distance_mi},'
        f'"reason":{{"code":"{result.reason}","text":{quoted(result.reason_text)}}}{explained}}}'
    )


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


def lasting(row: Row) -> str:
    """What a row says whatever was asked: the beginning of a JSON object, its end left open."""
    listing, venue = row.listing, None if row.listing.confidential_location else row.venue
    told = {
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
        "next_session": stamp(row.next_on) if row.next_on else None,
        "checked_on": listing.checked_on.isoformat() if listing.checked_on else None,
        "checked_how": listing.checked_means.value if listing.checked_on and listing.checked_means else None,
    }
    return encoded(told)[:-1]
