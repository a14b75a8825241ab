"""Questions about a demand, their answers, and who asked: the one thing that is never told."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Code, Moment
from marketplace.demand.models import Demand
from marketplace.rules.questions import QuestionStatus, legal_day, letters


class QuestionAsker(Base):
    """Which company is a demand's asker A, B, …: `place` counts from 1 in the order of first asking.

    Only here does an asker have a name, for dealing with abuse. Places are counted anew for each demand, so that nobody
    can link the questions one company asks about several.
    """

    __tablename__ = "question_asker"
    __table_args__ = (UniqueConstraint("demand_id", "organisation_id"), UniqueConstraint("demand_id", "place"))

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    place: Mapped[int]

    @property
    def letters(self) -> str:
        """The public name: A, B, …"""
        return letters(self.place)


class Question(Base):
    """A question; `number` counts from 1 within its demand. `reason` says why the operator hid it."""

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("demand_id", "number"),
        Index("ix_question_status", "status", "demand_id"),
        CheckConstraint("status IN ('open','answered','hidden','withdrawn')", name="status"),
        CheckConstraint("(status = 'hidden') = (reason IS NOT NULL)", name="hidden_has_reason"),
        CheckConstraint("(status IN ('hidden','withdrawn')) = (ended_at IS NOT NULL)", name="ended_has_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    number: Mapped[int]
    asker_id: Mapped[int] = mapped_column(ForeignKey("question_asker.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[Code] = mapped_column(default=QuestionStatus.OPEN)
    asked_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    reason: Mapped[str | None] = mapped_column(Text)
    demand: Mapped[Demand] = relationship()
    asker: Mapped[QuestionAsker] = relationship(lazy="joined")
    answers: Mapped[list[QuestionAnswer]] = relationship(
        back_populates="question", order_by="QuestionAnswer.version", lazy="selectin")

    @property
    def asked_on(self) -> dt.date:
        """The legal day of asking: all that is public, because a minute would link the questions of one asker."""
        return legal_day(self.asked_at)


class QuestionAnswer(Base):
    """The buyer's answer; a correction is the next version, and the one before stays to be read."""

    __tablename__ = "question_answer"
    __table_args__ = (UniqueConstraint("question_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[Moment]
    question: Mapped[Question] = relationship(back_populates="answers")
