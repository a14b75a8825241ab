"""Projects, slices (OCDS lots) and the demands posted on the monthly list."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Code, Fen, Hash, Json, Line, Moment
from marketplace.rules.lifecycle import DemandStatus, ProjectStatus


class PaymentTermColumns:
    """The payment terms a buyer states, frozen into the contract: Decree 802 Arts 9-17.

    `term_days` None means the statutory default. `late_rate_value` is a decimal as text, None means
    the statutory 0.05 % a day. `allocation` says what a part payment clears first (Civil Code 561).
    """

    start_basis: Mapped[Code] = mapped_column(default="acceptance")
    term_days: Mapped[int | None]
    acceptance_period_days: Mapped[int | None]
    settlement_period_days: Mapped[int | None]
    over_60_reason: Mapped[str | None] = mapped_column(Text)
    pay_when_paid_clause: Mapped[bool] = mapped_column(default=False)
    late_rate_value: Mapped[str | None] = mapped_column(String(20))
    late_rate_unit: Mapped[str | None] = mapped_column(String(20))
    allocation: Mapped[Code] = mapped_column(default="principal_first")


TERM_FIELDS = ("start_basis", "term_days", "acceptance_period_days", "settlement_period_days", "over_60_reason",
               "pay_when_paid_clause", "late_rate_value", "late_rate_unit", "allocation")


class Project(PaymentTermColumns, Base):
    """A large project a buyer cuts into one-person slices. Slice budgets and the reserve add up to its budget."""

    __tablename__ = "project"
    __table_args__ = (CheckConstraint("budget_fen > 0 AND reserve_fen >= 0", name="amounts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[Line]
    description: Mapped[str] = mapped_column(Text, default="")
    data_offered: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    industry: Mapped[Line] = mapped_column(default="")
    region: Mapped[Line] = mapped_column(default="")
    budget_fen: Mapped[Fen]
    reserve_fen: Mapped[Fen] = mapped_column(default=0)
    status: Mapped[Code] = mapped_column(default=ProjectStatus.PLANNING)
    created_at: Mapped[Moment]
    buyer: Mapped[Organisation] = relationship()
    slices: Mapped[list[Slice]] = relationship(
        back_populates="project", order_by="Slice.position", cascade="all, delete-orphan")


class Slice(Base):
    """One lot of a project, the size of one person. `depends_on` lists positions of earlier slices.

    `interface` says what it takes from them and hands on, and in which form.
    """

    __tablename__ = "slice"
    __table_args__ = (UniqueConstraint("project_id", "position"), CheckConstraint("budget_fen > 0", name="budget"))

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    position: Mapped[int]
    title: Mapped[Line]
    need: Mapped[str] = mapped_column(Text, default="")
    budget_fen: Mapped[Fen]
    duration_days: Mapped[int]
    required_skills: Mapped[Json] = mapped_column(default=list)
    deliverables: Mapped[Json] = mapped_column(default=list)
    acceptance_criteria: Mapped[Json] = mapped_column(default=list)
    depends_on: Mapped[Json] = mapped_column(default=list)
    interface: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    project: Mapped[Project] = relationship(back_populates="slices")
    demand: Mapped[Demand | None] = relationship(back_populates="slice")


class Demand(PaymentTermColumns, Base):
    """A posted need. `code` is public ("JB-2026-000123"); `external_ref` is the buyer's own id from a file.

    `work_days` are the days of work the buyer expects it to take. Small orders (微单) may add `response_hours`, within
    which a founder answers each order, and the smallest batch ordered at once (`minimum_batch` of
    `minimum_batch_unit`). `copied_from` is the code of the posting it was copied from.
    `conditions` is what the buyer said to the hard requirements read from the text (see suggestions.conditions), None
    before they were asked.
    """

    __tablename__ = "demand"
    __table_args__ = (
        CheckConstraint("budget_fen > 0", name="budget"),
        CheckConstraint("status IN ('planning','review','cancelled') OR "
                        "(published_at IS NOT NULL AND bid_deadline IS NOT NULL)", name="published_has_dates"),
        CheckConstraint("status NOT IN ('evaluation','complete') OR opened_at IS NOT NULL", name="opened_has_moment"),
        Index("ix_demand_board", "status", "published_at"),
        Index("uq_demand_buyer_ref", "buyer_id", "external_ref", unique=True,
              sqlite_where=text("external_ref IS NOT NULL"), postgresql_where=text("external_ref IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    external_ref: Mapped[Line | None]
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    slice_id: Mapped[int | None] = mapped_column(ForeignKey("slice.id"), unique=True)
    title: Mapped[Line]
    scene: Mapped[str] = mapped_column(Text, default="")
    data_offered: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text)
    industry: Mapped[Line] = mapped_column(default="")
    region: Mapped[Line] = mapped_column(default="")
    budget_fen: Mapped[Fen]
    duration_days: Mapped[int]
    work_days: Mapped[int | None]
    required_skills: Mapped[Json] = mapped_column(default=list)
    required_certifications: Mapped[Json] = mapped_column(default=list)
    deliverables: Mapped[Json] = mapped_column(default=list)
    acceptance_criteria: Mapped[Json] = mapped_column(default=list)
    set_aside: Mapped[bool] = mapped_column(default=False)
    data_provided: Mapped[bool] = mapped_column(default=False)
    remote_ok: Mapped[bool] = mapped_column(default=True)
    response_hours: Mapped[int | None]
    minimum_batch: Mapped[int | None]
    minimum_batch_unit: Mapped[str | None] = mapped_column(String(20))
    copied_from: Mapped[Code | None]
    conditions: Mapped[Json | None]
    status: Mapped[Code] = mapped_column(default=DemandStatus.PLANNING)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    published_at: Mapped[Moment | None]
    bid_deadline: Mapped[Moment | None]
    opened_at: Mapped[Moment | None]
    closed_reason: Mapped[str | None] = mapped_column(Text)
    buyer: Mapped[Organisation] = relationship(lazy="joined")
    slice: Mapped[Slice | None] = relationship(back_populates="demand")
    criteria: Mapped[list[Criterion]] = relationship(
        back_populates="demand", order_by="Criterion.position", cascade="all, delete-orphan")

    def accepts_bids(self, *, now: dt.datetime) -> bool:
        """Active and, by the server's clock, not one second past the bid deadline."""
        return self.status == DemandStatus.ACTIVE and self.bid_deadline is not None and now <= self.bid_deadline


