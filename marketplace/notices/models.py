"""Messages to an organisation, and the record of daily jobs."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Code, Json, Moment


class Notice(Base):
    """One message: a code and facts, written in the reader's language when shown.

    `dedupe_key` makes each step happen once.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_inbox", "organisation_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[Code]
    facts: Mapped[Json]
    link: Mapped[str] = mapped_column(String(200), default="")
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[Moment]
    read_at: Mapped[Moment | None]


class JobRun(Base):
    """A daily job done for a business date: run it 24 times, it happens once."""

    __tablename__ = "job_run"

    job: Mapped[Code] = mapped_column(primary_key=True)
    business_date: Mapped[dt.date] = mapped_column(primary_key=True)
    finished_at: Mapped[Moment]
    outcome: Mapped[Json]
