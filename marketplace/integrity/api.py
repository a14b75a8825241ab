"""Declarations of interest and leads for programs."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.integrity import collusion, conflicts, declarations, views
from marketplace.integrity import particulars as companies
from marketplace.integrity.particulars import EmploymentForm, Particulars
from marketplace.integrity.schemas import (
    BidderInterestsSchema,
    ClosingForm,
    CollusionLeadSchema,
    DeclarationForm,
    DeclarationSchema,
    EmploymentFormSchema,
    EmploymentSchema,
    LookForm,
    ParticularsForm,
    ParticularsSchema,
)
from marketplace.openapi import repeatable
from marketplace.rules.collusion import LeadStage

blp = Blueprint("api-integrity", __name__, url_prefix="/api/v1",
                description="Declarations of interest, leads on conflicts of interest and on collusion: leads, never "
                            "verdicts; they stop nothing by themselves.")
LEAD = "/collusion-leads/<int(max=2147483647):lead_id>"


@blp.get("/demands/<code>/declaration")
@blp.response(200, DeclarationSchema(many=True))
@security.require(Role.FOUNDER)
def get_declarations(code: str) -> Response:
    """What the founder declared for a demand, oldest first."""
    with reading() as session:
        found = declarations.of_founder(session, demands.by_code(session, code), security.actor().organisation_id)
        return jsonify(DeclarationSchema(many=True).dump(found))


@blp.post("/demands/<code>/declaration")
@blp.arguments(DeclarationForm)
@blp.response(201, DeclarationSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_declaration(values: dict[str, Any], code: str) -> Any:
    """Declare a relation to the buyer or its people, or that there is none; after the opening, explain."""
    return create_once(DeclarationSchema(), lambda session: declarations.declare(
        session, demands.by_code(session, code), related=values["related"], details=values["relation_details"],
        actor=security.actor(), now=clock.utc_now()))


@blp.get("/demands/<code>/interests")
@blp.response(200, BidderInterestsSchema(many=True))
@security.require(Role.BUYER, Role.OPERATOR)
def get_interests(code: str) -> Response:
    """Declarations and leads on conflicts of interest after the opening; this look is written into the audit chain."""
    with transaction() as session:
        demand = demands.by_code(session, code)
        views.check_not_blind(session, demand, security.actor())
        found = conflicts.look(session, demand, actor=security.actor(), now=clock.utc_now())
        return jsonify(BidderInterestsSchema(many=True).dump(found))


@blp.get("/account/particulars")
@blp.response(200, ParticularsSchema)
@security.require(Role.BUYER, Role.FOUNDER)
def get_particulars() -> Response:
    """The company's particulars as registered."""
    return jsonify(ParticularsSchema().dump(security.actor().organisation))


@blp.put("/account/particulars")
@blp.arguments(ParticularsForm)
@blp.response(200, ParticularsSchema)
@security.require(Role.BUYER, Role.FOUNDER)
def put_particulars(values: dict[str, Any]) -> Response:
    """Keep the company's particulars; what is left out is emptied."""
    with transaction() as session:
        found = companies.state(session, Particulars(**values), actor=security.actor(), now=clock.utc_now())
        return jsonify(ParticularsSchema().dump(found))


@blp.get("/account/employments")
@blp.response(200, EmploymentSchema(many=True))
@security.require(Role.BUYER, Role.FOUNDER)
def get_employments() -> Response:
    """The person's declared employments."""
    with reading() as session:
        return jsonify(EmploymentSchema(many=True).dump(companies.employments(session, security.actor())))


@blp.post("/account/employments")
@blp.arguments(EmploymentFormSchema)
@blp.response(201, EmploymentSchema)
@repeatable
@security.require(Role.BUYER, Role.FOUNDER)
def post_employment(values: dict[str, Any]) -> Any:
    """Declare where the person works or worked."""
    return create_once(EmploymentSchema(), lambda session: companies.declare_employment(
        session, EmploymentForm(**values), actor=security.actor(), now=clock.utc_now()))


@blp.delete("/account/employments/<int(max=2147483647):employment_id>")
@blp.response(204)
@security.require(Role.BUYER, Role.FOUNDER)
def delete_employment(employment_id: int) -> None:
    """Take an own entry back; it stays as history."""
    with transaction() as session:
        companies.withdraw_employment(session, employment_id, actor=security.actor(), now=clock.utc_now())


@blp.get("/collusion-leads")
@blp.response(200, CollusionLeadSchema(many=True))
@security.require(Role.OPERATOR)
def get_leads() -> Response:
    """Every lead on collusion, those still open and the strongest first."""
    with reading() as session:
        return jsonify(CollusionLeadSchema(many=True).dump(collusion.leads(session, stages=tuple(LeadStage))))


@blp.get(LEAD)
@blp.response(200, CollusionLeadSchema)
@security.require(Role.BUYER, Role.OPERATOR)
def get_lead(lead_id: int) -> Response:
    """One lead; the buyer's once it was forwarded. This look is written into the audit chain."""
    with transaction() as session:
        found = collusion.read(session, lead_id, actor=security.actor(), now=clock.utc_now())
        views.check_not_blind(session, found.demand, security.actor())
        return jsonify(CollusionLeadSchema().dump(found))


@blp.post(f"{LEAD}/look")
@blp.arguments(LookForm)
@blp.response(200, CollusionLeadSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_look(values: dict[str, Any], lead_id: int) -> Any:
    """Write down what was seen."""
    return create_once(CollusionLeadSchema(), lambda session: collusion.look(
        session, lead_id, note=values["note"], actor=security.actor(), now=clock.utc_now()), status=200)


@blp.post(f"{LEAD}/closing")
@blp.arguments(ClosingForm)
@blp.response(200, CollusionLeadSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_closing(values: dict[str, Any], lead_id: int) -> Any:
    """Close a lead: explained, or forwarded to the buyer and the authority."""
    return create_once(CollusionLeadSchema(), lambda session: collusion.close(
        session, lead_id, forwarded=values["forwarded"], closing=values["closing"], actor=security.actor(),
        now=clock.utc_now()), status=200)
