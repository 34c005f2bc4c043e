"""What may not stand in a note about a gap: whatever points to one person, names included. It errs on the side of asking again.

`seen_in` is stricter than `identifiers.about_a_person`, which leaves names and telephone numbers to listings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from directory.forms.close import close_words
from directory.forms.identifiers import BORN, PHRASES, about_a_person
from directory.forms.numbers import numbers_of_records, without_nhs_numbers


def words_of(text: str, *, by: str = " ") -> frozenset[str]:
    return frozenset(text.split(by))


NAMES = Path(__file__).resolve().parent.parent / "data" / "names" / "first-names.txt"

MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|\bat (?:gmail|hotmail|outlook|yahoo|icloud|btinternet|live)\b", re.IGNORECASE)
# A nought for an O and the other way round are taken for what they stand for. After a space "2nd" ends no postcode.
POSTCODE = re.compile(
    r"\b[A-Z]{1,2}[0-9O][0-9A-Z]?[ .-]{0,2}(?!(?<=\s)(?:1st|2nd|3rd|[04-9]th)\b)[0-9O][ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE
)
LONG_NUMBER = re.compile(r"(?<!\d)(?:\+|\(?0)?\d(?:[ ().-]{0,3}\d){8,14}(?!\d)")
MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    "|dec(?:ember)?"
)
DATE = re.compile(
    r"(?<![\d/.-])(?:(?P<y1>(?:19|20)\d\d)[/.-]\d{1,2}[/.-]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](?P<y2>(?:19|20)?\d\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{MONTHS}),? (?P<y3>(?:19|20)\d\d)"
    rf"|(?:{MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?,? (?P<y4>(?:19|20)\d\d))"
    r"(?![\d/-])",
    re.IGNORECASE,
)
BORN_IN = re.compile(r"\bborn (?:in|on)? ?(?:[a-z]+ )?(?:19|20)\d\d\b", re.IGNORECASE)
LATEST_BIRTH = 2015
MOST_NAMES = 3
TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Mx|Miss|Mister|Missus|Master|Madam)\b\.? ?(?P<name>[A-Z][\w'’-]*|[A-Z]\b)")
TITLE_BEFORE_SMALL = re.compile(r"\b(?:mr|mrs|mister|missus)\b\.? ?[a-z][\w'’-]+", re.IGNORECASE)
NOT_AFTER_MISS = words_of(
    "monday tuesday wednesday thursday friday saturday sunday christmas easter england britain wales scotland"
)
NO_AGE = (
    r"(?! ?(?:%|[a-z]*per ?cent|p\b|miles?|km|min|hours?|people|pounds?|a\.?m|p\.?m|weeks?|months?|days?|members|places"
    r"|\+|or |plus|and (?:over|above|up)|[a-z]+ (?:road|street|lane)))"
)
OLD = re.compile(
    r"\b(?:aged?|is|was|turned|turning|turns|nearly|almost|now|he['’]?s|she['’]?s|they['’]?re|i['’]?m|am|at)"
    r" (?:9\d|1[01]\d)\b"
    rf"{NO_AGE}|\b(?:9\d|1[01]\d)[ -]?(?:years?[ -]old|year[ -]olds?|yrs?[ -]old|y/?o)\b"
    r"|,? \(?(?:9\d|1[01]\d)\)?,(?= (?:who|lives|needs|has|cannot|wants|would))",
    re.IGNORECASE,
)
WAYS = (
    "street|st|road|rd|lane|ln|avenue|ave|close|drive|crescent|cres|terrace|gardens|way|grove|court|mews|square|hill|row|walk|"
    "rise|view|green|parade|place|loke|yard|gate|wharf|croft|drove"
)
HOUSE = re.compile(
    rf"\b\d{{1,4}}[a-z]?,? (?P<between>(?:[a-z'’-]+ ){{1,3}})(?:{WAYS})\b"
    r"|\b(?:flat|apartment|apt) \d{1,4}[a-z]?\b|\broom \d{1,4}[a-z]? (?:at|in) [A-Z]",
    re.IGNORECASE,
)
# Between a number and a street these tell of a bus, a distance or a count.
NO_STREET = words_of(
    "a an and are at back bus buses by down each every for from go has hour hours in is it km mile miles min mins "
    "minute minutes near no not of off on one or out over past people places pm route run services stop that the then "
    "there they times to up via walk was week weeks were when with"
)
WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
AS_CALLED = words_of("st saint saints ss sts queen king prince princess lord our holy the santa san sir dame duke earl")
# What a building, a street, a place or a body is called after the name of a person.
VENUES = words_of(
    "academy almshouse almshouses arcade arms avenue bakery bank barn bay beach bookshop bridge bus café cafe cafè "
    "castle cathedral centre center chapel charity church clinic close club coach coffee college common community "
    "cottage cottages court cove cricket crescent cross cupboard day dock docks drive estate factory farm fc field "
    "fields food football foundation foyer fund garden gardens gate grammar green grove gym hall harbour hill home "
    "homes hospice hospital hostel hotel house hub infirmary infants inn institute island junior kitchen lane lanes "
    "larder league leisure library line lodge manor market mead meadow meadows medical memorial mews mill mission "
    "mosque museum nursery oval pantry parade parish park parks pavilion pier place playground pool practice primary "
    "priory project quarter quay rec recreation retreat ride rise river road room rooms row rugby school schools shed "
    "shop sports sq square stadium station street studio studios surgery swimming table tavern temple terrace theatre "
    "tower town trust united university valley view village villas wal walk ward way wharf wing wood woods yard youth "
    "ii iii iv plc ltd cic uk"
)
JOINING = frozenset({"and", "of", "the", "&", "de"})
# Bodies and shops that are called after somebody.
CALLED_SO = words_of(
    "alan turing, andrew carnegie, christopher robin, edith cavell, elizabeth fry, helen arkell, henry smith, jamie "
    "oliver, joe wicks, john lewis, john muir, joseph rowntree, julian house, laura ashley, leonard cheshire, marie "
    "curie, martin lewis, mary seacole, mary rose, nelson mandela, oliver bonas, percy hedley, peter pan, ronald "
    "mcdonald, rowan williams, samuel johnson, stephen lawrence, sue ryder, terrence higgins, thomas pocklington, "
    "tony blair, william morris, alexander technique, alexandra palace, alexandra rose, robert burns, jack petchey, "
    "philip lawrence",
    by=", ",
)
PEOPLE_BEFORE = words_of(
    "lady man gentleman woman girl boy neighbour friend mum dad wife husband daughter son mother father sister "
    "brother carer uncle aunt auntie nan grandad grandma client patient called named name partner widow widower niece "
    "nephew cousin old young elderly dear poor lad chap bloke resident tenant"
)
TOLD_OF = words_of("for with about from by like take takes help helps tell ask told asked see visit visits and met meet")
AFTER_TOLD = words_of("who and as because to but so after since with is has in at on cannot can't can")
DOES = words_of(
    "is isn't was wasn't has hasn't needs need's wants would wouldn't lives lived cannot can't can couldn't who said "
    "says uses used aged likes liked feels felt asked asks loves lost gets got goes went cares cared struggles finds "
    "found had told came comes walks won't doesn't don't didn't enjoys misses missed tried tries keeps stopped moved "
    "and"
)
TIMES = words_of("april may june august summer autumn winter spring easter christmas")
# Before somebody who is to be reached: "call Pat", "talk to Pat".
REACH = words_of("call phone ring text email message contact ask see visit tell")
REACH_BY = words_of("talk speak chat write listen")
MODALS = words_of("will may said can art son chance chase drew")


def seen_in(text: str) -> str:
    """All in this text that may point to one person, in a sentence that asks for other words; empty when nothing was seen."""
    seen = _numbers_in(text)
    if any(not NO_STREET & set(_folded(found["between"] or "").split()) for found in HOUSE.finditer(text)):
        seen.append("a house number with its street")
    if OLD.search(text):
        seen.append("the age of somebody over 89")
    titled = [found for found in TITLE.finditer(text) if _folded(found["name"]) not in NOT_AFTER_MISS]
    if titled or TITLE_BEFORE_SMALL.search(text):
        seen.append("somebody's surname")
    if names := list(dict.fromkeys(_names_in(text))):
        named = " and ".join(f"“{name}”" for name in names[:MOST_NAMES])
        seen.append(f"a name ({named})" if len(names) == 1 else f"names ({named})")
    seen += [each for each in close_words(text) if each not in seen]
    if not seen and (PHRASES.search(text) or about_a_person(text)):
        seen.append("words about one person")
    if not seen:
        return ""
    told = " and ".join(filter(None, (", ".join(seen[:-1]), seen[-1])))
    return f"We saw what may be {told}. Say it in other words: nothing here may point to one person."


def _numbers_in(text: str) -> list[str]:
    """Numbers and addresses of one person that stand in this text, each as a noun for a sentence."""
    rest, is_nhs = without_nhs_numbers(text)
    seen = ["an NHS number"] if is_nhs else []
    seen += numbers_of_records(text)
    if MAIL.search(text):
        seen.append("an email address")
    if any(map(_has_figure, POSTCODE.finditer(text))):
        seen.append("a full postcode")
    if BORN.search(text) or BORN_IN.search(text) or any(map(_is_long_ago, DATE.finditer(text))):
        seen.append("a date of birth")
    if LONG_NUMBER.search(rest) or (LONG_NUMBER.search(text) and not is_nhs):
        seen.append("a telephone number, or another long number")
    return seen


@cache
def first_names() -> tuple[frozenset[str], frozenset[str]]:
    """Names that are nothing else, and names that are ordinary words or places as well; folded."""
    plain, _, words = NAMES.read_text("utf-8").partition("\n[words]\n")
    told = "\n".join(line for line in plain.splitlines() if not line.startswith("#"))
    return frozenset(told.split()), frozenset(words.split())


def _names_in(text: str) -> Iterator[str]:
    """The words that are somebody's name here."""
    names, words = first_names()
    found = list(WORD.finditer(text))
    tokens = [_stem(each[0]) for each in found]
    folded = [_folded(token) for token in tokens]
    for at, token in enumerate(tokens):
        parts = [folded[at], *folded[at].split("-")]
        is_name, is_word = any(part in names for part in parts), folded[at] in words
        if not (is_name or is_word) or _is_called_so(text, found, folded, at):
            continue
        is_meant = is_name and (token[:1].isupper() or len(folded[at]) > 3)
        if is_meant or (is_word and token[:1].isupper() and _speaks_of_somebody(text, found, tokens, folded, at)):
            yield token


