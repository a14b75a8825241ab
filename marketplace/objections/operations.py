"""Objection verbs: file, withdraw, dismiss, escalate; `uphold` and `find` are finished by contracts.revoking."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import Role, User
from marketplace.accounts.queries import people_of_role
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.notices.operations import notify
from marketplace.objections import standstill
from marketplace.objections.models import Objection, StandstillPeriod
from marketplace.rules import lifecycle
from marketplace.rules import objections as rules
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.objections import OBJECTION, Consequence, Ground, ObjectionStatus
from marketplace.tendering import queries as tendering


@dataclass(frozen=True)
class Grounds:
    """What a bidder objects to, and why."""

    ground: Ground
    text: str


def file(session: Session, demand: Demand, said: Grounds, *, actor: User, now: dt.datetime) -> Objection:
    """A bidder objects to the award while its standstill runs; from here on nothing is signed until it is answered.

    Raises Problems (text), NotAllowed (objection.not_a_bidder, objection.winner), WrongState (objection.no_award,
    objection.window_over, objection.filed_already).
    """
    _check_text("text", said.text)
    period = standstill.standing(session, demand.id, locked=True)
    bid = tendering.bid_of(session, demand, actor.organisation_id)
    if bid is None:
        raise NotAllowed("objection.not_a_bidder", code=demand.code)
    if period is None:
        raise WrongState("objection.no_award", code=demand.code)
    if period.winner_id == actor.organisation_id:
        raise NotAllowed("objection.winner")
    session.refresh(period, ["objections"])
    if any(one.founder_id == actor.organisation_id for one in period.objections):
        raise WrongState("objection.filed_already")
    today = legal_day(now)
    until = standstill.counted(period, today=today).last_day
    if period.signed_at is not None or (today > until and not standstill.waiting(period)):
        raise WrongState("objection.window_over", until=until)
    last = rules.answer_by(today, reference.calendar())
    objection = Objection(standstill=period, founder=actor.organisation, ground=said.ground, text=said.text.strip(),
                          filed_at=now, filed_by_id=actor.id, answer_by=last.day, provisional=last.provisional)
    session.add(objection)
    audit.record(session, "objection:file", objection, actor=actor, at=now, demand=demand.code, ground=said.ground,
                 answer_by=last.day)
    _tell(session, objection, [demand.buyer_id, period.winner_id], "objection_filed", now=now,
          answer_by=last.day.isoformat())
    return objection


def withdraw(session: Session, objection_id: int, *, actor: User, now: dt.datetime) -> Objection:
    """The bidder takes its objection back. Raises NotFound, WrongState."""
    objection = _held(session, objection_id)
    _check_objector(objection, actor)
    objection.status = lifecycle.advance(OBJECTION, objection.status, "withdraw")
    objection.closed_on = legal_day(now)
    audit.record(session, "objection:withdraw", objection, actor=actor, at=now)
    _tell(session, objection, _bystanders(objection), "objection_withdrawn", now=now)
    return objection


def dismiss(session: Session, objection_id: int, *, answer: str, actor: User, now: dt.datetime) -> Objection:
    """The buyer answers that the award stands, with reasons the objector reads.

    Raises Problems (answer), NotFound, WrongState.
    """
    objection = _held(session, objection_id)
    _check_buyer(objection, actor)
    status = lifecycle.advance(OBJECTION, objection.status, "dismiss")
    _check_text("answer", answer)
    objection.status, objection.answer, objection.answered_at, objection.answered_by_id = (
        status, answer.strip(), now, actor.id)
    objection.closed_on = legal_day(now)
    audit.record(session, "objection:dismiss", objection, actor=actor, at=now,
                 days_late=max((legal_day(now) - objection.answer_by).days, 0))
    _tell(session, objection, [objection.founder_id, objection.standstill.winner_id], "objection_dismissed", now=now,
          until=_until(objection, now).isoformat())
    return objection


def escalate(session: Session, objection_id: int, *, text: str, actor: User, now: dt.datetime) -> Objection:
    """The objector brings a dismissal, or a buyer's silence after the clock, before the operator.

    Raises Problems, NotFound, WrongState (objection.answer_in_time, objection.window_over: the standstill after the
    answer is over).
    """
    objection = _held(session, objection_id)
    _check_objector(objection, actor)
    today = legal_day(now)
    if objection.status == ObjectionStatus.OPEN and today <= objection.answer_by:
        raise WrongState("objection.answer_in_time", answer_by=objection.answer_by)
    status = lifecycle.advance(OBJECTION, objection.status, "escalate")
    _check_text("escalation", text)
    until = _until(objection, now)
    if objection.standstill.signed_at is not None or (objection.answered_at is not None and today > until):
        raise WrongState("objection.window_over", until=until)
    objection.status, objection.closed_on = status, None
    objection.escalated_at, objection.escalation = now, text.strip()
    audit.record(session, "objection:escalate", objection, actor=actor, at=now,
                 unanswered=objection.answered_at is None)
    operators = {user.organisation_id for user in people_of_role(session, Role.OPERATOR)}
    _tell(session, objection, [*_bystanders(objection), *sorted(operators)], "objection_escalated", now=now)
    return objection


def find_unfounded(session: Session, objection_id: int, *, finding: str, actor: User, now: dt.datetime) -> Objection:
    """The operator finds that the award stands. Raises Problems, NotFound, WrongState."""
    objection = _held(session, objection_id)
    status = lifecycle.advance(OBJECTION, objection.status, "find_unfounded")
    _check_text("finding", finding)
    objection.status = status
    _find(objection, finding, actor=actor, now=now)
    audit.record(session, "objection:find_unfounded", objection, actor=actor, at=now)
    _tell(session, objection, [objection.founder_id, *_bystanders(objection)], "objection_unfounded", now=now,
          until=_until(objection, now).isoformat())
    return objection


def mark_upheld(session: Session, objection_id: int, *, reasons: str, consequence: Consequence, actor: User,
                now: dt.datetime) -> Objection:
    """The buyer's answer, or the operator's finding, that the objection is right; the award's standstill ends with it.

    The award is still there: `contracts.revoking.uphold` takes it back in the same transaction. Every other objection
    waiting on this award lapses. Raises Problems, NotFound, NotAllowed, WrongState.
    """
    objection = _held(session, objection_id)
    by_operator = actor.role == Role.OPERATOR
    if by_operator and objection.status == ObjectionStatus.OPEN:
        raise WrongState("objection.not_before_operator")
    if not by_operator:
        _check_buyer(objection, actor)
    status = lifecycle.advance(OBJECTION, objection.status, "uphold")
    _check_text("finding" if by_operator else "answer", reasons)
    objection.status, before = status, objection.answer
    if by_operator:
        _find(objection, reasons, actor=actor, now=now)
    else:
        objection.answer, objection.answered_at, objection.answered_by_id = reasons.strip(), now, actor.id
    objection.consequence, objection.closed_on = consequence, legal_day(now)
    audit.record(session, "objection:uphold", objection, actor=actor, at=now, consequence=consequence,
                 by="operator" if by_operator else "buyer", answer_before=before)
    for other in standstill.waiting(objection.standstill):
        other.status, other.closed_on = lifecycle.advance(OBJECTION, other.status, "lapse"), legal_day(now)
        audit.record(session, "objection:lapse", other, actor=actor, at=now, because_of=objection.id)
    objection.standstill.revoked_at = now
    return objection


def _find(objection: Objection, finding: str, *, actor: User, now: dt.datetime) -> None:
    objection.finding, objection.found_at, objection.found_by_id = finding.strip(), now, actor.id
    objection.closed_on = legal_day(now)


def _held(session: Session, objection_id: int) -> Objection:
    """The objection, its standstill held until the transaction ends: signing waits for it. Raises NotFound."""
    found = session.get(Objection, objection_id) if 0 < objection_id < 2**31 else None
    if found is None:
        raise NotFound("not_found", what="objection", id=objection_id)
    lock(session, StandstillPeriod, found.standstill_id)
    return lock(session, Objection, objection_id)


def _check_objector(objection: Objection, actor: User) -> None:
    if objection.founder_id != actor.organisation_id:
        raise NotFound("not_found", what="objection", id=objection.id)


def _check_buyer(objection: Objection, actor: User) -> None:
    if objection.standstill.demand.buyer_id != actor.organisation_id:
        raise NotFound("not_found", what="objection", id=objection.id)


def _check_text(field: str, text: str) -> None:
    length = len(text.strip())
    if length < rules.TEXT_LEAST:
        raise Problems([Problem(field, "objection.too_short", {"least": rules.TEXT_LEAST})])
    if length > rules.TEXT_MOST:
        raise Problems([Problem(field, "field.too_long", {"most": rules.TEXT_MOST, "length": length})])


def _until(objection: Objection, now: dt.datetime) -> dt.date:
    return standstill.counted(objection.standstill, today=legal_day(now)).last_day


def _bystanders(objection: Objection) -> list[int]:
    """The buyer and the winner."""
    return [objection.standstill.demand.buyer_id, objection.standstill.winner_id]


def _tell(session: Session, objection: Objection, organisation_ids: list[int], code: str, *, now: dt.datetime,
          **facts: str) -> None:
    demand = objection.standstill.demand
    for organisation_id in organisation_ids:
        notify(session, organisation_id, code, dedupe=f"objection:{objection.id}:{code}", now=now,
               link=f"/demands/{demand.code}/award", demand=demand.code, title=demand.title, **facts)
