"""Contract verbs: confirm and sign, deliver, accept, reject, confirm a settlement, finish."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts import terms
from marketplace.contracts.drafting import draft
from marketplace.contracts.holding import (
    check,
    day_problems,
    earliest_delivery,
    held,
    note_problems,
    side_of,
    tell,
)
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.evaluation import operations as evaluation
from marketplace.evaluation import validation
from marketplace.notices.operations import notify
from marketplace.objections import standstill
from marketplace.rules import lifecycle, lpr
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import CONTRACT, MILESTONE, MilestoneStatus
from marketplace.rules.payment_facts import StartBasis
from marketplace.rules.screening import Decision
from marketplace.tendering import operations as tendering


def award_and_draft(session: Session, demand: Demand, *, bid_id: int, reason: str, actor: User,
                    now: dt.datetime) -> Contract:
    """Award a demand to a bid, begin its standstill and draft the contract, in one transaction.

    Raises what evaluation.require_consensus, validation.require_result and tendering.award raise.
    """
    demand = lock(session, Demand, demand.id)
    evaluation.require_consensus(session, demand)
    validation.require_result(session, demand, bid_id)
    award = tendering.award(session, demand, bid_id=bid_id, reason=reason, actor=actor, now=now)
    standstill.begin(session, award, now=now)
    return draft(session, award, actor=actor, now=now)


def confirm(session: Session, contract: Contract, *, seen_hash: str, actor: User, now: dt.datetime) -> Contract:
    """One side confirms the text it saw; the second confirmation signs the contract on that legal day.

    Confirming twice changes nothing. Raises WrongState: contract.wrong_state, standstill.running, objection.waiting,
    contract.text_changed, contract.terms_rejected (the terms break Decree 802 on the day of signing).
    """
    contract = lock(session, Contract, contract.id)
    side = side_of(contract, actor)
    if getattr(contract, f"{side}_confirmed_at") is not None:
        return contract
    signed = lifecycle.advance(CONTRACT, contract.status, "sign")
    standstill.require_over(session, contract.demand_id, now=now)
    if seen_hash != contract.text_hash:
        raise WrongState("contract.text_changed", number=contract.number)
    found = terms.screening(contract, on=legal_day(now))
    if found.decision is Decision.REJECT:
        raise WrongState("contract.terms_rejected", reasons=[finding.label for finding in found.reasons])
    setattr(contract, f"{side}_confirmed_at", now)
    setattr(contract, f"{side}_confirmed_by_id", actor.id)
    audit.record(session, "contract:confirm", contract, actor=actor, at=now, side=side, text_hash=seen_hash)
    if contract.buyer_confirmed_at and contract.founder_confirmed_at:
        _sign(session, contract, signed, actor=actor, now=now)
    session.flush()
    return contract


def _sign(session: Session, contract: Contract, status: str, *, actor: User, now: dt.datetime) -> None:
    """Size and LPR are those of this day. Basis: Decree 802 Arts 3, 17 (in force 2025-06-01)."""
    contract.status, contract.signed_on = status, legal_day(now)
    standstill.sign(session, contract.demand_id, now=now)
    percent = lpr.at_signing(reference.lpr_table(), contract.signed_on).percent
    contract.lpr_at_signing = None if percent is None else lpr.percent_text(percent)
    for milestone in contract.milestones:
        milestone.planned_on = contract.signed_on + dt.timedelta(days=milestone.planned_days)
    audit.record(session, "contract:sign", contract, actor=actor, at=now, signed_on=contract.signed_on,
                 lpr_at_signing=contract.lpr_at_signing, payee_size=contract.payee_size_at_signing,
                 sme_declared=contract.sme_declared_at_signing)
    for party_id in (contract.buyer_id, contract.founder_id):
        notify(session, party_id, "contract_signed", dedupe=f"contract:{contract.id}:signed", now=now,
               link=f"/contracts/{contract.number}", number=contract.number, title=contract.title)


def deliver(session: Session, milestone_id: int, *, on: dt.date, note: str, actor: User, now: dt.datetime) -> Delivery:
    """The founder hands over a milestone, or delivers it again after a rejection.

    Raises Problems (delivered_on: in the future, before signing, before the rejection), WrongState.
    """
    milestone = held(session, milestone_id, actor=actor, side="founder")
    following = lifecycle.advance(MILESTONE, milestone.status, "deliver")
    check(day_problems("delivered_on", on, earliest=earliest_delivery(milestone), now=now)
          or note_problems("note", note))
    milestone.status = following
    delivery = Delivery(delivered_on=on, note=note.strip(), delivered_by_id=actor.id, recorded_at=now)
    milestone.deliveries.append(delivery)
    audit.record(session, "milestone:deliver", milestone, actor=actor, at=now, delivered_on=on,
                 delivery=len(milestone.deliveries))
    tell(session, milestone, milestone.contract.buyer_id, "milestone_delivered", delivery, now=now)
    return delivery


def accept(session: Session, milestone_id: int, *, on: dt.date, actor: User, now: dt.datetime) -> Delivery:
    """The buyer's acceptance passes on a day between delivery and today. Raises Problems (accepted_on), WrongState."""
    milestone = held(session, milestone_id, actor=actor, side="buyer")
    following = lifecycle.advance(MILESTONE, milestone.status, "accept")
    delivery = milestone.deliveries[-1]
    check(day_problems("accepted_on", on, earliest=delivery.delivered_on, now=now))
    milestone.status = following
    delivery.decision, delivery.decided_on, delivery.decided_by_id = terms.PASSED, on, actor.id
    audit.record(session, "milestone:accept", milestone, actor=actor, at=now, accepted_on=on)
    tell(session, milestone, milestone.contract.founder_id, "milestone_accepted", delivery, now=now)
    return delivery


