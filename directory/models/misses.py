"""Searches that found nothing, little, far or stale: counts a day, an outward code and a need or word; nothing about who."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from directory.extensions import Base
from directory.models.columns import stored
from directory.models.gaps import Shortfall


class Miss(Base):
    """How often one need or word was looked for in an outward code on one day with a poor answer.

    One of `need` (a slug of the vocabulary) and `word` (folded, as nothing understood it) is filled. `visits` counts visits
    that had not asked for it before that day: a word is shown only from eight on.
    """

    __tablename__ = "miss"
    __table_args__ = (Index("ix_miss_word", "word"), Index("ix_miss_need", "need"))

    day: Mapped[date] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(String(9), primary_key=True)  # empty: asked without a place
    need: Mapped[str] = mapped_column(String(60), primary_key=True)
    word: Mapped[str] = mapped_column(String(60), primary_key=True)
    shortfall: Mapped[Shortfall] = mapped_column(stored(Shortfall), primary_key=True)
    searches: Mapped[int] = mapped_column(default=0)
    visits: Mapped[int] = mapped_column(default=0)


class MissVisit(Base):
    """That a visit has been counted for this need or word today: a digest with the salt of the day. Gone the day after."""

    __tablename__ = "miss_visit"

    day: Mapped[date] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class DaySalt(Base):
    """The random salt of one day, thrown away the day after, so that nobody can be found again in the digests."""

    __tablename__ = "day_salt"

    day: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))


class PassedOver(Base):
    """A word that curators looked at and want to see no more."""

    __tablename__ = "passed_over"

    word: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[date]
