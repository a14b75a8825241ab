"""Contracts and what happens to their milestones, for programs."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import PageSchema, create_once
from marketplace.contracts import operations as contracts
from marketplace.contracts import queries
from marketplace.contracts.models import Milestone
from marketplace.contracts.parts import PartAccepted, PartDelivered
from marketplace.contracts.schemas import (
    AcceptanceSchema,
    ConfirmationSchema,
    ContractLineSchema,
    ContractSchema,
    DeliverySchema,
    InvoiceSchema,
    PartAcceptanceSchema,
    PartDeliverySchema,
    RejectionSchema,
    SettlementContestSchema,
    SettlementSchema,
    SettlementSubmissionSchema,
)
from marketplace.db import reading
from marketplace.openapi import repeatable
from marketplace.payments import operations as payments
from marketplace.payments import parts, settlement
from marketplace.payments.operations import InvoiceNote
from marketplace.payments.schemas import ObligationSchema, obligation_answer
from marketplace.payments.settlement import Contest

blp = Blueprint("api-contracts", __name__, url_prefix="/api/v1/contracts",
                description="Contracts, deliveries, acceptances and invoices. A party sees its own, the operator all.")
MILESTONE = "/<number>/milestones/<int(max=9999):position>"


@blp.get("")
@blp.arguments(PageSchema, location="query")
@blp.response(200, ContractLineSchema(many=True))
@security.require()
def get_contracts(page: dict[str, int]) -> Response:
    """Contracts, newest first; `after` is the id of the last one of the page before."""
    actor = security.actor()
    options = {"before": page["after"] or None, "limit": page["limit"]}
    with reading() as session:
        found = queries.everyone(session, **options) if actor.role == Role.OPERATOR else queries.of_party(
            session, actor.organisation_id, **options)
        return jsonify(ContractLineSchema(many=True).dump(found))


@blp.get("/<number>")
@blp.response(200, ContractSchema)
@security.require()
def get_contract(number: str) -> Response:
    """One contract with its text, milestones and deliveries."""
    with reading() as session:
        return jsonify(ContractSchema().dump(queries.for_party(session, number, actor=security.actor())))


@blp.post("/<number>/confirmation")
@blp.arguments(ConfirmationSchema)
@blp.response(200, ContractSchema)
@repeatable
@security.require(Role.BUYER, Role.FOUNDER)
def post_confirmation(values: dict[str, Any], number: str) -> Any:
    """Confirm the text you read, named by its SHA-256; the second confirmation signs the contract."""
    return create_once(ContractSchema(), lambda session: contracts.confirm(
        session, queries.for_party(session, number, actor=security.actor()), seen_hash=values["text_hash"],
        actor=security.actor(), now=clock.utc_now()), status=200)


def _record(number: str, position: int, act: Callable[[Session, Milestone], Any]) -> Any:
    """Do a milestone's verb; the answer is the obligation that follows."""
    def make(session: Session) -> dict[str, Any]:
        milestone = queries.milestone_for(session, number, position, actor=security.actor())
        return obligation_answer(act(session, milestone), as_of=clock.legal_day(clock.utc_now()))

    return create_once(ObligationSchema(), make)


@blp.post(f"{MILESTONE}/deliveries")
@blp.arguments(DeliverySchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_delivery(values: dict[str, Any], number: str, position: int) -> Any:
    """Record a delivery (founder)."""
    return _record(number, position, lambda session, milestone: payments.record_delivery(
        session, milestone.id, on=values["delivered_on"], note=values["note"], actor=security.actor(),
        now=clock.utc_now()))


@blp.post(f"{MILESTONE}/acceptances")
@blp.arguments(AcceptanceSchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.BUYER)
def post_acceptance(values: dict[str, Any], number: str, position: int) -> Any:
    """Record that acceptance passed (buyer)."""
    return _record(number, position, lambda session, milestone: payments.record_acceptance(
        session, milestone.id, on=values["accepted_on"], actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{MILESTONE}/rejections")
@blp.arguments(RejectionSchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.BUYER)
def post_rejection(values: dict[str, Any], number: str, position: int) -> Any:
    """Reject a delivery with a reason (buyer), inside the acceptance period."""
    return _record(number, position, lambda session, milestone: payments.record_rejection(
        session, milestone.id, reason=values["reason"], actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{MILESTONE}/settlements")
@blp.arguments(SettlementSchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.BUYER)
def post_settlement(values: dict[str, Any], number: str, position: int) -> Any:
    """Confirm the settlement amount (buyer), where the term runs from settlement."""
    return _record(number, position, lambda session, milestone: payments.record_settlement(
        session, milestone.id, on=values["settled_on"], actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{MILESTONE}/part-deliveries")
@blp.arguments(PartDeliverySchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_part_delivery(values: dict[str, Any], number: str, position: int) -> Any:
    """Deliver a part (founder): it becomes the contract's last milestone, the rest stays to be delivered."""
    return _record(number, position, lambda session, milestone: parts.record_part_delivery(
        session, milestone.id, PartDelivered(**values), actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{MILESTONE}/part-acceptances")
@blp.arguments(PartAcceptanceSchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.BUYER)
def post_part_acceptance(values: dict[str, Any], number: str, position: int) -> Any:
    """Accept a part and reject the rest with a reason (buyer): the rest becomes the contract's last milestone."""
    return _record(number, position, lambda session, milestone: parts.record_part_acceptance(
        session, milestone.id, PartAccepted(**values), actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{MILESTONE}/settlement-statements")
@blp.arguments(SettlementSubmissionSchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_settlement_statement(values: dict[str, Any], number: str, position: int) -> Any:
    """Hand in the settlement statement (founder); the buyer answers within the agreed period."""
    return _record(number, position, lambda session, milestone: settlement.record_submission(
        session, milestone.id, on=values["submitted_on"], note=values["settlement_note"], actor=security.actor(),
        now=clock.utc_now()))


@blp.post(f"{MILESTONE}/settlement-contests")
@blp.arguments(SettlementContestSchema)
@blp.response(201, ObligationSchema)
@repeatable
@security.require(Role.BUYER)
def post_settlement_contest(values: dict[str, Any], number: str, position: int) -> Any:
    """Confirm the settlement amount but for a part in dispute (buyer); the rest is paid on time."""
    return _record(number, position, lambda session, milestone: settlement.record_contest(
        session, milestone.id, Contest(**values), actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{MILESTONE}/invoices")
@blp.arguments(InvoiceSchema)
@blp.response(201, InvoiceSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_invoice(values: dict[str, Any], number: str, position: int) -> Any:
    """Record an invoice (founder). It moves no date."""
    return create_once(InvoiceSchema(), lambda session: payments.record_invoice(
        session, queries.milestone_for(session, number, position, actor=security.actor()).id, InvoiceNote(**values),
        actor=security.actor(), now=clock.utc_now()))
