"""What happens to a demand around its publication: unfinished form, reviews, addenda, followers, later deadlines."""
from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Code, Hash, Json, Line, Moment
from marketplace.demand.models import Demand
from marketplace.rules.review import ReviewStatus


class DemandFollow(Base):
    """An organisation that wants to hear of every change to a demand; whoever bids, asks or is invited follows too.

    Who follows is shown to nobody: it would tell the buyer who is going to bid.
    """

    __tablename__ = "demand_follow"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    since: Mapped[Moment]
    demand: Mapped[Demand] = relationship()


class DeadlineChange(Base):
    """A bid deadline moved to a later moment, and why: text key deadline_cause.<cause>, with `facts`."""

    __tablename__ = "deadline_change"
    __table_args__ = (CheckConstraint("after > before", name="later"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    before: Mapped[Moment]
    after: Mapped[Moment]
    cause: Mapped[Code]
    facts: Mapped[Json] = mapped_column(default=dict)
    at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()


class UnfinishedForm(Base):
    """A demand's form saved while it is being written, as typed: a new demand, or a change of the draft `demand`.

    A demand needs a budget and a duration; this needs a title. `version` rises with every save, so that nobody saves
    over what a colleague has saved since. `base` is the version of the demand the change began from.
    """

    __tablename__ = "demand_draft"
    __table_args__ = (CheckConstraint("version > 0", name="version"),
                      CheckConstraint("(demand_id IS NULL) = (base IS NULL)", name="change_has_base"))

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    demand_id: Mapped[int | None] = mapped_column(ForeignKey("demand.id"), unique=True)
    base: Mapped[Hash | None]
    title: Mapped[Line]
    typed: Mapped[Json]
    version: Mapped[int] = mapped_column(default=1)
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    demand: Mapped[Demand | None] = relationship()
    saved_by: Mapped[User] = relationship(foreign_keys=saved_by_id)


class DemandReview(Base):
    """A draft handed to the operator before publication: what was handed in, what was wished, what was decided.

    `content` is the draft as handed in. Bidding is wished for a number of calendar days; `wished_deadline` is the
    moment the buyer named, None where it named days only. `remarks` are [field, text] pairs of a return.
    The person handing in declares that nothing in it is classified (State Secrets Law Art. 29, in force 2024-05-01).
    """

    __tablename__ = "demand_review"
    __table_args__ = (
        UniqueConstraint("demand_id", "number"),
        Index("uq_demand_review_waiting", "demand_id", unique=True, sqlite_where=text("status = 'waiting'"),
              postgresql_where=text("status = 'waiting'")),
        CheckConstraint("status IN ('waiting','approved','returned','withdrawn')", name="status"),
        CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="decided_has_moment"),
        CheckConstraint("bidding_days >= 0", name="bidding_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    number: Mapped[int]
    status: Mapped[Code] = mapped_column(default=ReviewStatus.WAITING)
    content: Mapped[Json]
    bidding_days: Mapped[int]
    wished_deadline: Mapped[Moment | None]
    declared_unclassified_at: Mapped[Moment]
    submitted_at: Mapped[Moment] = mapped_column(index=True)
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    remarks: Mapped[Json] = mapped_column(default=list)
    demand: Mapped[Demand] = relationship(lazy="joined")
    submitted_by: Mapped[User] = relationship(foreign_keys=submitted_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)


class DemandAddendum(Base):
    """A change of a published demand: `fields` is {name: [old, new]}; deadlines only where it moved the deadline.

    `material` changes may change what a bid says. Append-only; OCDS calls it a tender amendment.
    """

    __tablename__ = "demand_addendum"
    __table_args__ = (
        UniqueConstraint("demand_id", "number"),
        CheckConstraint("(deadline_before IS NULL) = (deadline_after IS NULL)", name="deadlines"),
        CheckConstraint("deadline_after IS NULL OR deadline_after > deadline_before", name="later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    number: Mapped[int]
    fields: Mapped[Json]
    reason: Mapped[str] = mapped_column(Text)
    material: Mapped[bool]
    deadline_before: Mapped[Moment | None]
    deadline_after: Mapped[Moment | None]
    by_rule: Mapped[bool] = mapped_column(default=False)
    at: Mapped[Moment]
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    demand: Mapped[Demand] = relationship()
