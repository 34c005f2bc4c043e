"""What curators teach search: words that people type, and what they mean by them. Effective at once, everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, inspect, select

from directory import search
from directory.errors import NotFound, Refused
from directory.extensions import db, writing
from directory.models import Account, Synonym, Taxonomy, Term
from directory.models.recurrence import LONDON
from directory.queries import misses

LONGEST = 80  # letters of either side; a longer phrase is never typed twice alike
MOST = 2_000  # synonyms in all, because every process keeps them in memory
# A language or a way of getting in is asked for by its filter: as words they mean the lesson, or the leaflet.
MEANT = (Taxonomy.NEED, Taxonomy.ACTIVITY, Taxonomy.AUDIENCE, Taxonomy.KIND)


def teach(said: str, *, term: Term | None = None, words: str = "", account: Account | None, now: datetime) -> Synonym:
    """From now on `said` finds what `term` has or, besides itself, what the other `words` find.

    Either a term or words. One step only: `words` mean what the vocabulary says of them and never what is taught for
    them in turn. Raises Refused with `field` "said", "words" or "term".
    """
    phrase = _folded(said, field="said")
    if (term is None) == (not words.strip()):
        raise Refused("Say what it means: one word of the vocabulary, or other words.", field="words")
    other = _folded(words, field="words") if term is None else ""
    if term is not None and term.taxonomy not in MEANT:
        raise Refused(f"“{term.label}” is found by its filter. Choose a need, an activity, an audience or a kind.", field="term")
    if search.same_words(phrase, other):
        raise Refused(f"“{said}” and “{words}” are the same words to search already.", field="words")
    term_id, account_id = _id_of(term), _id_of(account)
    with writing():
        # First, because on PostgreSQL it makes others who teach wait, so that what is read here stays true.
        search.note_words()
        rows = db.session.scalars(select(Synonym).order_by(Synonym.id)).all()
        _refuse_what_is_taught(phrase, other, rows)
        term = None if term_id is None else db.session.get(Term, term_id, populate_existing=True)
        if term_id is not None and term is None:
            raise Refused("This word of the vocabulary is not there any more.", field="term")
        if term is not None and any(search.same_words(phrase, each) for each in (term.label, *term.phrases)):
            raise Refused(f"The vocabulary says that already: “{phrase}” means {term.label}.", field="said")
        synonym = Synonym(said=phrase, words=other, term=term, made_at=now, account_id=account_id)
        db.session.add(synonym)
    return synonym


def teach_asked(said: str, *, term: Term | None = None, words: str = "", account: Account, now: datetime) -> Synonym:
    """As `teach`, for a word that many looked for in vain. Raises Refused for one that is on no list of such words."""
    if not misses.is_word_asked_for(search.folded_words(said), today=now.astimezone(LONDON).date()):
        raise Refused(misses.NOT_ASKED_FOR, field="said")
    return teach(said, term=term, words=words, account=account, now=now)


def forget(synonym: Synonym) -> None:
    """From now on these words mean no more than they say. Raises NotFound when they were forgotten already."""
    with writing():
        search.note_words()
        if not db.session.execute(delete(Synonym).where(Synonym.id == _id_of(synonym))).rowcount:
            raise NotFound("This was forgotten already.")


def _id_of(row: Term | Account | Synonym | None) -> int | None:
    """The id that a row was loaded with, whether it is still there or not."""
    return None if row is None else inspect(row).identity[0]


def _folded(text: str, *, field: str) -> str:
    """The words as search reads them, parted by single spaces. Raises Refused for none, for too many, for small ones only."""
    typed = text.strip()
    if not typed:
        raise Refused("Write what people type.", field=field)
    folded = search.folded_words(typed)
    length = max(len(typed), len(folded))  # one letter may fold into many
    if length > LONGEST:
        raise Refused(f"Use {LONGEST} letters or fewer. You wrote {length:,}.", field=field)
    if not search.has_telling_word(folded):
        raise Refused(
            f"“{typed}” holds no word that search looks for. Small words such as “the” and “for” do not count.", field=field
        )
    return folded


def _refuse_what_is_taught(phrase: str, other: str, rows: Sequence[Synonym]) -> None:
    if len(rows) >= MOST:
        raise Refused(f"{MOST:,} are taught already, and there is no room for more. Forget some first.", field="said")
    for row in rows:
        if search.same_words(phrase, row.said):
            raise Refused(f"“{row.said}” is taught already. Forget that first.", field="said")
        if other and search.holds_words(other, row.said):
            meaning = row.term.label if row.term else row.words
            raise Refused(
                f"“{row.said}” is taught itself, as “{meaning}”, and search goes one step only. Teach “{phrase}” that instead.",
                field="words",
            )
