"""The validation stage of a demand: its data, who was let near it, every visit, and what the trial showed."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Code, Hash, Line, Moment
from marketplace.demand.models import Demand
from marketplace.rules.validation import GrantStatus
from marketplace.tendering.models import Bid


class ValidationStage(Base):
    """What is tried, by how many bids, on which conditions. A metric has a name, a unit and may have a threshold."""

    __tablename__ = "validation_stage"
    __table_args__ = (
        CheckConstraint("top BETWEEN 1 AND 5 AND access_days BETWEEN 1 AND 60", name="limits"),
        CheckConstraint("(metric_name IS NULL) = (metric_unit IS NULL)", name="metric_has_unit"),
        CheckConstraint("metric_threshold IS NULL OR metric_name IS NOT NULL", name="threshold_of_metric"),
    )

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True, autoincrement=False)
    top: Mapped[int]
    purpose: Mapped[str] = mapped_column(Text)
    conditions: Mapped[str] = mapped_column(Text)
    access_days: Mapped[int]
    metric_name: Mapped[Line | None]
    metric_unit: Mapped[Line | None]
    metric_threshold: Mapped[str | None] = mapped_column(String(20))
    higher_is_better: Mapped[bool] = mapped_column(default=True)
    before_publication: Mapped[bool]
    stated_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    stated_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()
    files: Mapped[list[ValidationFile]] = relationship(order_by="ValidationFile.id")
    grants: Mapped[list[ValidationGrant]] = relationship(back_populates="stage", order_by="ValidationGrant.id")


class ValidationFile(Base):
    """A file of the data offered. `stored` is its random name in the folder outside what is served."""

    __tablename__ = "validation_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("validation_stage.demand_id"), index=True)
    name: Mapped[Line]
    media_type: Mapped[Line]
    size: Mapped[int]
    sha256: Mapped[Hash]
    stored: Mapped[Code] = mapped_column(unique=True)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    added_at: Mapped[Moment]


class ValidationGrant(Base):
    """One bid's access, and what its trial showed."""

    __tablename__ = "validation_grant"
    __table_args__ = (
        CheckConstraint("status IN ('offered','active','revoked','expired','closed')", name="status"),
        CheckConstraint("status <> 'active' OR accepted_at IS NOT NULL", name="active_is_accepted"),
        CheckConstraint("status <> 'revoked' OR revoke_reason IS NOT NULL", name="revoked_has_reason"),
        CheckConstraint("(outcome IS NULL) = (recorded_at IS NULL)", name="outcome_has_moment"),
        CheckConstraint("outcome IS NULL OR outcome IN ('passed','failed')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("validation_stage.demand_id"), index=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), unique=True)
    status: Mapped[Code] = mapped_column(default=GrantStatus.OFFERED)
    expires_on: Mapped[dt.date]
    conditions_hash: Mapped[Hash]
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    offered_at: Mapped[Moment]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    accepted_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    revoke_reason: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[Code | None]
    metric_value: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment | None]
    stage: Mapped[ValidationStage] = relationship(back_populates="grants")
    bid: Mapped[Bid] = relationship()
    visits: Mapped[list[ValidationVisit]] = relationship(order_by="ValidationVisit.id")


class ValidationVisit(Base):
    """One download: who, when, which file, and a keyed digest of the address. Never changed, never removed."""

    __tablename__ = "validation_visit"
    __table_args__ = (UniqueConstraint("grant_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("validation_grant.id"))
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("validation_file.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[Moment]
    address_digest: Mapped[Hash]
    file: Mapped[ValidationFile] = relationship()
    user: Mapped[User] = relationship()
