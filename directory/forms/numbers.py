"""Numbers of one person, however they are written: with words between, in words, with letters for figures, out of a record."""

from __future__ import annotations

import re

from directory.forms.identifiers import is_nhs_number

FIGURES = {
    word: str(figure)
    for figure, words in enumerate(
        ("zero nought oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    )
    for word in words.split()
}
TIMES = {"double": 2, "treble": 3, "triple": 3}
IN_WORDS = re.compile(rf"\b(?:(?P<times>{'|'.join(TIMES)})[\s-]+)?(?P<figure>{'|'.join(FIGURES)}|\d(?!\d))\b", re.IGNORECASE)
# "o7700 9oo123": letters that stand for figures, beside figures.
LOOKALIKE = re.compile(r"\b[\doOlI]*\d[\doOlI]*\b")
ALIKE = str.maketrans("oOlI", "0011")
# Figures that are times, prices or dates, and so no part of a number.
NO_PART = re.compile(
    r"£ ?\d+(?:\.\d\d)?|\b\d{1,2}[.:]\d\d\b(?![.:]\d)(?! ?\d{3})(?= ?(?:[ap]\.?m|to|until|till|and|or|,|\.|;|$|-|–))",
    re.IGNORECASE,
)
GROUP = re.compile(r"\d+")
BETWEEN = re.compile(
    r"[\s,.;:/()_|+–—-]{0,6}(?:(?:and|then|dash|hyphen|space|comma|dot|next|followed by|finally|after that)[\s,.;:/–—-]{1,4})?",
    re.IGNORECASE,
)
NHS = 10  # figures
INSURANCE = re.compile(r"\b[A-Z]{2}[ .-]{0,2}\d\d[ .-]{0,2}\d\d[ .-]{0,2}\d\d[ .-]{0,2}[A-D]\b", re.IGNORECASE)
RECORD = re.compile(
    r"\b(?:emis|systm ?one|rio|mosaic|mrn|chi|nhs|pas|hospital|patient|client|customer|resident|tenant|case|file|record|referral"
    r"|ref(?:erence)?|id|nino)\b(?:[ .:]{1,2}(?:no|nr|num|number|id|ref|code|is)\b)*[\s.:#/-]{0,3}"
    r"(?!(?:19|20)\d\d\b)(?:[A-Z]{0,3}[-/]?)\d{4,}\b",
    re.IGNORECASE,
)


def as_figures(text: str) -> str:
    """The text with figures for figures in words, and for letters that stand for them: "double oh, 9oo" is "00, 900"."""

    def figures(found: re.Match[str]) -> str:
        word = found["figure"].casefold()
        return FIGURES.get(word, word) * TIMES.get((found["times"] or "").casefold(), 1)

    alike = LOOKALIKE.sub(lambda found: found[0].translate(ALIKE) if _is_number(found[0]) else found[0], text)
    return IN_WORDS.sub(figures, alike)


def without_nhs_numbers(text: str) -> tuple[str, bool]:
    """The text, as `as_figures` makes it, with NHS numbers taken out, and whether there was one. Words may stand between."""
    rest = NO_PART.sub(lambda found: " – " if "£" in found[0] else " : ", as_figures(text))
    is_there = False
    while spans := _nhs_number(rest):
        is_there = True
        for start, end in reversed(spans):
            rest = f"{rest[:start]}#{rest[end:]}"
    return rest, is_there


def numbers_of_records(text: str) -> list[str]:
    """Which numbers out of somebody's papers stand here, each as a noun for a sentence."""
    seen = ["a National Insurance number"] if INSURANCE.search(text) else []
    return [*seen, "a number out of somebody's record"] if RECORD.search(text) else seen


def _nhs_number(text: str) -> list[tuple[int, int]]:
    """Where the groups of figures stand that make the first NHS number; empty where none does."""
    groups = list(GROUP.finditer(text))
    for first in range(len(groups)):
        whole = ""
        for last in range(first, min(first + NHS, len(groups))):
            if last > first and not BETWEEN.fullmatch(text[groups[last - 1].end() : groups[last].start()]):
                break
            whole += groups[last][0]
            if len(whole) >= NHS:
                if len(whole) == NHS and whole[0] != "0" and is_nhs_number(whole):
                    return [each.span() for each in groups[first : last + 1]]
                break
    return []


def _is_number(piece: str) -> bool:
    return sum(map(str.isdigit, piece)) >= 2
