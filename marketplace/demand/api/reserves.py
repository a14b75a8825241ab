"""/api/v1/set-aside: the ledger of reserved demands; /api/v1/demands/{code}/release."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries, reserves
from marketplace.demand.api.blueprint import blp
from marketplace.demand.api.demands import answer
from marketplace.demand.api.schemas import DemandOut, SetAsideOut
from marketplace.demand.schemas import ReleaseForm


@blp.route("/set-aside")
@blp.response(200, SetAsideOut)
@security.require(Role.BUYER, Role.OPERATOR)
def read_set_aside() -> Response:
    """Reserved, awarded and share by quarter: the caller's own, for an operator those of every buyer."""
    actor = security.actor()
    with reading() as session:
        found = reserves.ledgers(session, buyer_id=None if actor.role == Role.OPERATOR else actor.organisation_id)
        return jsonify(SetAsideOut().dump({"items": found}))


@blp.route("/demands/<string:code>/release", methods=["POST"])
@blp.arguments(ReleaseForm)
@blp.response(200, DemandOut)
@security.require(Role.BUYER)
def release_demand(values: dict[str, Any], code: str) -> Any:
    """Open a reserved demand to everyone because too few qualified companies have bid."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        reserves.release(session, demand, bid_deadline=values["bid_deadline"], reason=values["reason"],
                         actor=security.actor(), now=clock.utc_now())
        return answer(demand)
