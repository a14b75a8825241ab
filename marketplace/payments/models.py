"""Invoices, the obligation to pay, money recorded (never held), disputes."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models import Contract, Milestone
from marketplace.db import Base, Code, Fen, Json, Line, Moment
from marketplace.rules.lifecycle import DisputeStatus, PaymentStatus

# A contradicted notification may be made again with the same bank reference.
COUNTS = text("status <> 'contradicted'")
OPEN = text("status = 'open'")


class Invoice(Base):
    """The founder's invoice for a milestone. It does not start or stop the statutory clock."""

    __tablename__ = "invoice"
    __table_args__ = (UniqueConstraint("milestone_id", "number"), CheckConstraint("amount_fen > 0", name="amount"))

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), index=True)
    number: Mapped[Line]
    amount_fen: Mapped[Fen]
    issued_on: Mapped[dt.date]
    recorded_at: Mapped[Moment]
    milestone: Mapped[Milestone] = relationship()


class Obligation(Base):
    """What a buyer owes for one milestone since its delivery.

    `facts` are the inputs as `payment-term assess` reads them (without payments and disputes, which are rows);
    `basis` the steps with their articles. Due date and basis are recomputed whenever a fact changes; overdue,
    days late and interest are never stored: they are computed for any day.
    """

    __tablename__ = "obligation"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    amount_fen: Mapped[Fen]
    facts: Mapped[Json]
    basis: Mapped[Json]
    term_start: Mapped[dt.date | None]
    nominal_due_on: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None] = mapped_column(index=True)
    provisional: Mapped[bool] = mapped_column(default=False)
    settled_on: Mapped[dt.date | None]
    created_at: Mapped[Moment]
    milestone: Mapped[Milestone] = relationship()
    contract: Mapped[Contract] = relationship()
    payments: Mapped[list[Payment]] = relationship(back_populates="obligation", order_by="Payment.paid_on, Payment.id")
    disputes: Mapped[list[Dispute]] = relationship(back_populates="obligation", order_by="Dispute.id")


class Payment(Base):
    """A payment the buyer notified. Only a confirmed one counts; it counts from `cash_on` for bills and e-vouchers."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(status = 'notified') = (answered_at IS NULL)", name="answered"),
        Index("uq_payment_reference", "obligation_id", "bank_reference", unique=True,
              sqlite_where=COUNTS, postgresql_where=COUNTS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    amount_fen: Mapped[Fen]
    paid_on: Mapped[dt.date]
    instrument: Mapped[Code] = mapped_column(default="transfer")
    cash_on: Mapped[dt.date | None]
    bank_reference: Mapped[Line]
    status: Mapped[Code] = mapped_column(default=PaymentStatus.NOTIFIED)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]
    answer_note: Mapped[str | None] = mapped_column(Text)
    obligation: Mapped[Obligation] = relationship(back_populates="payments")


class Dispute(Base):
    """Part of an obligation in dispute (Decree 802 Art. 15: the rest is paid on time); one open at a time."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("disputed_fen > 0", name="amount"),
        CheckConstraint("(status = 'open') = (resolved_on IS NULL)", name="resolved_has_day"),
        Index("uq_dispute_open", "obligation_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    disputed_fen: Mapped[Fen]
    reason: Mapped[str] = mapped_column(Text)
    opened_on: Mapped[dt.date]
    status: Mapped[Code] = mapped_column(default=DisputeStatus.OPEN)
    resolved_on: Mapped[dt.date | None]
    upheld_fen: Mapped[Fen | None]
    resolution_note: Mapped[str | None] = mapped_column(String(2000))
    obligation: Mapped[Obligation] = relationship(back_populates="disputes")
