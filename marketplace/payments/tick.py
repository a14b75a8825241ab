"""The daily round over unpaid obligations: dates brought up to date, reminders and overdue notices, each once.

The steps are the platform's own, not the law's: what is found is the step that has been reached, so a day on
which nothing ran is caught up without old reminders, and running it again says nothing twice.
"""
from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from marketplace.contracts import terms
from marketplace.notices.operations import notify
from marketplace.payments import obligations, queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules.lifecycle import MilestoneStatus
from marketplace.rules.payment_facts import StartBasis
from marketplace.rules.statement import Statement

SYSTEM = "system"
REMIND_DAYS_BEFORE = 3
LATE_STEPS = (1, 7, 15, 30, 60)
OPERATOR_FROM = 7
# The longest rest a reminder may have to jump over: a week's holiday with its weekends.
HORIZON = dt.timedelta(days=21)


def run(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, Any]:
    """One round for a business day; {"obligations", "moved", "reminders", "acceptance"} as counts."""
    counts: Counter[str] = Counter(obligations=0, moved=0, reminders=0, acceptance=0)
    operators = queries.operator_ids(session)
    for chunk in queries.unsettled(session, due_by=today + HORIZON):
        for obligation in chunk:
            counts["obligations"] += 1
            counts["moved"] += obligations.refresh(session, obligation, actor=SYSTEM, now=now)
            counts["reminders"] += _remind(session, obligation, operators, today=today, now=now)
            counts["acceptance"] += _nag_acceptance(session, obligation, today=today, now=now)
        session.flush()
    return dict(counts)


def step_reached(found: Statement, *, today: dt.date) -> str | None:
    """"before", "due", "late_1", "late_7" … of an obligation with principal left, None when nothing is to be said.

    The first reminder comes three days before, or on the last working day before a last day that is a rest day.
    """
    if found.due is None or not found.principal_left_fen:
        return None
    late = (today - found.due).days
    if late > 0:
        return f"late_{max(step for step in LATE_STEPS if step <= late)}"
    if late == 0:
        return "due"
    first = found.due - dt.timedelta(days=REMIND_DAYS_BEFORE)
    return "before" if today >= min(first, found.remind_on or first) else None


def _remind(session: Session, obligation: Obligation, operators: list[int], *, today: dt.date,
            now: dt.datetime) -> int:
    found = statement_of(obligation, as_of=today)
    step = step_reached(found, today=today)
    if step is None or found.due is None:
        return 0
    late = (today - found.due).days
    contract, kind = obligation.contract, "late" if late > 0 else step
    facts = {"number": contract.number, "milestone": obligation.milestone.title, "due_on": found.due.isoformat(),
             "left_fen": found.principal_left_fen, "interest_fen": found.interest_unpaid_fen, "days": late}
    told = [(contract.buyer_id, f"payment_{kind}"), (contract.founder_id, f"payment_{kind}_payee")]
    if late >= OPERATOR_FROM:
        told += [(operator, "payment_late_operator") for operator in operators]
    # The due date is part of the key: a new delivery after a rejection begins a new series of steps.
    made = [notify(session, organisation_id, code, dedupe=f"obligation:{obligation.id}:{step}:{found.due}", now=now,
                   link=f"/payments/{obligation.id}", **facts) for organisation_id, code in told]
    return sum(notice is not None for notice in made)


def _nag_acceptance(session: Session, obligation: Obligation, *, today: dt.date, now: dt.datetime) -> int:
    """The buyer hears before its acceptance period ends; both hear that the term runs without it (Art 10(2))."""
    milestone, contract = obligation.milestone, obligation.contract
    if contract.start_basis != StartBasis.ACCEPTANCE or milestone.status != MilestoneStatus.DELIVERED:
        return 0
    term = terms.term_of(milestone, as_of=today)
    end = term.acceptance_period_end if term else None
    if end is None or today < end - dt.timedelta(days=REMIND_DAYS_BEFORE):
        return 0
    ended = today > end
    told = [(contract.buyer_id, "acceptance_ended"), (contract.founder_id, "acceptance_ended_payee")] if ended else [
        (contract.buyer_id, "acceptance_ending")]
    made = [notify(session, organisation_id, code, dedupe=f"delivery:{milestone.deliveries[-1].id}:{code}", now=now,
                   link=f"/contracts/{contract.number}", number=contract.number, milestone=milestone.title,
                   end_on=end.isoformat()) for organisation_id, code in told]
    return sum(notice is not None for notice in made)
