"""Messages to an organisation, and the record of daily jobs."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Code, Json, Line, Moment

UNSENT = text("sent_at IS NULL AND given_up_at IS NULL")


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


class Mail(Base):
    """One e-mail to be sent: written with the change it tells of, sent by a job, so neither happens without the other.

    `role` says to whom of the organisation it is addressed. `attempts` and `last_error` tell of failed tries;
    `given_up_at` is when no further try is made.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="one_end"),
        Index("ix_mail_waiting", "try_after", "id", sqlite_where=UNSENT, postgresql_where=UNSENT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Code]
    address: Mapped[Line]
    name: Mapped[Line] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    code: Mapped[Code]
    facts: Mapped[Json]
    link: Mapped[str] = mapped_column(String(200), default="")
    dedupe_key: Mapped[str] = mapped_column(String(140), unique=True)
    created_at: Mapped[Moment]
    try_after: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[Moment | None]
    given_up_at: Mapped[Moment | None]


class JobRun(Base):
    """A daily job done for a business date: run it 24 times, it happens once."""

    __tablename__ = "job_run"

    job: Mapped[Code] = mapped_column(primary_key=True)
    business_date: Mapped[dt.date] = mapped_column(primary_key=True)
    finished_at: Mapped[Moment]
    outcome: Mapped[Json]
