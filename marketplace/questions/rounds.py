"""The daily round over unanswered questions: the buyer is asked again, and silence moves the bid deadline."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import reference
from marketplace.accounts.models import Organisation, Role
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.demand import deadlines
from marketplace.demand.models import Demand
from marketplace.notices.operations import notify
from marketplace.questions import queries
from marketplace.questions.models import Question
from marketplace.rules import questions as rules
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.questions import QuestionStatus


def demands_waiting(session: Session, *, now: dt.datetime) -> list[int]:
    """The ids of demands still taking bids that have an unanswered question."""
    query = select(Question.demand_id).join(Demand, Question.demand_id == Demand.id).where(
        Question.status == QuestionStatus.OPEN, Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)
    return sorted(set(session.scalars(query)))


def follow(session: Session, demand_id: int, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """One demand's round for a business day: {"questions_nagged", "questions_moved", "questions_stuck"} as counts.

    Run again on the same day it says nothing twice and moves nothing twice.
    """
    demand = lock(session, Demand, demand_id)
    asked = [one for one in queries.of_demand(session, demand) if one.status == QuestionStatus.OPEN]
    if not asked or not demand.accepts_bids(now=now) or today > legal_day(demand.bid_deadline):
        return {}
    return {"questions_nagged": _nag(session, demand, asked, today=today, now=now),
            **_move(session, demand, asked, today=today, now=now)}


def _nag(session: Session, demand: Demand, asked: list[Question], *, today: dt.date, now: dt.datetime) -> int:
    """Once a working day, while an answer is overdue."""
    calendar = reference.calendar()
    late = [one for one in asked if rules.is_overdue(one.asked_on, today, calendar)]
    if not late or calendar.is_rest_day(today):
        return 0
    days = rules.days_waiting(late[0].asked_on, today, calendar)
    told = notify(session, demand.buyer_id, "questions_unanswered", dedupe=f"demand:{demand.id}:unanswered:{today}",
                  now=now, link=f"/demands/{demand.code}/questions", demand=demand.code, title=demand.title,
                  numbers=[one.number for one in late], days=days)
    return int(told is not None)


def _move(session: Session, demand: Demand, asked: list[Question], *, today: dt.date,
          now: dt.datetime) -> dict[str, int]:
    if demand.published_at is None or demand.bid_deadline is None:
        return {}
    calendar = reference.calendar()
    pace = rules.pace(demand.published_at, demand.bid_deadline, today, calendar)
    days = [one.asked_on for one in asked]
    moved = queries.moves(session, demand)
    done = any(one.facts.get("on") == today.isoformat() for one in moved)
    if done or not rules.must_move(days, demand.bid_deadline, today, pace, calendar):
        return {}
    if len(moved) >= rules.number(rules.MOST_EXTENSIONS, today):
        return {"questions_stuck": _show_operator(session, demand, asked, now=now)}
    facts = {"numbers": [one.number for one in asked], "days": pace.extension, "on": today.isoformat()}
    deadlines.extend(session, demand, rules.after_silence(demand.bid_deadline, pace, calendar), cause=rules.UNANSWERED,
                     facts=facts, actor="system", now=now)
    return {"questions_moved": 1}


def _show_operator(session: Session, demand: Demand, asked: list[Question], *, now: dt.datetime) -> int:
    operators = session.scalars(select(Organisation).filter_by(role=Role.OPERATOR))
    told = [notify(session, operator.id, "questions_stuck", dedupe=f"demand:{demand.id}:questions_stuck", now=now,
                   link="/questions", demand=demand.code, title=demand.title, buyer=demand.buyer.name,
                   numbers=[one.number for one in asked]) for operator in operators]
    return sum(notice is not None for notice in told)
