"""Fields of the gates that a browser's form does not have: plain text within a length, and lists of small objects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.widgets import TextArea

from directory.models.dear import costs_extra, hides_its_end

UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
NOON, EVENING = "12:00", "17:00"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

Entry = dict[str, Any]


class Unwanted(ValueError):
    """It works, and is not published all the same; the sentence says what to give instead."""


def tidied(text: Any, *, lines: bool = False) -> str:
    """Text without control characters and doubled spaces; line ends are kept when `lines`."""
    text = UNWRITABLE.sub("", str(text))
    if not lines:
        return " ".join(text.split())
    return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


def has_words(text: str) -> bool:
    """Whether any letter or digit is in it, of any script."""
    return any(map(str.isalnum, text))


class Line(StringField):
    """One line of text, tidied, at most `most` characters; what is `needed` has to have a letter or a digit.

    Letters that cannot be seen and signs alone are no answer: such a name could be neither read nor chosen.
    """

    def __init__(self, label: str = "", *, most: int = 255, needed: str = "", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most, self.needed = most, needed
        self.flags.maxlength = most
        self.flags.required = bool(needed)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = tidied(valuelist[0]) if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        self.data = self.data or ""
        if self.needed and not has_words(self.data):
            raise ValidationError(self.needed)
        if len(self.data) > self.most:
            raise ValidationError(too_long(self.data, self.most))


class Passage(Line, TextAreaField):
    """Longer text whose line ends are kept."""

    widget = TextArea()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = tidied(valuelist[0], lines=True) if valuelist else ""


class Given(Field):
    """A value that is absent or one thing: `read` turns text into it and raises ValueError with a sentence."""

    def __init__(self, label: str = "", *, read: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.read = read

    def process_formdata(self, valuelist: list[str]) -> None:
        text = tidied(valuelist[0]) if valuelist else ""
        self.data = self.default
        if text:
            self.data = self.read(text)


class Entries(Field):
    """A list of small objects as JSON, each read by `read`; a fault is told with its number, "session 2: …"."""

    def __init__(self, label: str = "", *, read: Callable[[Entry], Entry], one: str, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.read, self.one, self.most = read, one, most

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = []
        if not valuelist or not valuelist[0].strip():
            return
        entries = unpacked(valuelist[0])
        if not isinstance(entries, list):
            raise ValueError(f"This has to be a list of {self.one}s.")
        if len(entries) > self.most:
            raise ValueError(f"At most {self.most} {self.one}s fit here; there are {len(entries)}.")
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, dict):
                raise ValueError(f"{self.one.capitalize()} {number} has to be an object with named values.")
            try:
                self.data.append(self.read(entry))
            except ValueError as fault:
                self.data = []
                raise ValueError(f"{self.one.capitalize()} {number}: {fault}") from fault

    def pre_validate(self, form: Any) -> None:
        self.data = self.data or []


class One(Field):
    """One small object as JSON, or none."""

    def __init__(self, label: str = "", *, read: Callable[[Entry], Entry], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.read = read

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        entry = unpacked(valuelist[0]) if valuelist and valuelist[0].strip() else None
        if entry is not None:
            if not isinstance(entry, dict):
                raise ValueError("This has to be an object with named values.")
            self.data = self.read(entry)


class Slugs(Field):
    """Words of one taxonomy: ticked boxes of a page, or one JSON list. `known` None takes every well-formed one."""

    def __init__(self, label: str = "", *, most: int = 30, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most
        self.known: frozenset[str] | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = []
        if len(valuelist) == 1 and valuelist[0].startswith("["):
            entries = unpacked(valuelist[0])
            valuelist = [str(entry) for entry in entries] if isinstance(entries, list) else []
        self.data = list(dict.fromkeys(slug.strip() for slug in valuelist if slug.strip()))

    def pre_validate(self, form: Any) -> None:
        self.data = self.data or []
        if len(self.data) > self.most:
            raise ValidationError(f"At most {self.most} fit here.")
        for slug in self.data:
            if not SLUG.fullmatch(slug) or (self.known is not None and slug not in self.known):
                raise ValidationError(f"“{slug[:60]}” is not one of the words we use here.")


# What single values have to be. Each returns the value or raises ValueError with a sentence.


def unpacked(text: str) -> Any:
    """The JSON in a field."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise ValueError("This is not well-formed JSON.") from fault


