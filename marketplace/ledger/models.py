"""The journal: entries that are only ever added, each balanced to zero."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.contracts.models import Contract
from marketplace.db import Base, Code, Fen, Line, Moment


class JournalEntry(Base):
    """One posting about one obligation, from one document (`source_type`, `source_id`).

    `effective_on` is the day it is about (delivery, cash, resolution; a correction: the day it was made),
    `recorded_at` when it was written. Nothing is changed or removed: what was wrong is reversed by another entry,
    which names it in `reverses_id`. The audit entry "ledger:post" about this row repeats its lines.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        CheckConstraint("debit_fen = credit_fen AND debit_fen > 0", name="balanced"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_names_entry"),
        Index("ix_journal_entry_source", "obligation_id", "source_type", "source_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    source_type: Mapped[Code]
    source_id: Mapped[int]
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    effective_on: Mapped[dt.date]
    recorded_at: Mapped[Moment]
    recorded_by: Mapped[Line]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    debit_fen: Mapped[Fen]
    credit_fen: Mapped[Fen]
    contract: Mapped[Contract] = relationship()
    lines: Mapped[list[JournalLine]] = relationship(back_populates="entry", order_by="JournalLine.id")


class JournalLine(Base):
    """One account of an entry: a debit is positive, a credit negative. `organisation_id` holds the claim."""

    __tablename__ = "journal_line"
    __table_args__ = (UniqueConstraint("entry_id", "account"), CheckConstraint("amount_fen <> 0", name="amount"))

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"))
    account: Mapped[Code]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    amount_fen: Mapped[Fen]
    entry: Mapped[JournalEntry] = relationship(back_populates="lines")
    organisation: Mapped[Organisation] = relationship()
