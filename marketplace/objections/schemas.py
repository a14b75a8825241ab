"""What the doors of awards and objections read and write."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace import clock
from marketplace.fields import Text
from marketplace.objections.models import Objection
from marketplace.objections.queries import AwardNotice
from marketplace.rules.objections import TEXT_MOST, Consequence, Ground

DISMISS = "dismiss"
DECISIONS = (DISMISS, *(str(one.value) for one in Consequence))


class ObjectionGroundsSchema(Schema):
    """An objection: what it is about, and why."""

    ground = fields.String(required=True, validate=validate.OneOf(
        [str(one.value) for one in Ground], error="field.not_a_choice"))
    text = Text(TEXT_MOST, required=True)

    @post_load
    def _ground(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"ground": Ground(data["ground"])}


class ObjectionAnswerSchema(Schema):
    """The buyer's answer: dismiss it, or uphold it and look at the bids again or take none of them."""

    decision = fields.String(required=True, validate=validate.OneOf(list(DECISIONS), error="field.not_a_choice"))
    answer = Text(TEXT_MOST, required=True)


class ObjectionEscalationSchema(Schema):
    """Why the answer, or its absence, is brought before the operator."""

    escalation = Text(TEXT_MOST, required=True)


class ObjectionFindingSchema(Schema):
    """The operator's finding; a founded objection ends the award."""

    founded = fields.Boolean(required=True)
    finding = Text(TEXT_MOST, required=True)


class ObjectionSchema(Schema):
    """An objection as its buyer, its objector and the operator read it."""

    id = fields.Integer()
    demand = fields.Function(lambda one: one.standstill.demand.code)
    founder = fields.Function(lambda one: one.founder.name)
    ground = fields.String()
    text = fields.String()
    status = fields.String()
    filed_at = fields.AwareDateTime()
    answer_by = fields.Date()
    provisional = fields.Boolean()
    answer = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    consequence = fields.String(allow_none=True)
    escalation = fields.String(allow_none=True)
    escalated_at = fields.AwareDateTime(allow_none=True)
    finding = fields.String(allow_none=True)
    found_at = fields.AwareDateTime(allow_none=True)


class AwardNoticeSchema(Schema):
    """The award as it is made public. Totals in hundredths, best first; no name but the winner's."""

    demand = fields.Function(lambda one: one.demand.code)
    winner = fields.Function(lambda one: one.winner.name)
    price_fen = fields.Integer()
    reason = fields.String()
    awarded_at = fields.AwareDateTime()
    ranking = fields.Function(lambda one: [
        {"rank": rank, "total": total, "winner": won} for rank, total, won in one.totals])
    standstill_until = fields.Function(lambda one: one.found.last_day.isoformat() if one.found else None)
    standstill_provisional = fields.Function(lambda one: one.found.provisional if one.found else None)
    standstill_extended_days = fields.Function(lambda one: one.found.extended if one.found else None)
    objections = fields.Integer()
    objections_waiting = fields.Integer(attribute="waiting")
    may_be_signed = fields.Function(lambda one: _may_be_signed(one))
    revoked_awards = fields.Function(lambda one: [
        {"round": gone.round, "awarded_at": gone.awarded_at.isoformat(), "revoked_at": gone.revoked_at.isoformat(),
         "cause": gone.cause} for gone in one.revoked])


def _may_be_signed(one: AwardNotice) -> bool:
    return one.may_be_signed(today=clock.legal_day(clock.utc_now()))


def late(objection: Objection) -> bool:
    """Whether the clock for the buyer's answer has run out without one."""
    return objection.answered_at is None and objection.closed_on is None and clock.legal_day(
        clock.utc_now()) > objection.answer_by