def reject(session: Session, milestone_id: int, *, reason: str, actor: User, now: dt.datetime) -> Delivery:
    """The buyer rejects a delivery, today and with a reason: a rejection is made when the founder can read it.

    Raises Problems (reason missing), WrongState("milestone.rejected_too_late") once the term runs for good.
    """
    milestone = held(session, milestone_id, actor=actor, side="buyer")
    following = lifecycle.advance(MILESTONE, milestone.status, "reject")
    check(note_problems("reason", reason, required=True))
    today = legal_day(now)
    check_rejectable(milestone, today=today)
    milestone.status = following
    delivery = milestone.deliveries[-1]
    delivery.decision, delivery.decided_on, delivery.decided_by_id = terms.REJECTED, today, actor.id
    delivery.decision_reason = reason.strip()
    audit.record(session, "milestone:reject", milestone, actor=actor, at=now, rejected_on=today, reason=reason.strip())
    tell(session, milestone, milestone.contract.founder_id, "milestone_rejected", delivery, now=now)
    return delivery


def check_rejectable(milestone: Milestone, *, today: dt.date) -> None:
    """Raises WrongState("milestone.rejected_too_late") once the term of the standing delivery runs for good."""
    until = terms.rejection_until(milestone, as_of=today)
    if until is not None and today > until:
        raise WrongState("milestone.rejected_too_late", until=until, today=today)


def confirm_settlement(session: Session, milestone_id: int, *, on: dt.date, actor: User,
                       now: dt.datetime) -> Milestone:
    """The buyer confirms the amount of a delivered milestone; the term runs from that day (Decree 802 Art 9(4)).

    The founder's side of "both confirm" is the amount it delivered for. Raises Problems (settled_on), WrongState.
    """
    milestone = held(session, milestone_id, actor=actor, side="buyer")
    if milestone.contract.start_basis != StartBasis.SETTLEMENT:
        raise WrongState("milestone.no_settlement_agreed", start_basis=milestone.contract.start_basis)
    if milestone.status not in (MilestoneStatus.DELIVERED, MilestoneStatus.MET):
        raise WrongState("milestone.not_delivered", status=milestone.status)
    if milestone.settlement_confirmed_on is not None:
        raise WrongState("milestone.settlement_confirmed_before", day=milestone.settlement_confirmed_on)
    check(day_problems("settled_on", on, earliest=milestone.deliveries[-1].delivered_on, now=now))
    milestone.settlement_confirmed_on = on
    audit.record(session, "milestone:confirm_settlement", milestone, actor=actor, at=now, settled_on=on,
                 amount_fen=milestone.amount_fen)
    tell(session, milestone, milestone.contract.founder_id, "settlement_confirmed", milestone.deliveries[-1], now=now)
    return milestone


def finish(session: Session, contract: Contract, *, actor: User | str, now: dt.datetime) -> None:
    """Everything is accepted and paid: the contract is fulfilled. Raises WrongState."""
    contract.status = lifecycle.advance(CONTRACT, contract.status, "finish")
    audit.record(session, "contract:finish", contract, actor=actor, at=now)


def reopen(session: Session, contract: Contract, *, actor: User | str, now: dt.datetime) -> None:
    """A payment was reversed: money is owed again under a fulfilled contract. Raises WrongState."""
    contract.status = lifecycle.advance(CONTRACT, contract.status, "reopen")
    audit.record(session, "contract:reopen", contract, actor=actor, at=now)


__all__ = ["accept", "award_and_draft", "check_rejectable", "confirm", "confirm_settlement", "deliver", "draft",
           "finish", "reject", "reopen", "side_of"]