def limited(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(too_long(text, most))
    return text


def too_long(text: str, most: int) -> str:
    return f"At most {most:,} characters fit here; there are {len(text):,}."


def member(kind: type[Any]) -> Callable[[str], Any]:
    """A reader of one member of an enum, by its value."""
    by_value = {entry.value: entry for entry in kind}

    def read(text: str) -> Any:
        if text not in by_value:
            raise ValueError(f"“{text[:40]}” is not one of {', '.join(by_value)}.")
        return by_value[text]

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers between two, both included."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?\d{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"“{text[:20]}” is not a whole number from {least} to {most}.")
        return int(text)

    return read


def day(text: str) -> date:
    try:
        value = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        value = None
    if value is None or not 1900 <= value.year <= 2199:
        raise ValueError(f"“{text[:20]}” is not a date such as 2026-01-31.")
    return value


def hour(text: str) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError(f"“{text[:20]}” is not a time of day such as 09:30.")
    return time.fromisoformat(text)


def ends_too_soon(opens: str, closes: str) -> bool:
    """Whether a time that ends is before the one that begins, both as 09:30: what begins in the evening may end by noon."""
    return closes <= opens and (opens < EVENING or closes >= NOON)


def web_address(text: str) -> str:
    """Only http and https, with a host and no name or password before it. Raises Unwanted for a short link."""
    limited(text, 500)
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound or re.search(r'[\s<>"]', text):
        raise ValueError(f"“{text[:60]}” is not a web address that begins with http:// or https://.")
    if hides_its_end(text):
        raise Unwanted(f"“{text[:60]}” is a short link that hides where it leads. Give the address of the page it opens.")
    return text


def phone(text: str) -> str:
    """A number that can be dialled and does not cost extra. Raises Unwanted for one that does."""
    limited(text, 60)
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(text, "GB"))
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        raise ValueError(f"“{text[:40]}” is not a telephone number that can be dialled.")
    if costs_extra(text):
        raise Unwanted(f"“{text[:40]}” costs extra to ring. Give one at the usual price, one that begins with 01, 02, 03 or 07.")
    return text


def email(text: str) -> str:
    if len(text) > 254 or not EMAIL.fullmatch(text) or ".." in text:
        raise ValueError(f"“{text[:60]}” is not an e-mail address.")
    return text


def words(entry: Mapping[str, Any], name: str, most: int = 255, *, lines: bool = False) -> str:
    """A text of a small object, empty when absent. Raises ValueError."""
    value = entry.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"{name} has to be text.")
    try:
        return limited(tidied(value, lines=lines), most)
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from fault


def truth(entry: Mapping[str, Any], name: str, *, otherwise: bool) -> bool:
    value = entry.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, bool):
        raise ValueError(f"{name} has to be true or false.")
    return value


def one_of(kind: type[Any]) -> Callable[[str], Any]:
    """The same of a page's list: whoever sends something else is told in words, never by codes that nobody sees."""
    read = member(kind)

    def chosen(text: str) -> Any:
        try:
            return read(text)
        except ValueError as fault:
            raise ValueError("Choose one of the list.") from fault

    return chosen


def optional(entry: Mapping[str, Any], name: str, read: Callable[[str], Any]) -> Any:
    """A value of a small object through its reader, None when absent. Raises ValueError."""
    text = words(entry, name, 1_000)
    try:
        return read(text) if text else None
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from fault


def only(entry: Mapping[str, Any], *names: str) -> None:
    """Refuse a name that nobody knows: a typing mistake would otherwise lose what it holds."""
    for name in entry:
        if name not in names:
            raise ValueError(f"“{str(name)[:40]}” is not one of {', '.join(names)}.")
