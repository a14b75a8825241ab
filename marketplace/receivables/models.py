"""A request to confirm a receivable, its answer, and the links by which a lender checks it."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Code, Fen, Hash, Json, Line, Moment
from marketplace.payments.models import Obligation
from marketplace.rules.lifecycle import ReceivableStatus

WAITING = text("status = 'requested'")


class Receivable(Base):
    """The founder's request that its buyer confirm what it owes (Decree 802 Art. 16(2): within 30 days).

    `amount_fen` is the principal open at the end of `requested_on`. `document` is what was confirmed, as it was then;
    `document_hash` the SHA-256 of its bytes. Whether it is still so is computed for any day, never stored.
    """

    __tablename__ = "receivable"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(status = 'requested') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(status = 'confirmed') = (document_hash IS NOT NULL)", name="confirmed_has_document"),
        CheckConstraint("status <> 'refused' OR reason IS NOT NULL", name="refusal_has_reason"),
        Index("uq_receivable_requested", "obligation_id", unique=True, sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_receivable_waiting", "answer_by", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    amount_fen: Mapped[Fen]
    financier: Mapped[Line] = mapped_column(default="")
    status: Mapped[Code] = mapped_column(default=ReceivableStatus.REQUESTED)
    requested_on: Mapped[dt.date]
    requested_at: Mapped[Moment]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    answer_by: Mapped[dt.date]
    provisional: Mapped[bool] = mapped_column(default=False)
    answered_on: Mapped[dt.date | None]
    answered_at: Mapped[Moment | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    document: Mapped[Json | None]
    document_hash: Mapped[Hash | None]
    obligation: Mapped[Obligation] = relationship()
    links: Mapped[list[ReceivableLink]] = relationship(back_populates="receivable", order_by="ReceivableLink.id")


class ReceivableLink(Base):
    """A link for one lender. Only the SHA-256 of its token is kept: nobody can read a link out of the database."""

    __tablename__ = "receivable_link"
    __table_args__ = (CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    receivable_id: Mapped[int] = mapped_column(ForeignKey("receivable.id"), index=True)
    label: Mapped[Line]
    token_hash: Mapped[Hash] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    revoked_at: Mapped[Moment | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    receivable: Mapped[Receivable] = relationship(back_populates="links")
