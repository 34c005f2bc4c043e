"""The gate of a search: what the address bar, the form and `/api/search` may ask. Mistakes are named, the rest is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from typing import Any

from werkzeug.datastructures import MultiDict

from directory import places
from directory.errors import Refused, Unavailable, UnknownPlace
from directory.models import Cost, Join, Kind, Taxonomy
from directory.places import Place
from directory.search import Question

LONGEST_Q = 200
LONGEST_NAME = 4  # words
LONGEST_SAID = 61  # letters of a place after "in"
MOST_BEFORE = 4  # words like "in" that are tried
BEFORE_PLACE = re.compile(r"\b(?:in|near|around|at)\s+(?=\S)", re.IGNORECASE)
# Towns that are more often the other word: "reading group" and "lunch in March" are no search in a town.
OTHER_WORDS = frozenset(
    "ash bath battle beer chard deal hope march reading rugby rye sandwich settle street".split()  # noqa: SIM905 -- reads better
)
LONGEST_PLACE = 100
LAST_PAGE = 10_000
SMALLEST_MI, LARGEST_MI = 0.1, 100.0
MOST_VALUES = 20

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIMES = ("morning", "afternoon", "evening")
REACHES = ("near", "home", "stop", "wire")
SORTS = ("best", "nearest", "checked", "name")
VIEWS = ("list", "map")
NO_PLACE = "Say where to look: a postcode, a village or a town."
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

CHOICES: dict[str, tuple[str, ...]] = {
    "day": DAYS,
    "time": TIMES,
    "cost": tuple(Cost),
    "join": (Join.SELF.value, Join.PROFESSIONAL.value),
    "reach": REACHES,
    "kind": tuple(Kind),
}
SLUGS = ("need", "activity", "audience", "access", "language")
FILTERS = ("reach", "time", "day", "cost", "access", "join", "kind", "need", "activity", "audience", "language")
PLAIN = ("age", "checked")


class SearchForm:
    """One search as it was asked for. It carries no token, so a public page sets no cookie.

    After `validate()`, `errors` maps a parameter to a sentence. Whatever was well formed stays in `chosen`, `q`, `place`
    and the rest, so that the page can show it again; what was not is left out of the question.
    """

    def __init__(self, args: MultiDict[str, str], *, per_page_from_request: bool = False, last_place: str = "") -> None:
        """`last_place` is what was asked for on the page before, as it was typed."""
        self._args = args
        self._last_place = last_place
        self._per_page_from_request = per_page_from_request
        self.errors: dict[str, str] = {}
        self.place = tidied(args.get("place", ""))
        self.q = tidied(args.get("q", ""))
        self.chosen: dict[str, tuple[str, ...]] = dict.fromkeys(FILTERS, ())
        self.radius_mi: float | None = None
        self.age: int | None = None
        self.checked = ""
        self.sort = "best"
        self.page = 1
        self.per_page = 20
        self.view = "list"
        self.place_was_in_words = False
        self.explain = False  # set by a door that knows who asks

    def validate(self, *, needs_place: bool = False, terms: Container[tuple[Taxonomy, str]] | None = None) -> bool:
        """Read every parameter; true when none was malformed. An empty one counts as not given.

        With `terms`, the vocabulary, a slug that is not among them is a mistake too.
        """
        self._read_words()
        if not self.place and not self.errors:
            self._find_place_in_words()
        if needs_place and not self.place:
            self.errors.setdefault("place", NO_PLACE)
        for name, allowed in CHOICES.items():
            self.chosen[name] = self._several(name, lambda value, allowed=allowed: value in allowed)
        for name in SLUGS:
            self.chosen[name] = self._several(name, lambda value, name=name: is_slug(value) and is_term(name, value, terms))
        self.radius_mi = self._one("radius", radius, "miles, from 0.1 to 100, or auto", None)
        self.age = self._one("age", lambda text: whole(text, 0, 120), "an age in years, from 0 to 120", None)
        self.checked = self._one("checked", months, "a number of months, from 1 to 120, or any", "")
        self.sort = self._one("sort", lambda text: one_of(text, SORTS), "best, nearest, checked or name", "best")
        self.view = self._one("view", lambda text: one_of(text, VIEWS), "list or map", "list")
        self.page = self._one("page", lambda text: whole(text, 1, LAST_PAGE), f"a page, from 1 to {LAST_PAGE:,}", 1)
        if self._per_page_from_request:
            self.per_page = self._one("per_page", lambda text: whole(text, 1, 100), "a number from 1 to 100", 20)
        return not self.errors

    def question(self) -> Question:
        """What was asked, with its place found. Raises UnknownPlace with suggestions, Refused when there is no place."""
        if not self.place:
            raise Refused(NO_PLACE, field="place")
        return Question(
            place=self.found_place(),
            q=self.q,
            radius_mi=self.radius_mi,
            age=self.age,
            checked=self.checked,
            sort=self.sort,
            page=self.page,
            per_page=self.per_page,
            explain=self.explain,
            **self.chosen,
        )

    def found_place(self) -> Place:
        """The place on the map. Raises UnknownPlace with suggestions: of one name, nearest to the last place first."""
        try:
            return places.locate(self.place, ask=not self.place_was_in_words)
        except UnknownPlace as unknown:
            if len(unknown.suggestions) > 1 and (last := self._last_point()):
                return places.locate(self.place, last=last, ask=False)
            raise

    def _last_point(self) -> tuple[float, float] | None:
        with suppress(UnknownPlace, Unavailable):
            last = places.locate(tidied(self._last_place)[:LONGEST_PLACE], loosely=False, ask=False)
            return last.latitude, last.longitude
        return None

    def parameters(self, **changed: Any) -> dict[str, Any]:
        """This search as an address, for links; `changed` parameters win, and None or () takes one out.

        The page always starts again from 1, because another search has other pages.
        """
        given: dict[str, Any] = {"place": self.place, "q": self.q, **{name: self.chosen[name] for name in FILTERS}}
        given |= {
            "age": self.age,
            "checked": self.checked,
            "radius": in_miles(self.radius_mi) if self.radius_mi else None,
            "sort": self.sort if self.sort != "best" else None,
            "view": self.view if self.view != "list" else None,
            "explain": "1" if self.explain else None,
        }
        return {name: listed(value) for name, value in (given | changed).items() if value not in (None, "", ())}

    def in_use(self) -> list[tuple[str, str]]:
        """Every filter in use as (parameter, value), in the order of the panel."""
        pairs = [(name, value) for name in FILTERS for value in self.chosen[name]]
        if self.age is not None:
            pairs.append(("age", str(self.age)))
        if self.checked:
            pairs.append(("checked", self.checked))
        return pairs

    def without(self, name: str, value: str, **changed: Any) -> dict[str, Any]:
        """The same search less one value of one filter; `changed` as in `parameters`."""
        left = None if name in PLAIN else tuple(other for other in self.chosen[name] if other != value)
        return self.parameters(**{name: left} | changed)

    def without_mistakes(self) -> dict[str, Any]:
        """The same search less every parameter that could not be read."""
        return self.parameters(**dict.fromkeys(self.errors))

    def rest_of(self) -> dict[str, Any]:
        """What a listing's address carries, so that one can go back to the list: all but how the list was looked at."""
        return self.parameters(view=None, explain=None)

    def _read_words(self) -> None:
        if len(self.q) > LONGEST_Q:
            self.errors["q"] = f"Use {LONGEST_Q} letters or fewer to say what you look for. You wrote {len(self.q):,}."
        if len(self.place) > LONGEST_PLACE:
            self.errors["place"] = "Give a postcode, or the name of a village or town. What you wrote is too long for that."

    def _find_place_in_words(self) -> None:
        """“gardening in Holt” without a place is a search for gardening, in Holt, if Holt is a place we know.

        So is “Holt gardening” and “gardening Holt”: the longest end of the words that is the name of one place.
        """
        for before in list(BEFORE_PLACE.finditer(self.q))[: -MOST_BEFORE - 1 : -1]:  # the last first: "in the morning in Holt"
            place, rest = self.q[before.end() :], self.q[: before.start()]
            if 2 <= len(place) <= LONGEST_SAID and place.lower() not in OTHER_WORDS:
                with suppress(UnknownPlace, Unavailable):
                    # These words may tell of somebody's life: they never leave this computer.
                    places.locate(place, loosely=False, ask=False)
                    self._take_place(place, rest=rest)
                    return
        code = places.find_postcode(self.q)
        if code:
            self._take_place(code, rest=re.sub(r"\s*".join(code.replace(" ", "")), " ", self.q, flags=re.IGNORECASE))
            return
        typed = self.q.split()
        for length in range(min(LONGEST_NAME, len(typed)), 0, -1):
            for name, rest in ((typed[-length:], typed[:-length]), (typed[:length], typed[length:])):
                with suppress(Unavailable):
                    if " ".join(name).lower() not in OTHER_WORDS and places.named(" ".join(name)) is not None:
                        self._take_place(" ".join(name), rest=" ".join(rest))
                        return

    def _take_place(self, place: str, *, rest: str) -> None:
        self.q, self.place, self.place_was_in_words = " ".join(rest.split()), place, True

    def _several(self, name: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
        """The values of one filter that fit, each once, as typed; one that does not is a mistake of that filter."""
        given = [value for value in dict.fromkeys(part.strip() for part in self._args.getlist(name)) if value]
        wrong = [value for value in given if not fits(value)]
        if wrong or len(given) > MOST_VALUES:
            self.errors[name] = (
                f"We do not know “{shortened(wrong[0])}” as a choice of {name}." if wrong else f"Too many choices of {name}."
            )
        return tuple(value for value in given if value not in wrong)[:MOST_VALUES]

    def _one(self, name: str, read: Callable[[str], Any], wanted: str, otherwise: Any) -> Any:
        text = self._args.get(name, "").strip()
        if not text:
            return otherwise
        try:
            return read(text)
        except ValueError:
            self.errors[name] = f"“{shortened(text)}” will not do for {name.replace('_', ' ')}. Give {wanted}."
            return otherwise


def tidied(text: str) -> str:
    """Single spaces, and nothing that cannot be printed: NUL and other control characters go."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def is_slug(text: str) -> bool:
    return len(text) <= 60 and bool(SLUG.fullmatch(text))


def is_term(name: str, slug: str, terms: Container[tuple[Taxonomy, str]] | None) -> bool:
    return terms is None or (Taxonomy(name), slug) in terms


def shortened(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"


def in_miles(radius_mi: float) -> str:
    """A radius as an address spells it: "5", "0.25"."""
    return f"{radius_mi:g}"


def listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def one_of(text: str, allowed: Iterable[str]) -> str:
    if text not in allowed:
        raise ValueError(text)
    return text


def whole(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise ValueError(text)
    return int(text)


def radius(text: str) -> float | None:
    """Miles; None for `auto`. The pattern keeps out nan, inf and exponents."""
    if text == "auto":
        return None
    if not re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,3})?", text) or not SMALLEST_MI <= float(text) <= LARGEST_MI:
        raise ValueError(text)
    return float(text)


def months(text: str) -> str:
    return text if text == "any" else str(whole(text, 1, 120))
