"""/api/v1/projects/proposals: what a project document would be cut into."""
from __future__ import annotations

from typing import Any

from flask import jsonify

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.demand import proposals
from marketplace.demand.api.blueprint import blp
from marketplace.demand.api.schemas import ProposalOut
from marketplace.demand.schemas import DocumentIn


@blp.route("/projects/proposals", methods=["POST"])
@blp.arguments(DocumentIn)
@blp.response(200, ProposalOut)
@security.require(Role.BUYER)
def propose_slices(values: dict[str, Any]) -> Any:
    """Read a project document and propose slices; nothing is stored. `notes` say what was guessed or does not add up.

    Send what you keep of it to POST /projects and PUT /projects/{id}/slices.
    """
    found = proposals.read(values["document"], today=clock.legal_day(clock.utc_now()), budget_fen=values["budget_fen"])
    return jsonify(ProposalOut().dump(proposals.as_json(found)))