def _is_called_so(text: str, found: Sequence[re.Match[str]], folded: Sequence[str], at: int) -> bool:
    """Whether the name is part of what a place or a body is called: after "St" or "the", before "Hall", or well known."""
    if at and folded[at - 1] in AS_CALLED:
        return True
    if at + 1 < len(found) and f"{folded[at]} {folded[at + 1]}" in CALLED_SO:
        return True
    if at and f"{folded[at - 1]} {folded[at]}" in CALLED_SO:
        return True
    is_capital = found[at][0][:1].isupper()
    for later in range(at + 1, min(at + 5, len(found))):
        between = text[found[later - 1].end() : found[later].start()]
        if between not in (" ", " & ", ". ") and between.strip():
            return False
        word = found[later][0]
        if folded[later] in VENUES and (word[:1].isupper() or later == at + 1):
            return True
        if not (is_capital and (word[:1].isupper() or folded[later] in JOINING)):
            return False
    return False


def _speaks_of_somebody(text: str, found: Sequence[re.Match[str]], tokens: Sequence[str], folded: Sequence[str], at: int) -> bool:
    """Whether the words around an ordinary word make it a name: "a lady called Rose", "Rose needs", "Rose Adeyemi"."""
    before, after = (folded[at - 1] if at else ""), (folded[at + 1] if at + 1 < len(folded) else "")
    gap = text[found[at].end() : found[at + 1].start()] if after else text[found[at].end() :]
    if before in PEOPLE_BEFORE:
        return True
    if folded[at] in TIMES:
        return False
    is_beginning = at == 0 or text[found[at - 1].end() : found[at].start()].strip() in (".", "?", "!", "…")
    if re.match(r"[,(]? ?\(?\d\d\b(?!\d|:|\.)", gap) and not (is_beginning and folded[at] in MODALS):
        return True
    if gap == " " and after in DOES and not (after == "and" and not is_beginning) and not (is_beginning and folded[at] in MODALS):
        return True
    earlier = folded[at - 2] if at > 1 else ""
    if before in REACH or (before in ("to", "with", "for") and earlier in REACH_BY | REACH):
        return True
    if before in TOLD_OF and (not after or gap.strip() or after in AFTER_TOLD):
        return True
    is_surname = gap == " " and tokens[at + 1][:1].isupper() and after not in VENUES | TIMES and len(after) > 1
    return (
        is_surname
        and not (is_beginning and folded[at] in MODALS)
        and not (at and tokens[at - 1][:1].isupper() and not is_beginning)
    )


def _has_figure(found: re.Match[str]) -> bool:
    return any(map(str.isdigit, found[0]))


def _is_long_ago(found: re.Match[str]) -> bool:
    """Whether the year can be one of birth; of two figures, one that is not about now."""
    year = next(each for each in found.group("y1", "y2", "y3", "y4") if each)
    return not 16 <= int(year) <= 39 if len(year) == 2 else int(year) <= LATEST_BIRTH


def _stem(word: str) -> str:
    """A word without its possessive end."""
    return re.sub(r"[’']s?$", "", word)


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'")
