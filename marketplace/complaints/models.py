"""Payment plans, entries on the public list, complaints, leads on retaliation, and mediation."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Code, Fen, Json, Line, Moment
from marketplace.demand.models import Demand
from marketplace.payments.models import Obligation
from marketplace.rules.remedies import ComplaintStatus, LeadStatus, ListingStatus, MediationStatus, PlanStatus


def _one_open(name: str, statuses: str) -> Index:
    """At most one open row for each obligation."""
    return Index(name, "obligation_id", unique=True, sqlite_where=text(statuses), postgresql_where=text(statuses))


class PaymentPlan(Base):
    """When a buyer promises to pay an overdue obligation. It moves neither the due date nor the interest.

    `total_fen` is the principal left and the interest the instalments themselves make, exact to their days.
    """

    __tablename__ = "payment_plan"
    __table_args__ = (
        CheckConstraint("total_fen > 0 AND principal_fen > 0 AND total_fen >= principal_fen", name="amounts"),
        CheckConstraint("status NOT IN ('accepted','refused') OR answered_at IS NOT NULL", name="answered"),
        CheckConstraint("status NOT IN ('broken','fulfilled') OR ended_on IS NOT NULL", name="ended"),
        _one_open("uq_payment_plan_open", "status IN ('proposed','accepted')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    status: Mapped[Code] = mapped_column(default=PlanStatus.PROPOSED, index=True)
    principal_fen: Mapped[Fen]
    total_fen: Mapped[Fen]
    note: Mapped[str] = mapped_column(Text, default="")
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    proposed_on: Mapped[dt.date]
    proposed_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]
    answer_note: Mapped[str | None] = mapped_column(Text)
    ended_on: Mapped[dt.date | None]
    obligation: Mapped[Obligation] = relationship()
    instalments: Mapped[list[PlanInstalment]] = relationship(
        back_populates="plan", order_by="PlanInstalment.position", cascade="all, delete-orphan")


class PlanInstalment(Base):
    """One promised payment of a plan."""

    __tablename__ = "plan_instalment"
    __table_args__ = (UniqueConstraint("plan_id", "position"), CheckConstraint("amount_fen > 0", name="amount"))

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("payment_plan.id"))
    position: Mapped[int]
    due_on: Mapped[dt.date]
    amount_fen: Mapped[Fen]
    plan: Mapped[PaymentPlan] = relationship(back_populates="instalments")


class PublicListing(Base):
    """An entry on the public list of overdue payments, from its proposal to its removal; nothing is deleted.

    `reply_until` is the last day of the buyer's right of reply; `provisional` when that day may still move.
    """

    __tablename__ = "public_listing"
    __table_args__ = (
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply_has_moment"),
        CheckConstraint("status NOT IN ('published','appealed','declined') OR (decided_at IS NOT NULL"
                        " AND decision_reason IS NOT NULL)", name="decision_has_reason"),
        CheckConstraint("status <> 'removed' OR (removed_on IS NOT NULL AND removal_reason IS NOT NULL)",
                        name="removal_has_reason"),
        CheckConstraint("status <> 'appealed' OR appeal IS NOT NULL", name="appeal_has_text"),
        _one_open("uq_public_listing_open", "status IN ('proposed','replied','published','appealed')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    status: Mapped[Code] = mapped_column(default=ListingStatus.PROPOSED, index=True)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    proposed_on: Mapped[dt.date]
    proposed_at: Mapped[Moment]
    reply_until: Mapped[dt.date]
    provisional: Mapped[bool] = mapped_column(default=False)
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[Moment | None]
    decision_reason: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[Moment | None]
    appeal: Mapped[str | None] = mapped_column(Text)
    appealed_at: Mapped[Moment | None]
    appeal_answer: Mapped[str | None] = mapped_column(Text)
    removed_on: Mapped[dt.date | None]
    removal_reason: Mapped[Code | None]
    obligation: Mapped[Obligation] = relationship()


class Complaint(Base):
    """A founder's complaint to the authority about an overdue obligation, as far as it has come there.

    The days are the authority's, recorded by the operator; the deadlines of Decree 802 Art 25 are computed from them.
    `file_digest` is the SHA-256 of the complaint file that was handed in, where one was made here.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("status IN ('filed','withdrawn','closed') OR submitted_on IS NOT NULL", name="submitted"),
        CheckConstraint("status NOT IN ('accepted','transferred','decided') OR accepted_on IS NOT NULL",
                        name="accepted"),
        CheckConstraint("status NOT IN ('transferred','decided') OR received_on IS NOT NULL", name="received"),
        CheckConstraint("status <> 'decided' OR (decided_on IS NOT NULL AND result IS NOT NULL)", name="decided"),
        CheckConstraint("status NOT IN ('refused','withdrawn','closed') OR ended_on IS NOT NULL", name="ended"),
        CheckConstraint("status <> 'closed' OR close_reason IN ('paid','settlement','decision')", name="close_reason"),
        _one_open("uq_complaint_open", "status IN ('filed','submitted','accepted','transferred','decided')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    status: Mapped[Code] = mapped_column(default=ComplaintStatus.FILED, index=True)
    request: Mapped[str] = mapped_column(Text)
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    filed_on: Mapped[dt.date]
    filed_at: Mapped[Moment]
    file_digest: Mapped[str | None] = mapped_column(String(64))
    authority: Mapped[Line] = mapped_column(default="")
    submitted_on: Mapped[dt.date | None]
    reference: Mapped[Line] = mapped_column(default="")
    accepted_on: Mapped[dt.date | None]
    handler: Mapped[Line] = mapped_column(default="")
    transferred_on: Mapped[dt.date | None]
    received_on: Mapped[dt.date | None]
    extended_on: Mapped[dt.date | None]
    decided_on: Mapped[dt.date | None]
    result: Mapped[str | None] = mapped_column(Text)
    ended_on: Mapped[dt.date | None]
    close_reason: Mapped[Code | None]
    end_note: Mapped[str | None] = mapped_column(Text)
    obligation: Mapped[Obligation] = relationship()
    notes: Mapped[list[ComplaintNote]] = relationship(back_populates="complaint", order_by="ComplaintNote.id")


class ComplaintNote(Base):
    """Progress at the authority, as the operator heard it."""

    __tablename__ = "complaint_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    on: Mapped[dt.date] = mapped_column("noted_on")
    text: Mapped[str] = mapped_column(Text)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment]
    complaint: Mapped[Complaint] = relationship(back_populates="notes")


