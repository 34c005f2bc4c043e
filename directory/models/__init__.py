"""Rows, their enums, and what one row knows about itself."""

from directory.models.accounts import Account, Role
from directory.models.curation import Check, Fact, Means, Revision, SearchChange, SearchDocument, Voice
from directory.models.feeds import ImportRun, Provenance, Source, SourceRecord
from directory.models.listings import (
    ContactPoint,
    Cost,
    Coverage,
    Join,
    Kind,
    Listing,
    Room,
    Status,
)
from directory.models.organisations import Organisation, OrganisationKind, OrganisationStatus
from directory.models.sessions import Mode, Session
from directory.models.venues import AccessFact, PointSource, Venue
from directory.models.vocabulary import Synonym, Taxonomy, Term

__all__ = [
    "AccessFact",
    "Account",
    "Check",
    "ContactPoint",
    "Cost",
    "Coverage",
    "Fact",
    "ImportRun",
    "Join",
    "Kind",
    "Listing",
    "Means",
    "Mode",
    "Organisation",
    "OrganisationKind",
    "OrganisationStatus",
    "PointSource",
    "Provenance",
    "Revision",
    "Role",
    "Room",
    "SearchChange",
    "SearchDocument",
    "Session",
    "Source",
    "SourceRecord",
    "Status",
    "Synonym",
    "Taxonomy",
    "Term",
    "Venue",
    "Voice",
]
