"""Draft → the operator's review → published: handing in, publishing, returning with remarks, taking back."""
from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts import standing
from marketplace.accounts.models import Organisation, Role, User
from marketplace.clock import SHANGHAI, legal_day
from marketplace.db import lock
from marketplace.demand import changes, guard, operations, queries, records
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DemandReview
from marketplace.notices.operations import notify
from marketplace.rules import lifecycle
from marketplace.rules import review as rules
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.review import ReviewStatus

LONGEST_BIDDING = dt.timedelta(days=366)
USUAL_CLOSING = dt.time(17, 0)
LONGEST_REMARK = 1000


def submit(session: Session, demand: Demand, *, unclassified: bool, actor: User, now: dt.datetime,
           bid_deadline: dt.datetime | None = None, bidding_days: int | None = None) -> DemandReview:
    """Hand a draft to the operator, with the deadline wished as a moment, or as calendar days from publication.

    Everything that would keep it from the list is said at once. Raises Problems, WrongState,
    NotAllowed("publishing.blocked") while an overdue payment keeps the buyer from publishing.
    """
    demand = lock(session, Demand, demand.id)
    status = lifecycle.advance(lifecycle.DEMAND, demand.status, "submit")
    standing.require_may_publish(session, demand.buyer_id)
    found = _problems(session, demand, now=now)
    found += _wish_problems(bid_deadline, bidding_days, now=now)
    if not unclassified:
        found.append(Problem("unclassified", "review.unclassified_missing"))
    if found:
        raise Problems(found)
    if bidding_days is None and bid_deadline is not None:
        bidding_days = (legal_day(bid_deadline) - legal_day(now)).days
    review = DemandReview(
        demand=demand, number=_count(session, demand) + 1, status=ReviewStatus.WAITING, bidding_days=bidding_days,
        content=changes.content_of(demand), wished_deadline=bid_deadline, declared_unclassified_at=now,
        submitted_at=now, submitted_by_id=actor.id)
    session.add(review)
    demand.status, demand.updated_at = status, now
    audit.record(session, "demand:submit", demand, actor=actor, at=now, number=review.number, unclassified=True,
                 bid_deadline=bid_deadline, bidding_days=bidding_days)
    for operator_id in session.scalars(select(Organisation.id).filter_by(role=Role.OPERATOR)):
        notify(session, operator_id, "review_wanted", dedupe=f"review:{review.id}:wanted", now=now,
               link=f"/operator/reviews/{demand.code}", demand=demand.code, title=demand.title,
               buyer=demand.buyer.name, number=review.number)
    return review


def _problems(session: Session, demand: Demand, *, now: dt.datetime) -> list[Problem]:
    return [*operations.publication_problems(demand, now=now),
            *guard.problems(session, guard.subject_of(demand), today=legal_day(now))]


def _wish_problems(deadline: dt.datetime | None, days: int | None, *, now: dt.datetime) -> list[Problem]:
    if days is not None:
        return [] if 1 <= days <= LONGEST_BIDDING.days else [
            Problem("bidding_days", "review.bidding_days", {"most": LONGEST_BIDDING.days})]
    if deadline is None:
        return [Problem("bid_deadline", "review.deadline_missing")]
    if deadline <= now:
        return [Problem("bid_deadline", "demand.deadline_past", {"deadline": deadline, "now": now})]
    if deadline > now + LONGEST_BIDDING:
        return [Problem("bid_deadline", "demand.deadline_too_far", {"days": LONGEST_BIDDING.days})]
    return []


def deadline_of(review: DemandReview, *, now: dt.datetime) -> dt.datetime:
    """When bidding ends if the demand is published now: as wished, or later, so that the days asked for remain."""
    wished = review.wished_deadline
    day = rules.closing_day(legal_day(wished) if wished else None, review.bidding_days, legal_day(now))
    closing = wished.astimezone(SHANGHAI).time() if wished else USUAL_CLOSING
    deadline = dt.datetime.combine(day, closing, SHANGHAI).astimezone(dt.UTC)
    return deadline if deadline > now else deadline + dt.timedelta(days=1)


