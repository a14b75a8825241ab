"""The page of a demand's questions with what each reader may do, and the list of what waits for an answer."""
from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.questions import operations, queries
from marketplace.questions.schemas import AnswerIn, HideIn, QuestionIn
from marketplace.rules import questions as rules
from marketplace.rules.errors import RuleViolation

pages = Blueprint("questions", __name__)
HERE = "/demands/<code>/questions"
ONE = f"{HERE}/<int(max=2147483647):question>"
Page = str | tuple[str, int] | Response


@pages.get(HERE)
@security.public
def index(code: str) -> Page:
    """Every question, answered or not, and the form for the next one."""
    return _page(code, FormState(), None)


def _page(code: str, form: FormState, wrong: int | None) -> str:
    now, viewer = clock.utc_now(), security.current_user or None
    today = clock.legal_day(now)
    with reading() as session:
        demand = demands.by_code(session, code)
        return render_template(
            "questions/index.html", demand=demand, form=form, wrong=wrong,
            board=queries.board(session, demand, viewer, now=now),
            within=rules.number(rules.ANSWER_WITHIN, today), most_moves=rules.number(rules.MOST_EXTENSIONS, today),
            longest=rules.LONGEST_QUESTION, running=demand.accepts_bids(now=now),
            operator=viewer is not None and viewer.role == Role.OPERATOR)


def _act(code: str, number: int | None, said: str, schema: Schema | None,
         act: Callable[[Session, Demand, dict[str, str]], object]) -> Page:
    """Do a verb in one transaction; every problem is shown at the form it came from."""
    form = FormState(request.form)
    try:
        values = parse(schema, flat(request.form)) if schema else {}
        with transaction() as session:
            act(session, demands.by_code(session, code), values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation)
        return _page(code, form, number), violation.status
    flash(t(said), "success")
    return redirect(url_for("questions.index", code=code, _anchor=f"q{number}" if number else None), 303)


@pages.post(HERE)
@security.require(Role.FOUNDER)
def ask(code: str) -> Page:
    """Ask the buyer something, in public and without a name."""
    return _act(code, None, "questions.asked_flash", QuestionIn(), lambda session, demand, values: operations.ask(
        session, demand, values["text"], actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/answer")
@security.require(Role.BUYER)
def answer(code: str, question: int) -> Page:
    """Answer, or correct the answer."""
    return _act(code, question, "questions.answered_flash", AnswerIn(), lambda session, _, values: operations.answer(
        session, demands.for_buyer(session, code, actor=security.actor()), question, values["text"],
        actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/withdraw")
@security.require(Role.FOUNDER)
def withdraw(code: str, question: int) -> Page:
    """Take back one's own unanswered question."""
    return _act(code, question, "questions.withdrawn_flash", None, lambda session, demand, _: operations.withdraw(
        session, demand, question, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/hide")
@security.require(Role.OPERATOR)
def hide(code: str, question: int) -> Page:
    """Take an abusive question out of sight, with the reason in its place."""
    return _act(code, question, "questions.hidden_flash", HideIn(), lambda session, demand, values: operations.hide(
        session, demand, question, values["reason"], actor=security.actor(), now=clock.utc_now()))


@pages.get("/questions")
@security.require(Role.BUYER, Role.OPERATOR)
def waiting() -> Page:
    """What waits for an answer: a buyer's own demands, for the operator everybody's."""
    now, actor = clock.utc_now(), security.actor()
    today = clock.legal_day(now)
    with reading() as session:
        return render_template(
            "questions/waiting.html", operator=actor.role == Role.OPERATOR, today=today,
            within=rules.number(rules.ANSWER_WITHIN, today), most_moves=rules.number(rules.MOST_EXTENSIONS, today),
            lines=queries.waiting(session, today=today, now=now,
                                  buyer_id=None if actor.role == Role.OPERATOR else actor.organisation_id))
