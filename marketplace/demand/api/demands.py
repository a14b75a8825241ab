"""/api/v1/demands: list, read, write, cancel, import."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import lock, reading, transaction
from marketplace.demand import copying, imports, operations, queries, records
from marketplace.demand.api.blueprint import blp
from marketplace.demand.api.schemas import (
    CancelIn,
    DemandOut,
    DemandPage,
    DemandPatch,
    ImportOut,
    ListQuery,
)
from marketplace.demand.drafts import DemandDraft, TermsDraft
from marketplace.demand.models import Demand
from marketplace.demand.schemas import DemandIn, ForRowsWithout, OnlyTerms
from marketplace.forms import parse
from marketplace.openapi import repeatable, versioned
from marketplace.tendering import operations as tendering

_IMPORT_BODY = {"requestBody": {"required": True, "content": {
    "multipart/form-data": {"schema": {"type": "object", "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"}}}},
    "application/x-ndjson": {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}}}}


def etag_of(demand: Demand) -> str:
    """A demand's version: changes whenever anything an edit could touch has changed."""
    return records.version_of(demand)[:32]


def answer(demand: Demand) -> tuple[Response, int, dict[str, str]]:
    """A demand's body, written while its rows can still be read, and its ETag."""
    return jsonify(DemandOut().dump(demand)), 200, {"ETag": f'"{etag_of(demand)}"'}


@blp.route("/demands")
@blp.arguments(ListQuery, location="query")
@blp.response(200, DemandPage)
@security.require()
def list_demands(query: dict[str, Any]) -> Response:
    """The public list, newest first; with `mine` the caller's own demands in every state."""
    after, limit = query.pop("after"), query.pop("limit")
    mine, text = query.pop("mine"), query.pop("q")
    with reading() as session:
        if mine:
            found = queries.page_of_buyer(session, security.actor().organisation_id, after=after, limit=limit + 1)
        else:
            found = queries.board(session, now=clock.utc_now(), text=text, after=after, limit=limit + 1, **query)
        following = found[limit - 1].id if len(found) > limit else None
        return jsonify(DemandPage().dump({"items": found[:limit], "next": following}))


@blp.route("/demands", methods=["POST"])
@blp.arguments(DemandIn)
@blp.response(201, DemandOut)
@repeatable
@security.require(Role.BUYER)
def create_demand(draft: DemandDraft) -> Any:
    """Store a demand as a draft; repeat with the same Idempotency-Key and nothing happens twice."""
    return create_once(DemandOut(), lambda session: operations.create(
        session, draft, actor=security.actor(), now=clock.utc_now()))


@blp.route("/demands/<string:code>")
@blp.response(200, DemandOut)
@versioned
@security.require()
def read_demand(code: str) -> Any:
    """A published demand, or the caller's own in any state. Its ETag is what an edit sends back in If-Match."""
    with reading() as session:
        return answer(queries.visible_to(session, code, actor=security.actor()))


@blp.route("/demands/<string:code>", methods=["PATCH"])
@blp.arguments(DemandPatch(partial=True))
@blp.response(200, DemandOut)
@versioned
@security.require(Role.BUYER)
def change_demand(_checked: dict[str, Any], code: str) -> Any:
    """Change some fields of a draft. If-Match must name the version that was read (428 without, 412 when stale)."""
    with transaction() as session:
        demand = lock(session, Demand, queries.for_buyer(session, code, actor=security.actor()).id)
        _must_match(demand)
        draft = parse(DemandIn(), as_sent(demand) | request.get_json())
        return answer(operations.edit(session, demand, draft, actor=security.actor(), now=clock.utc_now()))


def _must_match(demand: Demand) -> None:
    if not request.if_match:
        raise PreconditionRequired
    if not request.if_match.contains(etag_of(demand)):
        raise PreconditionFailed


def as_sent(demand: Demand) -> dict[str, Any]:
    """What is stored, as a program would have sent it."""
    return DemandIn().dump(records.draft_of(demand))


@blp.route("/demands/<string:code>/cancel", methods=["POST"])
@blp.arguments(CancelIn)
@blp.response(200, DemandOut)
@security.require(Role.BUYER)
def cancel_demand(values: dict[str, Any], code: str) -> Any:
    """Take a demand back before an award."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        return answer(tendering.cancel_demand(session, demand, reason=values["reason"], actor=security.actor(),
                                              now=clock.utc_now()))


@blp.route("/demands/<string:code>/copy", methods=["POST"])
@blp.response(201, DemandOut)
@repeatable
@security.require(Role.BUYER)
def copy_demand(code: str) -> Any:
    """A new draft that says what one of the caller's demands says, without its dates, its bids and its own number."""
    return create_once(DemandOut(), lambda session: copying.copy(
        session, queries.for_buyer(session, code, actor=security.actor()), actor=security.actor(),
        now=clock.utc_now()))


@blp.route("/demands/import", methods=["POST"])
@blp.doc(**_IMPORT_BODY)
@blp.arguments(OnlyTerms, location="query")
@blp.arguments(ForRowsWithout, location="query")
@blp.response(201, ImportOut)
@repeatable
@security.require(Role.BUYER)
def import_demands(terms: TermsDraft, missing: dict[str, Any]) -> Any:
    """Import a list as drafts, all or none: a multipart field `file`, or the file itself as the body.

    The query states the payment terms of everything in the file, and the scene, data and acceptance criteria of rows
    that leave them blank.
    """
    body = request.get_data()  # read before the form is: the repeat of a request is known by its bytes
    upload = request.files.get("file")
    data, name = (upload.read(), upload.filename or "") if upload is not None else (body, _name())
    found = imports.read_demands(data, name, terms, missing)
    return create_once(ImportOut(), lambda session: _codes(operations.import_demands(
        session, found.drafts, actor=security.actor(), now=clock.utc_now())))


def _name() -> str:
    return "body.csv" if request.mimetype == "text/csv" else "body.jsonl" if request.mimetype in {
        "application/x-ndjson", "application/jsonl", "application/json"} else "body"


def _codes(outcome: operations.ImportOutcome) -> dict[str, list[str]]:
    return {kind: [demand.code for demand in getattr(outcome, kind)] for kind in ("created", "updated", "unchanged")}
