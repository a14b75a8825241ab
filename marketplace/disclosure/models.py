"""What a buyer has disclosed about a year, version by version."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Hash, Json, Moment

DRAFT = text("confirmed_at IS NULL")


class DisclosurePack(Base):
    """One version of a buyer's disclosure of a year. Until it is confirmed only the explanation is kept; then
    `document` says what was confirmed, and `document_hash` the SHA-256 of its canonical JSON. Never changed after."""

    __tablename__ = "disclosure_pack"
    __table_args__ = (
        UniqueConstraint("buyer_id", "report_year", "version"),
        Index("uq_disclosure_pack_draft", "buyer_id", "report_year", unique=True,
              sqlite_where=DRAFT, postgresql_where=DRAFT),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("(confirmed_at IS NULL) = (document_hash IS NULL)", name="confirmed_has_document"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_on IS NULL)", name="confirmed_has_day"),
        CheckConstraint("length(explanation) <= 500", name="explanation_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    report_year: Mapped[int]
    version: Mapped[int]
    explanation: Mapped[str] = mapped_column(Text, default="")
    document: Mapped[Json | None]
    document_hash: Mapped[Hash | None]
    created_at: Mapped[Moment]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    confirmed_on: Mapped[dt.date | None]
    confirmed_at: Mapped[Moment | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    buyer: Mapped[Organisation] = relationship()
