"""Bank statements for programs: upload, read with suggestions, match."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from flask_smorest.fields import Upload
from marshmallow import Schema
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.banking import imports, queries
from marketplace.banking import operations as banking
from marketplace.banking.models import BankLine
from marketplace.banking.schemas import (
    BankLineSchema,
    LinesQuerySchema,
    LinesSchema,
    MatchSchema,
    NoteSchema,
    UploadSchema,
    line_answer,
)
from marketplace.db import reading, transaction
from marketplace.openapi import repeatable
from marketplace.rules.bank_matching import Part

blp = Blueprint("api-banking", __name__, url_prefix="/api/v1",
                description="Bank statements and what each transfer paid. Nothing is booked without a decision.")
LINE = "/bank-lines/<int(max=2147483647):line_id>"


class FileSchema(Schema):
    """The bank's file: CSV (UTF-8, GBK) or Excel."""

    file = Upload(required=True)


@blp.post("/bank-statements")
@blp.arguments(FileSchema, location="files")
@blp.response(201, UploadSchema)
@security.require(Role.BUYER, Role.FOUNDER)
def post_statement(files: dict[str, Any]) -> tuple[Response, int]:
    """Upload a statement: a buyer's outgoing, a founder's incoming transfers. The same lines again change nothing."""
    actor = security.actor()
    draft = imports.read_statement(files["file"].read(), files["file"].filename or "", banking.direction_of(actor))
    with transaction() as session:
        return jsonify(UploadSchema().dump(banking.take_in(session, draft, actor=actor, now=clock.utc_now()))), 201


@blp.get("/bank-lines")
@blp.arguments(LinesQuerySchema, location="query")
@blp.response(200, LinesSchema)
@security.require(Role.BUYER, Role.FOUNDER)
def get_lines(query: dict[str, Any]) -> Response:
    """Own lines, newest first, open ones with suggestions, reasons and confidence."""
    actor, state = security.actor(), queries.LineState(query["state"]) if query["state"] else None
    with reading() as session:
        found = queries.lines(session, actor=actor, state=state, before=query["before"], limit=query["limit"])
        shown = queries.with_suggestions(session, found, actor=actor, now=clock.utc_now())
        return jsonify(LinesSchema().dump({"items": [line_answer(one) for one in shown],
                                           "next": found[-1].id if len(found) == query["limit"] else None}))


@blp.get(LINE)
@blp.response(200, BankLineSchema)
@security.require(Role.BUYER, Role.FOUNDER)
def get_line(line_id: int) -> Response:
    """One own line."""
    with reading() as session:
        line = queries.line_for(session, line_id, actor=security.actor())
        return jsonify(BankLineSchema().dump(_answer(session, line)))


def _answer(session: Session, line: BankLine) -> dict[str, Any]:
    shown = queries.with_suggestions(session, [line], actor=security.actor(), now=clock.utc_now())
    return line_answer(shown[0])


@blp.post(f"{LINE}/matches")
@blp.arguments(MatchSchema)
@blp.response(201, BankLineSchema)
@repeatable
@security.require(Role.BUYER, Role.FOUNDER)
def post_match(values: dict[str, Any], line_id: int) -> Any:
    """Say what a line is: the buyer thereby notifies payments, the founder confirms them."""
    def act(session: Session) -> Any:
        banking.match(session, line_id, [Part(**part) for part in values["parts"]], actor=security.actor(),
                      now=clock.utc_now())
        return _answer(session, queries.line_for(session, line_id, actor=security.actor()))
    return create_once(BankLineSchema(), act)


@blp.post(f"{LINE}/set-aside")
@blp.arguments(NoteSchema)
@blp.response(200, BankLineSchema)
@repeatable
@security.require(Role.BUYER, Role.FOUNDER)
def post_set_aside(values: dict[str, Any], line_id: int) -> Any:
    """Say that a line has nothing to do with this market."""
    return create_once(BankLineSchema(), lambda session: _answer(session, banking.set_aside(
        session, line_id, note=values["note"], actor=security.actor(), now=clock.utc_now())), 200)
