"""Editions of the monthly list, their tracks and items, and who wants to be told of the next one."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Code, Hash, Json, Line, Moment
from marketplace.demand.models import Demand
from marketplace.rules.editions import EditionStatus, ItemStatus, Origin, name_of

WHOLE = text("track_id IS NULL")


class Track(Base):
    """A theme (赛道) that demands of an edition are sorted under. One that is not `active` takes no further demands."""

    __tablename__ = "edition_track"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name_zh: Mapped[Line]
    name_en: Mapped[Line]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]


class Edition(Base):
    """The list of one month. `month` is its first day, `number` counts editions from 1.

    Frozen: `document` says all of it and `document_hash` is the SHA-256 of its canonical JSON; neither changes again.
    """

    __tablename__ = "edition"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("status IN ('draft','frozen','published')", name="status"),
        CheckConstraint("(status = 'draft') = (document_hash IS NULL)", name="frozen_has_hash"),
        CheckConstraint("(status = 'draft') = (frozen_at IS NULL)", name="frozen_has_moment"),
        CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published_has_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[dt.date] = mapped_column(unique=True)
    number: Mapped[int] = mapped_column(unique=True)
    title_zh: Mapped[Line]
    title_en: Mapped[Line]
    introduction_zh: Mapped[str] = mapped_column(Text, default="")
    introduction_en: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[Code] = mapped_column(default=EditionStatus.DRAFT)
    document: Mapped[Json | None]
    document_hash: Mapped[Hash | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    frozen_at: Mapped[Moment | None]
    published_at: Mapped[Moment | None]
    items: Mapped[list[EditionItem]] = relationship(
        back_populates="edition", order_by="EditionItem.position, EditionItem.id")

    @property
    def name(self) -> str:
        """"2026-11", as it stands in addresses."""
        return name_of(self.month)


class EditionItem(Base):
    """A demand proposed for, included in or declined from an edition. After the freeze rows no longer change."""

    __tablename__ = "edition_item"
    __table_args__ = (
        UniqueConstraint("edition_id", "demand_id"),
        CheckConstraint("status IN ('proposed','included','declined')", name="status"),
        CheckConstraint("kind IN ('operator','buyer','carried_over')", name="kind"),
        CheckConstraint("(status = 'declined') = (decline_reason IS NOT NULL)", name="declined_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    track_id: Mapped[int | None] = mapped_column(ForeignKey("edition_track.id"))
    position: Mapped[int] = mapped_column(default=0)
    status: Mapped[Code] = mapped_column(default=ItemStatus.INCLUDED)
    kind: Mapped[Code] = mapped_column(default=Origin.OPERATOR)
    note: Mapped[str] = mapped_column(Text, default="")
    decline_reason: Mapped[str | None] = mapped_column(Text)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    added_at: Mapped[Moment]
    edition: Mapped[Edition] = relationship(back_populates="items")
    demand: Mapped[Demand] = relationship()
    track: Mapped[Track | None] = relationship()


class EditionSubscription(Base):
    """An organisation wants to be told when an edition comes out: every one, or those with a track's demands."""

    __tablename__ = "edition_subscription"
    __table_args__ = (
        UniqueConstraint("organisation_id", "track_id"),
        Index("uq_edition_subscription_whole", "organisation_id", unique=True, sqlite_where=WHOLE,
              postgresql_where=WHOLE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    track_id: Mapped[int | None] = mapped_column(ForeignKey("edition_track.id"), index=True)
    created_at: Mapped[Moment]
    track: Mapped[Track | None] = relationship()


class EditionReader(Base):
    """An address that gets the monthly list by mail: a signed-in person's, or a visitor's who confirmed it.

    `token` stands in the links of their mails and lets its holder confirm or leave, nothing else. The row goes when
    they leave: no address is kept of those who did.
    """

    __tablename__ = "edition_reader"
    __table_args__ = (CheckConstraint("confirmed_at IS NULL OR confirmed_at >= asked_at", name="confirmed_after"),
                      CheckConstraint("user_id IS NULL OR confirmed_at IS NOT NULL", name="person_is_confirmed"))

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[Line] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="zh")
    token: Mapped[Hash] = mapped_column(unique=True)
    asked_at: Mapped[Moment]
    confirmed_at: Mapped[Moment | None] = mapped_column(index=True)
