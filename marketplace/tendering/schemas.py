"""What bid doors read and write. The API speaks fen, pages speak yuan."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.fields import Between, Text, Yuan
from marketplace.rules.money import MAX_FEN
from marketplace.tendering import bids
from marketplace.tendering.bids import BidForm, Disclosures, PlannedMilestone


def _fen() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=Between(1, MAX_FEN))


class PlannedMilestoneSchema(Schema):
    """A planned part of the work; `days` are calendar days from signing to delivery."""

    title = Text(bids.LINE_MOST, required=True)
    amount_fen = _fen()
    days = fields.Integer(required=True, validate=Between(1, bids.MOST_DAYS))
    acceptance_criteria = fields.List(Text(bids.LINE_MOST), required=True,
                                      validate=validate.Length(max=bids.MOST_CRITERIA, error="field.too_many"))

    @post_load
    def _milestone(self, data: dict[str, Any], **_: Any) -> PlannedMilestone:
        lines = tuple(line for line in data.pop("acceptance_criteria") if line)
        return PlannedMilestone(acceptance_criteria=lines, **data)


class DisclosureSchema(Schema):
    """Whether others do part of the work, whether generative AI makes deliverables, and which part."""

    subcontract = fields.Boolean(required=True)
    ai_generated = fields.Boolean(required=True)
    details = Text(bids.DETAILS_MOST, load_default="")

    @post_load
    def _disclosures(self, data: dict[str, Any], **_: Any) -> Disclosures:
        return Disclosures(**data)


class BidSchema(Schema):
    """A bid in plain text; the milestones' amounts add up to the price. Make `nonce` yourself (64 hexadecimal
    digits) to send the same bid again under an Idempotency-Key."""

    price_fen = _fen()
    plan = Text(bids.PLAN_MOST, required=True)
    milestones = fields.List(fields.Nested(PlannedMilestoneSchema), required=True)
    disclosures = fields.Nested(DisclosureSchema, required=True)
    nonce = fields.String(load_default=None, allow_none=True)

    @post_load
    def _form(self, data: dict[str, Any], **_: Any) -> BidForm:
        return BidForm(**{**data, "milestones": tuple(data["milestones"])})


class PlannedMilestoneForm(PlannedMilestoneSchema):
    """The same as a page sends it: `amount` in yuan."""

    amount_fen = Yuan(required=True, data_key="amount")


class BidPage(BidSchema):
    """The same as a page sends it: `price` in yuan."""

    price_fen = Yuan(required=True, data_key="price")
    milestones = fields.List(fields.Nested(PlannedMilestoneForm), required=True)


class ReceiptSchema(Schema):
    """What a founder gets for a bid: `commitment` is the SHA-256 of `text`, which the platform does not keep."""

    demand = fields.String(attribute="demand_code")
    bid_id = fields.Integer()
    version = fields.Integer()
    status = fields.String()
    commitment = fields.String()
    received_at = fields.DateTime()
    text = fields.String(allow_none=True)


class ScorePartSchema(Schema):
    """A criterion's part of a score; points and score in hundredths."""

    criterion_id = fields.Integer()
    name = fields.String()
    kind = fields.String()
    weight = fields.Integer()
    points = fields.Integer()
    score = fields.Integer()


class BidResultSchema(Schema):
    """A bidder's own result, `total` in hundredths of a point."""

    rank = fields.Integer()
    bids = fields.Integer()
    total = fields.Integer()
    parts = fields.List(fields.Nested(ScorePartSchema))


class OwnBidSchema(Schema):
    """A founder's own bid; what it says is readable from the opening on."""

    bid_id = fields.Integer(attribute="id")
    version = fields.Integer()
    status = fields.String()
    commitment = fields.String()
    received_at = fields.DateTime()
    withdrawn_at = fields.DateTime(allow_none=True)
    opened_at = fields.DateTime(allow_none=True)
    opening_problem = fields.String(allow_none=True)
    price_fen = fields.Integer(allow_none=True)
    plan = fields.String(allow_none=True)
    milestones = fields.Raw(allow_none=True)
    disclosures = fields.Raw(allow_none=True)
    result = fields.Nested(BidResultSchema, allow_none=True)


class ScoreSchema(Schema):
    """Points 0-100 for one quality criterion."""

    criterion_id = fields.Integer(required=True, validate=Between(1, 2**31 - 1))
    points = fields.Integer(required=True, strict=True, validate=Between(0, 100))
    comment = Text(2000, load_default="")


class ScoresSchema(Schema):
    """The scores of one bid, each criterion at most once."""

    scores = fields.List(fields.Nested(ScoreSchema), required=True, validate=validate.Length(min=1, max=50,
                                                                                            error="field.too_many"))


class BidderSchema(Schema):
    """Who bid."""

    id = fields.Integer()
    name = fields.String()
    uscc = fields.String()


class OpenedBidSchema(OwnBidSchema):
    """An opened bid as its buyer sees it; `result` is the ranking so far, None until every bid is scored."""

    founder = fields.Nested(BidderSchema)
    scores = fields.List(fields.Nested(ScoreSchema))


class OpeningSchema(Schema):
    """A holder's share: `secret` is a passphrase, or for `escrow` the printed key."""

    holder = fields.String(required=True, validate=validate.OneOf(["buyer", "operator", "escrow"],
                                                                  error="field.not_a_choice"))
    secret = fields.String(required=True, load_only=True, validate=validate.Length(1, 500, error="field.invalid_value"))


class ContributionSchema(Schema):
    """Who has given a share, and when."""

    holder = fields.String()
    at = fields.DateTime(allow_none=True)


class OpeningStateSchema(Schema):
    """How far the opening has come; two contributions open the bids."""

    status = fields.String()
    bid_deadline = fields.DateTime()
    opened_at = fields.DateTime(allow_none=True)
    contributions = fields.List(fields.Nested(ContributionSchema))


class NoneSuitableSchema(Schema):
    """Why; kept with the decision."""

    reason = Text(2000, required=True)


class AwardSchema(NoneSuitableSchema):
    """The winning bid and why."""

    bid_id = fields.Integer(required=True, validate=Between(1, 2**31 - 1))


class AwardedSchema(Schema):
    """The award and the contract drafted from it."""

    bid_id = fields.Integer()
    contract_number = fields.String()
    ranking = fields.Raw()


class ClosedSchema(Schema):
    """A demand ended without an award."""

    demand = fields.String(attribute="code")
    status = fields.String()
    closed_reason = fields.String(allow_none=True)