def approve(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> Demand:
    """Put a demand on the list; from here on only an addendum changes it.

    The law is asked once more, as of today. `tendering.operations.publish_demand` adds the keys that bids are sealed
    with and is what doors call. Raises Problems, WrongState, NotAllowed (review.operators_only, review.own_demand,
    publishing.blocked).
    """
    demand = lock(session, Demand, demand.id)
    review, status = _decide(session, demand, "publish", "approve", actor=actor, now=now)
    standing.require_may_publish(session, demand.buyer_id)
    if found := _problems(session, demand, now=now):
        raise Problems(found)
    deadline = deadline_of(review, now=now)
    demand.status, demand.published_at, demand.bid_deadline, demand.updated_at = status, now, deadline, now
    audit.record(session, "demand:publish", demand, actor=actor, at=now, bid_deadline=deadline,
                 wished=review.wished_deadline, bidding_days=review.bidding_days, number=review.number,
                 budget_fen=demand.budget_fen, terms=dataclasses.asdict(records.draft_of(demand).terms),
                 criteria=[[c.name, c.kind, c.weight] for c in demand.criteria])
    moved = review.wished_deadline is not None and deadline != review.wished_deadline
    notify(session, demand.buyer_id, "demand_published_later" if moved else "demand_published", now=now,
           dedupe=f"review:{review.id}:approved", link=f"/demands/{demand.code}", demand=demand.code,
           title=demand.title, deadline=deadline.isoformat(), days=review.bidding_days)
    return demand


def _decide(session: Session, demand: Demand, action: str, decision: str, *, actor: User,
            now: dt.datetime) -> tuple[DemandReview, DemandStatus]:
    """The waiting submission, decided; raises WrongState when the demand waits for nothing."""
    status = lifecycle.advance(lifecycle.DEMAND, demand.status, action)
    if decision != "withdraw":
        _must_be_operator(demand, actor)
    review = waiting(session, demand)
    decided = lifecycle.advance(rules.REVIEW, review.status, decision)
    review.decided_at, review.decided_by_id, review.status = now, actor.id, decided  # the database wants both or none
    return review, DemandStatus(status)


def _must_be_operator(demand: Demand, actor: User) -> None:
    """Nobody looks at a demand of their own house."""
    if actor.role != Role.OPERATOR:
        raise NotAllowed("review.operators_only")
    if actor.organisation_id == demand.buyer_id:
        raise NotAllowed("review.own_demand", code=demand.code)


def send_back(session: Session, demand: Demand, *, remarks: Mapping[str, str], actor: User,
              now: dt.datetime) -> DemandReview:
    """Return a demand to its buyer with a remark for each field that has to change; "" names the whole.

    Raises Problems (no remark, too long), WrongState, NotAllowed.
    """
    demand = lock(session, Demand, demand.id)
    said = {name: text.strip() for name, text in remarks.items() if text.strip()}
    long = [Problem(f"remark_{name}", "review.remark_long", {"most": LONGEST_REMARK})
            for name, text in said.items() if len(text) > LONGEST_REMARK]
    if long or not said:
        raise Problems(long or [Problem("remarks", "review.remarks_missing")])
    review, demand.status = _decide(session, demand, "return", "return", actor=actor, now=now)
    review.remarks, demand.updated_at = [[name, text] for name, text in said.items()], now
    audit.record(session, "demand:return", demand, actor=actor, at=now, number=review.number, remarks=said)
    notify(session, demand.buyer_id, "demand_returned", dedupe=f"review:{review.id}:returned", now=now,
           link=f"/demands/{demand.code}/edit", demand=demand.code, title=demand.title, count=len(said))
    return review


def withdraw(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> Demand:
    """Take a submission back to change the draft. Raises WrongState."""
    demand = lock(session, Demand, demand.id)
    review, demand.status = _decide(session, demand, "withdraw", "withdraw", actor=actor, now=now)
    demand.updated_at = now
    audit.record(session, "demand:withdraw", demand, actor=actor, at=now, number=review.number)
    return demand


# Reading --------------------------------------------------------------------------------------------


def _count(session: Session, demand: Demand) -> int:
    return session.scalar(select(func.count()).select_from(DemandReview).filter_by(demand_id=demand.id)) or 0


def waiting(session: Session, demand: Demand) -> DemandReview:
    """The submission that waits for an answer. Raises NotFound."""
    found = session.scalars(select(DemandReview).filter_by(demand_id=demand.id, status=ReviewStatus.WAITING)).first()
    if found is None:
        raise NotFound("not_found", what="review", id=demand.code)
    return found


def history(session: Session, demand: Demand) -> list[DemandReview]:
    """Every submission of a demand, the last one first."""
    query = select(DemandReview).filter_by(demand_id=demand.id).order_by(DemandReview.number.desc())
    return list(session.scalars(query))


def for_operator(session: Session, code: str) -> DemandReview:
    """The waiting submission of a demand, by its code. Raises NotFound, WrongState("review.decided")."""
    demand = queries.with_code(session, code)
    found = history(session, demand) if demand is not None else []
    if not found:
        raise NotFound("not_found", what="review", id=code)
    if found[0].status != ReviewStatus.WAITING:
        raise WrongState("review.decided", code=code, status=ReviewStatus(found[0].status))
    return found[0]


@dataclasses.dataclass(frozen=True)
class Waiting:
    """A submission in the queue; the operator's answer is in time until the end of `answer_by`."""

    review: DemandReview
    answer_by: dt.date
    late: bool


def queue(session: Session, *, now: dt.datetime) -> list[Waiting]:
    """What waits for the operator, the longest wait first, so what is late stands on top."""
    oldest = select(DemandReview).filter_by(status=ReviewStatus.WAITING).order_by(
        DemandReview.submitted_at, DemandReview.id)
    due = [(review, answer_by(review)) for review in session.scalars(oldest)]
    return [Waiting(review, by, legal_day(now) > by) for review, by in due]


def answer_by(review: DemandReview) -> dt.date:
    """The last day on which the operator's answer to a submission is in time."""
    return rules.answer_by(legal_day(review.submitted_at), reference.calendar())


def returned_to(session: Session, organisation_id: int) -> set[int]:
    """The ids of a buyer's drafts that the operator returned and that were not handed in again."""
    query = select(DemandReview).join(Demand, Demand.id == DemandReview.demand_id).where(
        Demand.buyer_id == organisation_id, Demand.status == DemandStatus.PLANNING).order_by(DemandReview.number)
    last = {one.demand_id: one.status for one in session.scalars(query)}
    return {demand_id for demand_id, status in last.items() if status == ReviewStatus.RETURNED}


def remarks_on(session: Session, demand: Demand) -> list[Problem]:
    """What the operator said when it returned a draft, each beside its field; none once it was handed in again."""
    last = next(iter(history(session, demand)), None)
    if demand.status != DemandStatus.PLANNING or last is None or last.status != ReviewStatus.RETURNED:
        return []
    return [Problem(name, "review.remark", {"text": text}) for name, text in last.remarks]


def changed_since_return(session: Session, review: DemandReview) -> changes.Changed | None:
    """{field: [old, new]} between the last returned submission and this one; None when none was returned."""
    returned = session.scalars(select(DemandReview).where(
        DemandReview.demand_id == review.demand_id, DemandReview.status == ReviewStatus.RETURNED,
        DemandReview.number < review.number).order_by(DemandReview.number.desc())).first()
    return None if returned is None else changes.between(returned.content, review.content)
