"""Whether a text points to one person: numbers of patients, dates of birth, words of a surgery. Such a text is not kept.

Names do not stop anything: St Mary's is a hall. `names_in` shows whoever decides where one may stand. All of it guards
against a slip, not against somebody who wants to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Ten figures, together or as 943 476 5919; not a part of a longer number, nor a telephone number with its plus or nought.
TEN_FIGURES = re.compile(r"(?<![\d+])(?<![\d][ -])([1-9]\d{2})([ -]?)(\d{3})\2(\d{4})(?!\d)(?![ -]\d)")
BORN = re.compile(
    r"\b(?:date of birth|born on|born|birthday|d\.?\s?o\.?\s?b\.?)(?!\w)[^.\n\d]{0,20}"
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}(?:st|nd|rd|th)? [a-z]{3,9},? \d{2,4}|\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
BARE_DATE = re.compile(r"(?<![\d/.-])\d{1,2}[/.-]\d{1,2}[/.-]((?:19|20)\d{2})(?![\d/.-]\d)")
# A long past day is told of a person, unless something began on it.
BEGAN = re.compile(
    r"\b(?:since|from|until|till|to|in|founded|opened|began|started|established|registered|built|on)\W*$", re.IGNORECASE
)
LATEST_BIRTH = 2015
# Ways to be reached: numbers as people write them, short premium ones, addresses, and names of sites.
NUMBER = re.compile(r"(?<![\d.])(?:\+|00)?\(?\d(?:[ ().\-/]{0,2}\d){8,14}(?!\d)|(?<!\d)118[ -]?\d{3}(?!\d)")
MAIL = re.compile(r"[^\s@,;:<>()]+\s?(?:@|[(\[]at[)\]])\s?[^\s@,;:<>()]+\.\w{2,}", re.IGNORECASE)
SITE = re.compile(r"https?://\S+|\bwww\.\S+|\b[\w-]+\.(?:uk|org|com|net|info|io|me|ly|gl|co|app|site)\b(?:/\S*)?", re.IGNORECASE)
ITS_PLACE = "Write it where the group is reached, so that a second person looks before anybody uses it."
A_NAME = r"[A-Z][a-z]*[’'-]?[A-Z]?[a-z]+(?!\w)"
WHOLE_NAME = rf"{A_NAME}(?: {A_NAME})?"
NAMED = re.compile(
    r"\b(?:(?:[Aa]sk(?:ing)? for|[Ss]peak (?:to|with)|[Tt]alk to|[Rr]ing|[Cc]all|[Cc]ontact|[Tt]ext|[Ee]mail|[Ss]ee|[Pp]hone) "
    rf"(?P<name>(?:(?:Mrs?|Ms|Miss|Dr|Rev)\.? )?{WHOLE_NAME})|(?P<title>(?:Mrs?|Ms|Miss|Rev)\.? {WHOLE_NAME}))"
)
# Words with a large letter that are nobody.
NOBODY = re.compile(
    r"\b(?:the|our|your|an?|us|them|any|facebook|instagram|whatsapp|zoom|google|reception|office|library|hall|church|chapel"
    r"|cent(?:re|er)|club|group|council|surgery|school|house|room|caf[eé]|website|age|mind|citizens"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
PHRASES = re.compile(
    r"\b(?:my|our|this|her|his|their) (?:patient|client|service user)\b(?! (?:base|participation|group|forum|transport))"
    r"|\b(?:patient|client|service user) (?:is )?(?:called|named|known as)\b"
    r"|\b(?:nhs|chi|patient|hospital) (?:number|no\.?|id)\W{0,3}\d",
    re.IGNORECASE,
)


def about_a_person(text: str) -> str:
    """Why this cannot be kept, in a sentence to whoever wrote it; empty when nothing points to one person."""
    if any(is_nhs_number("".join(found.group(1, 3, 4))) for found in TEN_FIGURES.finditer(text)):
        return "This looks like an NHS number. Take it out: nothing here may point to one person."
    if BORN.search(text) or any(_is_birth(text, found) for found in BARE_DATE.finditer(text)):
        return "This looks like a date of birth. Take it out: nothing here may point to one person."
    if found := PHRASES.search(text):
        return f"“{found[0]}” points to one person. Write only about the group and what it does."
    return ""


def names_in(text: str) -> list[str]:
    """What reads like the name of somebody to ask for, as it stands there, in order. It finds too much rather than too little."""
    found = [named["name"] or named["title"] for named in NAMED.finditer(text)]
    return [name for name in dict.fromkeys(found) if not NOBODY.search(name)]


def is_nhs_number(figures: str) -> bool:
    """Whether the tenth figure is the check of the nine before it, modulo 11."""
    total = sum(int(figure) * weight for figure, weight in zip(figures, range(10, 1, -1), strict=False))
    return len(figures) == 10 and (11 - total % 11) % 11 == int(figures[9])


def _is_birth(text: str, found: re.Match[str]) -> bool:
    return int(found[1]) <= LATEST_BIRTH and not BEGAN.search(text[: found.start()])


def new_contact(text: str, *, known: Iterable[str] = ()) -> str:
    """Why a text that goes up at once cannot hold this way to reach somebody, in a sentence; empty when it holds none.

    What stands in one of `known`, texts and numbers that are published already, is not new.
    """
    before = " ".join(known).lower()
    figures = {re.sub(r"\D", "", found[0])[-9:] for found in NUMBER.finditer(before)}
    for found in NUMBER.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        is_dialled = found[0].startswith(("0", "+", "(0", "118")) or (len(digits) == 10 and digits[0] in "127")
        if is_dialled and digits[-9:] not in figures:
            return f"“{found[0].strip()}” looks like a phone number. {ITS_PLACE}"
    for what, pattern in (("an email address", MAIL), ("a web address", SITE)):
        for found in pattern.finditer(text):
            if found[0].lower().rstrip(".,") not in before:
                return f"“{found[0].rstrip('.,')}” looks like {what}. {ITS_PLACE}"
    return ""
