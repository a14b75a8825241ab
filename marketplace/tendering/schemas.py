"""What bid doors read and write. The API speaks fen, pages speak yuan."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from marketplace.fields import Between, Percent, Text, Uscc, Yuan
from marketplace.rules.attachments import MOST_BYTES
from marketplace.rules.joint_bid import ROLE_MOST, WHOLE_BP
from marketplace.rules.money import MAX_FEN
from marketplace.tendering import bids
from marketplace.tendering.attachments import Attachment, from_json
from marketplace.tendering.bids import BidForm, Disclosures, PlannedMilestone
from marketplace.tendering.teams import Share


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
    """Whether others do part of the work (then which part, what share of the price, who), and whether generative AI
    makes deliverables (then which, with what tools)."""

    subcontract = fields.Boolean(required=True)
    ai_generated = fields.Boolean(required=True)
    details = Text(bids.DETAILS_MOST, load_default="")
    subcontract_part = Text(bids.LINE_MOST, load_default="")
    subcontract_share_bp = fields.Integer(load_default=0, strict=True, validate=Between(0, WHOLE_BP),
                                          metadata={"description": "Share of the price in basis points."})
    subcontract_to = Text(bids.LINE_MOST, load_default="")
    ai_deliverables = Text(bids.LINE_MOST, load_default="")
    ai_tools = Text(bids.LINE_MOST, load_default="")

    @post_load
    def _disclosures(self, data: dict[str, Any], **_: Any) -> Disclosures:
        return Disclosures(**data)


class DisclosurePage(DisclosureSchema):
    """The same as a page sends it: the share in percent."""

    subcontract_share_bp = Percent(load_default=0)


class AttachmentSchema(Schema):
    """A file of a bid. `sha256` is the plain file's; `file` and `key` are needed to put it into a bid, the platform
    keeps neither name nor key."""

    file = fields.String(required=True)
    name = Text(200, required=True)
    media_type = Text(100, required=True)
    size = fields.Integer(required=True, strict=True, validate=Between(1, MOST_BYTES[-1].value))
    sha256 = fields.String(required=True)
    key = fields.String(required=True)

    @post_load
    def _attachment(self, data: dict[str, Any], **_: Any) -> Attachment:
        try:
            return from_json(data)
        except ValueError as error:
            raise ValidationError("attachment.malformed") from error


class BidFileSchema(Schema):
    """A file to be attached: its name, and its content in base64."""

    name = Text(200, required=True)
    content = fields.String(required=True, load_only=True)


class OpenedAttachmentSchema(Schema):
    """A file of an opened bid, to be fetched by its place in the list, from 1."""

    name = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()


class TeamPartSchema(Schema):
    """A founder's part in a joint bid; all shares add up to 10,000 basis points."""

    uscc = Uscc(load_default=None)
    role = Text(ROLE_MOST, required=True)
    share_bp = fields.Integer(required=True, strict=True, validate=Between(1, WHOLE_BP))

    @post_load
    def _share(self, data: dict[str, Any], **_: Any) -> Share:
        return Share(**data)


class NamedPartSchema(TeamPartSchema):
    """The same for another founder, by its USCC."""

    uscc = Uscc(required=True)


class TeamPartPage(TeamPartSchema):
    """The same as a page sends it: `share` in percent."""

    share_bp = Percent(required=True, data_key="share")


class NamedPartPage(NamedPartSchema):
    """The same as a page sends it: `share` in percent."""

    share_bp = Percent(required=True, data_key="share")


class JointTeamSchema(Schema):
    """A joint bid's team: your own part and the others'."""

    lead = fields.Nested(TeamPartSchema, required=True)
    members = fields.List(fields.Nested(NamedPartSchema), required=True)


class TeamPage(JointTeamSchema):
    """The same as a page sends it."""

    lead = fields.Nested(TeamPartPage, required=True)
    members = fields.List(fields.Nested(NamedPartPage), required=True)


class TeamAnswerSchema(Schema):
    """A member's answer to the team that asked."""

    team_id = fields.Integer(required=True, validate=Between(1, 2**31 - 1))
    confirm = fields.Boolean(required=True)


class JointMemberSchema(Schema):
    """A founder named in a joint bid and its answer so far."""

    uscc = fields.String(attribute="founder.uscc")
    name = fields.String(attribute="founder.name")
    role = fields.String()
    share_bp = fields.Integer()
    status = fields.String()
    asked_at = fields.DateTime()
    answered_at = fields.DateTime(allow_none=True)


