"""What changed since a text index took in the outbox, straight from the database, to be laid over its postings."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, select

from directory.indexes.database_index import documents
from directory.indexes.postings import Postings, gathered
from directory.models import SearchChange

LAID_OVER = 5_000  # changes newer than the index that are read from the database; beyond it the index has to catch up


class Fresh:
    """What changed since the text index was last written: these listings' terms, straight from the database."""

    def __init__(self, connection: Connection, since: int, until: int) -> None:
        changed = select(SearchChange.listing_id).where(SearchChange.id > since, SearchChange.id <= until)
        ids = sorted(set(connection.scalars(changed.order_by(SearchChange.id.desc()).limit(LAID_OVER))))
        self.ids = np.array(ids, np.int64)
        self.is_whole = len(ids) < LAID_OVER  # of as many as that some may be missing
        self.documents = list(documents(connection, ids))
        self.terms: dict[str, list[tuple[int, float]]] = {}
        for id_, weights in self.documents:
            for term, weight in weights.items():
                self.terms.setdefault(term, []).append((id_, weight))

    def over(self, postings: Postings, term: str) -> Postings:
        """Postings with the changed listings as they are now."""
        if not len(self.ids):
            return postings
        old = ~np.isin(postings.ids, self.ids)
        mine = self.terms.get(term, [])
        new = np.array([id_ for id_, _ in mine], np.int64), np.array([weight for _, weight in mine], np.float32)
        return gathered([(postings.ids[old], postings.weights[old]), new])
