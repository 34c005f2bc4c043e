"""Which passwords nobody may choose: too short, too long, one's own name, or what everybody guesses first. Reads one file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

SHORTEST, LONGEST = 8, 64
COMMON = Path(__file__).parents[1] / "data" / "passwords" / "common.txt"
LOOK_LIKE = str.maketrans("0134578@$!", "oieastbasi")
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "1qaz2wsx3edc4rfv5tgb", "1q2w3e4r5t6y7u8i9o0p")


@cache
def common() -> frozenset[str]:
    """The words that stand for what is guessed first."""
    lines = COMMON.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def complaint(password: str, *, names: Iterable[str] = ()) -> str:
    """What is wrong with it, as a sentence; empty when it will do. `names` are the person's own name and address."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"Use {SHORTEST} to {LONGEST} letters, figures or signs. Three words that do not belong together are good."
    folded = password.strip().casefold()
    own = {part for name in names for part in (name.casefold(), name.casefold().partition("@")[0]) if part}
    if folded in own or without_tail(folded) in own:
        return "That is your own name or address. Choose something that nobody would guess."
    if is_common(folded):
        return "Many people use that one, so it is guessed first. Three words that do not belong together are better."
    return ""


def is_common(password: str) -> bool:
    """Whether it is one of the common ones, or one of them with figures and signs added or put for letters."""
    folded = password.casefold()
    stem = without_tail(folded)
    spelt = {folded, stem, folded.translate(LOOK_LIKE), stem.translate(LOOK_LIKE), without_tail(folded.translate(LOOK_LIKE))}
    spelt |= {half for half in (folded[: len(folded) // 2],) if half * 2 == folded}
    return bool(spelt & common()) or is_a_run(folded) or (stem != folded and is_a_run(stem)) or not stem


def without_tail(text: str) -> str:
    """The text without the figures and signs at its end."""
    return text.rstrip("".join({sign for sign in text if not sign.isalpha()}))


def is_a_run(text: str) -> bool:
    """Whether it is one or two signs over and over, a row of the keyboard, or letters or figures in their order."""
    if len(set(text)) <= 2:
        return True
    if any(text in row * 2 or text in row[::-1] * 2 for row in KEYBOARD):
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})
