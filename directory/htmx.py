"""Page or fragment: the only file that knows htmx's headers."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, render_template, request
from markupsafe import Markup

ASIDE = Markup('<div data-hx-swap-oob="innerHTML:#said">{}</div><div data-hx-swap-oob="innerHTML:#problem"></div>')


def render(template: str, *, fragments: tuple[str, ...] = (), block: str = "", said: str = "", **context: Any) -> str:
    """The whole page, or only the block that htmx asked to replace, or `block` instead of that one, if the view offers it.

    `said` is what a screen reader hears when the block arrives; the whole page needs no telling.
    """
    block = block or target()
    if block not in fragments:
        return render_template(template, **context)
    current_app.update_template_context(context)
    page = current_app.jinja_env.get_template(template)
    return "".join(page.blocks[block](page.new_context(context))) + str(ASIDE.format(said))  # str: Markup would escape the page


def target() -> str:
    """The block htmx is about to replace; empty for a browser and for a page restored from history."""
    return request.headers.get("HX-Target", "").rpartition("#")[2].partition("-")[0]


def pressed() -> str:
    """The id of what was pressed to ask for a fragment; empty when it has none."""
    return request.headers.get("HX-Trigger", "")


def came_from() -> str:
    """The address of the page that this was asked from, as the script or the browser tells it; empty when neither does."""
    return request.headers.get("HX-Current-URL") or request.referrer or ""


def vary(response: Response) -> Response:
    """Every HTML answer depends on `HX-Target`, the full page included, or a cache would mix the two up."""
    if response.mimetype == "text/html":
        response.vary.add("HX-Target")
    return response


def retarget(response: Response, selector: str, *, swap: str = "innerHTML") -> Response:
    """Send a fragment elsewhere than asked: the page's one `#problem` for what no view answers."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = swap
    return response
