"""Hands one finished letter to an SMTP server, a folder, or the screen; knows nothing of what it says."""

from __future__ import annotations

import smtplib
import ssl
import sys
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

SECONDS = 20  # for each answer of the server


class NotSent(Exception):
    """The letter could not be handed over; `for_good` when trying again would not help."""

    def __init__(self, sentence: str, *, for_good: bool = False) -> None:
        super().__init__(sentence)
        self.for_good = for_good


def message(*, to: str, subject: str, body: str, sender: str, uid: str) -> EmailMessage:
    """One mail in plain text. Line breaks in a header are refused by the library with ValueError."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = f"<{uid}@{sender.rpartition('@')[2].rstrip('>') or 'localhost'}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(body)
    return made


def send(letter: EmailMessage, *, settings: Mapping[str, Any]) -> None:
    """Raises NotSent with a sentence without the address, because it is logged."""
    match settings["MAIL_BACKEND"]:
        case "smtp":
            by_smtp(letter, settings)
        case "file":
            folder = Path(settings["MAIL_FOLDER"])
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{letter['Message-ID'].strip('<>').partition('@')[0]}.eml").write_bytes(letter.as_bytes())
        case _:
            sys.stdout.write(f"{letter.as_string()}\n")


def by_smtp(letter: EmailMessage, settings: Mapping[str, Any]) -> None:
    kind = smtplib.SMTP_SSL if settings["MAIL_SECURITY"] == "tls" else smtplib.SMTP
    try:
        with kind(settings["MAIL_SERVER"], settings["MAIL_PORT"], timeout=SECONDS) as server:
            if settings["MAIL_SECURITY"] == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings["MAIL_USERNAME"]:
                server.login(settings["MAIL_USERNAME"], settings["MAIL_PASSWORD"])
            server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise NotSent(f"The mail server refused the address ({code}).", for_good=code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"The mail server could not be used: {type(error).__name__}.") from error
