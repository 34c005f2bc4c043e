"""What one cell says: nothing, yes or no, a telephone number, an address on the web; and whose contact it seems to be."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import phonenumbers

from directory.models.dear import costs_extra, hides_its_end

NOTHING = frozenset(["-", "--", "---", ".", "?", "n/a", "na", "n.a.", "none", "null", "nil", "unknown", "tbc", "tba"]) | {
    "",
    "not known",
    "not available",
    "not applicable",
    "n/a - mobile",
    "no registered public address",
    "no address",
    "n/a closed",
}
BRACKETED = re.compile(r"\[[^\]]*\]")
YES = frozenset({"yes", "y", "true", "1", "x", "✓", "✔"})
NO = frozenset({"no", "n", "false", "0", "✗", "none"})
# A mailbox in angle brackets, "Bude Library <bude@example.org>", is not a tag.
TAGS = re.compile(r"<(?![^<>\s=]*@[^<>\s=]*>)[^>]{0,200}>")
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
MOBILE = re.compile(r"(?:\+?44|0044|0)0?7\d{9}")
ROLES = re.compile(
    "account|activit|admin|advice|allot|archive|art|befriend|book|bureau|cab|cafe|care|carer|centre|"
    "center|charit|chair|church|class|clinic|club|comm|contact|council|customer|desk|education|enq|"
    "event|friend|gallery|garden|general|group|hall|hello|help|heritage|hq|hub|info|infor|join|"
    "kitchen|learn|leisure|library|libraries|lib|mail|manager|member|museum|office|outreach|park|"
    "partner|pharmacy|post|prescrib|project|reception|referral|school|secretary|service|shop|social|"
    "society|sport|staff|support|surgery|team|theatre|tickets|treasurer|trust|visit|volunteer|welcome|"
    "ymca|youth"
)
FREE_MAIL = (
    "gmail.",
    "googlemail.",
    "hotmail.",
    "yahoo.",
    "outlook.",
    "live.",
    "btinternet.",
    "aol.",
    "icloud.",
    "sky.com",
    "msn.",
)


def said(text: str | None) -> str:
    """The cell without tags and doubled spaces; empty for every way of writing nothing."""
    text = TAGS.sub(" ", text or "")
    text = " ".join(text.split())
    lowered = text.casefold()
    return "" if lowered in NOTHING or BRACKETED.fullmatch(lowered) else text


def tidied(cells: dict[str, str]) -> defaultdict[str, str]:
    """The cells by the names of their columns in small letters; a column that the file lacks says nothing."""
    return defaultdict(str, {name.casefold(): said(cell) for name, cell in cells.items()})


def paragraphs(text: str | None) -> str:
    """The same for longer text, whose line ends are kept."""
    lines = [" ".join(line.split()) for line in TAGS.sub(" ", text or "").splitlines()]
    told = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return "" if told.casefold() in NOTHING else told


def yes_or_no(text: str) -> bool | None:
    """None when the cell says neither."""
    lowered = text.strip().casefold()
    return True if lowered in YES else False if lowered in NO else None


def number(text: str) -> float | None:
    """A plain number; None for anything else, infinities included."""
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def address_inside(text: str) -> str:
    """The first http address inside words, as in an e-mail column that holds a web page instead."""
    found = re.search(r"https?://[^\s<>\"]+", text)
    return website(found[0].rstrip(".,;)")) if found else ""


def website(text: str) -> str:
    """An http address, with its scheme supplied when only that was missing; empty when it is not one, or a short link."""
    text = said(text)
    if re.match(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/|$|\?)", text, re.IGNORECASE):
        text = f"http://{text}"
    fits = re.fullmatch(r"https?://[^\s/@.]+(\.[^\s/@.]+)+([/?#]\S*)?", text, re.IGNORECASE) and len(text) <= 500
    return text if fits and not hides_its_end(text) else ""


def website_notes(text: str) -> list[str]:
    """Why a web address was left out, as a note; none where it was taken or nothing was given."""
    text = said(text)
    if not text or website(text):
        return []
    if hides_its_end(text if "://" in text else f"http://{text}"):
        return ["short links were left out, because nobody can see where they lead: give the address of the page they open"]
    return ["web addresses that are not addresses were left out"]


def contacts(*, phones: str = "", emails: str = "", name: str = "") -> tuple[list[dict[str, Any]], list[str]]:
    """Contact points from two cells, and a note for each thing that could not be used.

    Mobile numbers and mailboxes that seem to be one person's are kept for curators, not shown: a list that holds
    them is no proof that their owners agreed.
    """
    points: list[dict[str, Any]] = []
    notes: list[str] = []
    for part in re.split(r"[;/,]|\bor\b|\band\b", said(phones)):
        if not (part := part.strip()):
            continue
        part = re.sub(r"^(tel|telephone|phone)[.:]*\s*", "", part, flags=re.IGNORECASE)
        if not dialable(part):
            notes.append("telephone numbers that cannot be dialled were left out")
            continue
        if costs_extra(part):
            notes.append("telephone numbers that cost extra to ring were left out: give one that begins with 01, 02, 03 or 07")
            continue
        points.append({"kind": "phone", "value": part[:500], "note": "", "public": not is_mobile(part)})
    written = re.sub(r"mailto:", " ", said(emails), flags=re.IGNORECASE)
    found = dict.fromkeys(address.strip(".'") for address in EMAIL.findall(written))
    if "@" in written and not found:
        notes.append("e-mail addresses that are not addresses were left out")
    for address in found:
        points.append({"kind": "email", "value": address, "note": "", "public": not is_personal(address, name=name)})
    return points, notes


def dialable(text: str) -> bool:
    """Whether this could be a telephone number in the United Kingdom, or an international one."""
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(text, "GB")))
    except phonenumbers.NumberParseException:
        return False


def is_mobile(text: str) -> bool:
    """A UK number that begins 07, which in small groups is somebody's own telephone."""
    return bool(MOBILE.fullmatch(re.sub(r"[^\d+]", "", text)))


def is_personal(address: str, *, name: str = "") -> bool:
    """Whether a mailbox seems to be one person's: given.family, or at a free provider without a word of office or name."""
    mailbox, _, host = address.casefold().partition("@")
    if ROLES.search(mailbox):
        return False
    words = [word for word in re.findall(r"[a-z]{3,}", name.casefold()) if word not in ("the", "and")]
    if any(word in mailbox for word in words) or "".join(word[0] for word in words) == mailbox:
        return False
    return bool(re.fullmatch(r"[a-z]+[._-][a-z]+\d{0,3}", mailbox)) or any(host.startswith(free) for free in FREE_MAIL)
