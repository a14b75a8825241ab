"""/api/v1/demands/{code}/submit, /withdraw, /publish, /return, and the operator's queue /api/v1/reviews."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields, validate

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries, review
from marketplace.demand.api.blueprint import blp
from marketplace.demand.api.demands import answer
from marketplace.demand.api.schemas import DemandOut
from marketplace.fields import BeijingMoment, Text
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import keys
from marketplace.tendering import operations as tendering

MOST_REMARKS = 50


class SubmitIn(Schema):
    """When bidding ends, or how many days it lasts from publication (goes before the moment); `unclassified` declares
    that nothing in the demand is classified. The passphrase only for a buyer's first submission."""

    bid_deadline = BeijingMoment(load_default=None, allow_none=True, metadata={"type": ["string", "null"],
                                                                              "format": "date-time"})
    bidding_days = fields.Integer(load_default=None, allow_none=True)
    unclassified = fields.Boolean(load_default=False)
    passphrase = fields.String(load_default="")


class RemarkIn(Schema):
    """What has to change in one field; "" is the demand as a whole."""

    field = Text(40, load_default="")
    text = Text(review.LONGEST_REMARK, required=True)


class ReturnIn(Schema):
    """Why a demand is returned."""

    remarks = fields.List(fields.Nested(RemarkIn), required=True,
                          validate=validate.Length(1, MOST_REMARKS, error="field.too_many"))


class Empty(Schema):
    """Nothing to say."""


class ReviewOut(Schema):
    """A waiting submission; `late` once the operator's answer is overdue."""

    demand = fields.String(attribute="review.demand.code")
    title = fields.String(attribute="review.demand.title")
    buyer = fields.String(attribute="review.demand.buyer.name")
    number = fields.Integer(attribute="review.number")
    submitted_at = fields.DateTime(attribute="review.submitted_at")
    bidding_days = fields.Integer(attribute="review.bidding_days")
    wished_deadline = fields.DateTime(attribute="review.wished_deadline", allow_none=True)
    answer_by = fields.Date()
    late = fields.Boolean()


class ReviewsOut(Schema):
    """The queue, the longest wait first."""

    items = fields.List(fields.Nested(ReviewOut))


@blp.route("/reviews")
@blp.response(200, ReviewsOut)
@security.require(Role.OPERATOR)
def list_reviews() -> Response:
    """What waits for the operator's review."""
    with reading() as session:
        return jsonify(ReviewsOut().dump({"items": review.queue(session, now=clock.utc_now())}))


@blp.route("/demands/<string:code>/submit", methods=["POST"])
@blp.arguments(SubmitIn)
@blp.response(200, DemandOut)
@security.require(Role.BUYER)
def submit_demand(values: dict[str, Any], code: str) -> Any:
    """Hand a draft in for review. A buyer's first submission also sets the passphrase that will open the bids."""
    now, actor, days = clock.utc_now(), security.actor(), values["bidding_days"]
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=actor)
        if values["passphrase"] and demand.status == DemandStatus.PLANNING and not keys.has_opening_key(
                session, actor.organisation_id):
            keys.create_opening_key(session, actor.organisation_id, keys.BUYER, values["passphrase"], actor=actor,
                                    now=now)
        tendering.submit_demand(
            session, demand, unclassified=values["unclassified"], actor=actor, now=now, bidding_days=days,
            bid_deadline=values["bid_deadline"] if days is None else None)
        return answer(demand)


@blp.route("/demands/<string:code>/withdraw", methods=["POST"])
@blp.arguments(Empty)
@blp.response(200, DemandOut)
@security.require(Role.BUYER)
def withdraw_demand(_nothing: dict[str, Any], code: str) -> Any:
    """Take a submission back; the demand is a draft again."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        return answer(review.withdraw(session, demand, actor=security.actor(), now=clock.utc_now()))


@blp.route("/demands/<string:code>/publish", methods=["POST"])
@blp.arguments(Empty)
@blp.response(200, DemandOut)
@security.require(Role.OPERATOR)
def publish_demand(_nothing: dict[str, Any], code: str) -> Any:
    """The operator puts a reviewed demand on the list."""
    with transaction() as session:
        demand = review.for_operator(session, code).demand
        demand = tendering.publish_demand(session, demand, actor=security.actor(), now=clock.utc_now())
        made = answer(demand)
    jobs.enqueue("refresh_matches", demand.id)
    return made


@blp.route("/demands/<string:code>/return", methods=["POST"])
@blp.arguments(ReturnIn)
@blp.response(200, DemandOut)
@security.require(Role.OPERATOR)
def return_demand(values: dict[str, Any], code: str) -> Any:
    """The operator returns a demand with remarks; the demand is a draft again."""
    remarks: dict[str, str] = {}
    for one in values["remarks"]:
        remarks[one["field"]] = f"{remarks[one['field']]}\n{one['text']}" if one["field"] in remarks else one["text"]
    with transaction() as session:
        demand = review.for_operator(session, code).demand
        review.send_back(session, demand, remarks=remarks, actor=security.actor(), now=clock.utc_now())
        return answer(demand)
