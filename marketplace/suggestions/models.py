"""Suggested pairings with their reasons, and the invitations that follow."""
from __future__ import annotations

from sqlalchemy import Float, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation, User
from marketplace.db import Base, Json, Line, Moment
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile


class Suggestion(Base):
    """One explained pairing. `explanation` holds contributions (adding up to `score`), reasons, counter_reasons,
    vetoes and evidence as codes and facts; the sentences are made in the reader's language."""

    __tablename__ = "suggestion"
    __table_args__ = (UniqueConstraint("demand_id", "profile_id"),
                      Index("ix_suggestion_demand_rank", "demand_id", "rank"),
                      Index("ix_suggestion_profile_score", "profile_id", "score"))

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("capability_profile.id"))
    rank: Mapped[int]
    score: Mapped[float] = mapped_column(Float)
    eligible: Mapped[bool]
    explanation: Mapped[Json]
    engine_version: Mapped[Line]
    computed_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()
    profile: Mapped[CapabilityProfile] = relationship()


class Refresh(Base):
    """When the suggestions of a demand were last computed, and from which content: stale ones are found by state."""

    __tablename__ = "suggestion_refresh"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    inputs_hash: Mapped[str]
    engine_version: Mapped[Line]
    computed_at: Mapped[Moment]


class Invitation(Base):
    """A buyer asks a founder to bid; at most once for each demand."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("demand_id", "founder_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    invited_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()
    founder: Mapped[Organisation] = relationship()
    invited_by: Mapped[User] = relationship()
