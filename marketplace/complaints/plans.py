"""Payment plans for an overdue obligation: proposed by its buyer, accepted or refused by its founder.

A plan lifts the publishing block. It changes neither the due date nor the interest of Decree 802 Art 17
(in force 2025-06-01): the instalments must cover the interest they let run.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts import standing
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.complaints import parties
from marketplace.complaints.models import PaymentPlan, PlanInstalment
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, open_fen, paid, statement_of
from marketplace.rules import payment_facts as law
from marketplace.rules import remedy_policy as policy
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import PaymentStatus, advance
from marketplace.rules.remedies import OPEN_PLANS, PLAN, LiftReason, PlanStatus

SYSTEM = "system"
COUNTED = (PaymentStatus.NOTIFIED, PaymentStatus.CONFIRMED)


@dataclass(frozen=True)
class Promise:
    """A planned payment; `amount_fen` None, for the last one only, is whatever is then left."""

    due_on: dt.date
    amount_fen: int | None = None


def open_plan(session: Session, obligation_id: int) -> PaymentPlan | None:
    """The plan that is proposed or accepted, if there is one."""
    query = select(PaymentPlan).where(PaymentPlan.obligation_id == obligation_id, PaymentPlan.status.in_(OPEN_PLANS))
    return session.scalars(query).one_or_none()


def propose(session: Session, obligation: Obligation, promises: Sequence[Promise], *, note: str = "", actor: User,
            now: dt.datetime) -> PaymentPlan:
    """The buyer proposes days and amounts that clear principal and interest on the last day, to the fen.

    Raises Problems (instalments, note), WrongState (remedy.not_overdue, plan.one_is_open).
    """
    obligation = parties.hold(session, obligation, actor=actor, side="buyer")
    found = parties.overdue(obligation, now=now)
    if open_plan(session, obligation.id) is not None:
        raise WrongState("plan.one_is_open", number=obligation.contract.number)
    parties.refuse([*_day_problems(promises, now=now), *(parties.text_problems(note=note) if note else ())])
    amounts = _amounts(obligation, promises)
    plan = PaymentPlan(
        obligation_id=obligation.id, principal_fen=found.principal_left_fen or 0, total_fen=sum(amounts),
        note=note.strip(), proposed_by_id=actor.id, proposed_on=legal_day(now), proposed_at=now, instalments=[
            PlanInstalment(position=place, due_on=promise.due_on, amount_fen=amount)
            for place, (promise, amount) in enumerate(zip(promises, amounts, strict=True), start=1)])
    session.add(plan)
    audit.record(session, "payment_plan:propose", plan, actor=actor, at=now, obligation=obligation.id,
                 total_fen=plan.total_fen, instalments=[[p.due_on, p.amount_fen] for p in plan.instalments])
    parties.tell(session, obligation, "plan_proposed", str(plan.id), to="founder operator", now=now,
                 total_fen=plan.total_fen, count=len(promises), last_on=promises[-1].due_on.isoformat())
    return plan


def _day_problems(promises: Sequence[Promise], *, now: dt.datetime) -> list[Problem]:
    today = legal_day(now)
    most, longest = (policy.number(key, on=today) for key in ("plan_most_instalments", "plan_longest_days"))
    last = today + dt.timedelta(days=longest)
    days = [promise.due_on for promise in promises]
    found = []
    if not 1 <= len(promises) <= most:
        found.append(Problem("instalments", "plan.count", {"most": most, "count": len(promises)}))
    if days != sorted(set(days)):
        found.append(Problem("instalments", "plan.days_not_in_order"))
    if days and not today <= min(days) <= max(days) <= last:
        found.append(Problem("instalments", "plan.day_out_of_range", {"first": today, "last": last}))
    if any(promise.amount_fen is None for promise in promises[:-1]):
        found.append(Problem("instalments", "plan.amount_missing"))
    if any(promise.amount_fen is not None and promise.amount_fen <= 0 for promise in promises):
        found.append(Problem("instalments", "money.zero"))
    return found


def _amounts(obligation: Obligation, promises: Sequence[Promise]) -> list[int]:
    """The amounts of a plan that clears everything on its last day. Raises Problems naming what the last must be."""
    *early, last = promises
    before = [law.Payment(promise.due_on, promise.amount_fen or 0, None, None) for promise in early]
    owed = statement_of(obligation, as_of=last.due_on, also=before)
    left = open_fen(owed)
    if left <= 0 or any(line.unallocated_fen for line in accrual_of(owed).ledger):
        raise Problems([Problem("instalments", "plan.too_much", {"on": last.due_on})])
    if last.amount_fen not in (None, left):
        raise Problems([Problem("instalments", "plan.does_not_add_up", {
            "last_on": last.due_on, "needed_fen": left, "given_fen": last.amount_fen})])
    return [promise.amount_fen or 0 for promise in early] + [left]


def accept(session: Session, obligation: Obligation, plan_id: int, *, actor: User, now: dt.datetime) -> PaymentPlan:
    """The founder accepts: the buyer may publish again as far as this obligation goes. Raises WrongState."""
    plan = _answered(session, obligation, plan_id, "accept", actor=actor, now=now)
    standing.lift(session, plan.obligation_id, reason=LiftReason.PLAN_ACCEPTED, actor=actor, now=now)
    return plan


def refuse(session: Session, obligation: Obligation, plan_id: int, *, note: str, actor: User,
           now: dt.datetime) -> PaymentPlan:
    """The founder refuses, with a reason. Raises Problems (note), WrongState."""
    parties.refuse(parties.text_problems(note=note))
    return _answered(session, obligation, plan_id, "refuse", actor=actor, now=now, note=note.strip())


def _answered(session: Session, obligation: Obligation, plan_id: int, action: str, *, actor: User,
              now: dt.datetime, note: str | None = None) -> PaymentPlan:
    obligation = parties.hold(session, obligation, actor=actor, side="founder")
    plan = parties.part(session, obligation, PaymentPlan, plan_id)
    plan.status = advance(PLAN, plan.status, action)
    plan.answered_at, plan.answer_note = now, note
    audit.record(session, f"payment_plan:{action}", plan, actor=actor, at=now, obligation=obligation.id, note=note)
    parties.tell(session, obligation, f"plan_{plan.status}", str(plan.id), to="buyer operator", now=now,
                 total_fen=plan.total_fen)
    return plan


def withdraw(session: Session, obligation: Obligation, plan_id: int, *, actor: User, now: dt.datetime) -> PaymentPlan:
    """The buyer takes back a plan nobody has answered. Raises WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="buyer")
    plan = parties.part(session, obligation, PaymentPlan, plan_id)
    plan.status = advance(PLAN, plan.status, "withdraw")
    audit.record(session, "payment_plan:withdraw", plan, actor=actor, at=now, obligation=obligation.id)
    parties.tell(session, obligation, "plan_withdrawn", str(plan.id), to="founder", now=now)
    return plan


