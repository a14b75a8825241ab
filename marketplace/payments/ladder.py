"""An obligation's place on the ladder: the day to look again, and steps closed or held anew when facts change.

Steps are taken by the daily round (tick); here nothing is ever said. What was said once in a round is not repeated:
a step closed by payment holds again when the payment is reversed, without a second notice.
"""
from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.enforcement.models import EscalationStep
from marketplace.payments.models import Obligation
from marketplace.rules import escalation, lifecycle
from marketplace.rules.escalation import Ladder
from marketplace.rules.escalation_states import APPEAL, STEP, AppealStatus, StepEnd, StepStatus
from marketplace.rules.lifecycle import DisputeStatus, MilestoneStatus
from marketplace.rules.payment_facts import StartBasis
from marketplace.rules.statement import Statement

TABLE = Path(__file__).resolve().parents[2] / "seed_data" / "ladder.json"
REMIND_DAYS_BEFORE = 3
DAY = dt.timedelta(days=1)


class Taken(NamedTuple):
    """A step taken, as far as the place on the ladder depends on it."""

    round: int
    due_on: dt.date
    step: str


@cache
def editions(path: Path = TABLE) -> tuple[Ladder, ...]:
    """The ladder's editions as the operator's file has them. Raises Problems."""
    return escalation.read_ladders(json.loads(path.read_text(encoding="utf-8")))


def in_force(day: dt.date) -> Ladder | None:
    """The edition of a day."""
    return escalation.ladder_on(editions(), day)


def schedule_of(found: Statement, *, today: dt.date) -> tuple[escalation.Dated, ...]:
    """The steps of an obligation by the edition of today; empty while there is no due date."""
    return schedule_for(found.due, found.remind_on, today=today) if found.due else ()


def schedule_for(due: dt.date, remind_on: dt.date | None, *, today: dt.date) -> tuple[escalation.Dated, ...]:
    """The steps around a due date by the edition of today."""
    ladder = in_force(today)
    return _schedule(ladder.since, due, remind_on) if ladder else ()


@lru_cache(maxsize=4096)
def _schedule(since: dt.date, due: dt.date, remind_on: dt.date | None) -> tuple[escalation.Dated, ...]:
    """Obligations due on one day share their steps."""
    ladder = next(one for one in editions() if one.since == since)
    return escalation.schedule(ladder, due=due, remind_on=remind_on)


def steps_of(session: Session, obligation_ids: Iterable[int]) -> dict[int, list[EscalationStep]]:
    """Every step taken by some obligations, in the order of their days."""
    query = select(EscalationStep).where(EscalationStep.obligation_id.in_(list(obligation_ids)))
    found: dict[int, list[EscalationStep]] = {}
    for step in session.scalars(query.order_by(EscalationStep.round, EscalationStep.reached_on, EscalationStep.id)):
        found.setdefault(step.obligation_id, []).append(step)
    return found


def taken_by(session: Session, obligation_ids: Iterable[int]) -> dict[int, list[Taken]]:
    """What `round_of` and `next_look` need of the steps of some obligations, read without their rows."""
    columns = (EscalationStep.obligation_id, EscalationStep.round, EscalationStep.due_on, EscalationStep.step)
    found: dict[int, list[Taken]] = {}
    for obligation_id, *step in session.execute(select(*columns).where(
            EscalationStep.obligation_id.in_(list(obligation_ids)))):
        found.setdefault(obligation_id, []).append(Taken(*step))
    return found


def round_of(steps: Iterable[EscalationStep | Taken], due: dt.date) -> tuple[int, set[str]]:
    """(the round of a due date, the codes taken in it). A due date nothing was said of begins a new round."""
    kept = list(steps)
    current = [step for step in kept if step.due_on == due]
    if current:
        return current[0].round, {step.step for step in current}
    return max((step.round for step in kept), default=0) + 1, set()


