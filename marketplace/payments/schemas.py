"""What payment doors read and write. Amounts are fen in the API and yuan on pages."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.fields import Between, Text, Yuan
from marketplace.payments.models import Obligation
from marketplace.payments.reversals import KINDS
from marketplace.payments.statements import INSTRUMENTS, TRANSFER, statement_of
from marketplace.payments.turns import turn_of
from marketplace.rules import assess_findings
from marketplace.rules.money import MAX_FEN


class PaymentSchema(Schema):
    """A payment the buyer notifies and the founder answers. Only a confirmed one counts."""

    id = fields.Integer(dump_only=True)
    amount_fen = fields.Integer(required=True, validate=Between(1, MAX_FEN))
    paid_on = fields.Date(required=True)
    bank_reference = Text(100, required=True)
    instrument = fields.String(load_default=TRANSFER, validate=validate.OneOf(INSTRUMENTS, error="field.not_a_choice"))
    cash_on = fields.Date(load_default=None, allow_none=True)
    status = fields.String(dump_only=True)
    answered_at = fields.DateTime(dump_only=True, allow_none=True)
    answer_note = fields.String(dump_only=True, allow_none=True)
    reversal = fields.Nested(lambda: ReversalSchema(), dump_only=True, allow_none=True)


class PaymentForm(PaymentSchema):
    """The same as a page sends it: yuan."""

    amount_fen = Yuan(required=True)


class ContradictionSchema(Schema):
    """What the founder says instead of confirming."""

    note = Text(2000, required=True)


class ReversalSchema(Schema):
    """Why a confirmed payment counts no more."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS, error="field.not_a_choice"))
    reason = Text(2000, required=True)
    reversed_on = fields.Date(dump_only=True)


class ReversalForm(Schema):
    """The same as a page sends it, where other forms have a reason too."""

    payment_id = fields.Integer(required=True, validate=Between(1, 2**31 - 1))
    reversal_kind = fields.String(required=True, validate=validate.OneOf(KINDS, error="field.not_a_choice"))
    reversal_reason = Text(2000, required=True)


class DisputeSchema(Schema):
    """A disputed part and how it ended."""

    id = fields.Integer(dump_only=True)
    disputed_fen = fields.Integer(required=True, validate=Between(1, MAX_FEN))
    reason = Text(2000, required=True)
    opened_on = fields.Date(dump_only=True)
    status = fields.String(dump_only=True)
    resolved_on = fields.Date(dump_only=True, allow_none=True)
    upheld_fen = fields.Integer(dump_only=True, allow_none=True)
    resolution_note = fields.String(dump_only=True, allow_none=True)


class DisputeForm(DisputeSchema):
    """The same as a page sends it: yuan."""

    disputed_fen = Yuan(required=True)


class ResolutionSchema(Schema):
    """How a dispute ended: what of it is owed after all, and why."""

    upheld_fen = fields.Integer(required=True, validate=Between(0, MAX_FEN))
    resolution_note = Text(2000, required=True)


class ResolutionForm(ResolutionSchema):
    """The same as a page sends it: yuan."""

    upheld_fen = Yuan(required=True, allow_zero=True)


class AsOfSchema(Schema):
    """The day a statement is about; today in Beijing when left out."""

    as_of = fields.Date(load_default=None, validate=Between(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))


class ObligationSchema(Schema):
    """What is owed for a milestone as of a day. `findings` are those of `payment-term assess`, basis included."""

    id = fields.Integer()
    contract_number = fields.String()
    milestone = fields.Integer()
    amount_fen = fields.Integer()
    as_of = fields.Date()
    settled_on = fields.Date(allow_none=True)
    turn = fields.String()
    until = fields.Date(allow_none=True)
    facts = fields.Dict()
    findings = fields.Dict()
    payments = fields.List(fields.Nested(PaymentSchema))
    disputes = fields.List(fields.Nested(DisputeSchema))


class ScorecardSchema(Schema):
    """How a buyer has paid at the end of a day, by count of obligations; shares are percent with one decimal.

    With fewer settled obligations than `least_settled`, medians, shares, trend and tier are null (`suppressed`).
    """

    uscc = fields.String()
    buyer = fields.String()
    as_of = fields.Date()
    known = fields.Integer()
    settled = fields.Integer()
    counted = fields.Integer()
    within_30 = fields.Integer(attribute="within_fast")
    days_31_to_60 = fields.Integer(attribute="within_slow")
    over_60 = fields.Integer(attribute="over_slow")
    shares = fields.List(fields.String(), allow_none=True)
    median_days = fields.Integer(allow_none=True)
    overdue_now = fields.Integer()
    overdue_fen = fields.Integer()
    disputed = fields.Integer()
    disputed_share = fields.String(allow_none=True)
    longest_term_days = fields.Integer(allow_none=True)
    trend = fields.Nested(Schema.from_dict({
        "recent_days": fields.Integer(), "earlier_days": fields.Integer(), "direction": fields.String()},
        name="ScorecardTrendSchema"), allow_none=True)
    tier = fields.String(allow_none=True)
    suppressed = fields.Boolean()
    thresholds = fields.Nested(Schema.from_dict({
        "share_percent": fields.Integer(attribute="value.share_percent"),
        "fast_days": fields.Integer(attribute="value.fast_days"),
        "slow_days": fields.Integer(attribute="value.slow_days"),
        "least_settled": fields.Integer(attribute="value.least_settled"),
        "since": fields.Date(), "source": fields.String()}, name="ScorecardThresholdsSchema"), allow_none=True)


def obligation_answer(obligation: Obligation, *, as_of: dt.date) -> dict[str, Any]:
    """An obligation with its statement, as ObligationSchema dumps it."""
    found = statement_of(obligation, as_of=as_of)
    turn, until = turn_of(obligation.contract, obligation.milestone, obligation, found)
    return {"id": obligation.id, "contract_number": obligation.contract.number,
            "milestone": obligation.milestone.position, "amount_fen": obligation.amount_fen, "as_of": as_of,
            "settled_on": obligation.settled_on, "turn": turn, "until": until, "facts": obligation.facts,
            "findings": assess_findings.payment(found), "payments": obligation.payments,
            "disputes": obligation.disputes}
