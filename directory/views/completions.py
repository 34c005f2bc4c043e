"""What may be chosen while somebody types, as rows for the list under a box; the boxes work without them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Blueprint, Response, make_response, render_template, request

from directory.forms.search import LONGEST_PLACE, LONGEST_Q, tidied
from directory.queries import completions as queries
from directory.queries.completions import Completion, Sort
from directory.search import folded_words
from directory.views import clock
from directory.views.access import anyone, open_to

bp = Blueprint("completions", __name__)

SORTS = {
    Sort.NEED: "A need",
    Sort.ACTIVITY: "Something to do",
    Sort.KIND: "A kind of place or help",
    Sort.AUDIENCE: "Who it is for",
}

WORD = re.compile(r"[^\W_]+(?:['’‘ʼ`´][^\W_]+)*")


@bp.get("/search/words")
@open_to(anyone)
def words() -> Response:
    return rows("q", queries.for_words(tidied(request.args.get("q", ""))[:LONGEST_Q], today=clock.now().date()))


@bp.get("/search/places")
@open_to(anyone)
def places() -> Response:
    typed, last = (tidied(request.args.get(name, "")) for name in ("place", "last"))
    return rows("place", queries.for_place(typed[:LONGEST_PLACE], last=last[:LONGEST_PLACE]))


def rows(box: str, found: queries.Suggestions) -> Response:
    """The rows for the box of this name. Half a word is nobody's history, so no browser keeps the answer."""
    response = make_response(render_template("completions/rows.html", box=box, found=found, marked=marked, told=told))
    response.headers["Cache-Control"] = "no-store"
    return response


def told(row: Completion) -> str:
    """What a row says after its name: what it stands for, where it is, or that choosing it leads to a page."""
    match row.sort:
        case Sort.LISTING:
            return f"{row.about}: go to its page" if row.about else "Go to its page"
        case Sort.ORGANISATION:
            return "Organisation: go to its page"
        case Sort.PLACE:
            return f"Round {row.about}" if row.about and row.text[-1:].isdigit() else row.about
    return row.about or SORTS[row.sort]


def marked(text: str, typed: str) -> Iterator[tuple[str, bool]]:
    """The text in parts, and whether each is what was typed: the beginnings of words, however they are accented."""
    wanted = sorted(typed.split(), key=len, reverse=True)
    end = 0
    for word in WORD.finditer(text):
        folded = folded_words(word[0])
        begun = next((each for each in wanted if folded.startswith(each)), "")
        if begun:
            until = next(cut for cut in range(1, len(word[0]) + 1) if len(folded_words(word[0][:cut])) >= len(begun))
            yield text[end : word.start()], False
            end = word.start() + until
            yield text[word.start() : end], True
    yield text[end:], False
