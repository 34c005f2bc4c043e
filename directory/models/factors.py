"""Second factors: the codes that a telephone shows, and the recovery codes for the day it is lost. Keeps nothing."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import pyotp

STEP_S = 30
DRIFT = 1  # steps that a telephone's clock may be off, either way
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
CODES = 10


def new_key() -> str:
    """A fresh secret of 160 bits, as the letters and figures that a telephone takes."""
    return pyotp.random_base32()


def address_of(key: str, *, person: str, site: str) -> str:
    """What the square picture says to a telephone: otpauth://…"""
    return pyotp.TOTP(key).provisioning_uri(name=person, issuer_name=site)


def in_groups(key: str) -> str:
    """The key as somebody types it: "jbsw y3dp ehpk 3pxp"."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4)).lower()


def step_of(key: str, code: str, *, now: datetime) -> int | None:
    """The number of the half minute whose code this is, one to either side allowed; None when it is none of them."""
    typed = plain(code)
    clock, found = pyotp.TOTP(key), None
    current = int(now.timestamp()) // STEP_S
    for step in range(current - DRIFT, current + DRIFT + 1):
        # All are compared, so that the time taken tells nothing.
        if secrets.compare_digest(clock.at(step * STEP_S).encode(), typed.encode()):
            found = step
    return found


def code_at(key: str, now: datetime) -> str:
    """What the telephone shows at that moment."""
    return pyotp.TOTP(key).at(int(now.timestamp()))


def recovery_codes() -> list[str]:
    """Ten fresh ones, each of 59 bits: "k7wm-x2qc-hd9p"."""
    return ["-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(CODES)]


def kept(code: str) -> str:
    """What is kept of a recovery code. It is long and random, so one plain SHA-256 is enough."""
    return hashlib.sha256(plain(code).encode()).hexdigest()


def plain(code: str) -> str:
    """A code as it is compared: small letters and figures, whatever stands between them."""
    return "".join(sign for sign in code.lower() if sign.isascii() and sign.isalnum())
