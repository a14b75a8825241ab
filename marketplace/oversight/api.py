"""The desk for programs of the operator: the same filters, order and pages as the operator's own page."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields, post_load, validate

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading
from marketplace.fields import Between
from marketplace.oversight import charts, flags
from marketplace.oversight.filters import Filters, View
from marketplace.oversight.queries import Desk
from marketplace.oversight.schemas import AsOfQuery, FilterQuery
from marketplace.rules.red_flags import Flag

blp = Blueprint("api-oversight", __name__, url_prefix="/api/v1/operator",
                description="Every award and payment on one timeline, red flags and the figures behind the charts. "
                            "Operators only.")


class TimelineQuery(FilterQuery, AsOfQuery):
    """The filters of the desk, a day, and a page: `after` is what the header X-Next of the page before said."""

    class Meta:
        exclude = ("layout",)

    view = fields.String(load_default=View.LATE, validate=validate.OneOf(list(View), error="field.not_a_choice"))
    after = fields.String(load_default="", validate=validate.Length(max=60))
    limit = fields.Integer(load_default=50, validate=Between(1, 200))

    @post_load
    def made(self, values: dict[str, Any], **options: Any) -> dict[str, Any]:
        """{"filters", "as_of", "after", "limit"}."""
        apart = {name: values.pop(name, None) for name in ("as_of", "after", "limit")}
        found: Filters = FilterQuery.made(self, values, **options)
        return {"filters": found, **apart}


class RaisedSchema(Schema):
    """A red flag: a lead, never a verdict. `grounds` are the facts that raised it."""

    flag = fields.String()
    object_type = fields.String()
    object_id = fields.Integer()
    contract_id = fields.Integer()
    basis = fields.String(attribute="found.basis")
    grounds = fields.Dict(attribute="found.grounds")
    measured = fields.Dict(attribute="found.measured")
    acknowledged = fields.Function(lambda one: one.acknowledged is not None)


class LineSchema(Schema):
    """One line of the timeline; days are ISO, amounts fen."""

    demand_code = fields.String(attribute="code")
    contract_number = fields.String(attribute="number")
    milestone = fields.Integer(attribute="position")
    obligation_id = fields.Integer()
    title = fields.String()
    buyer = fields.String()
    founder = fields.String()
    payer_type = fields.String()
    stage = fields.String()
    awarded_on = fields.Date(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    delivered_on = fields.Date(allow_none=True)
    accepted_on = fields.Date(allow_none=True)
    due_on = fields.Date(allow_none=True)
    paid_on = fields.Date(allow_none=True)
    amount_fen = fields.Integer()
    open_fen = fields.Integer()
    interest_fen = fields.Integer()
    disputed = fields.Function(lambda line: line.disputed_fen > 0)
    provisional = fields.Function(lambda line: bool(line.provisional))
    turn = fields.String()
    until = fields.Date(allow_none=True)
    late_days = fields.Integer()
    flags = fields.List(fields.Nested(RaisedSchema))


class FlagQuery(AsOfQuery):
    """Which flags, and on what day."""

    flag = fields.String(validate=validate.OneOf(list(Flag), error="field.not_a_choice"))


class FiguresSchema(Schema):
    """The figures behind the charts; `first` and `last` are days late."""

    overdue_by_week = fields.List(fields.Nested(Schema.from_dict(
        {"ends_on": fields.Date(), "count": fields.Integer(), "overdue_fen": fields.Integer()}, name="OverdueWeek")))
    ageing = fields.List(fields.Nested(Schema.from_dict(
        {"first": fields.Integer(allow_none=True), "last": fields.Integer(allow_none=True), "count": fields.Integer(),
         "open_fen": fields.Integer()}, name="AgeingBucket")))
    on_time = fields.List(fields.Nested(Schema.from_dict(
        {"month": fields.Date(), "payer_type": fields.String(), "settled": fields.Integer(),
         "on_time": fields.Integer()}, name="OnTimeMonth")))
    award_to_payment = fields.List(fields.Nested(Schema.from_dict(
        {"month": fields.Date(), "count": fields.Integer(), "days": fields.Integer()}, name="AwardToPaymentMonth")))
    funnel = fields.List(fields.Nested(Schema.from_dict(
        {"name": fields.String(), "count": fields.Integer()}, name="FunnelStep")))


@blp.get("/timeline")
@blp.arguments(TimelineQuery, location="query")
@blp.response(200, LineSchema(many=True))
@security.require(Role.OPERATOR)
def get_timeline(query: dict[str, Any]) -> Response:
    """Lines of the timeline, longest late first; by default only what is late today."""
    as_of = query["as_of"] or clock.legal_day(clock.utc_now())
    with reading() as session:
        market = Desk(session, as_of=as_of, viewer_id=security.actor().id)
        found = market.find(query["filters"], after=query["after"], limit=query["limit"])
        response = jsonify(LineSchema(many=True).dump(found.lines))
    if found.after:
        response.headers["X-Next"] = found.after
    return response


@blp.get("/flags")
@blp.arguments(FlagQuery, location="query")
@blp.response(200, RaisedSchema(many=True))
@security.require(Role.OPERATOR)
def get_flags(query: dict[str, Any]) -> list[flags.Raised]:
    """Every red flag raised at the end of a day, acknowledged ones among them."""
    as_of = query.get("as_of") or clock.legal_day(clock.utc_now())
    with reading() as session:
        return flags.raised(session, as_of=as_of, only=[Flag(query["flag"])] if "flag" in query else tuple(Flag))


@blp.get("/figures")
@blp.arguments(AsOfQuery, location="query")
@blp.response(200, FiguresSchema)
@security.require(Role.OPERATOR)
def get_figures(query: dict[str, Any]) -> dict[str, Any]:
    """The figures behind the charts, as of a day."""
    as_of = query.get("as_of") or clock.legal_day(clock.utc_now())
    with reading() as session:
        return {"overdue_by_week": charts.overdue_by_week(session, as_of=as_of),
                "ageing": charts.ageing(session, as_of=as_of),
                "on_time": charts.on_time_by_month(session, as_of=as_of),
                "award_to_payment": charts.award_to_payment(session, as_of=as_of),
                "funnel": charts.funnel(session, as_of=as_of)}
