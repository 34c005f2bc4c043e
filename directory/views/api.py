"""`/api`: the search answer as JSON, for anybody, without a key and without a cookie."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from directory.exchange import answers
from directory.forms.search import SearchForm
from directory.queries import kept_vocabulary
from directory.queries import listings as queries
from directory.views import addresses, clock, misses, turns
from directory.views.access import anyone, asks_why, open_to

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.get("/search")
@open_to(anyone)
def search() -> ResponseReturnValue:
    """Raises UnknownPlace, which errors.py answers with 404 and suggestions."""
    form = SearchForm(request.args, per_page_from_request=True)
    if not form.validate(needs_place=True, terms=kept_vocabulary.Terms()):
        field, sentence = next(iter(form.errors.items()))
        return jsonify(error=sentence, field=field, errors=form.errors), 400
    form.explain = asks_why()
    question, now = form.question(), clock.now()
    with turns.working:
        answer = queries.matching(question, now=now, made=(answers.lasting,))
        text = answers.text_of(
            answer,
            address=addresses.of_listings(whole=True),
            today=now.date(),
            place_was_in_words=form.place_was_in_words,
        )
    misses.look(question, answer.found, now=now)
    return Response(text, mimetype="application/json")
