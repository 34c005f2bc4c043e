"""The gate of what is kept of a search: needs by their slugs, and words only where nothing in them can point to a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile

from directory.forms.identifiers import about_a_person
from directory.forms.notes import seen_in
from directory.search import Found, Question, Understood, folded_words, has_telling_word

LONGEST, MOST_WORDS, SHORTEST = 60, 4, 3
MOST = 6  # needs and words of one search
TOLD = frozenset({"need", "activity"})
LETTERS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")


def asked_for(question: Question, found: Found) -> list[tuple[str, str]]:
    """What was looked for: (need, "") by the slug of a need or activity, ("", word) for words that nothing understood.

    Each once. What was ticked counts like what was typed.
    """
    return list(dict.fromkeys(_asked_for(question, found)))[:MOST]


def kept_word(typed: str) -> str:
    """The words as search reads them, where they may be kept; empty for what is long, has a figure, or may be a person's."""
    word = folded_words(typed)
    if len(typed) > LONGEST or len(word.split()) > MOST_WORDS or len(word) < SHORTEST or not LETTERS.fullmatch(word):
        return ""
    return word if len(word) <= LONGEST and has_telling_word(word) and not may_tell_of_somebody(typed) else ""


def may_tell_of_somebody(typed: str) -> bool:
    """Whether a figure, a name or anything else in a text may point to one person. Too often rather than too seldom."""
    if any(letter.isdigit() or letter == "@" for letter in typed):
        return True
    return bool(about_a_person(typed) or seen_in(typed) or seen_in(folded_words(typed).title()))


def _asked_for(question: Question, found: Found) -> Iterator[tuple[str, str]]:
    for slug in (*question.need, *question.activity):
        yield slug, ""
    unheard: list[Understood] = []
    for each in (*found.understood, None):
        if each is not None and not each.terms and not each.words:
            unheard.append(each)
            continue
        # A name beside an ordinary word is still somebody's, so the whole question has to be clean.
        if any(not other.concept.light for other in unheard) and not may_tell_of_somebody(question.q):
            yield from (("", word) for word in _phrases(unheard, folded_words(question.q)))
        unheard = []
        if each is not None and (terms := [term.slug for term in each.terms if term.taxonomy in TOLD]):
            yield terms[0], ""  # a need before an activity, because the terms stand in that order


def _phrases(unheard: Iterable[Understood], whole: str) -> Iterator[str]:
    """Words that nothing understood: those that stand side by side in the question as one, if it is short."""
    typed = [each.typed for each in dropwhile(lambda each: each.concept.light, unheard)]
    together = kept_word(" ".join(typed))
    if together and together in whole:
        yield together
    else:
        yield from filter(None, map(kept_word, typed))
