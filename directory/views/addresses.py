"""Addresses of many listings on one page, put together once: `url_for` for each costs more than all else in its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import url_for

HERE = "-here-"
SAFE = "!$&'()*+,:;=@"  # as the router leaves them


def of_listings(asked: dict[str, Any] | None = None, *, whole: bool = False) -> Callable[[str], str]:
    """From a listing's slug to the address of its page, with what was `asked` behind it; `whole` with the site's name."""
    before, _, after = url_for("listings.show", slug=HERE, _external=whole, **(asked or {})).partition(HERE)
    return lambda slug: f"{before}{quote(slug, safe=SAFE)}{after}"
