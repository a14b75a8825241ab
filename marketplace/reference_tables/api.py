"""The tables in force, for programs."""
from __future__ import annotations

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace import clock, reference, security
from marketplace.db import reading
from marketplace.reference_tables import operations as tables
from marketplace.reference_tables.schemas import TablesSchema, WholeEditionSchema
from marketplace.rules.errors import NotFound
from marketplace.rules.reference_tables import TableKind

blp = Blueprint("api-reference", __name__, url_prefix="/api/v1/reference-tables",
                description="The tables of holidays and rates every date and amount rests on.")


@blp.get("")
@blp.response(200, TablesSchema)
@security.public
def get_tables() -> Response:
    """The tables in force: version, source and hash, and which years or months are missing."""
    with reading() as session:
        editions = [reference.in_force(session, kind) for kind in TableKind]
        lacking = tables.lacking(today=clock.legal_day(clock.utc_now()))
    return jsonify(TablesSchema().dump({"tables": editions, "missing": {
        "years": lacking.years, "lpr_months": [f"{month:%Y-%m}" for month in lacking.months]}}))


@blp.get("/<string:kind>")
@blp.response(200, WholeEditionSchema)
@security.public
def get_table(kind: str) -> Response:
    """One table in force with its content: `holidays` or `lpr`."""
    if kind not in list(TableKind):
        raise NotFound("not_found", what="reference_table", id=kind[:40])
    with reading() as session:
        return jsonify(WholeEditionSchema().dump(reference.in_force(session, TableKind(kind))))
