"""The audit chain: each entry carries the hash of the one before it."""
from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Code, Hash, Line, Moment


class AuditEntry(Base):
    """One change. `seq` counts from 1 without gaps; `facts` is canonical JSON text, hashed as it stands."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_object", "object_type", "object_id"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    actor: Mapped[Line]
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[Code]
    object_id: Mapped[Code]
    facts: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[Hash]
    hash: Mapped[Hash] = mapped_column(unique=True)


class AuditHead(Base):
    """The end of the chain: one row, locked by every writer, so that entries never fork."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[Hash]