class InvitationToTeamSchema(Schema):
    """What you are asked: who leads, your own role and share; never the price."""

    team_id = fields.Integer()
    lead = fields.String(attribute="team.lead.name")
    role = fields.String()
    share_bp = fields.Integer()
    status = fields.String()
    asked_at = fields.DateTime()


class TeamStateSchema(Schema):
    """The team you lead for a demand, if any, and what others ask of you for it."""

    members = fields.List(fields.Nested(JointMemberSchema))
    invitations = fields.List(fields.Nested(InvitationToTeamSchema))


class BidSchema(Schema):
    """A bid in plain text; the milestones' amounts add up to the price. Make `nonce` yourself (64 hexadecimal
    digits) to send the same bid again under an Idempotency-Key. The team you lead for the demand bids with you."""

    price_fen = _fen()
    plan = Text(bids.PLAN_MOST, required=True)
    milestones = fields.List(fields.Nested(PlannedMilestoneSchema), required=True)
    disclosures = fields.Nested(DisclosureSchema, required=True)
    nonce = fields.String(load_default=None, allow_none=True)
    attachments = fields.List(fields.Nested(AttachmentSchema), load_default=list)

    @post_load
    def _form(self, data: dict[str, Any], **_: Any) -> BidForm:
        return BidForm(**{**data, "milestones": tuple(data["milestones"]), "attachments": tuple(data["attachments"])})


class DeclaredBidSchema(BidSchema):
    """A bid together with your declaration of interest: `related` to the buyer or its people, and how. Both may be
    left out once you have declared for this demand (POST declaration)."""

    related = fields.Boolean(load_default=None, allow_none=True)
    relation_details = Text(bids.DETAILS_MOST, load_default="")

    @post_load
    def _form(self, data: dict[str, Any], **_: Any) -> tuple[BidForm, dict[str, Any]]:
        declared = {"related": data.pop("related"), "details": data.pop("relation_details")}
        return super()._form(data), declared


class PlannedMilestoneForm(PlannedMilestoneSchema):
    """The same as a page sends it: `amount` in yuan."""

    amount_fen = Yuan(required=True, data_key="amount")


class BidPage(BidSchema):
    """The same as a page sends it: `price` in yuan."""

    price_fen = Yuan(required=True, data_key="price")
    milestones = fields.List(fields.Nested(PlannedMilestoneForm), required=True)
    disclosures = fields.Nested(DisclosurePage, required=True)


class ReceiptSchema(Schema):
    """What a founder gets for a bid: `commitment` is the SHA-256 of `text`, which the platform does not keep."""

    demand = fields.String(attribute="demand_code")
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
    """A bidder's own result, `total` in hundredths of a point; out of the ranking `rank` is null and `out` says why."""

    rank = fields.Integer(allow_none=True)
    out = fields.String(allow_none=True)
    below_minimum = fields.List(fields.String())
    bids = fields.Integer()
    total = fields.Integer()
    parts = fields.List(fields.Nested(ScorePartSchema))


class OwnBidSchema(Schema):
    """A founder's own bid; what it says is readable from the opening on. `bid_id` is given then too: two numbers taken
    before would tell how many bids came in between."""

    bid_id = fields.Integer(attribute="id", allow_none=True)
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
    team = fields.Raw(allow_none=True)
    attachments = fields.List(fields.Nested(OpenedAttachmentSchema), allow_none=True)
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

    founder = fields.Nested(BidderSchema, allow_none=True)
    scores = fields.List(fields.Nested(ScoreSchema))


class OpeningSchema(Schema):
    """A holder's share: `secret` is a passphrase, or for `escrow` the printed key."""

    holder = fields.String(required=True, validate=validate.OneOf(["buyer", "operator", "escrow"],
                                                                  error="field.not_a_choice"))
    secret = fields.String(required=True, load_only=True, validate=validate.Length(1, 500, error="field.invalid_value"))


class OpeningLogLineSchema(Schema):
    """One bid of the public log; `commitment` is the SHA-256 its founder has on the receipt."""

    number = fields.Integer()
    received_at = fields.DateTime()
    opened_at = fields.DateTime(allow_none=True)
    problem = fields.String(allow_none=True)
    commitment = fields.String()


class OpeningLogSchema(Schema):
    """Every bid that stood at the deadline, in the order of receipt; how many were replaced or withdrawn before."""

    opened_at = fields.DateTime(allow_none=True)
    lines = fields.List(fields.Nested(OpeningLogLineSchema))
    superseded = fields.Integer()
    withdrawn = fields.Integer()


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
