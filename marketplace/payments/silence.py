"""Silence: a period for accepting or for confirming a settlement that ended without the buyer's answer.

The statement knows it as of any day (rules.payment_term). Here it is written down, once for each delivery, so that
both sides, the timeline and the audit chain say since when the term has been running without an answer.
Basis: Decree 802 Arts 9(4), 10(2) (in force 2025-06-01).
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.contracts import queries as contracts
from marketplace.contracts import terms
from marketplace.contracts.models import ClockEvent, Delivery, Milestone
from marketplace.notices.operations import notify
from marketplace.payments import obligations, queries
from marketplace.rules.lifecycle import MilestoneStatus
from marketplace.rules.payment_term import BUYER_DELAYED_ACCEPTANCE, BUYER_DELAYED_SETTLEMENT

SYSTEM = "system"
ACCEPTANCE, SETTLEMENT = "acceptance", "settlement"
ARTICLE = {ACCEPTANCE: "CN-802/10-2", SETTLEMENT: "CN-802/9-4"}


@dataclass(frozen=True)
class Silence:
    """What the buyer has not answered (`kind`), by which day it should have; the term runs from that day."""

    kind: str
    ended_on: dt.date
    article: str


def silence_of(milestone: Milestone, *, as_of: dt.date) -> Silence | None:
    """The period of the standing delivery that ended without an answer by the end of a day."""
    if milestone.status not in (MilestoneStatus.DELIVERED, MilestoneStatus.MET) or milestone.contract.signed_on is None:
        return None
    term = terms.term_of(milestone, as_of=as_of)
    if term is None:
        return None
    if milestone.status == MilestoneStatus.DELIVERED and BUYER_DELAYED_ACCEPTANCE in term.flags \
            and term.acceptance_period_end:
        return Silence(ACCEPTANCE, term.acceptance_period_end, ARTICLE[ACCEPTANCE])
    if milestone.settlement_confirmed_on is None and BUYER_DELAYED_SETTLEMENT in term.flags \
            and term.settlement_period_end:
        return Silence(SETTLEMENT, term.settlement_period_end, ARTICLE[SETTLEMENT])
    return None


def run(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    """Write down every silence that is not written down yet; how many. Running it again changes nothing."""
    waiting = [*contracts.unanswered_acceptances(session, today=today),
               *contracts.unanswered_settlements(session, today=today)]
    return sum(_record(session, milestone, today=today, now=now) for milestone in waiting)


def _record(session: Session, milestone: Milestone, *, today: dt.date, now: dt.datetime) -> bool:
    found, delivery = silence_of(milestone, as_of=today), milestone.deliveries[-1]
    if found is None:
        return False
    try:
        with session.begin_nested():
            session.add(ClockEvent(delivery=delivery, kind=found.kind, ended_on=found.ended_on, recorded_at=now))
    except IntegrityError:  # written down at the same moment by another process
        return False
    audit.record(session, f"milestone:{found.kind}_lapsed", milestone, actor=SYSTEM, at=now, ended_on=found.ended_on,
                 article=found.article)
    obligation = queries.of_milestone(session, milestone.id)
    if obligation is not None:
        obligations.refresh(session, obligation, actor=SYSTEM, now=now)
    if found.kind == SETTLEMENT:
        _tell(session, milestone, delivery, found, now=now)
    return True


def _tell(session: Session, milestone: Milestone, delivery: Delivery, found: Silence, *, now: dt.datetime) -> None:
    """Both sides; the end of an acceptance period is told by the reminders of the daily round."""
    contract = milestone.contract
    for organisation_id in (contract.buyer_id, contract.founder_id):
        notify(session, organisation_id, "settlement_lapsed", dedupe=f"settlement_lapsed:{delivery.id}", now=now,
               link=f"/contracts/{contract.number}/milestones/{milestone.position}", number=contract.number,
               milestone=milestone.title, end_on=found.ended_on.isoformat())
