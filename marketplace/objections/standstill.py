"""The standstill of an award: when it began, when it ends as far as is known, and that nothing is signed before."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from marketplace import audit, reference
from marketplace.clock import legal_day
from marketplace.db import find
from marketplace.notices.operations import notify
from marketplace.objections.models import Objection, StandstillPeriod
from marketplace.rules import standstill as rules
from marketplace.rules.errors import WrongState
from marketplace.rules.objections import WAITING, ObjectionStatus
from marketplace.rules.standstill import Pause, Standstill
from marketplace.tendering import queries as tendering
from marketplace.tendering.models import Award


@dataclass(frozen=True)
class Hold:
    """Why a contract cannot be confirmed yet: the standstill until a day, or objections waiting for their answer; for
    the operator's finding alone when `by_operator`."""

    until: dt.date
    provisional: bool
    waiting: int
    by_operator: bool


def begin(session: Session, award: Award, *, now: dt.datetime) -> StandstillPeriod:
    """The standstill of an award just made; every bidder hears until when it may object."""
    demand, days = award.demand, rules.working_days(legal_day(now))
    period = StandstillPeriod(demand=demand, winner_id=award.bid.founder_id, awarded_at=now,
                              working_days=days.value)
    session.add(period)
    last_day = counted(period, today=legal_day(now)).last_day
    audit.record(session, "standstill:begin", period, actor="system", at=now, demand=demand.code,
                 award=award.id, working_days=days.value, until=last_day, source=days.source)
    for bid in tendering.opened_bids(session, demand):
        notify(session, bid.founder_id, "standstill_began", dedupe=f"standstill:{period.id}:began", now=now,
               link=f"/demands/{demand.code}/award", demand=demand.code, title=demand.title,
               until=last_day.isoformat())
    return period


def standing(session: Session, demand_id: int, *, locked: bool = False) -> StandstillPeriod | None:
    """The standstill of a demand's award; None without an award, or for one of before standstills were kept."""
    return find(session, StandstillPeriod, locked=locked, demand_id=demand_id, revoked_at=None)


def all_of(session: Session, demand_id: int) -> list[StandstillPeriod]:
    """Every standstill of a demand with its objections, the newest first; more than one when an award fell."""
    query = select(StandstillPeriod).filter_by(demand_id=demand_id).options(
        selectinload(StandstillPeriod.objections).selectinload(Objection.founder))
    return list(session.scalars(query.order_by(StandstillPeriod.id.desc())))


def pauses_of(objection: Objection) -> list[Pause]:
    """The days on which an objection was open: until its answer, and again before the operator."""
    filed, closed = legal_day(objection.filed_at), objection.closed_on
    if objection.answered_at is None:
        return [Pause(filed, closed)]
    first = Pause(filed, legal_day(objection.answered_at))
    return [first] if objection.escalated_at is None else [first, Pause(legal_day(objection.escalated_at), closed)]


def counted(period: StandstillPeriod, *, today: dt.date) -> Standstill:
    """The standstill by the calendar in force, longer by the working days on which objections were open."""
    pauses = [pause for objection in period.objections for pause in pauses_of(objection)]
    return rules.count(legal_day(period.awarded_at), period.working_days, reference.calendar(), pauses=pauses,
                       today=today)


def waiting(period: StandstillPeriod) -> list[Objection]:
    """The objections that are not answered for good."""
    return [one for one in period.objections if one.status in WAITING]


def by_operator(waiting_ones: Sequence[Objection]) -> bool:
    """Whether all that wait wait for the operator's finding: the buyer has answered, or let its time pass."""
    return bool(waiting_ones) and all(one.status == ObjectionStatus.ESCALATED for one in waiting_ones)


def hold_of(session: Session, demand_id: int, *, today: dt.date) -> Hold | None:
    """What stands in the way of signing; None when nothing does."""
    period = standing(session, demand_id)
    if period is None or period.signed_at is not None:
        return None
    found, open_ones = counted(period, today=today), waiting(period)
    if found.over(today=today) and not open_ones:
        return None
    return Hold(found.last_day, found.provisional, len(open_ones), by_operator(open_ones))


def require_over(session: Session, demand_id: int, *, now: dt.datetime) -> None:
    """Nothing is signed in the standstill or while an objection waits; holds the standstill until the transaction ends.

    Raises WrongState (objection.waiting: signing rests by the Regulation Art. 54; standstill.running).
    """
    period = standing(session, demand_id, locked=True)
    if period is None:
        return
    session.refresh(period, ["objections"])
    today, open_ones = legal_day(now), waiting(period)
    if open_ones:
        raise WrongState("objection.waiting", count=len(open_ones), answer_by=min(o.answer_by for o in open_ones))
    found = counted(period, today=today)
    if not found.over(today=today):
        raise WrongState("standstill.running", since=found.awarded_on, until=found.last_day,
                         working_days=found.working_days)


def sign(session: Session, demand_id: int, *, now: dt.datetime) -> None:
    """The contract is signed: no objection can be raised any more."""
    period = standing(session, demand_id, locked=True)
    if period is not None:
        period.signed_at = now
