"""What the forms of the validation stage carry."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.evaluation.validation import Finding, Plan
from marketplace.fields import Between, Text, coded
from marketplace.rules import validation as rules
from marketplace.rules.errors import Invalid
from marketplace.rules.validation import Outcome


class Decimal(fields.Field):
    """A plain decimal as typed, kept as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return rules.metric(str(value))
        except Invalid as violation:
            raise coded(violation) from violation


class ValidationStageSchema(Schema):
    """A validation stage: purpose and conditions that a founder accepts, days of access, for how many bids."""

    top = fields.Integer(required=True, validate=Between(1, rules.MOST_TOP))
    purpose = Text(rules.TEXT_MOST, required=True)
    conditions = Text(rules.TEXT_MOST, required=True)
    access_days = fields.Integer(required=True, validate=Between(1, rules.MOST_DAYS))
    metric_name = Text(60, load_default=None, allow_none=True)
    metric_unit = Text(20, load_default=None, allow_none=True)
    metric_threshold = Decimal(load_default=None, allow_none=True)
    higher_is_better = fields.Boolean(load_default=True)

    @post_load
    def _plan(self, data: dict[str, Any], **_: Any) -> Plan:
        return Plan(**data)


class ValidationOfferSchema(Schema):
    """The bids access is offered to."""

    bids = fields.List(fields.Integer(), required=True, validate=validate.Length(min=1, error="field.required"))


class ValidationAcceptanceSchema(Schema):
    """The hash of the conditions that were read."""

    seen_hash = Text(64, required=True)


class ValidationRevocationSchema(Schema):
    """Why access ends."""

    reason = Text(rules.TEXT_MOST, required=True)


class ValidationResultSchema(Schema):
    """What a trial showed."""

    outcome = fields.String(required=True, validate=validate.OneOf(
        [one.value for one in Outcome], error="field.not_a_choice"))
    note = Text(rules.TEXT_MOST, required=True)
    metric_value = Decimal(load_default=None, allow_none=True)

    @post_load
    def _finding(self, data: dict[str, Any], **_: Any) -> Finding:
        return Finding(Outcome(data["outcome"]), data["note"], data["metric_value"])


__all__ = ["ValidationAcceptanceSchema", "ValidationOfferSchema", "ValidationResultSchema",
           "ValidationRevocationSchema", "ValidationStageSchema"]