class RetaliationLead(Base):
    """A fact that may be retaliation against a founder who was owed or complained, for a person to look at.

    `case_id` is the obligation the founder stood up for; `facts` what was seen. `key` keeps it from being found twice.
    """

    __tablename__ = "retaliation_lead"
    __table_args__ = (
        CheckConstraint("status <> 'answered' OR answer IS NOT NULL", name="answer"),
        CheckConstraint("status NOT IN ('explained','passed_on') OR"
                        " (closed_at IS NOT NULL AND closing_note IS NOT NULL)", name="closed_has_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[Code]
    status: Mapped[Code] = mapped_column(default=LeadStatus.OPEN, index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("demand.id"))
    found_on: Mapped[dt.date]
    facts: Mapped[Json]
    report: Mapped[str | None] = mapped_column(Text)
    question: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[Moment | None]
    closing_note: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[Moment | None]
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])
    founder: Mapped[Organisation] = relationship(foreign_keys=[founder_id])
    case: Mapped[Obligation] = relationship()
    demand: Mapped[Demand | None] = relationship()


class MediationPartner(Base):
    """An accountant's or lawyer's office or a centre that mediates; kept by the operator."""

    __tablename__ = "mediation_partner"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Line] = mapped_column(unique=True)
    kind: Mapped[Code]
    region: Mapped[Line]
    contact: Mapped[Line]
    email: Mapped[Line] = mapped_column(default="")
    phone: Mapped[Line] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]


class Mediation(Base):
    """A mediation of one obligation. It stops nothing unless both sides have agreed in writing (`pause_…`).

    What is said in it is for the two sides and the operator only.
    """

    __tablename__ = "mediation"
    __table_args__ = (
        CheckConstraint("requested_side IN ('buyer','founder')", name="side"),
        CheckConstraint("status NOT IN ('assigned','terms_recorded','settled') OR partner_id IS NOT NULL",
                        name="assigned"),
        CheckConstraint("status NOT IN ('terms_recorded','settled') OR terms IS NOT NULL", name="terms"),
        CheckConstraint("status <> 'settled' OR (buyer_confirmed_at IS NOT NULL AND founder_confirmed_at IS NOT NULL)",
                        name="settled_by_both"),
        CheckConstraint("pause_until IS NOT NULL OR (pause_buyer_at IS NULL AND pause_founder_at IS NULL)",
                        name="pause_has_end"),
        _one_open("uq_mediation_open", "status IN ('requested','agreed','assigned','terms_recorded')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    status: Mapped[Code] = mapped_column(default=MediationStatus.REQUESTED, index=True)
    requested_side: Mapped[Code]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[Moment]
    request: Mapped[str] = mapped_column(Text)
    answer_until: Mapped[dt.date]
    provisional: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[Moment | None]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_partner.id"))
    terms: Mapped[str | None] = mapped_column(Text)
    buyer_confirmed_at: Mapped[Moment | None]
    founder_confirmed_at: Mapped[Moment | None]
    pause_until: Mapped[dt.date | None]
    pause_buyer_at: Mapped[Moment | None]
    pause_founder_at: Mapped[Moment | None]
    ended_on: Mapped[dt.date | None]
    end_note: Mapped[str | None] = mapped_column(Text)
    obligation: Mapped[Obligation] = relationship()
    partner: Mapped[MediationPartner | None] = relationship()
    sessions: Mapped[list[MediationSession]] = relationship(
        back_populates="mediation", order_by="MediationSession.held_on, MediationSession.id")


class MediationSession(Base):
    """One meeting of a mediation and what was noted."""

    __tablename__ = "mediation_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    mediation_id: Mapped[int] = mapped_column(ForeignKey("mediation.id"), index=True)
    held_on: Mapped[dt.date]
    note: Mapped[str] = mapped_column(Text)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[Moment]
    mediation: Mapped[Mediation] = relationship(back_populates="sessions")
