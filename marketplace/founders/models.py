"""What a one-person company can do, and what it has done."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Code, Fen, Hash, Json, Line, Moment
from marketplace.rules.credentials import CredentialStatus


class CapabilityProfile(Base):
    """A founder's capability profile; one for each company. `day_rate_fen` is fen a day.

    `version` rises with every change of content. `related_usccs` are the organisations the founder has an interest in
    (employed there, holding shares, close family in charge): never shown to others, never matched with them.
    `agents` are the tools and agents used for work: {"name", "purpose", "residency", "human_review"} each, where
    residency says where their models run (rules.agents). `hours_per_week` and `available_from` are the founder's word.
    """

    __tablename__ = "capability_profile"
    __table_args__ = (
        CheckConstraint("day_rate_fen IS NULL OR day_rate_fen > 0", name="day_rate"),
        CheckConstraint("capacity_days_per_month IS NULL OR capacity_days_per_month BETWEEN 0 AND 31", name="capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    external_ref: Mapped[Line | None] = mapped_column(unique=True)
    headline: Mapped[Line]
    bio: Mapped[str] = mapped_column(Text, default="")
    skills: Mapped[Json] = mapped_column(default=list)
    industries: Mapped[Json] = mapped_column(default=list)
    region: Mapped[Line] = mapped_column(default="")
    day_rate_fen: Mapped[Fen | None]
    remote_ok: Mapped[bool] = mapped_column(default=True)
    languages: Mapped[Json] = mapped_column(default=list)
    certifications: Mapped[Json] = mapped_column(default=list)
    capacity_days_per_month: Mapped[int | None]
    related_usccs: Mapped[Json] = mapped_column(default=list)
    agents: Mapped[Json] = mapped_column(default=list, server_default=text("'[]'"))
    available_from: Mapped[dt.date | None]
    hours_per_week: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[Moment]
    founder: Mapped[Organisation] = relationship(lazy="joined")
    past_cases: Mapped[list[PastCase]] = relationship(
        back_populates="profile", order_by="PastCase.position", cascade="all, delete-orphan", lazy="selectin")
    credentials: Mapped[list[Credential]] = relationship(
        primaryjoin="CapabilityProfile.founder_id == foreign(Credential.founder_id)", viewonly=True,
        order_by="Credential.id", lazy="selectin")


class PastCase(Base):
    """A piece of earlier work. `contract_id` is set when it comes from a paid contract on this platform."""

    __tablename__ = "past_case"
    __table_args__ = (UniqueConstraint("profile_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("capability_profile.id"))
    position: Mapped[int]
    title: Mapped[Line]
    summary: Mapped[str] = mapped_column(Text, default="")
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    profile: Mapped[CapabilityProfile] = relationship(back_populates="past_cases")


class VerifiedCase(Base):
    """What a fulfilled contract here says of its founder; one for each contract, never edited by anyone.

    Counted when it was fulfilled: `delivered_on_time` of its milestones by their planned day, `paid_on_time` by the
    due date. The buyer's name is shown only with `consented_at`; `hidden_at` is the founder's choice; `suspended_at`
    while a reversed payment has opened the contract again.
    """

    __tablename__ = "verified_case"
    __table_args__ = (
        CheckConstraint("milestones > 0 AND delivered_on_time BETWEEN 0 AND milestones"
                        " AND paid_on_time BETWEEN 0 AND milestones", name="counts"),
        CheckConstraint("finished_on >= signed_on", name="days"),
        CheckConstraint("(consented_at IS NULL) = (consented_by_id IS NULL)", name="consent"),
    )

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), primary_key=True, autoincrement=False)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[Code] = mapped_column(unique=True)
    title: Mapped[Line]
    summary: Mapped[str] = mapped_column(Text, default="")
    buyer_kind: Mapped[Code]
    amount_fen: Mapped[Fen]
    signed_on: Mapped[dt.date]
    finished_on: Mapped[dt.date]
    milestones: Mapped[int]
    delivered_on_time: Mapped[int]
    paid_on_time: Mapped[int]
    recorded_at: Mapped[Moment]
    hidden_at: Mapped[Moment | None]
    consented_at: Mapped[Moment | None]
    consented_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    suspended_at: Mapped[Moment | None]
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])

    @property
    def shown(self) -> bool:
        """Whether others see it."""
        return self.hidden_at is None and self.suspended_at is None


class Credential(Base):
    """A certificate or licence of a founder, as stated and as the operator found it.

    `valid_until` is its last valid day, None when it does not expire. The evidence stays with the founder; only its
    SHA-256 is kept. `lapsed_at` is when its expiry took effect in the matching; `renews_id` the one it follows.
    """

    __tablename__ = "credential"
    __table_args__ = (
        CheckConstraint("status IN ('claimed','verified','refused','withdrawn')", name="status"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
        CheckConstraint("status <> 'refused' OR reason IS NOT NULL", name="refusal_has_reason"),
        CheckConstraint("status NOT IN ('verified','refused') OR decided_at IS NOT NULL", name="decided_has_moment"),
        Index("uq_credential_number", "founder_id", "issuer", "number", "valid_from", unique=True,
              sqlite_where=text("status <> 'withdrawn'"), postgresql_where=text("status <> 'withdrawn'")),
        Index("ix_credential_expiry", "valid_until"),
        Index("ix_credential_queue", "status", "claimed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[Line]
    issuer: Mapped[Line]
    number: Mapped[Line]
    valid_from: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]
    evidence_sha256: Mapped[Hash | None]
    status: Mapped[Code] = mapped_column(default=CredentialStatus.CLAIMED)
    claimed_at: Mapped[Moment]
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    lapsed_at: Mapped[Moment | None]
    renews_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id"))
    founder: Mapped[Organisation] = relationship()


class TimeAway(Base):
    """Days on which a founder takes no work, both ends included. Nobody else sees the note."""

    __tablename__ = "time_away"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    note: Mapped[Line] = mapped_column(default="")
    created_at: Mapped[Moment]
