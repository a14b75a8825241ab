"""/api/v1/credentials, /api/v1/verified-cases and /api/v1/capacity: what stands beside a founder's own profile."""
from __future__ import annotations

from typing import Any

from flask import jsonify
from marshmallow import Schema, fields

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.founders import capacity, cases, credentials, queries
from marketplace.founders.api.blueprint import blp
from marketplace.founders.credentials import CredentialDraft
from marketplace.founders.models import Credential
from marketplace.founders.schemas import (
    AwayForm,
    CapacitySchema,
    CredentialSchema,
    StoredAwaySchema,
    StoredCredentialSchema,
    VerifiedCaseSchema,
)
from marketplace.rules.credentials import state_of


class CredentialsSchema(Schema):
    """The founder's credentials, newest first."""

    items = fields.List(fields.Nested(StoredCredentialSchema))


class VerifiedCasesSchema(Schema):
    """The founder's verified cases, newest first."""

    items = fields.List(fields.Nested(VerifiedCaseSchema))


class ShowSchema(Schema):
    """Whether others see a case."""

    hidden = fields.Boolean(required=True)


def _stored(row: Credential) -> dict[str, Any]:
    today = clock.legal_day(clock.utc_now())
    names = ("id", "name", "issuer", "number", "valid_from", "valid_until", "evidence_sha256", "reason", "renews_id")
    return {name: getattr(row, name) for name in names} | {
        "state": state_of(row.status, row.valid_until, today=today).value}


@blp.route("/credentials")
@blp.response(200, CredentialsSchema)
@security.require(Role.FOUNDER)
def get_credentials() -> Any:
    """The company's credentials and how each stands today."""
    with reading() as session:
        rows = credentials.of_founder(session, security.actor().organisation_id)
        return {"items": [_stored(row) for row in rows]}


@blp.route("/credentials", methods=["POST"])
@blp.arguments(CredentialSchema)
@blp.response(201, StoredCredentialSchema)
@security.require(Role.FOUNDER)
def post_credential(draft: CredentialDraft) -> Any:
    """State a credential; it waits for the operator."""
    with transaction() as session:
        answer = _stored(credentials.claim(session, draft, actor=security.actor(), now=clock.utc_now()))
    jobs.enqueue("refresh_stale_matches")
    return answer


@blp.route("/credentials/<int:credential_id>/renewals", methods=["POST"])
@blp.arguments(CredentialSchema)
@blp.response(201, StoredCredentialSchema)
@security.require(Role.FOUNDER)
def post_credential_renewal(draft: CredentialDraft, credential_id: int) -> Any:
    """State the credential that follows this one."""
    with transaction() as session:
        answer = _stored(credentials.claim(session, draft, actor=security.actor(), now=clock.utc_now(),
                                           renews_id=credential_id))
    jobs.enqueue("refresh_stale_matches")
    return answer


@blp.route("/credentials/<int:credential_id>", methods=["DELETE"])
@blp.response(204)
@security.require(Role.FOUNDER)
def delete_credential(credential_id: int) -> None:
    """Take a credential off the profile."""
    with transaction() as session:
        credentials.withdraw(session, credential_id, actor=security.actor(), now=clock.utc_now())
    jobs.enqueue("refresh_stale_matches")


@blp.route("/verified-cases")
@blp.response(200, VerifiedCasesSchema)
@security.require(Role.FOUNDER)
def get_cases() -> Any:
    """What the company's fulfilled contracts have become."""
    with reading() as session:
        found = queries.verified_cases(session, security.actor().organisation_id)
        return jsonify(VerifiedCasesSchema().dump({"items": found}))


@blp.route("/verified-cases/<number>", methods=["PATCH"])
@blp.arguments(ShowSchema)
@blp.response(200, VerifiedCaseSchema)
@security.require(Role.FOUNDER)
def patch_case(body: dict[str, bool], number: str) -> Any:
    """Hide a case from others, or show it again; nothing else of it can be changed."""
    with transaction() as session:
        found = cases.hide(session, number, hidden=body["hidden"], actor=security.actor(), now=clock.utc_now())
        answer = VerifiedCaseSchema().dump(found)
    jobs.enqueue("refresh_stale_matches")
    return jsonify(answer)


@blp.route("/capacity")
@blp.response(200, CapacitySchema)
@security.require(Role.FOUNDER)
def get_capacity() -> Any:
    """The company's free days for the next 26 weeks, and what takes up the others."""
    with reading() as session:
        view = capacity.of_founder(session, security.actor().organisation_id, today=clock.legal_day(clock.utc_now()))
        return jsonify(CapacitySchema().dump(view))


@blp.route("/capacity/away", methods=["POST"])
@blp.arguments(AwayForm)
@blp.response(201, StoredAwaySchema)
@security.require(Role.FOUNDER)
def post_away(body: dict[str, Any]) -> Any:
    """Enter days on which no work is taken."""
    with transaction() as session:
        row = capacity.add_away(session, body["first_day"], body["last_day"], note=body["note"],
                                actor=security.actor(), now=clock.utc_now())
        return {name: getattr(row, name) for name in ("id", "first_day", "last_day", "note")}


@blp.route("/capacity/away/<int:away_id>", methods=["DELETE"])
@blp.response(204)
@security.require(Role.FOUNDER)
def delete_away(away_id: int) -> None:
    """Take days away out again."""
    with transaction() as session:
        capacity.remove_away(session, away_id, actor=security.actor(), now=clock.utc_now())
