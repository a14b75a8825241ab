"""What a one-person company can do, and what it has done."""
from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Fen, Json, Line, Moment


class CapabilityProfile(Base):
    """A founder's capability profile; one for each company. `day_rate_fen` is fen a day.

    `version` rises with every change of content. `related_usccs` are the organisations the founder has an interest in
    (employed there, holding shares, close family in charge): never shown to others, never matched with them.
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
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[Moment]
    founder: Mapped[Organisation] = relationship(lazy="joined")
    past_cases: Mapped[list[PastCase]] = relationship(
        back_populates="profile", order_by="PastCase.position", cascade="all, delete-orphan", lazy="selectin")


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
