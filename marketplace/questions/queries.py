"""Reading questions. The name of an asker is never part of an answer given to anyone."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import reference
from marketplace.accounts.models import Role, User
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DeadlineChange
from marketplace.questions.models import Question, QuestionAsker
from marketplace.rules import questions as rules
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.questions import QuestionStatus


def of_demand(session: Session, demand: Demand) -> list[Question]:
    """Every question about a demand, in the order of asking."""
    return list(session.scalars(select(Question).filter_by(demand_id=demand.id).order_by(Question.number)))


def one(session: Session, demand: Demand, number: int, *, locked: bool = False) -> Question:
    """A demand's question by its number. Raises NotFound."""
    query = select(Question).filter_by(demand_id=demand.id, number=number)
    found = session.scalars(query.with_for_update(of=Question) if locked else query).one_or_none() if (
        0 < number < 2**31) else None
    if found is None:
        raise NotFound("not_found", what="question", id=number)
    return found


def asker_of(session: Session, demand: Demand, organisation_id: int) -> QuestionAsker | None:
    """The asker a company is for this demand, None when it has not asked. For that company alone to see."""
    query = select(QuestionAsker).filter_by(demand_id=demand.id, organisation_id=organisation_id)
    return session.scalars(query).one_or_none()


def closes_at(demand: Demand) -> dt.datetime | None:
    """Until when questions about a demand may be asked; None before its publication."""
    if demand.published_at is None or demand.bid_deadline is None:
        return None
    return rules.closes_at(demand.published_at, demand.bid_deadline, reference.calendar())


@dataclass(frozen=True)
class Board:
    """What the demand's page shows. `own` is the viewer's place among the askers; None: never asked. `answer_by` is the
    last day for the answer that has waited longest."""

    questions: Sequence[Question]
    closes_at: dt.datetime | None
    own: int | None
    may_ask: bool
    may_answer: bool
    moved: Sequence[DeadlineChange]
    answer_by: dt.date | None


def board(session: Session, demand: Demand, viewer: User | None, *, now: dt.datetime) -> Board:
    """The questions of a demand, and what this viewer may do with them now."""
    ends = closes_at(demand)
    running = demand.accepts_bids(now=now)
    own = asker_of(session, demand, viewer.organisation_id) if viewer is not None else None
    founder = viewer is not None and viewer.role == Role.FOUNDER and viewer.organisation_id != demand.buyer_id
    asked = of_demand(session, demand)
    waits = [one.asked_on for one in asked if one.status == QuestionStatus.OPEN]
    return Board(
        questions=asked, closes_at=ends,
        answer_by=rules.answer_by(waits[0], reference.calendar()) if waits else None,
        own=own.place if own else None,
        may_ask=founder and running and ends is not None and now <= ends,
        may_answer=running and viewer is not None and viewer.organisation_id == demand.buyer_id,
        moved=moves(session, demand))


def moves(session: Session, demand: Demand) -> list[DeadlineChange]:
    """The moves of a bid deadline that questions caused, the first first."""
    query = select(DeadlineChange).where(
        DeadlineChange.demand_id == demand.id, DeadlineChange.cause.in_((rules.UNANSWERED, rules.ANSWERED_LATE)))
    return list(session.scalars(query.order_by(DeadlineChange.id)))


@dataclass(frozen=True)
class Waiting:
    """A demand with unanswered questions. The oldest has to be answered by `answer_by`; `stuck`: the bid deadline has
    moved as often as the rule allows, so silence no longer moves it."""

    demand: Demand
    numbers: list[int]
    asked_on: dt.date
    answer_by: dt.date
    overdue: bool
    moved: int
    stuck: bool


def waiting(session: Session, *, today: dt.date, now: dt.datetime, buyer_id: int | None = None) -> list[Waiting]:
    """Demands still taking bids whose questions wait for an answer, longest waiting first; of one buyer when named."""
    calendar, most = reference.calendar(), rules.number(rules.MOST_EXTENSIONS, today)
    found = []
    for demand, asked in _open_by_demand(session, now=now, buyer_id=buyer_id):
        oldest, moved = asked[0].asked_on, len(moves(session, demand))
        found.append(Waiting(
            demand, [one.number for one in asked], oldest, rules.answer_by(oldest, calendar),
            rules.is_overdue(oldest, today, calendar), moved, moved >= most))
    return sorted(found, key=lambda line: (line.asked_on, line.demand.id))


def _open_by_demand(session: Session, *, now: dt.datetime,
                    buyer_id: int | None) -> list[tuple[Demand, list[Question]]]:
    query = select(Question, Demand).join(Demand, Question.demand_id == Demand.id).where(
        Question.status == QuestionStatus.OPEN, Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)
    if buyer_id is not None:
        query = query.where(Demand.buyer_id == buyer_id)
    grouped: dict[int, tuple[Demand, list[Question]]] = {}
    for question, demand in session.execute(query.order_by(Question.demand_id, Question.number)):
        grouped.setdefault(demand.id, (demand, []))[1].append(question)
    return list(grouped.values())


def asked_by(session: Session, asker: QuestionAsker) -> int:
    """How many questions one asker has asked about its demand, whatever became of them."""
    return session.scalar(select(func.count()).select_from(Question).filter_by(asker_id=asker.id)) or 0


def asked_before(session: Session, asker: QuestionAsker, text: str) -> Question | None:
    """The question of an asker with exactly these words that still stands, None when there is none."""
    query = select(Question).filter_by(asker_id=asker.id, text=text).where(
        Question.status.in_((QuestionStatus.OPEN, QuestionStatus.ANSWERED)))
    return session.scalars(query.order_by(Question.number)).first()
