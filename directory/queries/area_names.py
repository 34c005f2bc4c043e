"""What an area of gaps is called: one name for an outward code, the same on every page, in every list and in every letter."""

from __future__ import annotations

from directory import places
from directory.errors import Unavailable


def called(code: str, otherwise: str = "") -> str:
    """“NR25, Holt”: the code with the largest place in it; `otherwise` is a name that was kept, where no place is listed.

    What is no outward code, as a ward is none, is called as it was kept.
    """
    try:
        name = places.town_of(code) or otherwise
    except Unavailable:
        name = otherwise
    return f"{code}, {name}" if code and name and name != code and code not in name else name or code
