"""Suggested pairings with their reasons, what people say to them, and the invitations that follow."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation, User
from marketplace.db import Base, Code, Json, Line, Moment
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile

SEEN = text("kind IN ('shown','viewed')")


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


class MatchEvent(Base):
    """Something said or seen about a pairing; rows are only added. `position` is where it stood on the page.

    `propensity` is the probability with which a place drawn at random fell to this pair; None where nothing was
    drawn. Seen at most once for each person and day; nothing is kept of people who are not signed in.
    """

    __tablename__ = "match_event"
    __table_args__ = (
        CheckConstraint("side IN ('founder','buyer')", name="side"),
        CheckConstraint("(kind = 'dismissed') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("position IS NULL OR position > 0", name="position"),
        CheckConstraint("propensity IS NULL OR (propensity > 0 AND propensity <= 1)", name="propensity"),
        Index("ix_match_event_pair", "demand_id", "profile_id", "side"),
        Index("ix_match_event_kind_day", "kind", "happened_on"),
        Index("uq_match_event_seen", "person_id", "demand_id", "profile_id", "kind", "happened_on", unique=True,
              sqlite_where=SEEN, postgresql_where=SEEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("capability_profile.id"), index=True)
    side: Mapped[Code]
    kind: Mapped[Code]
    person_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    position: Mapped[int | None]
    propensity: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[Code | None]
    note: Mapped[str] = mapped_column(Text, default="")
    happened_on: Mapped[dt.date]
    at: Mapped[Moment]


class InvitationRound(Base):
    """The proposals of one month, made over the whole market at once. `report` holds their figures."""

    __tablename__ = "invitation_round"

    month: Mapped[Code] = mapped_column(primary_key=True)
    engine_version: Mapped[Line]
    report: Mapped[Json]
    proposed_at: Mapped[Moment]


class ProposedInvitation(Base):
    """Whom a demand is proposed to invite in a month. `explore`: a place drawn among newcomers, with its propensity."""

    __tablename__ = "proposed_invitation"
    __table_args__ = (UniqueConstraint("month", "demand_id", "profile_id"),
                      CheckConstraint("explore = (propensity IS NOT NULL)", name="drawn_has_propensity"))

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[Code] = mapped_column(ForeignKey("invitation_round.month"))
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("capability_profile.id"), index=True)
    position: Mapped[int]
    probability: Mapped[float] = mapped_column(Float)
    newcomer: Mapped[bool]
    explore: Mapped[bool]
    propensity: Mapped[float | None] = mapped_column(Float)
    demand: Mapped[Demand] = relationship()
    profile: Mapped[CapabilityProfile] = relationship()


class TeamSuggestion(Base):
    """Who covers a demand together, computed with its suggestions. `content` is {facets, singles, teams} in ids,
    codes and quoted words."""

    __tablename__ = "team_suggestion"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    content: Mapped[Json]
    computed_at: Mapped[Moment]


class PartnerInvitation(Base):
    """A founder asks another to take on a demand together; once for each pair and demand."""

    __tablename__ = "partner_invitation"
    __table_args__ = (
        UniqueConstraint("demand_id", "from_founder_id", "to_founder_id"),
        CheckConstraint("from_founder_id <> to_founder_id", name="two_people"),
        CheckConstraint("status IN ('sent','accepted','declined')", name="status"),
        CheckConstraint("(status = 'sent') = (answered_at IS NULL)", name="answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    from_founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    to_founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[Code] = mapped_column(default="sent")
    sent_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]
    demand: Mapped[Demand] = relationship()
    from_founder: Mapped[Organisation] = relationship(foreign_keys=[from_founder_id])
    to_founder: Mapped[Organisation] = relationship(foreign_keys=[to_founder_id])
    sent_by: Mapped[User] = relationship()
