"""What one buyer has to do under its contracts: each milestone on its way from award to money, and whose turn it is.

The operator's view of the whole market is `marketplace.oversight`: it filters in the database and says the same.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.demand.models import Demand
from marketplace.payments import queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.payments.turns import SIDE, Turn, turn_of
from marketplace.rules.lifecycle import ContractStatus, DisputeStatus


@dataclass(frozen=True)
class Line:
    """One milestone on its way to money, as of a day.

    `until` is the day by which `turn` should have happened; `late_days` counts from it (0: not late). For a payment
    that is the statutory due date. Amounts are fen; `open_fen` is principal not paid, `interest_fen` what lateness
    has cost and is not paid.
    """

    demand: Demand
    contract: Contract
    milestone: Milestone
    obligation: Obligation | None
    awarded_on: dt.date
    signed_on: dt.date | None
    delivered_on: dt.date | None
    accepted_on: dt.date | None
    due_on: dt.date | None
    paid_on: dt.date | None
    amount_fen: int
    open_fen: int
    interest_fen: int
    disputed: bool
    turn: Turn
    until: dt.date | None
    late_days: int


def of_buyer(session: Session, buyer_id: int, *, as_of: dt.date) -> list[Line]:
    """What one buyer has to accept, confirm or pay under its contracts, longest late first."""
    own = select(Contract.id).where(Contract.buyer_id == buyer_id, Contract.status == ContractStatus.ACTIVE)
    found = of_contracts(session, list(session.scalars(own)), as_of=as_of)
    return sorted((line for line in found if SIDE[line.turn] == "buyer"),
                  key=lambda line: (-line.late_days, line.until or dt.date.max, line.contract.id))


def of_contracts(session: Session, contract_ids: list[int], *, as_of: dt.date) -> Iterable[Line]:
    """The milestones of some contracts, the newest contract first."""
    query = select(Contract).where(Contract.id.in_(contract_ids)).options(
        joinedload(Contract.buyer), joinedload(Contract.founder), joinedload(Contract.demand),
        joinedload(Contract.award), selectinload(Contract.milestones).selectinload(Milestone.deliveries))
    owed = {one.milestone_id: one for one in queries.of_contracts(session, contract_ids)}
    for contract in session.scalars(query.order_by(Contract.id.desc())):
        for milestone in contract.milestones:
            yield _line(contract, milestone, owed.get(milestone.id), as_of)


def _line(contract: Contract, milestone: Milestone, obligation: Obligation | None, as_of: dt.date) -> Line:
    found = statement_of(obligation, as_of=as_of) if obligation else None
    accrual = found.accrual if found else None
    open_fen = accrual.principal_left_fen if accrual else (obligation.amount_fen if obligation else 0)
    paid_on = obligation.settled_on if obligation and (obligation.settled_on or as_of) <= as_of else None
    disputed = obligation is not None and any(d.status == DisputeStatus.OPEN for d in obligation.disputes)
    turn, until = turn_of(contract, milestone, obligation, found)
    late = max((as_of - until).days, 0) if until and turn is not Turn.NOBODY else 0
    if found is not None and found.is_overdue:  # whoever must act next, the law counts from the due date
        late = found.overdue_days or 0
    passed = [d for d in milestone.deliveries if d.decision == "passed"]
    last: Delivery | None = milestone.deliveries[-1] if milestone.deliveries else None
    return Line(
        contract.demand, contract, milestone, obligation, legal_day(contract.award.awarded_at), contract.signed_on,
        last.delivered_on if last else None, passed[-1].decided_on if passed else None,
        obligation.due_on if obligation else None, paid_on, milestone.amount_fen, 0 if paid_on else open_fen,
        (found.interest_unpaid_fen or 0) if found else 0, disputed, turn, until, late)
