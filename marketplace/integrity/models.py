"""Declarations of interest, employment people declare, traces of submissions, and leads on collusion."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation, User
from marketplace.db import Base, Code, Hash, Json, Line, Moment
from marketplace.demand.models import Demand
from marketplace.rules.collusion import LeadStage
from marketplace.tendering.models import Bid


class Employment(Base):
    """Where somebody works or worked, as they declare it; `withdrawn_at` when they took it back as wrong."""

    __tablename__ = "employment"
    __table_args__ = (CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    employer: Mapped[Line]
    employer_uscc: Mapped[str | None] = mapped_column(String(18), index=True)
    started_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    declared_at: Mapped[Moment]
    withdrawn_at: Mapped[Moment | None]
    user: Mapped[User] = relationship()


class RelationDeclaration(Base):
    """What a bidder says of its relation to the buyer or its people. Never changed: a later one stands beside it.

    `stage`: "bidding" until the bid deadline, "explanation" after the opening.
    """

    __tablename__ = "relation_declaration"
    __table_args__ = (
        CheckConstraint("stage IN ('bidding','explanation')", name="stage"),
        CheckConstraint("NOT related OR details <> ''", name="relation_has_details"),
        Index("ix_relation_declaration_bidder", "demand_id", "founder_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    stage: Mapped[Code]
    related: Mapped[bool]
    details: Mapped[str] = mapped_column(Text, default="")
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    declared_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()
    founder: Mapped[Organisation] = relationship()


class BidTrace(Base):
    """Keyed hashes of the network address and the browser a bid came from, to be compared within one demand only.

    The address itself is stored nowhere; the row goes when its time is over (see rules.collusion.TRACE_KEPT_DAYS).
    """

    __tablename__ = "bid_trace"

    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), primary_key=True)
    address_hash: Mapped[Hash | None]
    agent_hash: Mapped[Hash | None]
    bid: Mapped[Bid] = relationship()


class CollusionScan(Base):
    """That the opened bids of a demand were compared, when, and how many pairs."""

    __tablename__ = "collusion_scan"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    bids: Mapped[int]
    pairs: Mapped[int]
    scanned_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()


class CollusionLead(Base):
    """Something two or more bids have in common. A fact with a question; the same fact is found once (`key`).

    `facts` hold what was found, `bid_ids` in which bids. The stage is `rules.collusion.LeadStage`.
    """

    __tablename__ = "collusion_lead"
    __table_args__ = (
        CheckConstraint("stage = 'new' OR note IS NOT NULL", name="looked_at_has_note"),
        CheckConstraint("stage NOT IN ('explained','forwarded') OR (closing IS NOT NULL AND closed_at IS NOT NULL)",
                        name="closed_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[Line] = mapped_column(unique=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    kind: Mapped[Code]
    strength: Mapped[Code]
    bid_ids: Mapped[Json]
    facts: Mapped[Json]
    stage: Mapped[Code] = mapped_column(default=LeadStage.NEW, index=True)
    found_at: Mapped[Moment]
    note: Mapped[str | None] = mapped_column(Text)
    noted_at: Mapped[Moment | None]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    closing: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[Moment | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    demand: Mapped[Demand] = relationship()
