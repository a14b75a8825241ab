"""The publishing block, recomputed from the obligations: put on from the set day, taken off by what ends it.

Only undisputed principal counts (Decree 802 Art 15, in force 2025-06-01); the day is the platform's own rule.
"""
from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import standing
from marketplace.accounts.models import PublishingBlock, User
from marketplace.complaints import mediation, parties, plans
from marketplace.complaints.models import Mediation, PaymentPlan
from marketplace.enforcement import queries as enforcement
from marketplace.payments import obligations
from marketplace.payments.models import Dispute, Obligation, Payment
from marketplace.payments.statements import statement_of
from marketplace.rules import remedy_policy as policy
from marketplace.rules.errors import NotFound
from marketplace.rules.escalation import Product
from marketplace.rules.escalation_states import StepStatus
from marketplace.rules.remedies import OPEN_PLANS, LiftReason, PlanStatus
from marketplace.rules.statement import Statement

SYSTEM = "system"


def refresh(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """Plans and blocks of every obligation concerned, as of a day; running it again changes nothing.

    Returns counts {"plans_ended", "blocked", "unblocked"}.
    """
    counts: Counter[str] = Counter(plans_ended=0, blocked=0, unblocked=0)
    for obligation_id in sorted(concerned(session, today=today)):
        counts.update(refresh_one(session, obligations.hold(session, obligation_id), today=today, now=now))
    return dict(counts)


def concerned(session: Session, *, today: dt.date) -> set[int]:
    """Obligations found by state: with an open plan, late enough to block and not blocking yet, or blocking although
    something has happened since that may end it. The many that simply go on blocking are not looked at every day."""
    latest = today - dt.timedelta(days=policy.number("block_from_days_late", on=today))
    own = PublishingBlock.obligation_id == Obligation.id
    stays = exists().where(own, or_(PublishingBlock.lifted_at.is_(None),
                                    PublishingBlock.lifted_reason == LiftReason.APPEAL_UPHELD))
    happened = [exists().where(model.obligation_id == Obligation.id) for model in (Dispute, Mediation)]
    happened.append(exists().where(Payment.obligation_id == Obligation.id,
                                   Payment.answered_at >= PublishingBlock.imposed_at))
    found = (
        select(PaymentPlan.obligation_id).where(PaymentPlan.status.in_(OPEN_PLANS)),
        select(Obligation.id).where(Obligation.settled_on.is_(None), Obligation.due_on <= latest, ~stays),
        select(PublishingBlock.obligation_id).join(Obligation, own).where(
            PublishingBlock.lifted_at.is_(None),
            or_(Obligation.settled_on.is_not(None), Obligation.due_on.is_(None), Obligation.due_on > latest,
                *happened)))
    return {obligation_id for query in found for obligation_id in session.scalars(query)}


def refresh_one(session: Session, obligation: Obligation, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """The plan of one obligation first, then its block; the caller holds the obligation."""
    plan = plans.open_plan(session, obligation.id)
    ended = plan is not None and plans.check(session, plan, today=today, now=now) not in OPEN_PLANS
    session.flush()
    block = standing.block_of(session, obligation.id)
    if block is not None:
        return {"plans_ended": ended, "unblocked": _refresh_block(session, block, obligation, today=today, now=now)}
    return {"plans_ended": ended, "blocked": _impose(session, obligation, today=today, now=now)}


def excuse(session: Session, obligation: Obligation, found: Statement, *, today: dt.date) -> LiftReason | None:
    """Why an obligation does not block its buyer on a day; None when it does."""
    if not found.is_overdue:
        return LiftReason.SETTLED if obligation.settled_on else LiftReason.NOT_OVERDUE
    if not policy.blocks_publishing(found.overdue_days or 0, on=today):
        return LiftReason.NOT_OVERDUE
    plan = plans.open_plan(session, obligation.id)
    if plan is not None and plan.status == PlanStatus.ACCEPTED:
        return LiftReason.PLAN_ACCEPTED
    if mediation.paused_until(session, obligation.id, on=today) is not None:
        return LiftReason.PAUSE_AGREED
    upheld = standing.appealed_away(session, obligation.id) or _step_undone(session, obligation)
    return LiftReason.APPEAL_UPHELD if upheld else None


def _step_undone(session: Session, obligation: Obligation) -> bool:
    """Whether an appeal against the step of the ladder that announces the block was upheld."""
    return any(step.status == StepStatus.UNDONE and enforcement.makes(step, Product.PUBLISHING_BLOCK)
               for step in enforcement.steps_of(session, obligation))


def _refresh_block(session: Session, block: PublishingBlock, obligation: Obligation, *, today: dt.date,
                   now: dt.datetime) -> bool:
    """Bring an open block up to date; whether it was lifted."""
    found = statement_of(obligation, as_of=today)
    reason = excuse(session, obligation, found, today=today)
    if reason is not None:
        standing.lift(session, obligation.id, reason=reason, actor=SYSTEM, now=now)
        return True
    block.left_fen, block.due_on = found.principal_left_fen or 0, found.due or block.due_on
    return False


def _impose(session: Session, obligation: Obligation, *, today: dt.date, now: dt.datetime) -> bool:
    found = statement_of(obligation, as_of=today)
    if found.due is None or excuse(session, obligation, found, today=today) is not None:
        return False
    contract = obligation.contract
    cause = standing.Cause(obligation.id, contract.buyer_id, contract.founder_id, contract.number, found.due,
                           found.overdue_days or 0, found.principal_left_fen or 0)
    return standing.impose(session, cause, today=today, now=now) is not None


def lift_by_operator(session: Session, obligation: Obligation, *, note: str, actor: User,
                     now: dt.datetime) -> PublishingBlock:
    """The operator finds the buyer's objection right: the block ends and this obligation puts on none again.

    Raises Problems (note), NotFound when there is no block.
    """
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    parties.refuse(parties.text_problems(note=note))
    block = standing.lift(session, obligation.id, reason=LiftReason.APPEAL_UPHELD, actor=actor, now=now,
                          note=note.strip())
    if block is None:
        raise NotFound("not_found", what="publishing_block", id=obligation.id)
    audit.record(session, "obligation:exempt", obligation, actor=actor, at=now, note=note.strip())
    return block
