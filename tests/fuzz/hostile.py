"""Addresses that nobody means well with: seeded texts of every bad kind in every box and filter."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

LONGEST_Q, LONGEST_PLACE = 200, 100  # what the gate lets through; more of it is refused with a sentence
BOXES = ("q", "place")
FILTERS = (
    *("day", "time", "cost", "join", "reach", "kind", "need", "activity", "audience", "access", "language"),
    *("age", "checked", "radius", "sort", "view", "page", "per_page", "explain", "said", "last"),
)
PAGES = ("/search", "/api/search", "/search/words", "/search/places")
SQL = (
    *("' OR 1=1 --", "'; DROP TABLE listing; --", '" UNION SELECT * FROM account --', "%' AND (SELECT sleep(9)) AND '%'='"),
    *("\\'; --", "1) OR (1=1", "listing.name LIKE '%_%' ESCAPE '\\'", "$$; SELECT pg_sleep(9); $$", ":q %(q)s ? {0} %s"),
)
REGEX = ("(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*\\1", "[[:alpha:]]{1,99999}", "(?<=a)(?=b)|(?R)", "a{1,1000}{1,1000}")
SIGNS = "*?%_~^+-!()[]{}\\/|&<>=:;,.'\"`@#$“”‘’«»…—"
INVISIBLE = "‎‏‪‫‬‭‮⁦⁧⁨⁩​‌‍﻿­⁠"
EMOJI = "👩‍👩‍👧‍👦🏳️‍🌈👨🏿‍🦽🇬🇧☕️1️⃣❤️‍🔥"
SCRIPTS = "שלוםمرحباসংগঠন你好สวัสดีКлубกลุ่ม가족ἀγορά"
NUMBERS = (
    *("-1", "0", "99999999999999999999999999", "1e308", "nan", "inf", "-inf", "0x7f", "1_000", "٣", "²", "½", "1.5.5", "+1"),
    *("1" * 5_000, " 1 ", "1,000", "𝟙", "auto;", "9" * 20 + ".5", ".5", "5.", "1e-9"),
)
NAMES_OF_PLACES = (
    *("great", "little", "north", "south", "st", "saint", "upper", "nether", "old", "new"),
    *("stoke", "newton", "sutton", "ashton", "holt", "wells"),
)
CODES = ("NR25 6BL", "SW1A 1AA", "AL1", "N", "EC1A 1BB", "OO1 1OO", "GIR 0AA", "BF1 0AA", "ZZ99 9ZZ", "NR2S 6B1")
BROKEN = ("%", "%zz", "%ff%fe", "%c0%af", "%ed%a0%80", "%00", "%f8%88%80%80%80", "%e2%82", "%25%30%30", "%u0041", "+%2")


def texts(draw: random.Random, known: Sequence[str], common: Sequence[str]) -> dict[str, Callable[[], str]]:
    """Makers of hostile texts by their kind; `known` words are in the catalogue, `common` ones in much of it."""

    def some(pool: Sequence[str], count: int, between: str = " ") -> str:
        return between.join(draw.choice(pool) for _ in range(count))

    def misspelt(word: str) -> str:
        place = draw.randrange(len(word))
        other = draw.choice("abcdefghijklmnopqrstuvwxyz")
        return draw.choice([word[:place] + other + word[place + 1 :], word[:place] + word[place + 1 :], word + other])

    def fitted(make: Callable[[], str], longest: int = LONGEST_Q, between: str = " ") -> str:
        """As many as fit into what the gate lets through."""
        text = make()
        while len(longer := text + between + make()) <= longest:
            text = longer
        return text[:longest]

    long_words = [word for word in known if len(word) >= 8]
    return {
        "ten thousand letters": lambda: draw.choice("aé. \"'") * 10_000,
        "a thousand terms": lambda: some(known, 1_000),
        "two-letter terms": lambda: fitted(lambda: some("abcdefghijklmnopqrstuvwxyz", 2, "")),
        "one-letter terms": lambda: fitted(lambda: draw.choice("abcdefghijklmnopqrstuvwxyz0123456789")),
        "common words": lambda: fitted(lambda: draw.choice(common)),
        "rare words": lambda: fitted(lambda: draw.choice(known)),
        "misspelt words": lambda: fitted(lambda: misspelt(draw.choice(known))),
        "misspelt long words": lambda: fitted(lambda: misspelt(misspelt(draw.choice(long_words)))),
        "words of four letters that are none": lambda: fitted(lambda: some("bcdfgaeiou", 4, "")),
        "phrases of common words": lambda: fitted(lambda: f'"{draw.choice(common)} {draw.choice(common)}"'),
        "one phrase of common words": lambda: f'"{some(common, draw.randint(2, 8))}"',
        "a phrase of one word": lambda: fitted(lambda: f'"{draw.choice(common)}"', between=""),
        "quotes without end": lambda: fitted(lambda: draw.choice(['"', "“", "”", "«", "'"]) + draw.choice(common)),
        "quotes alone": lambda: draw.choice('"“”«»') * LONGEST_Q,
        "word parts": lambda: fitted(lambda: draw.choice(common)[:3] + "*", between=draw.choice(["", " ", "-", "'"])),
        "signs": lambda: some(SIGNS, LONGEST_Q, ""),
        "words and signs": lambda: fitted(lambda: draw.choice(known) + draw.choice(SIGNS), between=""),
        "regular expressions": lambda: fitted(lambda: draw.choice(REGEX)),
        "SQL": lambda: fitted(lambda: draw.choice(SQL)),
        "invisible marks": lambda: fitted(lambda: draw.choice(common) + draw.choice(INVISIBLE), between=""),
        "combining marks": lambda: draw.choice(common)[0] + some("̴̧̨̖̀́̂", LONGEST_Q - 1, ""),
        "combining marks by the thousand": lambda: some("̴̧̨̖̀́̂", 5_000, ""),
        "emoji": lambda: some(EMOJI, LONGEST_Q, ""),
        "other scripts": lambda: fitted(lambda: some(SCRIPTS, 6, "")),
        "ligatures": lambda: some("ﬀﬃﷺ㎦Ⅷẞıİǅ𝒜", LONGEST_Q, ""),
        "control characters": lambda: some([chr(code) for code in range(32)] + ["\x7f", "\x85", "\u2028"], LONGEST_Q, ""),
        "numbers": lambda: draw.choice(NUMBERS),
        "many numbers": lambda: fitted(lambda: str(draw.randrange(10**9))),
        "names of places": lambda: fitted(lambda: draw.choice(NAMES_OF_PLACES), LONGEST_PLACE),
        "names parted by commas": lambda: fitted(lambda: draw.choice(NAMES_OF_PLACES), LONGEST_PLACE, ","),
        "misspelt places": lambda: misspelt(misspelt(some(NAMES_OF_PLACES, draw.randint(1, 4)))),
        "in and near": lambda: fitted(lambda: draw.choice(["in", "near", "at", "around", "not", "for", *NAMES_OF_PLACES])),
        "postcodes": lambda: fitted(lambda: draw.choice(CODES), draw.choice([LONGEST_PLACE, LONGEST_Q])),
        "nearly postcodes": lambda: some("0123456789OISABNREC ", draw.randint(2, LONGEST_PLACE), ""),
        "coordinates": lambda: f"{draw.uniform(-99, 99)}, {draw.choice([draw.uniform(-9, 9), '1e400', 'nan', '-0.0'])}",
        "wishes": lambda: fitted(
            lambda: draw.choice(["not", "free", "for over 50s", "aged 7", "women", "tomorrow", "no", "mornings"])
        ),
    }


def addresses(seed: int, count: int, known: Sequence[str], common: Sequence[str], place: str) -> Iterator[tuple[str, str]]:
    """(which kind, an address): in turn every kind of text in every box, and whatever else an address can hold."""
    draw = random.Random(seed)
    makers = texts(draw, known, common)
    for number in range(count):
        kind = list(makers)[number % len(makers)]
        text, page = makers[kind](), draw.choice(PAGES)
        where = draw.random()
        if where < 0.55:
            yield kind, address(page, q=text, place=place, radius=draw.choice(["", "auto", "3", "40", "100"]))
        elif where < 0.65:
            yield kind, address(page, q=text)
        elif where < 0.80:
            yield kind, address(page, place=text, q=draw.choice(["", draw.choice(common)]))
        elif where < 0.90:
            yield kind, address(page, place=place, **{draw.choice(FILTERS): draw.choice([text, draw.choice(NUMBERS)])})
        elif where < 0.95:
            name = draw.choice((*BOXES, *FILTERS))
            parts = [f"{name}={quote(draw.choice([text[:20], 'free', '1', 'tue']), errors='replace')}" for _ in range(500)]
            yield f"{kind}, repeated", f"{page}?place={quote(place)}&" + "&".join(parts)
        else:
            name = draw.choice((*BOXES, *FILTERS))
            yield "broken encoding", f"{page}?place={quote(place)}&{name}=" + "".join(draw.choice(BROKEN) for _ in range(9))


def address(path: str, /, **parameters: str) -> str:
    told = "&".join(f"{name}={quote(value, safe='', errors='surrogatepass')}" for name, value in parameters.items())
    return f"{path}?{told}"
