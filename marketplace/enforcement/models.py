"""Steps taken on the ladder, appeals against them, the buyer's contacts, and the papers made for founders."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Code, Hash, Json, Line, Moment
from marketplace.payments.models import Obligation
from marketplace.rules.escalation_states import AppealStatus, StepStatus

OPEN = text("status = 'open'")


class EscalationStep(Base):
    """One step of the ladder reached by one obligation, at most once in each round.

    A round belongs to a due date: when the date moves after something was said, a new round begins. `reached_on` is
    the step's own day, `taken_on` the day the round found it. `said` is False for a step that was passed over in
    silence because a later one was reached; it holds all the same. `edition` is the first day of the ladder followed.
    """

    __tablename__ = "escalation_step"
    __table_args__ = (
        UniqueConstraint("obligation_id", "step", "round"),
        CheckConstraint("status IN ('taken','closed','undone')", name="status"),
        CheckConstraint("(status = 'taken') = (closed_on IS NULL)", name="closed_has_day"),
        CheckConstraint("(closed_on IS NULL) = (close_reason IS NULL)", name="closed_has_reason"),
        CheckConstraint("taken_on >= reached_on", name="not_before_its_day"),
        Index("ix_escalation_step_step_taken_on", "step", "taken_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    step: Mapped[Code]
    round: Mapped[int]
    due_on: Mapped[dt.date]
    reached_on: Mapped[dt.date]
    taken_on: Mapped[dt.date]
    taken_at: Mapped[Moment]
    said: Mapped[bool]
    edition: Mapped[dt.date]
    status: Mapped[Code] = mapped_column(default=StepStatus.TAKEN)
    closed_on: Mapped[dt.date | None]
    close_reason: Mapped[Code | None]
    obligation: Mapped[Obligation] = relationship()
    appeals: Mapped[list[StepAppeal]] = relationship(back_populates="step", order_by="StepAppeal.id")


class StepAppeal(Base):
    """A buyer says why a step is wrong; the operator decides with a reason. One open appeal for each step."""

    __tablename__ = "step_appeal"
    __table_args__ = (
        CheckConstraint("status IN ('open','upheld','dismissed','lapsed')", name="status"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_has_moment"),
        CheckConstraint("status NOT IN ('upheld','dismissed') OR (decision_note IS NOT NULL AND decided_by_id IS NOT"
                        " NULL)", name="decision_has_reason"),
        Index("uq_step_appeal_open", "step_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("escalation_step.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[Moment]
    status: Mapped[Code] = mapped_column(default=AppealStatus.OPEN)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[Moment | None]
    decision_note: Mapped[str | None] = mapped_column(Text)
    step: Mapped[EscalationStep] = relationship(back_populates="appeals")
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])


class BuyerContact(Base):
    """The person a buyer names for one role: finance, or its head. Letters of the ladder go to their address."""

    __tablename__ = "buyer_contact"
    __table_args__ = (CheckConstraint("role IN ('finance','head')", name="role"),
                      CheckConstraint("language IN ('zh','en')", name="language"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    role: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Line]
    email: Mapped[Line]
    phone: Mapped[Code] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    updated_at: Mapped[Moment]


class Paper(Base):
    """A demand letter or complaint file as it was handed out.

    `content` is the paper as data, `pages` what is printed; printing `pages` again gives the bytes whose SHA-256 is
    `sha256`. The same paper asked for twice is one row.
    """

    __tablename__ = "enforcement_paper"
    __table_args__ = (
        UniqueConstraint("obligation_id", "kind", "language", "sha256"),
        CheckConstraint("kind IN ('demand_letter','complaint_file')", name="kind"),
        CheckConstraint("language IN ('zh','en')", name="language"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    kind: Mapped[Code]
    language: Mapped[str] = mapped_column(String(2))
    as_of: Mapped[dt.date]
    content: Mapped[Json]
    pages: Mapped[Json]
    sha256: Mapped[Hash] = mapped_column(index=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[Moment]
    obligation: Mapped[Obligation] = relationship()
