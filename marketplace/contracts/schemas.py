"""What contract doors read and write. Amounts are fen in the API and yuan on pages."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.fields import Between, Text, Yuan
from marketplace.rules.money import MAX_FEN


class ConfirmationSchema(Schema):
    """The SHA-256 of the text that was read."""

    text_hash = Text(64, required=True)


class DeliverySchema(Schema):
    """A delivery: the day and what was handed over."""

    delivered_on = fields.Date(required=True)
    note = Text(5000, load_default="")


class AcceptanceSchema(Schema):
    """The day on which acceptance passed."""

    accepted_on = fields.Date(required=True)


class RejectionSchema(Schema):
    """Why a delivery is rejected."""

    reason = Text(5000, required=True)


class SettlementSchema(Schema):
    """The day on which the amount was confirmed."""

    settled_on = fields.Date(required=True)


class PartDeliverySchema(Schema):
    """A part of a milestone delivered before the rest; `criteria` are those of the milestone that it meets."""

    title = Text(required=True)
    amount_fen = fields.Integer(required=True, strict=True, validate=Between(1, MAX_FEN))
    delivered_on = fields.Date(required=True)
    criteria = fields.List(Text(1000), load_default=list, validate=validate.Length(max=50, error="field.too_many"))
    note = Text(5000, load_default="")

    @post_load
    def _criteria_as_stated(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"criteria": tuple(dict.fromkeys(data["criteria"]))}


class PartDeliveryForm(PartDeliverySchema):
    """The same as a page sends it: yuan."""

    amount_fen = Yuan(required=True)


class PartAcceptanceSchema(Schema):
    """What is accepted of a delivery, on which day, and why the rest is rejected."""

    accepted_fen = fields.Integer(required=True, strict=True, validate=Between(1, MAX_FEN))
    accepted_on = fields.Date(required=True)
    reason = Text(5000, required=True)


class PartAcceptanceForm(PartAcceptanceSchema):
    """The same as a page sends it: yuan."""

    accepted_fen = Yuan(required=True)


class SettlementSubmissionSchema(Schema):
    """A settlement statement handed in."""

    submitted_on = fields.Date(required=True)
    settlement_note = Text(5000, load_default="")


class SettlementContestSchema(Schema):
    """A settlement amount confirmed on a day but for a part in dispute."""

    settled_on = fields.Date(required=True)
    disputed_fen = fields.Integer(required=True, strict=True, validate=Between(1, MAX_FEN))
    reason = Text(2000, required=True)


class SettlementContestForm(SettlementContestSchema):
    """The same as a page sends it: yuan."""

    disputed_fen = Yuan(required=True)


class InvoiceSchema(Schema):
    """An invoice, amounts in fen."""

    id = fields.Integer(dump_only=True)
    number = Text(100, required=True)
    amount_fen = fields.Integer(required=True)
    issued_on = fields.Date(required=True)


class InvoiceForm(InvoiceSchema):
    """The same as a page sends it: yuan."""

    amount_fen = Yuan(required=True)


class DecidedDeliverySchema(Schema):
    """A delivery and what became of it."""

    delivered_on = fields.Date()
    recorded_at = fields.DateTime()
    note = fields.String()
    decision = fields.String(allow_none=True)
    decided_on = fields.Date(allow_none=True)
    decision_reason = fields.String(allow_none=True)
    settlement = fields.Nested(Schema.from_dict({
        "amount_fen": fields.Integer(), "submitted_on": fields.Date(), "note": fields.String(),
        "recorded_at": fields.DateTime()}, name="SettlementStatementSchema"), allow_none=True)


class ContractMilestoneSchema(Schema):
    """A part of the work with its own amount and clock."""

    position = fields.Integer()
    title = fields.String()
    amount_fen = fields.Integer()
    planned_days = fields.Integer()
    planned_on = fields.Date(allow_none=True)
    acceptance_criteria = fields.List(fields.String())
    status = fields.String()
    settlement_confirmed_on = fields.Date(allow_none=True)
    split = fields.Nested(Schema.from_dict({
        "from_position": fields.Integer(attribute="split_from.position"), "kind": fields.String(),
        "amount_fen": fields.Integer(), "left_fen": fields.Integer(), "split_on": fields.Date()},
        name="MilestoneSplitSchema"), allow_none=True)
    deliveries = fields.List(fields.Nested(DecidedDeliverySchema))


class ContractSchema(Schema):
    """A contract. `text` is what both sides confirm, `text_hash` its SHA-256."""

    number = fields.String()
    demand_code = fields.String(attribute="demand.code")
    title = fields.String()
    status = fields.String()
    buyer = fields.String(attribute="buyer.name")
    founder = fields.String(attribute="founder.name")
    total_fen = fields.Integer()
    payer_type = fields.String()
    payee_size_at_signing = fields.String()
    sme_declared_at_signing = fields.Boolean()
    lpr_at_signing = fields.String(allow_none=True)
    start_basis = fields.String()
    term_days = fields.Integer(allow_none=True)
    acceptance_period_days = fields.Integer(allow_none=True)
    settlement_period_days = fields.Integer(allow_none=True)
    over_60_reason = fields.String(allow_none=True)
    late_rate_value = fields.String(allow_none=True)
    late_rate_unit = fields.String(allow_none=True)
    allocation = fields.String()
    buyer_confirmed_at = fields.DateTime(allow_none=True)
    founder_confirmed_at = fields.DateTime(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    text = fields.String()
    text_hash = fields.String()
    milestones = fields.List(fields.Nested(ContractMilestoneSchema))


class ContractLineSchema(Schema):
    """A contract in a list; `id` is what `after` takes."""

    id = fields.Integer()
    number = fields.String()
    title = fields.String()
    status = fields.String()
    buyer = fields.String(attribute="buyer.name")
    founder = fields.String(attribute="founder.name")
    total_fen = fields.Integer()
    signed_on = fields.Date(allow_none=True)
