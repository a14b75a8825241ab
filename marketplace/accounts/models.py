"""Who takes part: organisations, people, and the keys their programs use."""
from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Code, Fen, Hash, Line, Moment
from marketplace.rules.payment_facts import EnterpriseSize as SizeClass
from marketplace.rules.payment_facts import PayerType

__all__ = ["ApiKey", "IdempotentReply", "Organisation", "PayerType", "PublishingBlock", "Role", "SizeClass", "User"]


class Role(StrEnum):
    """What an organisation does here, and with it its people."""

    BUYER = "buyer"
    FOUNDER = "founder"
    OPERATOR = "operator"


class Organisation(Base):
    """A buyer, a founder's company or the operator. `uscc` is normalised, both check digits verified.

    `sme_declared_at` is when the company declared its size class here, the declaration Decree 802 Art. 3 asks for.
    `legal_representative`, `registered_address` and `phone` are as registered, None where nobody said; they are
    compared between the two sides of a decision (see integrity.conflicts) and shown to nobody else.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("role <> 'buyer' OR payer_type IS NOT NULL", name="buyer_has_payer_type"),
        CheckConstraint("role <> 'founder' OR size_class IS NOT NULL", name="founder_has_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[Line]
    role: Mapped[Code]
    payer_type: Mapped[Code | None]
    size_class: Mapped[Code | None]
    state_owned: Mapped[bool] = mapped_column(default=False)
    region: Mapped[Line] = mapped_column(default="")
    sme_declared_at: Mapped[Moment | None]
    legal_representative: Mapped[Line | None]
    registered_address: Mapped[Line | None]
    phone: Mapped[Line | None]
    created_at: Mapped[Moment]
    people: Mapped[list[User]] = relationship(back_populates="organisation", order_by="User.id")

    @property
    def is_public_body(self) -> bool:
        """Bound by Decree 802 Art. 9(1): 30 days, never over 60."""
        return self.payer_type is not None and PayerType(self.payer_type).is_public_body


class User(Base):
    """A person of one organisation. `session_epoch` rises when all their sessions must end.

    `calendar_digest` is the SHA-256 of the token in the address of their calendar feed; None: there is no feed.
    """

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[Line] = mapped_column(unique=True)
    display_name: Mapped[Line]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_epoch: Mapped[int] = mapped_column(default=1)
    calendar_digest: Mapped[Hash | None] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    organisation: Mapped[Organisation] = relationship(back_populates="people", lazy="joined")

    @property
    def role(self) -> str:
        """The role of the organisation they belong to."""
        return self.organisation.role


class SignInThrottle(Base):
    """Failed sign-ins with one address, known or not; only the address's SHA-256 is kept."""

    __tablename__ = "sign_in_throttle"

    address_digest: Mapped[Hash] = mapped_column(primary_key=True)
    failures: Mapped[int]
    counted_from: Mapped[Moment]
    refused_until: Mapped[Moment | None]


class ApiKey(Base):
    """A bearer key for programs; only its SHA-256 is kept."""

    __tablename__ = "api_key"
    __table_args__ = (Index("ix_api_key_owner", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    label: Mapped[Line]
    prefix: Mapped[Code]
    digest: Mapped[Hash] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    user: Mapped[User] = relationship(lazy="joined")

    def is_live(self, *, now: dt.datetime) -> bool:
        """Whether the key opens the door at `now`."""
        return self.revoked_at is None or self.revoked_at > now


class IdempotentReply(Base):
    """The stored answer to an Idempotency-Key: a repeat is answered the same and does nothing twice."""

    __tablename__ = "idempotent_reply"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    request_digest: Mapped[Hash]
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[Moment]


class PublishingBlock(Base):
    """A buyer may not publish while an obligation of its is this late; a lifted block stays as history.

    `left_fen` is the undisputed principal left when it was last looked at.
    """

    __tablename__ = "publishing_block"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="lifted_has_reason"),
        Index("ix_publishing_block_organisation", "organisation_id", "lifted_at"),
        Index("uq_publishing_block_open", "obligation_id", unique=True, sqlite_where=text("lifted_at IS NULL"),
              postgresql_where=text("lifted_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    number: Mapped[Code]
    due_on: Mapped[dt.date]
    left_fen: Mapped[Fen]
    imposed_on: Mapped[dt.date]
    imposed_at: Mapped[Moment]
    lifted_at: Mapped[Moment | None]
    lifted_reason: Mapped[Code | None]
    buyer: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])
