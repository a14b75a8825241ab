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
from marketplace.db import Base, Code, Fen, Hash, Json, Line, Moment
from marketplace.demand.models import Criterion, Demand
from marketplace.rules.joint_bid import MemberStatus
from marketplace.rules.lifecycle import BidStatus

LIVE = text("status IN ('sealed','opened','awarded','unsuccessful')")
BOUND = text("status = 'confirmed'")


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
    `team` [{uscc, name, role, share_bp}], the lead first, empty for one founder alone; `attachments` [{file, name,
    media_type, size, sha256, key}], the key being the file's own. `exclusion` is why it is out of the ranking for its
    price (evaluation.prices).
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
    team: Mapped[Json | None]
    attachments: Mapped[Json | None]
    exclusion: Mapped[str | None] = mapped_column(Text)
    demand: Mapped[Demand] = relationship()
    founder: Mapped[Organisation] = relationship()
    scores: Mapped[list[Score]] = relationship(back_populates="bid")


class BidTeam(Base):
    """Founders who want to bid as one; the lead stands among the members. A dissolved team keeps its rows."""

    __tablename__ = "bid_team"
    __table_args__ = (Index("uq_bid_team_standing", "demand_id", "lead_id", unique=True,
                            sqlite_where=text("dissolved_at IS NULL"),
                            postgresql_where=text("dissolved_at IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_at: Mapped[Moment]
    dissolved_at: Mapped[Moment | None]
    demand: Mapped[Demand] = relationship()
    lead: Mapped[Organisation] = relationship()
    members: Mapped[list[BidTeamMember]] = relationship(back_populates="team", order_by="BidTeamMember.id")


class BidTeamMember(Base):
    """A founder named in a joint bid. `asked_at`: when this role and share were put to them, answered `answered_at`;
    `entered_at`: when a bid was handed in with them. Who has confirmed is in no other team for the same demand."""

    __tablename__ = "bid_team_member"
    __table_args__ = (
        UniqueConstraint("team_id", "founder_id"),
        CheckConstraint("share_bp BETWEEN 1 AND 9999", name="share"),
        CheckConstraint("status IN ('invited','confirmed','declined','withdrawn')", name="status"),
        Index("uq_bid_team_member_bound", "demand_id", "founder_id", unique=True, sqlite_where=BOUND,
              postgresql_where=BOUND),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("bid_team.id"))
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Line]
    share_bp: Mapped[int]
    status: Mapped[Code] = mapped_column(default=MemberStatus.INVITED)
    asked_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]
    entered_at: Mapped[Moment | None]
    team: Mapped[BidTeam] = relationship(back_populates="members")
    founder: Mapped[Organisation] = relationship()


class TeamBid(Base):
    """Which team a sealed bid was handed in by."""

    __tablename__ = "team_bid"

    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("bid_team.id"), index=True)
    team: Mapped[BidTeam] = relationship()


class BidAttachment(Base):
    """A file handed in with a bid, encrypted under a key that only the founder and the sealed bid hold.

    `commitment` is the SHA-256 of what the bid says of the file, its key included: it tells nothing, and what is said
    later can be held against it. `stored_bytes` counts the padded file. `bid_id`s that use it: BidAttachmentUse.
    """

    __tablename__ = "bid_attachment"
    __table_args__ = (CheckConstraint("stored_bytes > 0", name="stored_bytes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    file: Mapped[Code] = mapped_column(unique=True)
    commitment: Mapped[Hash]
    stored_bytes: Mapped[int]
    stored_at: Mapped[Moment]


class BidAttachmentUse(Base):
    """A version of a bid that holds a file; a file may go from version to version."""

    __tablename__ = "bid_attachment_use"

    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("bid_attachment.id"), primary_key=True, index=True)


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


class RevokedAward(Base):
    """An award that fell, as it stood: the row itself is gone, so that a demand has one award at most.

    The contract drafted from it went with it; its number, text and hash are kept here. `round` counts the awards of
    a demand that fell, from 1.
    """

    __tablename__ = "revoked_award"
    __table_args__ = (UniqueConstraint("demand_id", "round"), CheckConstraint("round > 0", name="round"))

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    round: Mapped[int]
    award_id: Mapped[int] = mapped_column(unique=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(Text)
    ranking: Mapped[Json]
    awarded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    awarded_at: Mapped[Moment]
    contract_id: Mapped[int | None] = mapped_column(unique=True)
    contract_number: Mapped[Code | None] = mapped_column(unique=True)
    contract_text: Mapped[str | None] = mapped_column(Text)
    contract_text_hash: Mapped[Hash | None]
    revoked_at: Mapped[Moment]
    revoked_by: Mapped[str] = mapped_column(String(60))
    cause: Mapped[str] = mapped_column(Text)
    demand: Mapped[Demand] = relationship()
    founder: Mapped[Organisation] = relationship()


class ClosedRanking(Base):
    """The ranking as it stood when an evaluation ended without an award, so that every bidder can see its own line.

    Kept only where every bid had its points; `ranking` as in Award.
    """

    __tablename__ = "closed_ranking"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True, autoincrement=False)
    ranking: Mapped[Json]
    closed_at: Mapped[Moment]
