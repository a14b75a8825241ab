"""Awards as they are made public, and objections to them, for programs."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.contracts import revoking
from marketplace.db import reading
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.objections import operations, queries
from marketplace.objections.models import Objection
from marketplace.objections.operations import Grounds
from marketplace.objections.schemas import (
    DISMISS,
    AwardNoticeSchema,
    ObjectionAnswerSchema,
    ObjectionEscalationSchema,
    ObjectionFindingSchema,
    ObjectionGroundsSchema,
    ObjectionSchema,
)
from marketplace.openapi import repeatable
from marketplace.rules.errors import NotFound
from marketplace.rules.objections import Consequence

blp = Blueprint("api-objections", __name__, url_prefix="/api/v1/demands",
                description="Award notices with their standstill, and objections: answered within three days, and "
                            "nothing is signed before (招标投标法实施条例 Art. 54).")
HERE = "/<code>/objections"
ONE = f"{HERE}/<int(max=2147483647):objection_id>"


@blp.get("/<code>/award")
@blp.response(200, AwardNoticeSchema)
@security.public
def get_award(code: str) -> Response:
    """The award as it is made public: winner, price, reason, totals without other names, the standstill."""
    with reading() as session:
        demand = demands.visible_to(session, code, actor=security.current_user or None)
        notice = queries.notice_of(session, demand, now=clock.utc_now())
        if notice is None:
            raise NotFound("award.none", code=demand.code)
        return jsonify(AwardNoticeSchema().dump(notice))


@blp.get(HERE)
@blp.response(200, ObjectionSchema(many=True))
@security.require()
def get_objections(code: str) -> Response:
    """The objections to the awards of a demand: all for its buyer and the operator, for a bidder its own."""
    with reading() as session:
        demand = demands.visible_to(session, code, actor=security.actor())
        return jsonify(ObjectionSchema(many=True).dump(queries.listed(session, demand, actor=security.actor())))


@blp.post(HERE)
@blp.arguments(ObjectionGroundsSchema)
@blp.response(201, ObjectionSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_objection(values: dict[str, Any], code: str) -> Any:
    """Object to the award (a bidder, while the standstill runs)."""
    return create_once(ObjectionSchema(), lambda session: operations.file(
        session, demands.visible_to(session, code, actor=security.actor()), Grounds(**values),
        actor=security.actor(), now=clock.utc_now()))


def _do(code: str, objection_id: int, act: Callable[[Session, Demand], Any]) -> Any:
    def work(session: Session) -> Objection:
        demand = demands.visible_to(session, code, actor=security.actor())
        found = queries.of_demand_by_id(session, demand, objection_id, actor=security.actor())
        act(session, demand)
        return found

    return create_once(ObjectionSchema(), work, status=200)


@blp.post(f"{ONE}/withdrawal")
@blp.response(200, ObjectionSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_withdrawal(code: str, objection_id: int) -> Any:
    """Take an objection back (its objector)."""
    return _do(code, objection_id, lambda session, _: operations.withdraw(
        session, objection_id, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/answer")
@blp.arguments(ObjectionAnswerSchema)
@blp.response(200, ObjectionSchema)
@repeatable
@security.require(Role.BUYER)
def post_answer(values: dict[str, Any], code: str, objection_id: int) -> Any:
    """Answer an objection (buyer): dismiss it, or uphold it, which ends the award and its draft contract."""
    def act(session: Session, _: Demand) -> None:
        if values["decision"] == DISMISS:
            operations.dismiss(session, objection_id, answer=values["answer"], actor=security.actor(),
                               now=clock.utc_now())
        else:
            revoking.uphold(session, objection_id, reasons=values["answer"],
                            consequence=Consequence(values["decision"]), actor=security.actor(), now=clock.utc_now())

    return _do(code, objection_id, act)


@blp.post(f"{ONE}/escalation")
@blp.arguments(ObjectionEscalationSchema)
@blp.response(200, ObjectionSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_escalation(values: dict[str, Any], code: str, objection_id: int) -> Any:
    """Bring a dismissal, or the buyer's silence after the clock, before the operator (its objector)."""
    return _do(code, objection_id, lambda session, _: operations.escalate(
        session, objection_id, text=values["escalation"], actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/finding")
@blp.arguments(ObjectionFindingSchema)
@blp.response(200, ObjectionSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_finding(values: dict[str, Any], code: str, objection_id: int) -> Any:
    """Record the finding on an objection brought before the operator; a founded one ends the award."""
    def act(session: Session, _: Demand) -> None:
        if values["founded"]:
            revoking.uphold(session, objection_id, reasons=values["finding"], consequence=Consequence.REEVALUATE,
                            actor=security.actor(), now=clock.utc_now())
        else:
            operations.find_unfounded(session, objection_id, finding=values["finding"], actor=security.actor(),
                                      now=clock.utc_now())

    return _do(code, objection_id, act)
