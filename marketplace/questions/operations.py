"""Asking, answering, taking back and hiding questions; an answer that comes late moves the bid deadline."""
from __future__ import annotations

import datetime as dt
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import Organisation, Role, User
from marketplace.clock import legal_day
from marketplace.db import get, lock
from marketplace.demand import deadlines, following
from marketplace.demand.models import Demand
from marketplace.notices.operations import notify
from marketplace.questions import queries
from marketplace.questions.models import Question, QuestionAnswer, QuestionAsker
from marketplace.rules import lifecycle
from marketplace.rules import questions as rules
from marketplace.rules.errors import Invalid, NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.questions import QUESTION, QuestionStatus

# Who asks is as secret in the audit chain as on the page; texts stand there as SHA-256, so that abuse can be hidden.
ANONYMOUS = "asker:anonymous"


def ask(session: Session, demand: Demand, text: str, *, actor: User, now: dt.datetime) -> Question:
    """Ask the buyer something; question and answer are public, the asker is "A", "B", … of this demand.

    The asker follows the demand from here on. The same words again (a double click) give the first
    question again. Raises NotAllowed (question.founders_only, question.own_demand), WrongState (question.not_taken,
    question.too_late), Problems (field.required, field.too_long, question.names_asker), Invalid (question.too_many).
    """
    demand = lock(session, Demand, demand.id)  # numbers and letters are given out one at a time
    _check_may_ask(demand, actor, now=now)
    _refuse("text", text, rules.LONGEST_QUESTION)
    _refuse_names(session, text, actor)
    asker = _asker(session, demand, actor.organisation_id)
    if (same := queries.asked_before(session, asker, text.strip())) is not None:
        return same
    if queries.asked_by(session, asker) >= rules.MOST_QUESTIONS:
        raise Invalid("question.too_many", most=rules.MOST_QUESTIONS)
    last = session.scalar(select(func.max(Question.number)).filter_by(demand_id=demand.id)) or 0
    question = Question(demand=demand, number=last + 1, asker=asker, text=text.strip(), asked_at=now)
    session.add(question)
    audit.record(session, "question:ask", question, actor=ANONYMOUS, at=now, demand=demand.code,
                 number=question.number, question_hash=sha256(question.text.encode()).hexdigest())
    following.follow(session, demand, actor.organisation_id, now=now)
    _tell(session, demand.buyer_id, "question_asked", question, now=now)
    return question


def _check_may_ask(demand: Demand, actor: User, *, now: dt.datetime) -> None:
    if actor.role != Role.FOUNDER:
        raise NotAllowed("question.founders_only")
    if actor.organisation_id == demand.buyer_id:
        raise NotAllowed("question.own_demand")
    ends = queries.closes_at(demand)
    if demand.status != DemandStatus.ACTIVE or ends is None:
        raise WrongState("question.not_taken", status=DemandStatus(demand.status))
    if now > ends:
        raise WrongState("question.too_late", closed=ends, received=now)


def _refuse(field: str, text: str, most: int) -> None:
    if not text.strip():
        raise Problems([Problem(field, "field.required")])
    if len(text) > most:
        raise Problems([Problem(field, "field.too_long", {"most": most, "length": len(text)})])


def _refuse_names(session: Session, text: str, actor: User) -> None:
    """An asker who signs is no longer anonymous, and tells the others who is going to bid."""
    company = get(session, Organisation, actor.organisation_id)
    people = session.scalars(select(User).filter_by(organisation_id=company.id))
    names = [company.name, company.uscc, *(word for one in people for word in (one.email, one.display_name))]
    if found := rules.gives_away(text, names):
        raise Problems([Problem("text", "question.names_asker", {"found": found})])


def _asker(session: Session, demand: Demand, organisation_id: int) -> QuestionAsker:
    asker = queries.asker_of(session, demand, organisation_id)
    if asker is None:
        last = session.scalar(select(func.max(QuestionAsker.place)).filter_by(demand_id=demand.id)) or 0
        asker = QuestionAsker(demand_id=demand.id, organisation_id=organisation_id, place=last + 1)
        session.add(asker)
        session.flush()
    return asker


def answer(session: Session, demand: Demand, number: int, text: str, *, actor: User, now: dt.datetime) -> Question:
    """Answer a question, or correct the answer: the earlier one stays to be read, and everyone who follows is told.

    An answer that leaves less than the reading time moves the bid deadline, as often as the rule allows. Raises
    NotAllowed("question.buyer_only"), NotFound, WrongState (question.wrong_state, question.bidding_over), Problems.
    """
    demand = lock(session, Demand, demand.id)
    if actor.organisation_id != demand.buyer_id:
        raise NotAllowed("question.buyer_only")
    question = queries.one(session, demand, number, locked=True)
    status = lifecycle.advance(QUESTION, question.status, "answer")
    _check_running(demand, now=now)
    _refuse("text", text, rules.LONGEST_ANSWER)
    if question.answers and question.answers[-1].text == text.strip():
        raise Invalid("question.answer_unchanged")
    version = len(question.answers) + 1
    question.answers.append(QuestionAnswer(version=version, text=text.strip(), answered_by_id=actor.id,
                                           answered_at=now))
    question.status = status
    audit.record(session, "question:answer", question, actor=actor, at=now, demand=demand.code,
                 number=number, version=version, answer_hash=sha256(text.strip().encode()).hexdigest())
    _tell_answer(session, question, version, now=now)
    _leave_time_to_read(session, demand, question, now=now)
    return question


