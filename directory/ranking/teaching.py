"""When two things said are the same to search: how words that a curator teaches are kept and compared."""

from __future__ import annotations

from directory.indexes.analysis import STOP_WORDS, stem, words


def folded_words(text: str) -> str:
    """Words as they are kept when taught: folded, in order, parted by single spaces, small ones too."""
    return " ".join(words(text))


def has_telling_word(text: str) -> bool:
    """Whether any word is left without the small ones."""
    return any(word not in STOP_WORDS for word in words(text))


def same_words(one: str, other: str) -> bool:
    """Whether search takes the two for the same phrase: accents, apostrophes and endings make no difference."""
    return _stemmed(one) == _stemmed(other)


def holds_words(text: str, phrase: str) -> bool:
    """Whether the phrase stands somewhere in the text, word by word."""
    among, wanted = _stemmed(text), _stemmed(phrase)
    return any(among[place : place + len(wanted)] == wanted for place in range(len(among) - len(wanted) + 1))


def _stemmed(text: str) -> list[str]:
    return [stem(word) for word in words(text)]
