"""The face of search: what may be asked, what comes back, how answers are ranked, and which engine reads the words."""

from __future__ import annotations

from datetime import date

from directory.indexes.documents import Document, Note, document_from, document_of
from directory.search import current as now
from directory.search.current import configure
from directory.search.notes import note, note_many, note_vocabulary
from directory.search.policy import MILE_KM, answer
from directory.search.questions import DAYS, REACH, REASONS, Found, Hit, Question

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
    "configure",
    "document_from",
    "document_of",
    "note",
    "note_many",
    "note_vocabulary",
    "search",
]


def search(question: Question, *, today: date) -> Found:
    """One page of what answers a question. Reads the database when something changed, at most once a second."""
    state = now.current
    columns = state.up_to_date(today)
    concepts = state.phrasebook.concepts(question.q)
    return answer(question, columns, state.matched(concepts, columns) if concepts else None, today=today)
