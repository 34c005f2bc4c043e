"""A place name as data: its kind, and what two spellings of it share; knows no table."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Best first. `n` is a name that only the catalogue knows.
KINDS = ("c", "t", "v", "n", "h", "a", "o")
KIND_WORDS = {
    "city": "c",
    "town": "t",
    "village": "v",
    "hamlet": "h",
    "suburban area": "a",
    "suburb": "a",
    "other settlement": "o",
}
# What people leave out of a name or put in another way; "Wells next Sea", "Stoke on Trent".
FILLERS = {"the", "next", "nr", "near", "on", "upon", "in", "by", "under", "super", "le", "and", "cum", "with"}
SHORT_FORMS = {"gt": "great", "grt": "great", "lt": "little", "ltl": "little", "nth": "north", "sth": "south", "mkt": "market"}
# Words that many names begin with, and that say nothing alone.
QUALIFIERS = {
    "great", "little", "north", "south", "east", "west", "upper", "lower", "nether", "over", "high", "low", "old", "new", "st",
}  # fmt: skip


@dataclass(frozen=True)
class Name:
    """One place by one of its names; latitude and longitude in WGS84 degrees."""

    name: str
    district: str
    county: str
    kind: str
    latitude: float
    longitude: float


def fold(text: str) -> str:
    """A name as words without accents, apostrophes or hyphens, and with St for Saint: what two spellings share."""
    letters = unicodedata.normalize("NFKD", text).replace("’", "'").replace("ß", "ss")
    plain = letters.encode("ascii", "ignore").decode().lower().replace("'", "").replace("&", " and ")
    words = re.findall(r"[a-z0-9]+", plain)
    return " ".join("st" if word == "saint" else word for word in words)


def key_of(text: str) -> str:
    """The folded name without spaces, so that "Bishop's Castle" and "bishopscastle" are one."""
    return fold(text).replace(" ", "")


def core(text: str) -> tuple[str, ...]:
    """The folded words that make a name: short forms written out, fillers left out unless there is nothing else."""
    words = [SHORT_FORMS.get(word, word) for word in fold(text).split()]
    return tuple(word for word in words if word not in FILLERS) or tuple(words)
