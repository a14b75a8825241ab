"""Whose turn it is on a milestone, from the contract's confirmation to the money, and until when."""
from __future__ import annotations

import datetime as dt
from enum import StrEnum

from marketplace.contracts.models import Contract, Milestone
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of
from marketplace.rules.lifecycle import ContractStatus, DisputeStatus, MilestoneStatus, PaymentStatus
from marketplace.rules.payment_facts import StartBasis
from marketplace.rules.statement import Statement


class Turn(StrEnum):
    """Who must act next, and what to do."""

    OPEN_BIDS = "open_bids"
    EVALUATE = "evaluate"
    CONFIRM_CONTRACT = "confirm_contract"
    DELIVER = "deliver"
    ACCEPT = "accept"
    REDELIVER = "redeliver"
    SUBMIT_SETTLEMENT = "submit_settlement"
    CONFIRM_SETTLEMENT = "confirm_settlement"
    PAY = "pay"
    CONFIRM_PAYMENT = "confirm_payment"
    RESOLVE_DISPUTE = "resolve_dispute"
    NOBODY = "nobody"


# Both sides confirm a contract; nobody acts on what is done.
SIDE = {
    Turn.OPEN_BIDS: "buyer", Turn.EVALUATE: "buyer", Turn.CONFIRM_CONTRACT: "both", Turn.DELIVER: "founder",
    Turn.ACCEPT: "buyer", Turn.REDELIVER: "founder", Turn.SUBMIT_SETTLEMENT: "founder",
    Turn.CONFIRM_SETTLEMENT: "buyer", Turn.PAY: "buyer",
    Turn.CONFIRM_PAYMENT: "founder", Turn.RESOLVE_DISPUTE: "operator", Turn.NOBODY: "nobody",
}
# What is looked at first when several milestones wait at once.
_URGENCY = (Turn.PAY, Turn.CONFIRM_PAYMENT, Turn.ACCEPT, Turn.CONFIRM_SETTLEMENT, Turn.SUBMIT_SETTLEMENT,
            Turn.REDELIVER, Turn.RESOLVE_DISPUTE, Turn.DELIVER, Turn.CONFIRM_CONTRACT, Turn.NOBODY)


def turn_of(contract: Contract, milestone: Milestone, obligation: Obligation | None,
            found: Statement | None) -> tuple[Turn, dt.date | None]:
    """Whose turn it is on one milestone, and by which day; `found` is the obligation's statement."""
    if contract.status in (ContractStatus.PENDING, ContractStatus.CANCELLED):
        return Turn.CONFIRM_CONTRACT if contract.status == ContractStatus.PENDING else Turn.NOBODY, None
    if milestone.status == MilestoneStatus.SCHEDULED:
        return Turn.DELIVER, milestone.planned_on
    if milestone.status == MilestoneStatus.REJECTED:
        return Turn.REDELIVER, None
    if obligation is None or found is None:
        return Turn.ACCEPT, None
    if obligation.settled_on is not None:
        return (Turn.NOBODY if milestone.status == MilestoneStatus.MET else Turn.ACCEPT), None
    return _owed(milestone, obligation, found)


def _owed(milestone: Milestone, obligation: Obligation, found: Statement) -> tuple[Turn, dt.date | None]:
    left = accrual_of(found).principal_left_fen
    waiting = sum(p.amount_fen for p in obligation.payments if p.status == PaymentStatus.NOTIFIED)
    if waiting and waiting >= left:
        return Turn.CONFIRM_PAYMENT, None
    if found.is_overdue:
        return Turn.PAY, found.due
    if milestone.status == MilestoneStatus.DELIVERED:
        return Turn.ACCEPT, found.term.acceptance_period_end if found.term else None
    if waiting:
        return Turn.CONFIRM_PAYMENT, None
    if not left and any(dispute.status == DisputeStatus.OPEN for dispute in obligation.disputes):
        return Turn.RESOLVE_DISPUTE, None
    if found.in_scope and obligation.contract.start_basis == StartBasis.SETTLEMENT \
            and milestone.settlement_confirmed_on is None:
        return _to_settle(milestone, found)
    return Turn.PAY, found.due


def _to_settle(milestone: Milestone, found: Statement) -> tuple[Turn, dt.date | None]:
    """The founder hands in the statement where a period for the answer was agreed; then the buyer answers, until
    the period is over and the term runs without it."""
    agreed = milestone.contract.settlement_period_days is not None
    if agreed and milestone.deliveries[-1].settlement is None:
        return Turn.SUBMIT_SETTLEMENT, None
    end = found.term.settlement_period_end if found.term else None
    if end is None or end > found.as_of or found.due is None:
        return Turn.CONFIRM_SETTLEMENT, end
    return Turn.PAY, found.due


def most_urgent(turns: list[tuple[Turn, dt.date | None]]) -> tuple[Turn, dt.date | None]:
    """Of several milestones the one to look at: the earliest day, then what is nearest to money."""
    return min(turns, key=lambda turn: (turn[0] is Turn.NOBODY, turn[1] or dt.date.max, _URGENCY.index(turn[0])),
               default=(Turn.NOBODY, None))
