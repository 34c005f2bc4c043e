"""What is done to the vocabulary: the shipped words come in, and what people changed by hand stays theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from directory import search
from directory.extensions import db, writing
from directory.models import Listing, Taxonomy, Term

FIELDS = ("label", "description", "phrases", "icon", "term_uri", "position")


@dataclass(frozen=True)
class Loaded:
    """How many terms one load added, changed and dropped; `kept` left the files but cannot go."""

    added: int
    changed: int
    dropped: int
    kept: int


def load(terms: Iterable[Mapping[str, Any]]) -> Loaded:
    """Bring the rows into step with `terms`, the whole vocabulary, as `exchange.vocabulary.shipped_terms` gives it.

    A second load changes nothing. Rows keep their ids. A row edited by hand is left as it is, wording, place and
    all. A row that is no longer among `terms` goes, unless it was edited or anything still points at it.
    Raises KeyError when a term names a parent that is not among `terms`.
    """
    given = {(Taxonomy(term["taxonomy"]), term["slug"]): term for term in terms}
    with writing():
        rows = {(row.taxonomy, row.slug): row for row in db.session.scalars(select(Term).order_by(Term.id))}
        added = [_row(key) for key in given if key not in rows]
        db.session.add_all(added)
        rows.update({(row.taxonomy, row.slug): row for row in added})
        changed = 0
        for key, term in given.items():
            row = rows[key]
            if row.edited:
                continue
            parent = rows[key[0], term["parent"]] if term.get("parent") else None
            changed += _set(row, {**{field: term[field] for field in FIELDS}, "parent": parent}) and row not in added
        left = [row for key, row in rows.items() if key not in given]
        dropped = _drop_unused(left, still=set(rows.values()) - set(left))
        if added or changed or dropped:
            search.note_vocabulary()
    return Loaded(len(added), changed, dropped, len(left) - dropped)


def _row(key: tuple[Taxonomy, str]) -> Term:
    taxonomy, slug = key
    return Term(taxonomy=taxonomy, slug=slug, label="", edited=False)


def _set(row: Term, values: Mapping[str, Any]) -> bool:
    """Give the row these values; True if any of them was another before."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _drop_unused(left: list[Term], *, still: set[Term]) -> int:
    """Delete the rows of `left` that nobody edited and nothing points at; how many went."""
    in_use = _pointed_at()
    staying = still | {row for row in left if row.edited or row.id in in_use or _is_kind_in_use(row)}
    staying |= {row.parent for row in staying if row.parent}
    going = [row for row in left if row not in staying]
    for row in going:
        db.session.delete(row)
    return len(going)


def _pointed_at() -> set[int]:
    """The ids of terms that any row of any other table refers to, whichever tables there are by now."""
    columns = [
        key.parent
        for table in db.metadata.sorted_tables
        if table is not Term.__table__
        for key in table.foreign_keys
        if key.column.table is Term.__table__
    ]
    return {used for column in columns for used in db.session.scalars(select(column).where(column.is_not(None)).distinct())}


def _is_kind_in_use(row: Term) -> bool:
    """A listing holds its kind as a word and not as a key, so the database alone would not stop us."""
    if row.taxonomy is not Taxonomy.KIND:
        return False
    return db.session.scalars(select(Listing.id).where(Listing.kind == row.slug).limit(1)).first() is not None
