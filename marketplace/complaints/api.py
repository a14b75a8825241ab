"""What follows late payments, for programs: the same steps as the pages, the public list, a buyer's standing."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace import clock, security
from marketplace.accounts import standing
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.complaints import filing, partners, queries, retaliation
from marketplace.complaints.forms import KEY, VERBS, Verb, renamed
from marketplace.complaints.partners import PartnerForm
from marketplace.complaints.schemas import (
    LeadClosingSchema,
    LeadSchema,
    PartnerSchema,
    PublicListSchema,
    RemedyCaseSchema,
    StandingSchema,
    note,
)
from marketplace.db import reading
from marketplace.openapi import repeatable
from marketplace.payments import queries as payments
from marketplace.rules.errors import RuleViolation

blp = Blueprint("api-complaints", __name__, url_prefix="/api/v1",
                description="What follows a late payment: publishing block, plan, public list, complaint, mediation.")
OBLIGATION = f"/obligations/<{KEY}:obligation_id>"
LEAD = f"/leads/<{KEY}:lead_id>"


def _today() -> Any:
    return clock.legal_day(clock.utc_now())


@blp.get("/overdue-list")
@blp.response(200, PublicListSchema)
@security.public
def get_overdue_list() -> Response:
    """The public list of overdue payments, and what was on it."""
    today = _today()
    with reading() as session:
        current, removed = queries.public_list(session, today=today)
    return jsonify(PublicListSchema().dump({"as_of": today, "current": current, "removed": removed}))


@blp.get("/standing")
@blp.response(200, StandingSchema)
@security.require(Role.BUYER)
def get_standing() -> Response:
    """Whether the caller's organisation may publish demands, and what keeps it from it."""
    with reading() as session:
        blocks = standing.open_blocks(session, security.actor().organisation_id)
        return jsonify(StandingSchema().dump({"may_publish": not blocks, "blocks": blocks}))


@blp.get(f"{OBLIGATION}/remedies")
@blp.response(200, RemedyCaseSchema)
@security.require()
def get_case(obligation_id: int) -> Response:
    """Everything that followed one obligation, with the clocks of its complaints."""
    today = _today()
    with reading() as session:
        case = queries.case_of(session, obligation_id, actor=security.actor(), today=today)
        return jsonify(RemedyCaseSchema().dump({
            "obligation_id": case.obligation.id, "days_late": case.found.overdue_days or 0,
            "left_fen": case.found.principal_left_fen or 0, "block": case.block, "plans": case.plans,
            "complaints": case.complaints, "listings": case.listings, "mediations": case.mediations,
            "clocks": {str(one.id): filing.clocks_of(one, today=today) for one in case.complaints}}))


def _offer(verb: Verb) -> None:
    """One line of the table as a route."""
    def view(values: dict[str, Any] | None = None, *, obligation_id: int, **ids: int) -> Any:
        def make(session: Any) -> Any:
            obligation = payments.for_party(session, obligation_id, actor=security.actor())
            try:
                return verb.act(session, obligation, *ids.values(), actor=security.actor(), now=clock.utc_now(),
                                **(values or {}))
            except RuleViolation as violation:
                raise renamed(violation, verb.takes) from violation

        return create_once(verb.gives, make, status=verb.status)

    view.__name__, view.__doc__ = f"post_{verb.name}", verb.says
    view = repeatable(security.require(*verb.roles)(view))
    view = blp.response(verb.status, type(verb.gives))(view)
    view = blp.arguments(type(verb.takes))(view) if verb.takes else view
    blp.post(f"{OBLIGATION}/{verb.path}")(view)


for _verb in VERBS:
    _offer(_verb)


def _lead(schema: Any, act: Any) -> Any:
    try:
        return create_once(LeadSchema(), lambda session: act(session, actor=security.actor(), now=clock.utc_now()), 200)
    except RuleViolation as violation:
        raise renamed(violation, schema) from violation


QUESTION, ANSWER = note("lead_question", "question"), note("lead_answer", "text")


@blp.post(f"{LEAD}/question")
@blp.arguments(type(QUESTION))
@blp.response(200, LeadSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_question(values: dict[str, Any], lead_id: int) -> Any:
    """Ask the buyer about a lead."""
    return _lead(QUESTION, lambda session, **who: retaliation.ask(session, lead_id, **values, **who))


@blp.post(f"{LEAD}/answer")
@blp.arguments(type(ANSWER))
@blp.response(200, LeadSchema)
@repeatable
@security.require(Role.BUYER)
def post_answer(values: dict[str, Any], lead_id: int) -> Any:
    """Answer the operator's question."""
    return _lead(ANSWER, lambda session, **who: retaliation.answer(session, lead_id, **values, **who))


@blp.post(f"{LEAD}/closing")
@blp.arguments(LeadClosingSchema)
@blp.response(200, LeadSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_lead_closing(values: dict[str, Any], lead_id: int) -> Any:
    """Close a lead: explained, or passed on to the authority."""
    return _lead(LeadClosingSchema(), lambda session, **who: retaliation.close(session, lead_id, **values, **who))


@blp.get("/leads")
@blp.response(200, LeadSchema(many=True))
@security.require()
def get_leads() -> Response:
    """The leads the caller may see, newest first."""
    with reading() as session:
        return jsonify(LeadSchema(many=True).dump(queries.leads(session, actor=security.actor())))


@blp.get("/mediation-partners")
@blp.response(200, PartnerSchema(many=True))
@security.require()
def get_partners() -> Response:
    """The mediation partners in use."""
    with reading() as session:
        return jsonify(PartnerSchema(many=True).dump(partners.directory(session, active=True)))


@blp.post("/mediation-partners")
@blp.arguments(PartnerSchema)
@blp.response(201, PartnerSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_partner(values: dict[str, Any]) -> Any:
    """Add a mediation partner to the directory."""
    try:
        return create_once(PartnerSchema(), lambda session: partners.add(
            session, PartnerForm(**values), actor=security.actor(), now=clock.utc_now()))
    except RuleViolation as violation:
        raise renamed(violation, PartnerSchema()) from violation
