"""The settlement statement: the founder hands it in, the buyer confirms its amount within the agreed period.

Basis: Decree 802 Art 9(4) (in force 2025-06-01): the term runs from the day both sides confirm the amount. The law
is silent on a buyer that does not answer; the contract's period for the answer then starts the term (see
rules.payment_term).
"""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.contracts.holding import check, day_problems, held, note_problems, tell
from marketplace.contracts.models import Milestone, SettlementStatement
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import MilestoneStatus
from marketplace.rules.payment_facts import StartBasis


def submit(session: Session, milestone_id: int, *, on: dt.date, note: str, actor: User,
           now: dt.datetime) -> SettlementStatement:
    """The founder hands in the settlement statement of its standing delivery, once for each delivery.

    Raises Problems (submitted_on, settlement_note), WrongState: no settlement agreed, not delivered, submitted or
    confirmed before.
    """
    milestone = held(session, milestone_id, actor=actor, side="founder")
    if milestone.contract.start_basis != StartBasis.SETTLEMENT:
        raise WrongState("milestone.no_settlement_agreed", start_basis=StartBasis(milestone.contract.start_basis))
    if milestone.status not in (MilestoneStatus.DELIVERED, MilestoneStatus.MET):
        raise WrongState("milestone.not_delivered", status=milestone.status)
    if milestone.settlement_confirmed_on is not None:
        raise WrongState("milestone.settlement_confirmed_before", day=milestone.settlement_confirmed_on)
    delivery = milestone.deliveries[-1]
    if delivery.settlement is not None:
        raise WrongState("milestone.settlement_submitted_before", day=delivery.settlement.submitted_on)
    check([*day_problems("submitted_on", on, earliest=delivery.delivered_on, now=now),
           *note_problems("settlement_note", note)])
    delivery.settlement = SettlementStatement(
        amount_fen=milestone.amount_fen, submitted_on=on, note=note.strip(), submitted_by_id=actor.id,
        recorded_at=now)
    session.flush()
    audit.record(session, "milestone:submit_settlement", milestone, actor=actor, at=now, submitted_on=on,
                 amount_fen=milestone.amount_fen)
    tell(session, milestone, milestone.contract.buyer_id, "settlement_submitted", delivery, now=now)
    return delivery.settlement


def may_submit(milestone: Milestone) -> bool:
    """Whether a settlement statement is still to be handed in."""
    return (milestone.contract.start_basis == StartBasis.SETTLEMENT and milestone.settlement_confirmed_on is None
            and milestone.status in (MilestoneStatus.DELIVERED, MilestoneStatus.MET)
            and milestone.deliveries[-1].settlement is None)
