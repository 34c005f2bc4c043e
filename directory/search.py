"""The face of search: what may be asked, what comes back, and who is told when something changed."""

from __future__ import annotations

from datetime import date

from directory.indexes import current as now
from directory.indexes.catalogue import VocabularyTerm
from directory.indexes.current import Reader, configure
from directory.indexes.documents import Document, Note, document_from, document_of
from directory.indexes.keeping import apply_changes, needs_rebuild, rebuild
from directory.indexes.notes import note, note_many, note_vocabulary
from directory.ranking.policy import MILE_KM, answer
from directory.ranking.questions import DAYS, REACH, REASONS, Found, Hit, Question
from directory.ranking.texts import Matched, matched
from directory.ranking.words import Phrasebook

__all__ = [
    "DAYS",
    "MILE_KM",
    "REACH",
    "REASONS",
    "Document",
    "Found",
    "Hit",
    "Note",
    "Question",
    "apply_changes",
    "configure",
    "document_from",
    "document_of",
    "needs_rebuild",
    "note",
    "note_many",
    "note_vocabulary",
    "rebuild",
    "search",
]


def search(question: Question, *, today: date) -> Found:
    """One page of what answers a question. Reads the database only when something changed, or an index is damaged."""
    state = now.current
    columns = state.up_to_date(today)
    concepts = phrasebook(columns.vocabulary).concepts(question.q) if question.q else ()

    def found(reader: Reader) -> Matched:
        return reader.remembered(concepts, lambda: matched(concepts, columns, reader.postings, reader.with_phrase))

    return answer(question, columns, state.ask(columns, found) if concepts else None, today=today)


_phrasebook: tuple[object, Phrasebook] = ((), Phrasebook(()))


def phrasebook(vocabulary: tuple[VocabularyTerm, ...]) -> Phrasebook:
    """What people say for each term, made once for each state of the vocabulary."""
    global _phrasebook
    made_from, book = _phrasebook
    if made_from is not vocabulary:
        book = Phrasebook(vocabulary)
        _phrasebook = vocabulary, book
    return book
