"""The obligation row: made at delivery, recomputed whenever a fact changes, closed when the principal is paid."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import standing
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts import operations as contracts
from marketplace.contracts.models import Contract, Milestone
from marketplace.db import get, lock
from marketplace.founders import cases
from marketplace.payments import books, ladder, queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, facts_json, statement_of, steps_json
from marketplace.rules import remedy_policy
from marketplace.rules.errors import NotAllowed
from marketplace.rules.lifecycle import ContractStatus, DisputeStatus, MilestoneStatus
from marketplace.rules.remedies import LiftReason
from marketplace.rules.statement import Statement


def ensure(session: Session, milestone: Milestone, *, actor: User, now: dt.datetime) -> Obligation:
    """The milestone's obligation, made at its first delivery whatever the term runs from, brought up to date."""
    obligation = queries.of_milestone(session, milestone.id)
    if obligation is None:
        obligation = Obligation(milestone=milestone, contract=milestone.contract, amount_fen=milestone.amount_fen,
                                facts={}, basis=[], created_at=now)
        session.add(obligation)
        audit.record(session, "obligation:create", obligation, actor=actor, at=now, amount_fen=obligation.amount_fen,
                     milestone=milestone.id)
    settle_up(session, obligation, actor=actor, now=now)
    return obligation


def settle_up(session: Session, obligation: Obligation, *, actor: User | str, now: dt.datetime) -> bool:
    """After a fact, a payment or a dispute has changed: recompute, and write it into the journal."""
    moved = refresh(session, obligation, actor=actor, now=now)
    books.book(session, obligation, actor=actor, now=now)
    return moved


def refresh(session: Session, obligation: Obligation, *, actor: User | str, now: dt.datetime) -> bool:
    """Recompute dates, basis and settlement as of today; whether the due date moved. An entry for each change.

    The journal follows for an obligation that stands in it already.
    """
    session.flush()
    found = statement_of(obligation, as_of=legal_day(now))
    if obligation.amount_fen != found.facts.amount_fen:
        audit.record(session, "obligation:change_amount", obligation, actor=actor, at=now,
                     amount_before_fen=obligation.amount_fen, amount_fen=found.facts.amount_fen)
        obligation.amount_fen = found.facts.amount_fen
    before = (obligation.due_on, obligation.provisional)
    term = found.term
    obligation.facts = facts_json(found.facts)
    obligation.basis = steps_json(term.steps if term else found.steps)
    obligation.term_start = term.start if term else None
    obligation.nominal_due_on = term.nominal if term else None
    obligation.due_on, obligation.provisional = found.due, bool(term and term.provisional)
    if before != (obligation.due_on, obligation.provisional):
        audit.record(session, "obligation:recompute", obligation, actor=actor, at=now, due_before=before[0],
                     due_on=obligation.due_on, provisional=obligation.provisional, flags=list(found.flags))
    _settle(session, obligation, found, actor=actor, now=now)
    books.keep_up(session, obligation, found, actor=actor, now=now)
    ladder.follow(session, obligation, found, actor=actor, now=now)
    _unblock(session, obligation, found, due_before=before[0], actor=actor, now=now)
    return before[0] != obligation.due_on


def _unblock(session: Session, obligation: Obligation, found: Statement, *, due_before: dt.date | None,
             actor: User | str, now: dt.datetime) -> None:
    """What stops blocking its buyer's publications does so at once; only what was late enough can have blocked."""
    today = legal_day(now)
    if found.is_overdue or due_before is None:
        return
    if not remedy_policy.blocks_publishing((today - due_before).days, on=today):
        return
    reason = LiftReason.SETTLED if obligation.settled_on else LiftReason.NOT_OVERDUE
    standing.lift(session, obligation.id, reason=reason, actor=actor, now=now)


def _settle(session: Session, obligation: Obligation, found: Statement, *, actor: User | str,
            now: dt.datetime) -> None:
    settled_on = _settled_on(obligation, found)
    if settled_on != obligation.settled_on:
        obligation.settled_on = settled_on
        audit.record(session, "obligation:settle" if settled_on else "obligation:reopen", obligation, actor=actor,
                     at=now, settled_on=settled_on)
    _finish(session, obligation.contract, actor=actor, now=now)


def _settled_on(obligation: Obligation, found: Statement) -> dt.date | None:
    """The day the principal was cleared; nothing is settled while part of it is in dispute."""
    left = accrual_of(found)
    if left.principal_left_fen or any(d.status == DisputeStatus.OPEN for d in obligation.disputes):
        return None
    resolved = [dispute.resolved_on for dispute in obligation.disputes if dispute.resolved_on]
    return left.cleared_on or max(resolved, default=None)


def _finish(session: Session, contract: Contract, *, actor: User | str, now: dt.datetime) -> None:
    """A contract is fulfilled when every milestone is accepted and paid, and open again when one is not any more."""
    if contract.status == ContractStatus.TERMINATED and any(
            one.settled_on is None for one in queries.of_contracts(session, [contract.id])):
        contracts.reopen(session, contract, actor=actor, now=now)
        cases.suspend(session, contract, actor=actor, now=now)
    if contract.status != ContractStatus.ACTIVE or any(m.status != MilestoneStatus.MET for m in contract.milestones):
        return
    session.flush()
    owed = queries.of_contracts(session, [contract.id])
    if len(owed) == len(contract.milestones) and all(obligation.settled_on for obligation in owed):
        contracts.finish(session, contract, actor=actor, now=now)
        cases.record(session, contract, paid=[(one.due_on, one.settled_on) for one in owed], actor=actor, now=now)


def hold(session: Session, obligation_id: int) -> Obligation:
    """An obligation locked together with its contract (the contract first, as everywhere), freshly read."""
    obligation = get(session, Obligation, obligation_id)
    lock(session, Contract, obligation.contract_id)
    obligation = lock(session, Obligation, obligation_id)
    session.expire(obligation, ["payments", "disputes"])
    return obligation


def hold_for(session: Session, obligation: Obligation, *, actor: User, side: str) -> Obligation:
    """An obligation held for its buyer or its founder. Raises NotAllowed("contract.other_side")."""
    obligation = hold(session, obligation.id)
    if contracts.side_of(obligation.contract, actor) != side:
        raise NotAllowed("contract.other_side", side=side)
    return obligation
