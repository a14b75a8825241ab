"""The public notice of an award, with what a bidder, the buyer and the operator can do about it."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role, User
from marketplace.contracts import queries as contracts
from marketplace.contracts import revoking
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.evaluation import trials
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import label, t
from marketplace.objections import operations, queries, schemas
from marketplace.objections.models import Objection
from marketplace.objections.operations import Grounds
from marketplace.objections.schemas import (
    ObjectionAnswerSchema,
    ObjectionEscalationSchema,
    ObjectionFindingSchema,
    ObjectionGroundsSchema,
)
from marketplace.rules.errors import NotFound, RuleViolation
from marketplace.rules.objections import Consequence, Ground, ObjectionStatus, answer_days
from marketplace.tendering import queries as tendering
from marketplace.tendering.evaluation import hundredths

pages = Blueprint("objections", __name__)
HERE = "/demands/<code>/objections"
ONE = f"{HERE}/<int(max=2147483647):objection_id>"
Page = str | Response | tuple[str, int]


@pages.get("/demands/<code>/award")
@security.public
def award(code: str) -> Page:
    """Who won, at what price and why, every total without a name, and until when a bidder may object."""
    with reading() as session:
        demand = demands.visible_to(session, code, actor=security.current_user or None)
        return _page(session, demand, FormState(), None)


def _page(session: Session, demand: Demand, form: FormState, objection_id: int | None) -> Page:
    viewer, now = security.current_user or None, clock.utc_now()
    notice = queries.notice_of(session, demand, now=now)
    if notice is None and not tendering.revoked_awards(session, demand):
        raise NotFound("award.none", code=demand.code)
    found = queries.of_demand(session, demand, actor=viewer)
    contract = contracts.of_demand(session, demand.id)
    return render_template(
        "objections/award.html", demand=demand, notice=notice, form=form, wrong_id=objection_id, objections=found,
        revoked=tendering.revoked_awards(session, demand), late=schemas.late, side=_side(demand, viewer),
        may_object=notice is not None and _may_object(session, demand, notice, viewer),
        own=tendering.bid_of(session, demand, viewer.organisation_id) if viewer is not None else None,
        contract=contract if contract is not None and viewer is not None and contracts.may_see(
            contract, viewer) else None,
        days=answer_days(clock.legal_day(now)), points=hundredths,
        trial_results=list(trials.of_bids(demand).values()),
        may_escalate=lambda one: _may_escalate(one, notice),
        grounds=[(ground.value, label(ground)) for ground in Ground],
        decisions=[(value, t(f"objections.decision.{value}")) for value in schemas.DECISIONS])


def _side(demand: Demand, viewer: User | None) -> str:
    if viewer is None:
        return ""
    if viewer.role == Role.OPERATOR:
        return "operator"
    return "buyer" if viewer.organisation_id == demand.buyer_id else "founder" if viewer.role == Role.FOUNDER else ""


def _may_object(session: Session, demand: Demand, notice: queries.AwardNotice, viewer: User | None) -> bool:
    """Whether the page offers the form; the operation decides."""
    period, found = notice.period, notice.found
    if viewer is None or viewer.role != Role.FOUNDER or period is None or found is None or period.signed_at:
        return False
    own = tendering.bid_of(session, demand, viewer.organisation_id)
    mine = any(one.founder_id == viewer.organisation_id for one in period.objections)
    today = clock.legal_day(clock.utc_now())
    return own is not None and not mine and viewer.organisation_id != period.winner_id and (
        not found.over(today=today) or notice.waiting > 0)


def _may_escalate(one: Objection, notice: queries.AwardNotice | None) -> bool:
    if notice is None or notice.found is None or one.standstill.signed_at is not None:
        return False
    if one.status == ObjectionStatus.OPEN:
        return schemas.late(one)
    return one.status == ObjectionStatus.DISMISSED and one.standstill is notice.period and not notice.found.over(
        today=clock.legal_day(clock.utc_now()))


@pages.get("/objections")
@security.require()
def index() -> str:
    """The objections the reader has to do with, those that wait first."""
    with reading() as session:
        return render_template("objections/index.html", late=schemas.late,
                               objections=queries.concerning(session, actor=security.actor()))


def _act(code: str, objection_id: int | None, said: str, schema: Schema | None,
         act: Callable[[Session, Demand, dict[str, Any]], Any]) -> Page:
    """Do a verb in one transaction; every problem is shown at the form it came from."""
    form = FormState(flat(request.form))
    try:
        values = parse(schema, flat(request.form)) if schema else {}
        with transaction() as session:
            demand = demands.visible_to(session, code, actor=security.actor())
            if objection_id is not None:
                _check_of(session, demand, objection_id)
            act(session, demand, values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation)
        with reading() as session:
            demand = demands.visible_to(session, code, actor=security.actor())
            page = _page(session, demand, form, objection_id)
            return (page, violation.status) if isinstance(page, str) else page
    flash(t(f"objections.flash.{said}"), "success")
    return redirect(url_for("objections.award", code=code), 303)


def _check_of(session: Session, demand: Demand, objection_id: int) -> None:
    queries.of_demand_by_id(session, demand, objection_id, actor=security.actor())


@pages.post(HERE)
@security.require(Role.FOUNDER)
def file(code: str) -> Page:
    """A bidder objects."""
    return _act(code, None, "filed", ObjectionGroundsSchema(), lambda session, demand, values: operations.file(
        session, demand, Grounds(**values), actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/withdrawal")
@security.require(Role.FOUNDER)
def withdraw(code: str, objection_id: int) -> Page:
    """The objector takes it back."""
    return _act(code, objection_id, "withdrawn", None, lambda session, demand, values: operations.withdraw(
        session, objection_id, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/answer")
@security.require(Role.BUYER)
def answer(code: str, objection_id: int) -> Page:
    """The buyer answers; upholding it ends the award."""
    return _act(code, objection_id, "answered", ObjectionAnswerSchema(), lambda session, demand, values: decide(
        session, objection_id, values["decision"], values["answer"]))


def decide(session: Session, objection_id: int, decision: str, reasons: str) -> None:
    """A buyer's decision: dismiss, or uphold with what follows."""
    if decision == schemas.DISMISS:
        operations.dismiss(session, objection_id, answer=reasons, actor=security.actor(), now=clock.utc_now())
    else:
        revoking.uphold(session, objection_id, reasons=reasons, consequence=Consequence(decision),
                        actor=security.actor(), now=clock.utc_now())


@pages.post(f"{ONE}/escalation")
@security.require(Role.FOUNDER)
def escalate(code: str, objection_id: int) -> Page:
    """The objector turns to the operator."""
    return _act(code, objection_id, "escalated", ObjectionEscalationSchema(), lambda session, demand, values:
                operations.escalate(session, objection_id, text=values["escalation"], actor=security.actor(),
                                    now=clock.utc_now()))


@pages.post(f"{ONE}/finding")
@security.require(Role.OPERATOR)
def find(code: str, objection_id: int) -> Page:
    """The operator records its finding; a founded objection ends the award."""
    return _act(code, objection_id, "found", ObjectionFindingSchema(), lambda session, demand, values: record_finding(
        session, objection_id, values["founded"], values["finding"]))


def record_finding(session: Session, objection_id: int, founded: bool, finding: str) -> None:
    """The operator's finding, with what follows from it."""
    if founded:
        revoking.uphold(session, objection_id, reasons=finding, consequence=Consequence.REEVALUATE,
                        actor=security.actor(), now=clock.utc_now())
    else:
        operations.find_unfounded(session, objection_id, finding=finding, actor=security.actor(), now=clock.utc_now())