def _check_running(demand: Demand, *, now: dt.datetime) -> None:
    if not demand.accepts_bids(now=now):
        raise WrongState("question.bidding_over", code=demand.code)


def _tell_answer(session: Session, question: Question, version: int, *, now: dt.datetime) -> None:
    demand, asker_id, again = question.demand, question.asker.organisation_id, "_again" if version > 1 else ""
    _tell(session, asker_id, f"question_yours_answered{again}", question, now=now, version=version)
    following.tell(session, demand, f"question_answered{again}", dedupe=f"question:{question.id}:answer:{version}",
                   now=now, without={asker_id}, number=question.number)


def _tell(session: Session, organisation_id: int, code: str, question: Question, *, now: dt.datetime,
          version: int = 0, **facts: str) -> None:
    demand = question.demand
    notify(session, organisation_id, code, dedupe=f"question:{question.id}:{code}:{version}", now=now,
           link=f"/demands/{demand.code}/questions", demand=demand.code, title=demand.title, number=question.number,
           **facts)


def _leave_time_to_read(session: Session, demand: Demand, question: Question, *, now: dt.datetime) -> None:
    if demand.published_at is None or demand.bid_deadline is None:
        return
    calendar, today = reference.calendar(), legal_day(now)
    pace = rules.pace(demand.published_at, demand.bid_deadline, today, calendar)
    too_little = rules.leaves_too_little(demand.bid_deadline, today, pace.reading, calendar)
    if too_little and len(queries.moves(session, demand)) < rules.number(rules.MOST_EXTENSIONS, today):
        facts = {"number": question.number, "days": pace.reading, "on": today.isoformat()}
        deadlines.extend(session, demand, rules.after_late_answer(demand.bid_deadline, today, pace, calendar),
                         cause=rules.ANSWERED_LATE, facts=facts, actor="system", now=now)


def withdraw(session: Session, demand: Demand, number: int, *, actor: User, now: dt.datetime) -> Question:
    """Take back one's own question while it has no answer. Raises NotFound, also for another's; WrongState."""
    demand = lock(session, Demand, demand.id)
    question = queries.one(session, demand, number, locked=True)
    if question.asker.organisation_id != actor.organisation_id:
        raise NotFound("not_found", what="question", id=number)
    question.status = lifecycle.advance(QUESTION, question.status, "withdraw")
    question.ended_at = now
    audit.record(session, "question:withdraw", question, actor=ANONYMOUS, at=now, demand=demand.code,
                 number=number)
    return question


def hide(session: Session, demand: Demand, number: int, reason: str, *, actor: User, now: dt.datetime) -> Question:
    """Take an abusive question out of sight, answer and all; that it was hidden and why stays visible.

    Raises NotAllowed("question.operator_only"), NotFound, WrongState, Problems.
    """
    if actor.role != Role.OPERATOR:
        raise NotAllowed("question.operator_only")
    demand = lock(session, Demand, demand.id)
    question = queries.one(session, demand, number, locked=True)
    status = lifecycle.advance(QUESTION, question.status, "hide")
    _refuse("reason", reason, rules.LONGEST_REASON)
    question.status, question.reason, question.ended_at = status, reason.strip(), now
    audit.record(session, "question:hide", question, actor=actor, at=now, demand=demand.code, number=number,
                 reason=question.reason)
    _tell(session, question.asker.organisation_id, "question_hidden", question, now=now, reason=question.reason)
    _tell(session, demand.buyer_id, "question_hidden", question, now=now, reason=question.reason)
    return question


def reveal_asker(session: Session, demand: Demand, number: int, reason: str, *, actor: User | str,
                 now: dt.datetime) -> Organisation:
    """Which company asked a hidden question, for dealing with abuse; that somebody looked, and why, is recorded.

    Raises NotFound, WrongState("question.not_hidden"), Problems.
    """
    question = queries.one(session, demand, number)
    if question.status != QuestionStatus.HIDDEN:
        raise WrongState("question.not_hidden", number=number)
    _refuse("reason", reason, rules.LONGEST_REASON)
    audit.record(session, "question:reveal", question, actor=actor, at=now, demand=demand.code, number=number,
                 reason=reason.strip())
    return get(session, Organisation, question.asker.organisation_id)
