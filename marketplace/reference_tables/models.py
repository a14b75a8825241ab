"""Loaded tables, and what each of them changed."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Code, Fen, Hash, Json, Moment

UNDONE = text("applied_at IS NULL")


class ReferenceTable(Base):
    """One version of a table, complete: the newest of a kind is in force. Version 0 is the file we ship.

    `hash` is the SHA-256 of the document's canonical JSON; `applied_at` the moment when everything it touches had
    been recomputed, None until then.
    """

    __tablename__ = "reference_table"
    __table_args__ = (
        UniqueConstraint("kind", "version"),
        CheckConstraint("kind IN ('holidays','lpr')", name="kind"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("source <> ''", name="has_source"),
        Index("ix_reference_table_undone", "id", sqlite_where=UNDONE, postgresql_where=UNDONE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    version: Mapped[int]
    document: Mapped[Json]
    source: Mapped[str] = mapped_column(Text)
    hash: Mapped[Hash]
    loaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    loaded_at: Mapped[Moment]
    applied_at: Mapped[Moment | None]
    loaded_by: Mapped[User | None] = relationship()


class ReferenceEffect(Base):
    """What a table changed for one obligation, as of the day it was applied; written once."""

    __tablename__ = "reference_effect"

    table_id: Mapped[int] = mapped_column(ForeignKey("reference_table.id"), primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), primary_key=True, index=True)
    applied_on: Mapped[dt.date]
    due_before: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None]
    interest_before_fen: Mapped[Fen | None]
    interest_fen: Mapped[Fen | None]
