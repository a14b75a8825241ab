"""Bank statements as an organisation uploaded them, their lines, and what each line was matched to."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Code, Fen, Hash, Line, Moment
from marketplace.payments.models import Payment


class BankStatement(Base):
    """One uploaded file. `direction`: "in" is what a founder received, "out" what a buyer paid.

    `known_lines` were in an earlier upload already; `other_lines` went the other way and were left out.
    """

    __tablename__ = "bank_statement"
    __table_args__ = (CheckConstraint("direction IN ('in','out')", name="direction"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    direction: Mapped[Code]
    filename: Mapped[Line]
    file_hash: Mapped[Hash]
    new_lines: Mapped[int]
    known_lines: Mapped[int]
    other_lines: Mapped[int]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    uploaded_at: Mapped[Moment]


class BankLine(Base):
    """One transfer. `fingerprint` and `occurrence` tell it again when the same file, or a longer one, is uploaded."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("organisation_id", "direction", "fingerprint", "occurrence"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(set_aside_at IS NULL) = (set_aside_note IS NULL)", name="set_aside_has_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    direction: Mapped[Code]
    booked_on: Mapped[dt.date]
    amount_fen: Mapped[Fen]
    counterparty: Mapped[Line]
    remark: Mapped[str] = mapped_column(String(500))
    reference: Mapped[Line]
    fingerprint: Mapped[Hash]
    occurrence: Mapped[int]
    set_aside_at: Mapped[Moment | None]
    set_aside_note: Mapped[Line | None]
    statement: Mapped[BankStatement] = relationship()
    matches: Mapped[list[BankMatch]] = relationship(back_populates="line", order_by="BankMatch.id")


class BankMatch(Base):
    """A line, or a part of it, that is a payment; free again when the payment is contradicted or reversed."""

    __tablename__ = "bank_match"
    __table_args__ = (UniqueConstraint("line_id", "payment_id"), CheckConstraint("amount_fen > 0", name="amount"))

    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("bank_line.id"), index=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    amount_fen: Mapped[Fen]
    matched_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    matched_at: Mapped[Moment]
    line: Mapped[BankLine] = relationship(back_populates="matches")
    payment: Mapped[Payment] = relationship()
