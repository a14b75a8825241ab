"""The timeline and the audit chain for programs of the operator."""
from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import PageSchema
from marketplace.audit import operations as audit
from marketplace.db import reading
from marketplace.fields import Between
from marketplace.payments import timeline

blp = Blueprint("api-operator", __name__, url_prefix="/api/v1/operator",
                description="Every award and payment on one timeline, and the audit chain. Operators only.")


class TimelineQuery(Schema):
    """Filters of the timeline."""

    view = fields.String(load_default=timeline.View.LATE,
                         validate=validate.OneOf(list(timeline.View), error="field.not_a_choice"))
    as_of = fields.Date(load_default=None, validate=Between(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
    q = fields.String(load_default="", validate=validate.Length(max=100))


class LineSchema(Schema):
    """One line of the timeline; days are ISO, amounts fen."""

    demand_code = fields.String(attribute="demand.code")
    contract_number = fields.String(attribute="contract.number")
    milestone = fields.Integer(attribute="milestone.position")
    obligation_id = fields.Integer(attribute="obligation.id")
    buyer = fields.String(attribute="demand.buyer.name")
    founder = fields.String(attribute="contract.founder.name")
    awarded_on = fields.Date(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    delivered_on = fields.Date(allow_none=True)
    accepted_on = fields.Date(allow_none=True)
    due_on = fields.Date(allow_none=True)
    paid_on = fields.Date(allow_none=True)
    amount_fen = fields.Integer()
    open_fen = fields.Integer()
    interest_fen = fields.Integer()
    disputed = fields.Boolean()
    turn = fields.String()
    until = fields.Date(allow_none=True)
    late_days = fields.Integer()


class EntrySchema(Schema):
    """One audit entry. `facts` is the canonical JSON text the hash was made over."""

    seq = fields.Integer()
    at = fields.DateTime()
    actor = fields.String()
    action = fields.String()
    object_type = fields.String()
    object_id = fields.String()
    facts = fields.String()
    previous_hash = fields.String()
    hash = fields.String()


class VerdictSchema(Schema):
    """Whether the chain is whole; `seq` and `reason` name the first entry that is not."""

    intact = fields.Boolean()
    entries = fields.Integer()
    head = fields.String()
    seq = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)


@blp.get("/timeline")
@blp.arguments(TimelineQuery, location="query")
@blp.response(200, LineSchema(many=True))
@security.require(Role.OPERATOR)
def get_timeline(query: dict[str, Any]) -> Response:
    """Lines of the timeline, longest late first; by default only what is late today."""
    as_of = query["as_of"] or clock.legal_day(clock.utc_now())
    with reading() as session:
        found = timeline.lines(session, as_of=as_of, view=timeline.View(query["view"]), text=query["q"])
        return jsonify(LineSchema(many=True).dump(found))


@blp.get("/audit")
@blp.arguments(PageSchema, location="query")
@blp.response(200, EntrySchema(many=True))
@security.require(Role.OPERATOR)
def get_entries(page: dict[str, int]) -> Response:
    """Entries of the audit chain, newest first; `after` is the seq of the last one of the page before."""
    with reading() as session:
        entries = audit.latest(session, before=page["after"] or None, limit=page["limit"])
        return jsonify(EntrySchema(many=True).dump(entries))


@blp.get("/audit/verification")
@blp.response(200, VerdictSchema)
@security.require(Role.OPERATOR)
def get_verification() -> audit.Verdict:
    """Walk the whole chain and say whether it is intact."""
    with reading() as session:
        return audit.verify(session)
