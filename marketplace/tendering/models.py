"""Sealed bids, the keys that open them, scores and the award."""
from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Code, Fen, Hash, Json, Moment
from marketplace.demand.models import Criterion, Demand
from marketplace.rules.lifecycle import BidStatus

LIVE = text("status IN ('sealed','opened','awarded','unsuccessful')")


class OpeningKey(Base):
    """A holder's key pair. The private key is wrapped by the holder's passphrase, or kept off-line (escrow)."""

    __tablename__ = "opening_key"
    __table_args__ = (CheckConstraint("holder IN ('buyer','operator','escrow')", name="holder"),
                      UniqueConstraint("organisation_id", "holder"))

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    holder: Mapped[Code]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    wrapping: Mapped[Json] = mapped_column(default=dict)
    created_at: Mapped[Moment]


class DemandKey(Base):
    """The public key bids of one demand are sealed with; its private key exists only as shares."""

    __tablename__ = "demand_key"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Moment]
    shares: Mapped[list[KeyShare]] = relationship(order_by="KeyShare.number")


class KeyShare(Base):
    """One of three shares, any two of which open. `sealed` is encrypted to the holder; `opened` is contributed
    after the bid deadline only."""

    __tablename__ = "key_share"
    __table_args__ = (UniqueConstraint("demand_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand_key.demand_id"))
    number: Mapped[int]
    opening_key_id: Mapped[int] = mapped_column(ForeignKey("opening_key.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    opened: Mapped[bytes | None] = mapped_column(LargeBinary)
    contributed_by: Mapped[str | None] = mapped_column(String(60))
    contributed_at: Mapped[Moment | None]
    opening_key: Mapped[OpeningKey] = relationship()


class OpeningAttempt(Base):
    """A try at unlocking an opening key, written before it is checked and removed when it succeeds: so that
    tries at the same moment all count."""

    __tablename__ = "opening_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    opening_key_id: Mapped[int] = mapped_column(ForeignKey("opening_key.id"), index=True)
    attempted_by: Mapped[str] = mapped_column(String(60))
    attempted_at: Mapped[Moment]


class Bid(Base):
    """A sealed bid. Until the opening only `ciphertext` and `commitment` exist; then the opened columns are filled.

    `opening_problem` says why a bid could not be read at the opening; it then stays sealed and is shown as such.
    """

    __tablename__ = "bid"
    __table_args__ = (
        UniqueConstraint("id", "demand_id"),
        UniqueConstraint("founder_id", "idempotency_key"),
        Index("uq_bid_live", "demand_id", "founder_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        CheckConstraint("status IN ('sealed','superseded','withdrawn') OR opened_at IS NOT NULL", name="opened"),
        CheckConstraint("(opened_at IS NULL) = (price_fen IS NULL)", name="opened_has_price"),
        CheckConstraint("opening_problem IS NULL OR status = 'sealed'", name="unread_stays_sealed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    version: Mapped[int]
    status: Mapped[Code] = mapped_column(default=BidStatus.SEALED)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[Hash]
    idempotency_key: Mapped[str | None] = mapped_column(String(100))
    received_at: Mapped[Moment]
    withdrawn_at: Mapped[Moment | None]
    opened_at: Mapped[Moment | None]
    opening_problem: Mapped[Code | None]
    price_fen: Mapped[Fen | None]
    plan: Mapped[str | None] = mapped_column(Text)
    milestones: Mapped[Json | None]
    disclosures: Mapped[Json | None]
    demand: Mapped[Demand] = relationship()
    founder: Mapped[Organisation] = relationship()
    scores: Mapped[list[Score]] = relationship(back_populates="bid")


class Score(Base):
    """Points 0-100 for one opened bid and quality criterion; the price criterion is computed, never typed."""

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("bid_id", "criterion_id"),
                      CheckConstraint("points BETWEEN 0 AND 100", name="points"))

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    points: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    scored_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    scored_at: Mapped[Moment]
    bid: Mapped[Bid] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship()


class Award(Base):
    """One award for each demand, and the winning bid belongs to that demand (both enforced by the database).

    `ranking` freezes every bid's total and parts as they stood.
    """

    __tablename__ = "award"
    __table_args__ = (ForeignKeyConstraint(["bid_id", "demand_id"], ["bid.id", "bid.demand_id"]),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), unique=True)
    bid_id: Mapped[int] = mapped_column(unique=True)
    reason: Mapped[str] = mapped_column(Text)
    ranking: Mapped[Json]
    awarded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    awarded_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship(overlaps="bid")
    bid: Mapped[Bid] = relationship(overlaps="demand")
