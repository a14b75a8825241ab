"""The daily round over awards: who may sign now, and whose objection waits too long. By state, each day once."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import Role
from marketplace.accounts.queries import people_of_role
from marketplace.notices.operations import notify
from marketplace.objections import queries, standstill
from marketplace.objections.models import Objection
from marketplace.rules.objections import ObjectionStatus


def run(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """{"standstills", "objections"}: how many ended and were told of, how many nags were written."""
    return {"standstills": _ended(session, today=today, now=now), "objections": _nag(session, today=today, now=now)}


def _ended(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    """Both sides hear that nothing stands in the way of signing any more."""
    told = 0
    for period in queries.running(session):
        if standstill.waiting(period) or not standstill.counted(period, today=today).over(today=today):
            continue
        period.ended_told_at, demand = now, period.demand
        for organisation_id in (demand.buyer_id, period.winner_id):
            notify(session, organisation_id, "standstill_over", dedupe=f"standstill:{period.id}:over", now=now,
                   link=f"/demands/{demand.code}/award", demand=demand.code, title=demand.title)
        told += 1
    return told


def _nag(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    """Every day after the last day for the answer the buyer hears of it; the operator and the objector do once."""
    late = [one for one in queries.all_waiting(session)
            if one.status == ObjectionStatus.OPEN and today > one.answer_by]
    operators = sorted({user.organisation_id for user in people_of_role(session, Role.OPERATOR)}) if late else []
    return sum(_nag_one(session, one, operators, today=today, now=now) for one in late)


def _nag_one(session: Session, one: Objection, operators: list[int], *, today: dt.date, now: dt.datetime) -> int:
    demand, key = one.standstill.demand, f"objection:{one.id}:unanswered"
    told = [(demand.buyer_id, "objection_unanswered", f"{key}:{today}"),
            (one.founder_id, "objection_may_escalate", key),
            *((operator, "objection_unanswered", key) for operator in operators)]
    made = [notify(session, organisation_id, code, dedupe=dedupe, now=now, link=f"/demands/{demand.code}/award",
                   demand=demand.code, title=demand.title, answer_by=one.answer_by.isoformat(),
                   days=(today - one.answer_by).days) for organisation_id, code, dedupe in told]
    return sum(notice is not None for notice in made)
