"""Hard requirements, marks, teams, past cases, similar demands, proposals and exposure for programs."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.rules.errors import NotFound
from marketplace.rules.feedback import Mark, Side
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions import conditions, exposure, feedback, rounds, similar, teams
from marketplace.suggestions.api.blueprint import blp
from marketplace.suggestions.api.schemas import (
    AnswersForm,
    CasesQuery,
    CasesSchema,
    ExposureSchema,
    MarkIn,
    MarkOut,
    ProposalsSchema,
    RequirementsSchema,
    SimilarsSchema,
    StaffingSchema,
)


def _requirements(demand: Demand) -> Response:
    return jsonify(RequirementsSchema().dump({"confirmed": conditions.is_confirmed(demand),
                                              "items": conditions.of_demand(demand)}))


@blp.route("/demands/<code>/conditions")
@blp.response(200, RequirementsSchema)
@security.require()
def get_conditions(code: str) -> Response:
    """The hard requirements of a published demand, or of the caller's own, as read and as confirmed."""
    with reading() as session:
        return _requirements(demands.visible_to(session, code, actor=security.actor()))


@blp.route("/demands/<code>/conditions", methods=["PUT"])
@blp.arguments(AnswersForm)
@blp.response(200, RequirementsSchema)
@security.require(Role.BUYER)
def put_conditions(values: dict[str, Any], code: str) -> Response:
    """Keep, strike out and add hard requirements of one's own demand; the matching follows."""
    keep, add = ([(one["code"], one["name"]) for one in values[name]] for name in ("keep", "add"))
    with transaction() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        conditions.confirm(session, demand, keep=keep, add=add, actor=security.actor(), now=clock.utc_now())
        answer = _requirements(demand)
    if demand.status == DemandStatus.ACTIVE:
        jobs.enqueue("refresh_matches", demand.id)
    return answer


@blp.route("/demands/<code>/suggestions/<int:profile_id>/mark", methods=["PUT"])
@blp.arguments(MarkIn)
@blp.response(200, MarkOut)
@security.require(Role.BUYER)
def mark_founder(values: dict[str, Any], code: str, profile_id: int) -> dict[str, str]:
    """Shortlist a founder (kept), dismiss them with a reason, or take either back (suggested)."""
    with transaction() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        profile = founders.by_id(session, profile_id)
        before = feedback.marks_of_demand(session, demand.id).get(profile.id, Mark.SUGGESTED)
        return _marked(session, demand, profile, Side.BUYER, before, values)


@blp.route("/matches/<code>/mark", methods=["PUT"])
@blp.arguments(MarkIn)
@blp.response(200, MarkOut)
@security.require(Role.FOUNDER)
def mark_demand(values: dict[str, Any], code: str) -> dict[str, str]:
    """Save a demand (kept), dismiss it with a reason, or take either back (suggested)."""
    with transaction() as session:
        demand = demands.by_code(session, code)
        profile = founders.profile_of(session, security.actor().organisation_id)
        if profile is None:
            raise NotFound("not_found", what="demand", id=code)
        before = feedback.marks_of_founder(session, profile.id).get(demand.id, Mark.SUGGESTED)
        return _marked(session, demand, profile, Side.FOUNDER, before, values)


def _marked(session: Any, demand: Demand, profile: Any, side: Side, before: Mark,
            values: dict[str, Any]) -> dict[str, str]:
    """Bring the mark to what the caller wants it to be."""
    back = "restore" if before == Mark.DISMISSED else "release"
    action = {Mark.KEPT: "keep", Mark.DISMISSED: "dismiss", Mark.SUGGESTED: back}[Mark(values["mark"])]
    mark = feedback.mark(session, demand, profile, side, action, reason=values["reason"], note=values["note"],
                         actor=security.actor(), now=clock.utc_now())
    return {"mark": mark}


@blp.route("/demands/<code>/teams")
@blp.response(200, StaffingSchema)
@security.require(Role.BUYER)
def get_teams(code: str) -> Any:
    """Who covers one's own demand: founders alone, or the smallest teams; 404 until it has been worked out."""
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        found = teams.for_demand(session, demand)
        if found is None:
            raise NotFound("not_found", what="team_suggestion", id=code)
        return jsonify(StaffingSchema().dump(found))


@blp.route("/demands/<code>/partners")
@blp.response(200, StaffingSchema)
@security.require(Role.FOUNDER)
def get_partners(code: str) -> Any:
    """Founders who complement the caller for a demand."""
    with reading() as session:
        demand = demands.by_code(session, code)
        profile = founders.profile_of(session, security.actor().organisation_id)
        if profile is None:
            raise NotFound("not_found", what="demand", id=code)
        return jsonify(StaffingSchema().dump(teams.partners_for(session, demand, profile)))


@blp.route("/cases")
@blp.arguments(CasesQuery, location="query")
@blp.response(200, CasesSchema)
@security.require()
def get_cases(query: dict[str, str]) -> Any:
    """Who did something like this: past cases nearest to free words, or to what a demand asks for."""
    with reading() as session:
        demand = None
        if query["demand"] and not query["q"]:
            demand = demands.visible_to(session, query["demand"], actor=security.actor())
        asked = query["q"] or demand is not None
        found = similar.cases_for(session, question=query["q"], demand=demand) if asked else []
        return jsonify(CasesSchema().dump({"items": found}))


@blp.route("/demands/<code>/similar")
@blp.response(200, SimilarsSchema)
@security.require()
def get_similar(code: str) -> Any:
    """Demands like a published one, with what became of them."""
    with reading() as session:
        demand = demands.by_code(session, code)
        return jsonify(SimilarsSchema().dump({"items": similar.demands_like(session, demand, now=clock.utc_now())}))


@blp.route("/proposals")
@blp.response(200, ProposalsSchema)
@security.require(Role.BUYER, Role.OPERATOR)
def get_proposals() -> Any:
    """The invitations proposed this month for the caller's demands; for the operator all of them, with figures."""
    actor, month = security.actor(), rounds.month_of(clock.utc_now())
    mine = actor.organisation_id if actor.role == Role.BUYER else None
    with reading() as session:
        found = rounds.of_month(session, month, buyer_id=mine)
        items = [one for group in found.proposals.values() for one in group] if found else []
        return jsonify(ProposalsSchema().dump({
            "month": month, "items": items, "report": found.report if found and mine is None else None}))


@blp.route("/exposure")
@blp.response(200, ExposureSchema)
@security.require(Role.OPERATOR)
def get_exposure() -> Any:
    """Newcomers' exposure held against their chances."""
    with reading() as session:
        return jsonify(ExposureSchema().dump(exposure.view(session, now=clock.utc_now())))
