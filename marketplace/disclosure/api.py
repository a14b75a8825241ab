"""Confirmed disclosures, for programs."""
from __future__ import annotations

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace import security
from marketplace.db import reading
from marketplace.disclosure import queries
from marketplace.disclosure.schemas import ConfirmedDisclosureSchema, DisclosureListSchema

blp = Blueprint("api-disclosure", __name__, url_prefix="/api/v1/disclosures",
                description="What buyers have disclosed about overdue payments to SMEs (Decree 802 Art. 18).")


@blp.get("")
@blp.response(200, DisclosureListSchema)
@security.public
def get_disclosures() -> Response:
    """The newest confirmed version of every buyer's year."""
    with reading() as session:
        return jsonify(DisclosureListSchema().dump({"disclosures": queries.published(session)}))


@blp.get("/<int(max=2147483647):pack_id>")
@blp.response(200, ConfirmedDisclosureSchema)
@security.public
def get_disclosure(pack_id: int) -> Response:
    """One confirmed version; an earlier one stays readable after a correction."""
    with reading() as session:
        return jsonify(ConfirmedDisclosureSchema().dump(queries.public(session, pack_id)))