class Criterion(Base):
    """An evaluation criterion, fixed before publication. Weights add up to 100; kind is price or quality.

    `minimum_points` (1-100, quality only): a bid below it is not ranked.
    """

    __tablename__ = "criterion"
    __table_args__ = (UniqueConstraint("demand_id", "position"),
                      CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),
                      CheckConstraint("kind IN ('price','quality')", name="kind"))

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    position: Mapped[int]
    name: Mapped[Line]
    kind: Mapped[Code]
    weight: Mapped[int]
    minimum_points: Mapped[int | None]
    demand: Mapped[Demand] = relationship(back_populates="criteria")


class ProjectDocument(Base):
    """That a project's slices were read from a pasted document, and what the reading guessed; not the text itself."""

    __tablename__ = "project_document"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    text_hash: Mapped[Hash]
    characters: Mapped[int]
    notes: Mapped[Json] = mapped_column(default=list)
    read_at: Mapped[Moment]
    project: Mapped[Project] = relationship()


class SplittingFlag(Base):
    """Similar work of one buyer that together reaches a tender threshold, and why it is bought in parts all the same.

    About a project or about a demand that came from none. `facts` names every part that was counted. Basis: Tendering
    and Bidding Law Art. 4 (in force 2000-01-01); the threshold of the day is stored with its source.
    """

    __tablename__ = "splitting_flag"
    __table_args__ = (
        CheckConstraint("(project_id IS NULL) <> (demand_id IS NULL)", name="one_subject"),
        CheckConstraint("(reason IS NULL) = (reason_at IS NULL)", name="reason_has_moment"),
        CheckConstraint("threshold_fen > 0 AND total_fen >= threshold_fen", name="reached"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), unique=True)
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("demand.id"), unique=True)
    threshold: Mapped[Code]
    threshold_fen: Mapped[Fen]
    total_fen: Mapped[Fen]
    facts: Mapped[Json]
    found_at: Mapped[Moment]
    reason: Mapped[str | None] = mapped_column(Text)
    reason_at: Mapped[Moment | None]
    buyer: Mapped[Organisation] = relationship()
    project: Mapped[Project | None] = relationship()
    demand: Mapped[Demand | None] = relationship()


class SetAsideRelease(Base):
    """A reserved demand opened to everyone, because too few eligible companies had bid by the deadline."""

    __tablename__ = "set_aside_release"
    __table_args__ = (CheckConstraint("bids >= 0 AND bids < needed", name="too_few"),)

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    bids: Mapped[int]
    needed: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    deadline_before: Mapped[Moment]
    released_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()
