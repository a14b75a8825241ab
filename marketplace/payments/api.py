"""Obligations, payments and disputes for programs, and the public assessment of payment terms."""
from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Response, jsonify, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from marketplace import clock, reference, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading
from marketplace.openapi import repeatable
from marketplace.payments import operations as payments
from marketplace.payments import queries, reversals, scorecard
from marketplace.payments.models import Obligation
from marketplace.payments.operations import PaymentNote
from marketplace.payments.schemas import (
    AsOfSchema,
    ContradictionSchema,
    DisputeSchema,
    ObligationSchema,
    PaymentSchema,
    ResolutionSchema,
    ReversalSchema,
    ScorecardSchema,
    obligation_answer,
)
from marketplace.rules.assess import Tables, assess_case, cases_of
from marketplace.rules.errors import Invalid

blp = Blueprint("api-payments", __name__, url_prefix="/api/v1",
                description="What is owed, why on that day, what lateness costs; payments and disputes.")
KEY = "int(max=2147483647)"
OBLIGATION = f"/obligations/<{KEY}:obligation_id>"
MOST_CASES = 1000


_ASSESS_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": [
    {"type": "array", "maxItems": MOST_CASES, "items": {}},
    {"type": "object", "properties": {"id": {}, "kind": {}, "facts": {}, "vectors": {}}}]}}}}}


class FindingSchema(Schema):
    """One assessed case: its `id` with the findings of its kind beside it, or `error` {code, field, message}."""

    id = fields.Raw()
    error = fields.Dict()


@blp.get(OBLIGATION)
@blp.arguments(AsOfSchema, location="query")
@blp.response(200, ObligationSchema)
@security.require()
def get_obligation(query: dict[str, Any], obligation_id: int) -> Response:
    """What is owed as of a day, with the basis of every date and amount."""
    with reading() as session:
        obligation = queries.for_party(session, obligation_id, actor=security.actor())
        as_of = query["as_of"] or clock.legal_day(clock.utc_now())
        return jsonify(ObligationSchema().dump(obligation_answer(obligation, as_of=as_of)))


@blp.get("/buyers/<string:uscc>/scorecard")
@blp.arguments(AsOfSchema, location="query")
@blp.response(200, ScorecardSchema)
@security.require()
def get_scorecard(query: dict[str, Any], uscc: str) -> Response:
    """How a buyer pays, at the end of today or of a past day."""
    with reading() as session:
        buyer, card = scorecard.of_uscc(session, uscc, as_of=query["as_of"],
                                        today=clock.legal_day(clock.utc_now()))
        return jsonify(ScorecardSchema().dump(card) | {"uscc": buyer.uscc, "buyer": buyer.name})


def _make(obligation_id: int, schema: Schema, act: Callable[[Session, Obligation], Any], status: int = 201) -> Any:
    return create_once(schema, lambda session: act(
        session, queries.for_party(session, obligation_id, actor=security.actor())), status=status)


@blp.post(f"{OBLIGATION}/payments")
@blp.arguments(PaymentSchema)
@blp.response(201, PaymentSchema)
@repeatable
@security.require(Role.BUYER)
def post_payment(values: dict[str, Any], obligation_id: int) -> Any:
    """Notify a payment (buyer). It counts once the founder has confirmed it."""
    return _make(obligation_id, PaymentSchema(), lambda session, obligation: payments.notify_payment(
        session, obligation, PaymentNote(**values), actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{OBLIGATION}/payments/<{KEY}:payment_id>/confirmation")
@blp.response(200, PaymentSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_payment_confirmation(obligation_id: int, payment_id: int) -> Any:
    """Confirm that the money arrived (founder)."""
    return _make(obligation_id, PaymentSchema(), lambda session, obligation: payments.confirm_payment(
        session, queries.payment_of(obligation, payment_id).id, actor=security.actor(), now=clock.utc_now()), 200)


@blp.post(f"{OBLIGATION}/payments/<{KEY}:payment_id>/contradiction")
@blp.arguments(ContradictionSchema)
@blp.response(200, PaymentSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_payment_contradiction(values: dict[str, Any], obligation_id: int, payment_id: int) -> Any:
    """Say that the money did not arrive (founder)."""
    return _make(obligation_id, PaymentSchema(), lambda session, obligation: payments.contradict_payment(
        session, queries.payment_of(obligation, payment_id).id, note=values["note"], actor=security.actor(),
        now=clock.utc_now()), 200)


@blp.post(f"{OBLIGATION}/payments/<{KEY}:payment_id>/reversal")
@blp.arguments(ReversalSchema)
@blp.response(200, PaymentSchema)
@repeatable
@security.require(Role.FOUNDER, Role.OPERATOR)
def post_payment_reversal(values: dict[str, Any], obligation_id: int, payment_id: int) -> Any:
    """Take a confirmation back with a reason (founder or operator); nothing is deleted."""
    return _make(obligation_id, PaymentSchema(), lambda session, obligation: reversals.reverse_payment(
        session, queries.payment_of(obligation, payment_id).id, **values, actor=security.actor(),
        now=clock.utc_now()), 200)


@blp.post(f"{OBLIGATION}/disputes")
@blp.arguments(DisputeSchema)
@blp.response(201, DisputeSchema)
@repeatable
@security.require(Role.BUYER)
def post_dispute(values: dict[str, Any], obligation_id: int) -> Any:
    """Dispute a part with a reason (buyer); the rest stays due."""
    return _make(obligation_id, DisputeSchema(), lambda session, obligation: payments.open_dispute(
        session, obligation, amount_fen=values["disputed_fen"], reason=values["reason"], actor=security.actor(),
        now=clock.utc_now()))


@blp.post(f"{OBLIGATION}/disputes/<{KEY}:dispute_id>/resolution")
@blp.arguments(ResolutionSchema)
@blp.response(200, DisputeSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_resolution(values: dict[str, Any], obligation_id: int, dispute_id: int) -> Any:
    """Record how a dispute ended (operator)."""
    return _make(obligation_id, DisputeSchema(), lambda session, obligation: payments.resolve_dispute(
        session, queries.dispute_of(obligation, dispute_id).id, upheld_fen=values["upheld_fen"],
        note=values["resolution_note"], actor=security.actor(), now=clock.utc_now()), 200)


@blp.post("/payment-terms/assess")
@blp.doc(**_ASSESS_BODY)
@blp.response(200, {"oneOf": [{"type": "array", "items": FindingSchema}, FindingSchema]})
@security.public
def post_assessment() -> Response:
    """Facts in, findings out: the same as `flask payment-term assess`, in the order of the cases.

    The body is a list of cases {id, kind, facts}, an object with such a list under `vectors`, or one case
    (then the answer is its finding alone). A case that cannot be read answers with its `error`; the others are
    still assessed.
    """
    try:
        document = json.loads(request.get_data(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Invalid("assess.not_json") from error
    single = isinstance(document, dict) and "vectors" not in document
    cases = [document] if single else cases_of(document)
    if len(cases) > MOST_CASES:
        raise Invalid("assess.too_many_cases", most=MOST_CASES, count=len(cases))
    tables = Tables(reference.calendar(), reference.lpr_table())
    found = [assess_case(case, tables) for case in cases]
    return jsonify(found[0] if single else found)
