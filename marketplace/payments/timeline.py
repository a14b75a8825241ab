"""The operator's view: every award and every payment on one line from award to money, and whose turn it is."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from marketplace.accounts.models import Organisation
from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.demand.models import Demand
from marketplace.payments import queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.payments.turns import SIDE, Turn, turn_of
from marketplace.rules.lifecycle import ContractStatus, DemandStatus, DisputeStatus

DUE_SOON_DAYS = 7


class View(StrEnum):
    """The filters of the desk."""

    LATE = "late"
    DUE_SOON = "due_soon"
    AWARDS = "awards"
    DISPUTED = "disputed"
    SETTLED = "settled"
    ALL = "all"


@dataclass(frozen=True)
class Line:
    """One milestone, or one demand without a contract yet, on its way to money, as of a day.

    `until` is the day by which `turn` should have happened; `late_days` counts from it (0: not late). For a payment
    that is the statutory due date. Amounts are fen; `open_fen` is principal not paid, `interest_fen` what lateness
    has cost and is not paid.
    """

    demand: Demand
    contract: Contract | None
    milestone: Milestone | None
    obligation: Obligation | None
    awarded_on: dt.date | None
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

    @property
    def key(self) -> tuple[int, int]:
        """Longest late first, then the newest contract."""
        return (-self.late_days, -(self.contract.id if self.contract else 0))


def of_buyer(session: Session, buyer_id: int, *, as_of: dt.date, limit: int = 500) -> list[Line]:
    """What one buyer has to accept, confirm or pay under its contracts, longest late first."""
    own = select(Contract).where(Contract.buyer_id == buyer_id, Contract.status == ContractStatus.ACTIVE)
    found = _contract_lines(session, own, as_of=as_of, text="", limit=limit)
    return sorted((line for line in found if SIDE[line.turn] == "buyer"),
                  key=lambda line: (-line.late_days, line.until or dt.date.max, line.contract.id))


def lines(session: Session, *, as_of: dt.date, view: View = View.ALL, text: str = "", limit: int = 500) -> list[Line]:
    """The timeline, longest late first. `text` finds parts of titles, numbers and names of either side."""
    found = [*_awards(session, as_of=as_of, text=text, limit=limit)]
    if view != View.AWARDS:
        signed = select(Contract).where(Contract.status != ContractStatus.CANCELLED)
        found += _contract_lines(session, signed, as_of=as_of, text=text, limit=limit)
    return sorted((line for line in found if shows(line, view, as_of)), key=lambda line: line.key)


def counts(found: Iterable[Line], *, as_of: dt.date) -> dict[View, int]:
    """How many lines each filter shows."""
    kept = list(found)
    return {view: sum(shows(line, view, as_of) for line in kept) for view in View}


def shows(line: Line, view: View, as_of: dt.date) -> bool:
    if view is View.LATE:
        return line.late_days > 0
    if view is View.DUE_SOON:
        return line.turn is Turn.PAY and line.until is not None and 0 <= (line.until - as_of).days <= DUE_SOON_DAYS
    if view is View.AWARDS:
        return line.turn in {Turn.OPEN_BIDS, Turn.EVALUATE, Turn.CONFIRM_CONTRACT}
    if view is View.DISPUTED:
        return line.disputed
    return line.paid_on is not None if view is View.SETTLED else True


def _awards(session: Session, *, as_of: dt.date, text: str, limit: int) -> Iterable[Line]:
    """Demands whose bidding is over and that have no award yet."""
    query = select(Demand).where(
        Demand.status.in_([DemandStatus.ACTIVE, DemandStatus.EVALUATION]), Demand.bid_deadline.is_not(None))
    if text:
        columns = (Demand.title, Demand.code, Organisation.name)
        query = query.join(Organisation, Demand.buyer_id == Organisation.id).where(
            or_(*(column.icontains(text, autoescape=True) for column in columns)))
    for demand in session.scalars(query.order_by(Demand.bid_deadline).limit(limit)):
        closed_on = legal_day(demand.bid_deadline) if demand.bid_deadline else as_of
        if demand.status == DemandStatus.ACTIVE and closed_on >= as_of:
            continue
        turn = Turn.OPEN_BIDS if demand.status == DemandStatus.ACTIVE else Turn.EVALUATE
        yield Line(demand, None, None, None, None, None, None, None, None, None, demand.budget_fen, 0, 0, False,
                   turn, closed_on, max((as_of - closed_on).days, 0))


def _contract_lines(session: Session, query: Select[tuple[Contract]], *, as_of: dt.date, text: str,
                    limit: int) -> Iterable[Line]:
    query = query.options(
        joinedload(Contract.buyer), joinedload(Contract.founder), joinedload(Contract.demand),
        joinedload(Contract.award), selectinload(Contract.milestones).selectinload(Milestone.deliveries))
    if text:
        buyer, founder = aliased(Organisation), aliased(Organisation)
        query = query.join(buyer, Contract.buyer_id == buyer.id).join(founder, Contract.founder_id == founder.id).where(
            or_(*(column.icontains(text, autoescape=True)
                  for column in (Contract.title, Contract.number, buyer.name, founder.name))))
    contracts = list(session.scalars(query.order_by(Contract.id.desc()).limit(limit)))
    owed = {one.milestone_id: one for one in queries.of_contracts(session, [contract.id for contract in contracts])}
    for contract in contracts:
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
