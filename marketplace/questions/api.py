"""Questions and answers, for programs: anyone reads them, nobody learns who asked."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.openapi import repeatable
from marketplace.questions import ocds, operations
from marketplace.questions.models import Question
from marketplace.questions.schemas import AnswerIn, EnquiryOut, HideIn, QuestionIn, QuestionsOut

blp = Blueprint("api-questions", __name__, url_prefix="/api/v1/demands",
                description="Questions about a demand and their public answers, as in OCDS tender.enquiries. The asker "
                            "is a letter of this demand only.")
QUESTIONS = "/<code>/questions"
ONE = f"{QUESTIONS}/<int(max=2147483647):question>"


@blp.get(QUESTIONS)
@blp.response(200, QuestionsOut)
@security.public
def get_questions(code: str) -> dict[str, Any]:
    """Every question with every version of its answer, and until when questions may be asked."""
    with reading() as session:
        demand = demands.by_code(session, code)
        return {"tender": {"id": demand.code} | ocds.tender(session, demand)}


def _do(code: str, act: Callable[[Session, Demand], Question], status: int = 200) -> Any:
    def make(session: Session) -> dict[str, Any]:
        demand = demands.by_code(session, code)
        return ocds.enquiry(demand, act(session, demand))

    return create_once(EnquiryOut(), make, status)


@blp.post(QUESTIONS)
@blp.arguments(QuestionIn)
@blp.response(201, EnquiryOut)
@repeatable
@security.require(Role.FOUNDER)
def post_question(values: dict[str, str], code: str) -> Any:
    """Ask (founder), until the end of tender.enquiryPeriod. You follow the demand from then on."""
    return _do(code, lambda session, demand: operations.ask(
        session, demand, values["text"], actor=security.actor(), now=clock.utc_now()), 201)


@blp.put(f"{ONE}/answer")
@blp.arguments(AnswerIn)
@blp.response(200, EnquiryOut)
@security.require(Role.BUYER)
def put_answer(values: dict[str, str], code: str, question: int) -> Any:
    """Answer a question about your demand, or correct the answer; a late answer moves the bid deadline."""
    return _do(code, lambda session, _: operations.answer(
        session, demands.for_buyer(session, code, actor=security.actor()), question, values["text"],
        actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/withdrawal")
@blp.response(200, EnquiryOut)
@repeatable
@security.require(Role.FOUNDER)
def post_withdrawal(code: str, question: int) -> Any:
    """Take back your own question while it has no answer."""
    return _do(code, lambda session, demand: operations.withdraw(
        session, demand, question, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/hiding")
@blp.arguments(HideIn)
@blp.response(200, EnquiryOut)
@repeatable
@security.require(Role.OPERATOR)
def post_hiding(values: dict[str, str], code: str, question: int) -> Any:
    """Hide an abusive question (operator); its number and the reason stay visible."""
    return _do(code, lambda session, demand: operations.hide(
        session, demand, question, values["reason"], actor=security.actor(), now=clock.utc_now()))
