"""The contract, its milestones, what was delivered and how it was accepted."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Code, Fen, Hash, Json, Line, Moment
from marketplace.demand.models import Demand, PaymentTermColumns
from marketplace.rules.lifecycle import ContractStatus, MilestoneStatus
from marketplace.tendering.models import Award


class Contract(PaymentTermColumns, Base):
    """Made from demand and bid. Size, SME declaration and LPR are those of the day of signing (Decree 802 Arts 3, 17).

    `text` is what both sides confirm, `text_hash` its SHA-256 (UTF-8).
    """

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("total_fen > 0", name="total"),
        CheckConstraint("status IN ('pending','cancelled') OR (signed_on IS NOT NULL AND buyer_confirmed_at IS NOT NULL"
                        " AND founder_confirmed_at IS NOT NULL)", name="signed_by_both"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[Code] = mapped_column(unique=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), unique=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), unique=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[Line]
    total_fen: Mapped[Fen]
    status: Mapped[Code] = mapped_column(default=ContractStatus.PENDING)
    payer_type: Mapped[Code]
    payee_size_at_signing: Mapped[Code]
    sme_declared_at_signing: Mapped[bool]
    lpr_at_signing: Mapped[str | None] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[Hash]
    buyer_confirmed_at: Mapped[Moment | None]
    buyer_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    founder_confirmed_at: Mapped[Moment | None]
    founder_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    signed_on: Mapped[dt.date | None]
    created_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()
    award: Mapped[Award] = relationship()
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])
    founder: Mapped[Organisation] = relationship(foreign_keys=[founder_id])
    milestones: Mapped[list[Milestone]] = relationship(back_populates="contract", order_by="Milestone.position")


class Milestone(Base):
    """A part of the work with its own amount and its own payment clock; the amounts add up to the contract's total.

    It is to be delivered within `planned_days` of signing, which makes `planned_on` once the day of signing is known.
    """

    __tablename__ = "milestone"
    __table_args__ = (UniqueConstraint("contract_id", "position"), CheckConstraint("amount_fen > 0", name="amount"))

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int]
    title: Mapped[Line]
    amount_fen: Mapped[Fen]
    planned_days: Mapped[int]
    planned_on: Mapped[dt.date | None]
    acceptance_criteria: Mapped[Json] = mapped_column(default=list)
    status: Mapped[Code] = mapped_column(default=MilestoneStatus.SCHEDULED)
    settlement_confirmed_on: Mapped[dt.date | None]
    contract: Mapped[Contract] = relationship(back_populates="milestones")
    deliveries: Mapped[list[Delivery]] = relationship(back_populates="milestone", order_by="Delivery.id")
    split: Mapped[MilestoneSplit | None] = relationship(back_populates="milestone",
                                                        foreign_keys="MilestoneSplit.milestone_id")


class Delivery(Base):
    """One delivery of a milestone; after a rejection there is another. Decision and its day stand or fall together."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("(decision IS NULL) = (decided_on IS NULL)", name="decision_has_day"),
        CheckConstraint("decision IS NULL OR decision IN ('passed','rejected')", name="decision"),
        CheckConstraint("decision <> 'rejected' OR decision_reason IS NOT NULL", name="rejection_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), index=True)
    delivered_on: Mapped[dt.date]
    note: Mapped[str] = mapped_column(Text, default="")
    delivered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment]
    decision: Mapped[Code | None]
    decided_on: Mapped[dt.date | None]
    decision_reason: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    milestone: Mapped[Milestone] = relationship(back_populates="deliveries")
    settlement: Mapped[SettlementStatement | None] = relationship(back_populates="delivery")
    clock_events: Mapped[list[ClockEvent]] = relationship(back_populates="delivery", order_by="ClockEvent.id")


class MilestoneSplit(Base):
    """Where a milestone made after signing came from: a part delivered before the rest, or rejected beside an
    accepted part. What went to it and what stayed add up to what the milestone was before."""

    __tablename__ = "milestone_split"
    __table_args__ = (
        CheckConstraint("kind IN ('delivery','acceptance')", name="kind"),
        CheckConstraint("amount_fen > 0 AND left_fen > 0", name="amounts"),
        CheckConstraint("milestone_id <> split_from_id", name="not_of_itself"),
    )

    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), primary_key=True, autoincrement=False)
    split_from_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), index=True)
    kind: Mapped[Code]
    amount_fen: Mapped[Fen]
    left_fen: Mapped[Fen]
    split_on: Mapped[dt.date]
    split_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment]
    milestone: Mapped[Milestone] = relationship(back_populates="split", foreign_keys=[milestone_id])
    split_from: Mapped[Milestone] = relationship(foreign_keys=[split_from_id])


class SettlementStatement(Base):
    """The founder's settlement statement for a delivery; the buyer confirms its amount within the agreed period."""

    __tablename__ = "settlement_statement"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), unique=True)
    amount_fen: Mapped[Fen]
    submitted_on: Mapped[dt.date]
    note: Mapped[str] = mapped_column(Text, default="")
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment]
    delivery: Mapped[Delivery] = relationship(back_populates="settlement")


class ClockEvent(Base):
    """A period that ended without the buyer's answer, written down once for each delivery."""

    __tablename__ = "clock_event"
    __table_args__ = (UniqueConstraint("delivery_id", "kind"),
                      CheckConstraint("kind IN ('acceptance','settlement')", name="kind"))

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    kind: Mapped[Code]
    ended_on: Mapped[dt.date]
    recorded_at: Mapped[Moment]
    delivery: Mapped[Delivery] = relationship(back_populates="clock_events")
