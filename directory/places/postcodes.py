"""The shapes of postcodes in what people type, and which code may have been meant; knows no table and no places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations, product

LONGEST_TEXT = 10_000

# Liberal in form: whatever could ever have been a postcode. The table says which are.
OUTWARD = r"[A-Z]{1,2}[0-9][A-Z0-9]?"
FULL = re.compile(rf"(?:{OUTWARD}|GIR|NPT)[0-9][A-Z]{{2}}")
# Letters that never occur in a live inward part: C I K M O V.
STRICT = re.compile(rf"(?:{OUTWARD}|GIR|NPT)[0-9][ABD-HJLNP-UW-Z]{{2}}")
WITHIN = re.compile(rf"(?<![A-Z0-9])({OUTWARD}|GIR|NPT)[^A-Z0-9]{{0,3}}([0-9][A-Z]{{2}})(?![A-Z0-9])")
OUTCODE = re.compile(OUTWARD)
SPACED_SECTOR = re.compile(rf"[^A-Z0-9]*({OUTWARD})[^A-Z0-9]+([0-9])[A-Z]?[^A-Z0-9]*")
SECTOR_WITHIN = re.compile(rf"(?<![A-Z0-9])({OUTWARD})(?:[^A-Z0-9]{{1,2}}([0-9]))?(?![A-Z0-9])")
# A look ahead, so that "LANE, 0X7" does not use up the first half of "0X7 5AA".
LOOKALIKE = re.compile(r"(?<![A-Z0-9])(?=([A-Z0-9]{2,4})[^A-Z0-9]{0,2}([A-Z0-9]{3})(?![A-Z0-9]))")
UNREAD_WHOLE = re.compile(rf"[^A-Z0-9]*({OUTWARD})([A-Z0-9]{{3}})[^A-Z0-9]*")
NOT_CODE = re.compile(r"[^A-Z0-9]+")

# What a key pressed or a letter read in error may have been, by where it stands.
AS_LETTER = {"0": "O", "1": "IL", "5": "S", "8": "B"}
AS_DIGIT = {"O": "0", "I": "1", "L": "1", "S": "5", "Z": "2", "B": "8", "G": "6"}
# O, I and the others never stand in the inward part, so a nought there is a D or a Q, a one a J or an L.
AS_INWARD_LETTER = {"6": "G", "5": "S", "8": "B", "2": "Z", "0": "DQ", "O": "DQ", "1": "JL", "I": "JL"}
SHAPES = ("A9", "A99", "AA9", "AA99", "A9A", "AA9A")


def tidy(text: str) -> str:
    """Upper case, with full-width letters and odd spaces made plain; cut at ten thousand characters."""
    return unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).upper()[:LONGEST_TEXT]


def compact(text: str) -> str:
    """Only the letters A to Z and the digits of a tidy text."""
    return NOT_CODE.sub("", text)


def spaced(code: str) -> str:
    """ "NR219AB" as it is written: "NR21 9AB"."""
    return f"{code[:-3]} {code[-3:]}"


def spaced_sector(sector: str) -> str:
    """ "OX75" as it is written: "OX7 5"."""
    return f"{sector[:-1]} {sector[-1]}"


def is_full(code: str) -> bool:
    """Whether a compact text may be a full postcode, live or long retired."""
    return len(code) <= 7 and FULL.fullmatch(code) is not None


def is_plausible(code: str) -> bool:
    """Whether a full code uses only the inward letters that are in use."""
    return STRICT.fullmatch(code) is not None


def full_codes(text: str) -> Iterator[str]:
    """Every compact full code of a tidy text, in order; the text as a whole first, however it is spaced."""
    whole = compact(text)
    if is_full(whole):
        yield whole
    for match in WITHIN.finditer(text):
        yield match[1] + match[2]


def partial_codes(text: str) -> Iterator[tuple[str, bool]]:
    """Half codes inside a tidy text as (code, whether a space marks it as a sector), in order."""
    for match in SECTOR_WITHIN.finditer(text):
        yield match[1] + (match[2] or ""), match[2] is not None


def unread_rest(outcode: str, text: str) -> str:
    """ "NR25 OBH", when an outward code in a tidy text is followed by what was meant for an inward part and is none.

    That is three signs that begin with a digit or with a letter often read for one, or any few with a digit among them.
    """
    match = re.search(rf"(?<![A-Z0-9]){outcode}[^A-Z0-9]{{1,2}}([A-Z0-9]{{2,4}})(?![A-Z0-9])", text)
    if match is None:
        return ""
    rest = match[1]
    is_all = not compact(text[: match.start()] + text[match.end() :])
    like_one = any(sign.isdigit() for sign in rest) or (len(rest) == 3 and is_all and rest[0] in AS_DIGIT)
    return f"{outcode} {rest}" if like_one else ""


def unread_whole(text: str) -> tuple[str, str] | None:
    """Outward code and rest of a tidy text that is an unspaced postcode but for signs that no inward part has."""
    match = UNREAD_WHOLE.fullmatch(text) if len(text) < 40 else None
    return (match[1], match[2]) if match else None


def near_misses(text: str) -> Iterator[str]:
    """Compact texts that are as long as a postcode and hold a digit, but are none: the whole, then the last in it."""
    whole = compact(text)
    if 5 <= len(whole) <= 7 and any(sign.isdigit() for sign in whole):
        yield whole
    for match in reversed(list(LOOKALIKE.finditer(text))[-4:]):
        code = match[1] + match[2]
        if code != whole and any(sign.isdigit() for sign in code):
            yield code


def repairs(code: str) -> Iterator[tuple[str, ...]]:
    """What a compact text may have been meant to be: all codes one sign away, then all that are two signs away."""
    outward, inward = code[:-3], code[-3:]
    found: dict[int, set[str]] = {1: set(), 2: set()}
    for shape in SHAPES:
        if len(shape) != len(outward):
            continue
        choices = [_as(kind, sign) for kind, sign in zip(shape, outward, strict=True)]
        choices += [_as("9", inward[0]), _as("a", inward[1]), _as("a", inward[2])]
        # A place that must change has no choice to stay; one that may stay is left as it is.
        wrong = [at for at, (same, _) in enumerate(choices) if not same]
        for count in (1, 2):
            if len(wrong) > count:
                continue
            for places in combinations(range(len(choices)), count):
                if not set(wrong) <= set(places):
                    continue
                for signs in product(*(choices[at][1] for at in places)):
                    repaired = list(code)
                    for at, sign in zip(places, signs, strict=True):
                        repaired[at] = sign
                    found[count].add("".join(repaired))
    for count in (1, 2):
        yield tuple(sorted(found[count]))


def _as(kind: str, sign: str) -> tuple[bool, str]:
    """Whether a sign may stand at a place of this kind as it is, and what else it may have been."""
    if kind == "9":
        return sign.isdigit(), AS_DIGIT.get(sign, "")
    if kind == "A":
        return sign.isalpha(), AS_LETTER.get(sign, "")
    return sign.isalpha() and sign not in "CIKMOV", AS_INWARD_LETTER.get(sign, "")
