"""Invoices, the obligation to pay, money recorded (never held), disputes."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models import Contract, Milestone
from marketplace.db import Base, Code, Fen, Hash, Json, Line, Moment
from marketplace.rules.lifecycle import DisputeStatus, PaymentStatus

# A contradicted notification and a reversed payment may be recorded again with the same bank reference.
COUNTS = text("status NOT IN ('contradicted','reversed')")
OPEN = text("status = 'open'")
WAITING = text("next_step_on IS NOT NULL")
UNSURE = text("provisional AND settled_on IS NULL")
# Rows of the first schema have not been looked at: the next daily round does it.
NEVER_LOOKED_AT = "2000-01-01"


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


class InvoiceRefusal(Base):
    """A buyer that refuses an invoice says why, once; the founder may then record another. It moves no date."""

    __tablename__ = "invoice_refusal"
    __table_args__ = (CheckConstraint("reason <> ''", name="has_reason"),)

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    refused_on: Mapped[dt.date]
    refused_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment]


class Obligation(Base):
    """What a buyer owes for one milestone since its delivery.

    `facts` are the inputs as `payment-term assess` reads them (without payments and disputes, which are rows);
    `basis` the steps with their articles. Due date and basis are recomputed whenever a fact changes; overdue,
    days late and interest are never stored: they are computed for any day. `booked` is the digest of what the journal
    says about it, None before its first entry. `next_step_on` is the next day on which the daily round must look, None
    where nothing is to come.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        # What the daily round asks: whose day has come, and whose day rests on a calendar not published yet.
        Index("ix_obligation_next_step", "next_step_on", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_obligation_provisional", "nominal_due_on", sqlite_where=UNSURE, postgresql_where=UNSURE),
    )

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
    next_step_on: Mapped[dt.date | None] = mapped_column(server_default=NEVER_LOOKED_AT)
    booked: Mapped[Hash | None]
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
        Index("uq_payment_live_reference", "obligation_id", "bank_reference", unique=True,
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
    reversal: Mapped[PaymentReversal | None] = relationship(back_populates="payment")


class PaymentReversal(Base):
    """Why a confirmed payment counts no more: it is reversed, never deleted. Whoever looks at a day before
    `reversed_on` as it was known then still finds it counted."""

    __tablename__ = "payment_reversal"
    __table_args__ = (
        CheckConstraint("kind IN ('bounced','wrong_obligation','recorded_in_error')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), unique=True)
    kind: Mapped[Code]
    reason: Mapped[str] = mapped_column(Text)
    reversed_on: Mapped[dt.date]
    reversed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    reversed_at: Mapped[Moment]
    payment: Mapped[Payment] = relationship(back_populates="reversal")


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
