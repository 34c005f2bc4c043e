"""Questions about the vocabulary: the words to choose from, what each is called, and what people say for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import case, select
from sqlalchemy.orm.attributes import set_committed_value

from directory.errors import NotFound
from directory.extensions import db
from directory.models import Taxonomy, Term

# A phrase may belong to a need and to an activity ("gardening"): the need speaks first, being what the person lacks.
PRECEDENCE = (
    Taxonomy.NEED,
    Taxonomy.ACTIVITY,
    Taxonomy.AUDIENCE,
    Taxonomy.ACCESS,
    Taxonomy.KIND,
    Taxonomy.LANGUAGE,
)


def terms(taxonomy: Taxonomy) -> Sequence[Term]:
    """The terms of one taxonomy in the order in which they are shown. One statement."""
    return db.session.scalars(select(Term).where(Term.taxonomy == taxonomy).order_by(Term.position, Term.id)).all()


def tree() -> Sequence[Term]:
    """The headings of the needs in order, each with its `children` loaded, in order. One statement."""
    needs = terms(Taxonomy.NEED)
    below: defaultdict[int | None, list[Term]] = defaultdict(list)
    for need in needs:
        below[need.parent_id].append(need)
    for need in needs:
        set_committed_value(need, "children", below[need.id])
    return below[None]


def labels() -> dict[tuple[Taxonomy, str], str]:
    """What each term is called, by taxonomy and slug, in the order in which they are shown. One statement."""
    statement = select(Term.taxonomy, Term.slug, Term.label).order_by(Term.taxonomy, Term.position, Term.id)
    return {(taxonomy, slug): label for taxonomy, slug, label in db.session.execute(statement)}


def by_slug(taxonomy: Taxonomy, slug: str) -> Term:
    """One term. Raises NotFound."""
    term = db.session.scalars(select(Term).where(Term.taxonomy == taxonomy, Term.slug == slug)).one_or_none()
    if term is None:
        raise NotFound(f"There is no {taxonomy} called “{slug}”.")
    return term


def phrases() -> dict[str, tuple[Taxonomy, str]]:
    """What people say → the term they mean, in lower case; where two terms share it, the first of `PRECEDENCE`.

    A phrase with an apostrophe is there without it too, because that is how it is typed. One statement.
    """
    turn = case({taxonomy: number for number, taxonomy in enumerate(PRECEDENCE)}, value=Term.taxonomy)
    statement = select(Term.taxonomy, Term.slug, Term.phrases).order_by(turn, Term.position, Term.id)
    said: dict[str, tuple[Taxonomy, str]] = {}
    for taxonomy, slug, words in db.session.execute(statement):
        for phrase in words:
            typed = phrase.casefold().replace("’", "'")
            said.setdefault(typed, (taxonomy, slug))
            said.setdefault(typed.replace("'", ""), (taxonomy, slug))
    return said
