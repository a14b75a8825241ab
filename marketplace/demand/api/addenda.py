"""/api/v1/demands/{code}/addenda, /follow, and what the caller follows: /api/v1/following."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from marshmallow import Schema, fields

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import addenda, following, queries
from marketplace.demand.api.blueprint import blp
from marketplace.demand.api.demands import as_sent
from marketplace.demand.api.schemas import AddendumChanges, DemandOut
from marketplace.demand.schemas import DemandIn
from marketplace.fields import BeijingMoment, Text
from marketplace.forms import parse
from marketplace.rules import addendum as rules


class AddendumIn(Schema):
    """Why, the new values of the fields that change, and a later deadline."""

    reason = Text(addenda.LONGEST_REASON, required=True)
    changes = fields.Nested(AddendumChanges(partial=True, only=rules.CHANGEABLE), load_default=dict)
    bid_deadline = BeijingMoment(load_default=None, allow_none=True, metadata={"type": ["string", "null"],
                                                                              "format": "date-time"})


class AddendumOut(Schema):
    """A published change: fields is {name: [old, new]}; deadlines only where it moved the deadline."""

    number = fields.Integer()
    reason = fields.String()
    fields_ = fields.Dict(attribute="fields", data_key="fields")
    material = fields.Boolean()
    by_rule = fields.Boolean()
    deadline_before = fields.DateTime(allow_none=True)
    deadline_after = fields.DateTime(allow_none=True)
    at = fields.DateTime()


class AddendaOut(Schema):
    """Every addendum of a demand, the newest first."""

    items = fields.List(fields.Nested(AddendumOut))


class FollowingOut(Schema):
    """What the caller's organisation follows, the demand that closes first on top."""

    items = fields.List(fields.Nested(DemandOut))


@blp.route("/demands/<string:code>/addenda")
@blp.response(200, AddendaOut)
@security.require()
def list_addenda(code: str) -> Response:
    """What was changed after publication."""
    with reading() as session:
        demand = queries.visible_to(session, code, actor=security.actor())
        return jsonify(AddendaOut().dump({"items": addenda.of_demand(session, demand)}))


@blp.route("/demands/<string:code>/addenda", methods=["POST"])
@blp.arguments(AddendumIn)
@blp.response(201, AddendumOut)
@security.require(Role.BUYER)
def issue_addendum(values: dict[str, Any], code: str) -> Any:
    """Change a published demand; who follows or has bid is told, and the deadline moves where the rule says."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        sent = request.get_json().get("changes") or {}
        draft = parse(DemandIn(), as_sent(demand) | sent)  # as a whole: a batch and its unit belong together
        made = addenda.issue(session, demand, {name: getattr(draft, name) for name in sent}, reason=values["reason"],
                             bid_deadline=values["bid_deadline"], actor=security.actor(), now=clock.utc_now())
        said = jsonify(AddendumOut().dump(made))
    jobs.enqueue("refresh_matches", made.demand_id)
    return said, 201


@blp.route("/following")
@blp.response(200, FollowingOut)
@security.require()
def list_following() -> Response:
    """The demands the caller's organisation follows."""
    with reading() as session:
        return jsonify(FollowingOut().dump({"items": following.followed_by(session, security.actor().organisation_id)}))


@blp.route("/demands/<string:code>/follow", methods=["PUT"])
@blp.response(204)
@security.require()
def follow_demand(code: str) -> tuple[str, int]:
    """Hear of every change from now on; twice is once."""
    with transaction() as session:
        following.follow(session, queries.by_code(session, code), security.actor().organisation_id,
                         now=clock.utc_now())
    return "", 204


@blp.route("/demands/<string:code>/follow", methods=["DELETE"])
@blp.response(204)
@security.require()
def unfollow_demand(code: str) -> tuple[str, int]:
    """Hear no more of it."""
    with transaction() as session:
        following.unfollow(session, queries.by_code(session, code), security.actor().organisation_id)
    return "", 204
