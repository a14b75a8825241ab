"""The audit chain for programs of the operator."""
from __future__ import annotations

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from marketplace import security
from marketplace.accounts.models import Role
from marketplace.api import PageSchema
from marketplace.audit import operations as audit
from marketplace.db import reading

blp = Blueprint("api-operator", __name__, url_prefix="/api/v1/operator",
                description="The audit chain. Operators only.")


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
