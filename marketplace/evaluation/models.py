"""Rounds of scoring by several people, what each gave, what they agreed on; and prices that had to be explained."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Code, Hash, Json, Moment
from marketplace.demand.models import Criterion, Demand
from marketplace.rules.panel import EvaluatorStatus, ExplanationStatus, RoundStatus
from marketplace.tendering.models import Bid

LIVE = text("status <> 'reopened'")
STANDING = text("status NOT IN ('recused','removed')")


class EvaluationRound(Base):
    """One round of a demand's evaluation; at most one stands. `alone`: one person scored and closed it in one go.

    `blinding_key` orders the bids for each reader. `points_hash` is that of the consensus points (rules/panel), set
    when the round is closed: from then on the scores are frozen.
    """

    __tablename__ = "evaluation_round"
    __table_args__ = (
        UniqueConstraint("demand_id", "number"),
        Index("uq_evaluation_round_live", "demand_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        CheckConstraint("(status IN ('closed','reopened')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(closed_at IS NULL) = (points_hash IS NULL)", name="closed_has_hash"),
        CheckConstraint("(status = 'reopened') = (reopened_reason IS NOT NULL)", name="reopened_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    number: Mapped[int]
    status: Mapped[Code] = mapped_column(default=RoundStatus.SCORING)
    alone: Mapped[bool] = mapped_column(default=False)
    blinding_key: Mapped[Hash]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[Moment]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    closed_at: Mapped[Moment | None]
    points_hash: Mapped[Hash | None]
    reopened_reason: Mapped[str | None] = mapped_column(Text)
    reopened_at: Mapped[Moment | None]
    demand: Mapped[Demand] = relationship()
    evaluators: Mapped[list[Evaluator]] = relationship(back_populates="round", order_by="Evaluator.id")
    points: Mapped[list[ConsensusPoint]] = relationship(order_by="ConsensusPoint.id")
    changes: Mapped[list[ConsensusChange]] = relationship(order_by="ConsensusChange.id")


class Evaluator(Base):
    """A person who scores in one round, of the buyer or from outside. `declaration` is what a recusal was about, or
    what was added to a declaration of no conflict."""

    __tablename__ = "evaluator"
    __table_args__ = (
        Index("uq_evaluator_standing", "round_id", "user_id", unique=True, sqlite_where=STANDING,
              postgresql_where=STANDING),
        CheckConstraint("status <> 'submitted' OR submitted_at IS NOT NULL", name="submitted"),
        CheckConstraint("status IN ('named','removed') OR declared_at IS NOT NULL", name="declared"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("evaluation_round.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    status: Mapped[Code] = mapped_column(default=EvaluatorStatus.NAMED)
    declaration: Mapped[str] = mapped_column(Text, default="")
    named_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    named_at: Mapped[Moment]
    declared_at: Mapped[Moment | None]
    submitted_at: Mapped[Moment | None]
    round: Mapped[EvaluationRound] = relationship(back_populates="evaluators")
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="joined")
    points: Mapped[list[EvaluatorPoint]] = relationship(back_populates="evaluator", order_by="EvaluatorPoint.id")


class EvaluatorPoint(Base):
    """What one evaluator gave one bid for one quality criterion, 0-100; frozen once the evaluator has submitted."""

    __tablename__ = "evaluator_point"
    __table_args__ = (UniqueConstraint("evaluator_id", "bid_id", "criterion_id"),
                      CheckConstraint("points BETWEEN 0 AND 100", name="points"))

    id: Mapped[int] = mapped_column(primary_key=True)
    evaluator_id: Mapped[int] = mapped_column(ForeignKey("evaluator.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    points: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[Moment]
    evaluator: Mapped[Evaluator] = relationship(back_populates="points")


class ConsensusChange(Base):
    """The panel agreed on other points than stood before: from, to, who wrote it down and why."""

    __tablename__ = "consensus_change"
    __table_args__ = (CheckConstraint("points BETWEEN 0 AND 100 AND points <> points_before", name="points"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("evaluation_round.id"), index=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    points_before: Mapped[int]
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[Moment]
    changed_by: Mapped[User] = relationship()


class ConsensusPoint(Base):
    """The agreed points as the round was closed with them, beside the `mean` they started from."""

    __tablename__ = "consensus_point"
    __table_args__ = (UniqueConstraint("round_id", "bid_id", "criterion_id"),
                      CheckConstraint("points BETWEEN 0 AND 100 AND mean BETWEEN 0 AND 100", name="points"))

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("evaluation_round.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    mean: Mapped[int]
    points: Mapped[int]
    criterion: Mapped[Criterion] = relationship()


class PriceExplanation(Base):
    """A bidder asked to explain a clearly low price, once for each bid. `facts` are the figures of the day it was
    asked (rules.panel.LowPrice). Basis: Order 87 Art. 60 (in force 2017-10-01)."""

    __tablename__ = "price_explanation"
    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        CheckConstraint("status NOT IN ('answered','accepted') OR answer IS NOT NULL", name="has_answer"),
        CheckConstraint("(status IN ('accepted','excluded')) = (decided_at IS NOT NULL AND reason IS NOT NULL)",
                        name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), unique=True)
    status: Mapped[Code] = mapped_column(default=ExplanationStatus.ASKED)
    facts: Mapped[Json]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[Moment]
    answer_by: Mapped[Moment]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[Moment | None]
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[Moment | None]
    bid: Mapped[Bid] = relationship()

    def lapsed(self, *, now: dt.datetime) -> bool:
        """Asked, not answered, and the time is over."""
        return self.status == ExplanationStatus.ASKED and now > self.answer_by