def follow(session: Session, obligation: Obligation, found: Statement, *, actor: User | str, now: dt.datetime) -> None:
    """Bring the steps in line with a new statement, and set the day on which the daily round must look again."""
    today = legal_day(now)
    session.flush()
    steps = steps_of(session, [obligation.id]).get(obligation.id, [])
    reason = _not_owed(obligation, found)
    for step in steps:
        if step.due_on != found.due and found.due is not None:
            _close(session, step, StepEnd.DUE_MOVED, today=today, actor=actor, now=now)
        elif reason is not None:
            _close(session, step, reason, today=today, actor=actor, now=now)
        elif step.status == StepStatus.CLOSED:
            _reopen(session, step, actor=actor, now=now)
    obligation.next_step_on = next_look(obligation, found, steps, today=today)


def _not_owed(obligation: Obligation, found: Statement) -> StepEnd | None:
    """Why no step holds: None while undisputed principal is owed."""
    if found.due is None:
        return StepEnd.NOT_DUE
    if found.principal_left_fen:
        return None
    disputed = any(dispute.status == DisputeStatus.OPEN for dispute in obligation.disputes)
    return StepEnd.DISPUTED if disputed else StepEnd.SETTLED


def next_look(obligation: Obligation, found: Statement, steps: Iterable[EscalationStep | Taken], *, today: dt.date,
              after: dt.date | None = None) -> dt.date | None:
    """The first day on which there may be something to do: a step not taken, or a period of the buyer's that ends.

    It may be in the past, for the daily round to catch up; with `after` only later days are named.
    """
    days = waking_days(obligation, found)
    if found.due is not None and found.principal_left_fen:
        _, taken = round_of(steps, found.due)
        days += [one.on for one in escalation.upcoming(schedule_of(found, today=today), taken)]
    return min((day for day in days if after is None or day > after), default=None)


def unnoticed_end(obligation: Obligation, found: Statement) -> dt.date | None:
    """The end of an acceptance period on which the buyer has not answered; None where no answer is awaited."""
    awaited = obligation.milestone.status == MilestoneStatus.DELIVERED \
        and obligation.contract.start_basis == StartBasis.ACCEPTANCE
    return found.term.acceptance_period_end if awaited and found.term else None


def waking_days(obligation: Obligation, found: Statement) -> list[dt.date]:
    """Days on which the statement or what is to be said changes without a new fact: periods of the buyer end."""
    days: list[dt.date] = []
    if (end := unnoticed_end(obligation, found)) is not None:
        days += [end - dt.timedelta(days=REMIND_DAYS_BEFORE), end + DAY]
    settlement_end = found.term.settlement_period_end if found.term else None
    if settlement_end is not None and obligation.milestone.settlement_confirmed_on is None:
        days.append(settlement_end + DAY)
    return days


def _close(session: Session, step: EscalationStep, reason: StepEnd, *, today: dt.date, actor: User | str,
           now: dt.datetime) -> None:
    if step.status != StepStatus.TAKEN:
        return
    step.status = lifecycle.advance(STEP, step.status, "close")
    step.closed_on, step.close_reason = today, reason
    _record(session, "step:close", step, actor=actor, now=now, reason=reason)
    for appeal in step.appeals:
        if appeal.status == AppealStatus.OPEN:
            appeal.status, appeal.decided_at = lifecycle.advance(APPEAL, appeal.status, "lapse"), now
            audit.record(session, "appeal:lapse", appeal, actor=actor, at=now, step=step.step)


def _reopen(session: Session, step: EscalationStep, *, actor: User | str, now: dt.datetime) -> None:
    step.status = lifecycle.advance(STEP, step.status, "reopen")
    step.closed_on = step.close_reason = None
    _record(session, "step:reopen", step, actor=actor, now=now)


def _record(session: Session, action: str, step: EscalationStep, *, actor: User | str, now: dt.datetime,
            **facts: Any) -> None:
    audit.record(session, action, ("obligation", step.obligation_id), actor=actor, at=now, step=step.step,
                 round=step.round, **facts)
