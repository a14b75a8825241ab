"""The standstill after an award, and the objections raised in it."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Code, Moment
from marketplace.demand.models import Demand
from marketplace.rules.objections import ObjectionStatus

STANDING = text("revoked_at IS NULL")
WAITING = text("status IN ('open','escalated')")


class StandstillPeriod(Base):
    """The standstill of one award. Its end is counted from the calendar in force, never stored.

    An award of before the platform kept standstills has none. `signed_at` ends it for good, `revoked_at` when the
    award fell; `ended_told_at` is when both sides heard that they may sign.
    """

    __tablename__ = "standstill"
    __table_args__ = (
        CheckConstraint("working_days > 0", name="working_days"),
        CheckConstraint("signed_at IS NULL OR revoked_at IS NULL", name="one_end"),
        Index("uq_standstill_standing", "demand_id", unique=True, sqlite_where=STANDING, postgresql_where=STANDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    winner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    awarded_at: Mapped[Moment]
    working_days: Mapped[int]
    signed_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]
    ended_told_at: Mapped[Moment | None]
    demand: Mapped[Demand] = relationship()
    objections: Mapped[list[Objection]] = relationship(back_populates="standstill", order_by="Objection.id")


class Objection(Base):
    """A bidder's objection to an award, with the buyer's answer and the operator's finding; one for each bidder."""

    __tablename__ = "objection"
    __table_args__ = (
        UniqueConstraint("standstill_id", "founder_id"),
        CheckConstraint("status IN ('open','dismissed','upheld','escalated','unfounded','withdrawn','lapsed')",
                        name="status"),
        CheckConstraint("status <> 'open' OR closed_on IS NULL", name="open_is_not_closed"),
        CheckConstraint("status NOT IN ('dismissed','upheld','unfounded','withdrawn','lapsed')"
                        " OR closed_on IS NOT NULL", name="closed_has_day"),
        CheckConstraint("status NOT IN ('dismissed') OR answer IS NOT NULL", name="dismissal_has_reasons"),
        CheckConstraint("status <> 'upheld' OR answer IS NOT NULL OR finding IS NOT NULL", name="upheld_has_reasons"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_has_moment"),
        CheckConstraint("(finding IS NULL) = (found_at IS NULL)", name="finding_has_moment"),
        CheckConstraint("status <> 'upheld' OR consequence IS NOT NULL", name="upheld_has_consequence"),
        Index("ix_objection_waiting", "standstill_id", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    standstill_id: Mapped[int] = mapped_column(ForeignKey("standstill.id"))
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    ground: Mapped[Code]
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[Code] = mapped_column(default=ObjectionStatus.OPEN)
    filed_at: Mapped[Moment]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    answer_by: Mapped[dt.date]
    provisional: Mapped[bool]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[Moment | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    consequence: Mapped[Code | None]
    escalated_at: Mapped[Moment | None]
    escalation: Mapped[str | None] = mapped_column(Text)
    finding: Mapped[str | None] = mapped_column(Text)
    found_at: Mapped[Moment | None]
    found_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    closed_on: Mapped[dt.date | None]
    standstill: Mapped[StandstillPeriod] = relationship(back_populates="objections")
    founder: Mapped[Organisation] = relationship()
