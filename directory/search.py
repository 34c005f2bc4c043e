"""The face of search: what may be asked, what comes back, and who is told when something changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from time import monotonic

from sqlalchemy import Connection, Engine

from directory import beside
from directory.extensions import db
from directory.indexes import current as now
from directory.indexes.analysis import stem, words
from directory.indexes.columns import Columns
from directory.indexes.current import Current, Reader, configure
from directory.indexes.documents import Document, Note, document_from, document_of
from directory.indexes.keeping import apply_changes, is_behind, needs_rebuild, rebuild
from directory.indexes.names import Names, counted, names_of
from directory.indexes.notes import note, note_many, note_vocabulary, note_words
from directory.ranking import beginnings
from directory.ranking.beginnings import Begun, Phrases
from directory.ranking.explaining import Explained, explained
from directory.ranking.highlights import Highlighter, Piece, told
from directory.ranking.policy import MILE_KM, Order, answer
from directory.ranking.questions import DAYS, REACH, REASONS, Found, Hit, Question
from directory.ranking.spelling import Speller, corrected, is_plain
from directory.ranking.teaching import folded_words, has_telling_word, holds_words, same_words
from directory.ranking.texts import Held, Match, Word, held_by, names
from directory.ranking.understanding import Meanings, Understood, is_told
from directory.ranking.words import Heard, Phrasebook

__all__ = [
    "DAYS",
    "MILE_KM",
    "REACH",
    "REASONS",
    "Begun",
    "Document",
    "Explained",
    "Found",
    "Highlighter",
    "Hit",
    "Note",
    "Piece",
    "Question",
    "Understood",
    "apply_changes",
    "begun",
    "configure",
    "document_from",
    "document_of",
    "folded_words",
    "has_telling_word",
    "holds_words",
    "is_behind",
    "is_told",
    "needs_rebuild",
    "note",
    "note_many",
    "note_vocabulary",
    "note_words",
    "rebuild",
    "same_words",
    "search",
    "told",
    "unknown_words",
]


def search(question: Question, *, today: date) -> Found:
    """One page of what answers a question. Reads the database only when something changed, or an index is damaged."""
    state = now.current
    columns = state.up_to_date(today)
    if not question.q:
        return with_figures(question, columns, None, answer(question, columns, None, today=today), today=today)
    book, meanings = phrasebook(columns)

    def found(reader: Reader) -> tuple[Match | None, str | None, tuple[Heard, ...], list[Word | Held]]:
        def is_known(word: str) -> bool:
            return stem(word) in book.stems or len(reader.spread(stem(word))) > 0

        def nearest(word: str) -> str | None:
            meant = speller(reader).nearest(word)
            return meant if meant and is_known(meant) else None

        meant = None if is_plain(question.q, is_known) else corrected(question.q, is_known=is_known, nearest=nearest)
        heard = book.heard(meant or question.q)
        concepts = tuple(each.concept for each in heard)
        if not concepts:
            return None, meant, (), []
        holdings = [held_by(each, reader.spread, reader.remembered, reader.with_phrase, columns) for each in concepts]
        named = [reader.spread(word) for word in names(concepts)]
        return Match(concepts, holdings, named, len(columns)), meant, heard, holdings

    match, meant, heard, holdings = state.ask(columns, found)
    understood = tuple([meanings.of(each) for each in heard])
    told = answer(question, columns, match, today=today, corrected_q=meant, understood=understood)
    return with_figures(question, columns, match, told, heard, holdings, today=today)


def unknown_words(text: str, *, today: date) -> tuple[str, ...]:
    """The words of a text that find nothing, small ones aside: they mean nothing in the vocabulary and no listing holds them."""
    state = now.current
    columns = state.up_to_date(today)
    book, meanings = phrasebook(columns)
    unheard = [each.typed for each in map(meanings.of, book.heard(text)) if not each.terms and not each.words]
    telling = dict.fromkeys(word for typed in unheard for word in words(typed) if has_telling_word(word))
    return state.ask(columns, lambda reader: tuple(word for word in telling if not len(reader.spread(stem(word)))))


def with_figures(
    question: Question,
    columns: Columns,
    match: Match | None,
    found: Found,
    heard: Sequence[Heard] = (),
    holdings: Sequence[Word | Held] = (),
    *,
    today: date,
) -> Found:
    """What was found with the figures behind each row, when the question asks for them."""
    if not question.explain:
        return found
    order = Order(question, columns, match, found.radius_mi * MILE_KM, today)
    hits, less = (explained(each, order, heard, holdings) for each in (found.hits, found.less))
    return replace(found, hits=hits, less=less)


_phrasebook: tuple[object, object, tuple[Phrasebook, Meanings]] = ((), (), (Phrasebook(()), Meanings((), ())))
_speller: tuple[object, object, Counter[str], Speller] = (None, None, Counter(), Speller({}))


def phrasebook(columns: Columns) -> tuple[Phrasebook, Meanings]:
    """What people say for each term and what curators taught, and how to tell it; made once for each state of the two."""
    global _phrasebook
    vocabulary, taught, both = _phrasebook
    if vocabulary is not columns.vocabulary or taught is not columns.taught:
        both = Phrasebook(columns.vocabulary, columns.taught), Meanings(columns.vocabulary, columns.taught)
        _phrasebook = columns.vocabulary, columns.taught, both
    return both


def speller(reader: Reader) -> Speller:
    """The words of the vocabulary, of curators and of the catalogue's names, read when somebody first mistypes one.

    Made anew with each state of the vocabulary, not with each listing: a word that it lacks is only never proposed.
    It knows organisations that have nothing to show as well, so whatever it proposes has to be looked for first.
    """
    global _speller
    vocabulary, taught, often, spelling = _speller
    columns = reader.columns
    if vocabulary is not columns.vocabulary:
        often = counted(reader.connection, columns.listings)
        often.update(word for term in columns.vocabulary for text in (term.label, *term.phrases) for word in words(text))
    if vocabulary is not columns.vocabulary or taught is not columns.taught:
        spelling = Speller(often + Counter(word for each in columns.taught for word in each.said.split()))
        _speller = columns.vocabulary, columns.taught, often, spelling
    return spelling


def begun(text: str, *, today: date, most: int) -> Begun:
    """Terms and names that begin with what is typed so far, up to `most` of each; nothing for less than two letters."""
    columns = now.current.up_to_date(today)
    return beginnings.begun(text, _phrases_of(columns), _names_of(columns), most=most)


# Names of so many listings are laid out again beside the questions, and only when ten times as long as that takes has passed:
# until then a new name is missing and an old one is still found, so whoever shows names asks the database for them.
LARGE, PATIENCE = 10_000, 10
_phrases: tuple[object, Phrases] = (None, Phrases(()))
_names: tuple[object, object, float, Names] = ((), None, 0.0, Names((), ()))


def _phrases_of(columns: Columns) -> Phrases:
    global _phrases
    vocabulary, phrases = _phrases
    if vocabulary is not columns.vocabulary:
        phrases = Phrases(columns.vocabulary)
        _phrases = columns.vocabulary, phrases
    return phrases


def _names_of(columns: Columns) -> Names:
    whose, listings, patient_until, names = _names
    here = now.current, db.engine
    if whose == here and (listings is columns.listings or monotonic() < patient_until):
        return names
    if whose == here and len(columns) >= LARGE:
        beside.start("names", partial(_laid_out_beside, columns, here))
        return names
    return _laid_out(columns, here, db.session.connection())


def _laid_out_beside(columns: Columns, here: tuple[Current, Engine]) -> None:
    with here[1].connect() as connection:
        _laid_out(columns, here, connection)


def _laid_out(columns: Columns, here: tuple[Current, Engine], connection: Connection) -> Names:
    global _names
    started = monotonic()
    names = names_of(connection, columns.listings)
    took = monotonic() - started
    _names = here, columns.listings, monotonic() + (PATIENCE * took if len(columns) >= LARGE else 0.0), names
    return names