def paid_fen(plan: PaymentPlan, *, today: dt.date) -> int:
    """What has been paid under a plan: cash since its proposal, what the founder has not answered yet included.

    A buyer is not called late because its creditor has not looked at the bank statement.
    """
    counted = [paid(payment) for payment in plan.obligation.payments if payment.status in COUNTED]
    return sum(one.amount_fen for one in counted if one.counts_on and plan.proposed_on <= one.counts_on <= today)


def check(session: Session, plan: PaymentPlan, *, today: dt.date, now: dt.datetime) -> PlanStatus:
    """Where an open plan stands at the start of a day; an instalment not paid by its day breaks it.

    So does principal left after the last day: a payment reversed since has made the debt larger than the plan.
    """
    found = statement_of(plan.obligation, as_of=today)
    promised = policy.promised_before([policy.Instalment(one.due_on, one.amount_fen) for one in plan.instalments],
                                      today=today, calendar=reference.calendar())
    over, left = promised == plan.total_fen, found.principal_left_fen or 0
    if open_fen(found) == 0 or (over and not left):
        _end(session, plan, "fulfil", today=today, now=now)
    elif plan.status == PlanStatus.ACCEPTED and (missing := _missing(plan, promised, left if over else 0, today=today)):
        _end(session, plan, "break", today=today, now=now, missing_fen=missing)
    return PlanStatus(plan.status)


def _missing(plan: PaymentPlan, promised: int, left: int, *, today: dt.date) -> int:
    """What a plan lacks: of what was promised by now, and of the debt once the plan is over."""
    covered = paid_fen(plan, today=today)
    waiting = sum(one.amount_fen for one in plan.obligation.payments if one.status == PaymentStatus.NOTIFIED)
    return max(promised - covered, left - waiting, 0)


def _end(session: Session, plan: PaymentPlan, action: str, *, today: dt.date, now: dt.datetime,
         **facts: int) -> None:
    plan.status, plan.ended_on = advance(PLAN, plan.status, action), today
    audit.record(session, f"payment_plan:{action}", plan, actor=SYSTEM, at=now, obligation=plan.obligation_id, **facts)
    if action == "break":
        parties.tell(session, plan.obligation, "plan_broken", str(plan.id), now=now, **facts)
    elif plan.status == PlanStatus.FULFILLED:
        parties.tell(session, plan.obligation, "plan_fulfilled", str(plan.id), to="both", now=now)


__all__ = ["Promise", "accept", "check", "open_plan", "paid_fen", "propose", "refuse", "withdraw"]
