"""Receivables for programs: ask, answer, hand a link to a lender, check one."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, url_for
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import PageSchema, create_once
from marketplace.db import reading, transaction
from marketplace.openapi import repeatable
from marketplace.payments import queries as obligations
from marketplace.receivables import operations as receivables
from marketplace.receivables import queries, texts
from marketplace.receivables.models import Receivable
from marketplace.receivables.schemas import (
    NewReceivableLinkSchema,
    ReceivableLinkInSchema,
    ReceivableLinkSchema,
    ReceivablePage,
    ReceivableRefusalSchema,
    ReceivableRequestSchema,
    ReceivableSchema,
    ReceivableVerificationSchema,
)

blp = Blueprint("api-receivables", __name__, url_prefix="/api/v1",
                description="Confirmation of receivables within 30 days (Decree 802 Art. 16), and its proof for "
                            "lenders. Never a condition of payment.")
KEY = "int(max=2147483647)"
ONE = f"/receivables/<{KEY}:receivable_id>"


@blp.get("/receivables")
@blp.arguments(PageSchema, location="query")
@blp.response(200, ReceivablePage)
@security.require()
def get_receivables(page: dict[str, int]) -> Response:
    """The caller's receivables, newest first; the operator sees all."""
    with reading() as session:
        found = queries.of_actor(session, security.actor(), before=page["after"] or None, limit=page["limit"])
        return jsonify(ReceivablePage().dump(
            {"items": found, "next": found[-1].id if len(found) == page["limit"] else None}))


@blp.get(ONE)
@blp.response(200, ReceivableSchema)
@security.require()
def get_receivable(receivable_id: int) -> Response:
    """One request with its answer and links."""
    with reading() as session:
        return jsonify(ReceivableSchema().dump(queries.for_party(session, receivable_id, actor=security.actor())))


@blp.post(f"/obligations/<{KEY}:obligation_id>/receivables")
@blp.arguments(ReceivableRequestSchema)
@blp.response(201, ReceivableSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_request(values: dict[str, Any], obligation_id: int) -> Any:
    """Ask the buyer to confirm what is open today (founder)."""
    return create_once(ReceivableSchema(), lambda session: receivables.request(
        session, obligations.for_party(session, obligation_id, actor=security.actor()), **values,
        actor=security.actor(), now=clock.utc_now()))


def _do(receivable_id: int, act: Callable[[Session, Receivable], Receivable]) -> Any:
    return create_once(ReceivableSchema(), lambda session: act(
        session, queries.for_party(session, receivable_id, actor=security.actor())), status=200)


@blp.post(f"{ONE}/confirmation")
@blp.response(200, ReceivableSchema)
@repeatable
@security.require(Role.BUYER)
def post_confirmation(receivable_id: int) -> Any:
    """Confirm what is open today (buyer)."""
    return _do(receivable_id, lambda session, row: receivables.confirm(
        session, row, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/refusal")
@blp.arguments(ReceivableRefusalSchema)
@blp.response(200, ReceivableSchema)
@repeatable
@security.require(Role.BUYER)
def post_refusal(values: dict[str, Any], receivable_id: int) -> Any:
    """Refuse to confirm, with a reason (buyer). Debt and due date stay."""
    return _do(receivable_id, lambda session, row: receivables.refuse(
        session, row, **values, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/withdrawal")
@blp.response(200, ReceivableSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_withdrawal(receivable_id: int) -> Any:
    """Take a request back (founder)."""
    return _do(receivable_id, lambda session, row: receivables.withdraw(
        session, row, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/links")
@blp.arguments(ReceivableLinkInSchema)
@blp.response(201, NewReceivableLinkSchema)
@security.require(Role.FOUNDER)
def post_link(values: dict[str, Any], receivable_id: int) -> tuple[Response, int]:
    """Make a link for a lender (founder). Its address is told this once, so the request cannot be repeated."""
    with transaction() as session:
        row = queries.for_party(session, receivable_id, actor=security.actor())
        link, token = receivables.make_link(session, row, **values, actor=security.actor(), now=clock.utc_now())
        url = url_for("receivables.verify", token=token, _external=True)
        return jsonify(ReceivableLinkSchema().dump(link) | {"url": url}), 201


@blp.post(f"{ONE}/links/<{KEY}:link_id>/revocation")
@blp.response(200, ReceivableLinkSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_revocation(receivable_id: int, link_id: int) -> Any:
    """Close a link (founder)."""
    return create_once(ReceivableLinkSchema(), lambda session: receivables.revoke_link(
        session, queries.for_party(session, receivable_id, actor=security.actor()), link_id, actor=security.actor(),
        now=clock.utc_now()), status=200)


@blp.get("/receivables/verify/<string:token>")
@blp.response(200, ReceivableVerificationSchema)
@security.public
def get_verification(token: str) -> Response:
    """What a lender's link says today: the confirmed document, and what is open of it."""
    with reading() as session:
        found = texts.answer(queries.by_token(session, token), as_of=clock.legal_day(clock.utc_now()))
        response = jsonify(ReceivableVerificationSchema().dump(found))
        response.headers["Cache-Control"] = "no-store"
        return response
