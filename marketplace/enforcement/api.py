"""The ladder for programs: its editions, an obligation's steps, appeals, contacts and papers."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading, transaction
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement import queries
from marketplace.enforcement.letters import PaperKind
from marketplace.enforcement.operations import ContactNote
from marketplace.enforcement.schemas import (
    AppealSchema,
    ContactsSchema,
    DecisionSchema,
    LadderSchema,
    PaperRequest,
    PaperSchema,
    PositionSchema,
    TakenQuery,
    TakenSchema,
    ladder_answer,
    position_answer,
    taken_answer,
)
from marketplace.enforcement.views import file_of, note_of
from marketplace.openapi import repeatable
from marketplace.payments import ladder
from marketplace.payments import queries as obligations
from marketplace.payments.statements import statement_of

blp = Blueprint("api-enforcement", __name__, url_prefix="/api/v1",
                description="Reminders, overdue notices and papers around a due date, and appeals against them.")
KEY = "int(max=2147483647)"
OWED = f"/obligations/<{KEY}:obligation_id>"


@blp.get("/ladder")
@blp.response(200, LadderSchema(many=True))
@security.public
def get_ladder() -> Response:
    """The published steps, by edition."""
    return jsonify(LadderSchema(many=True).dump([ladder_answer(edition) for edition in ladder.editions()]))


@blp.get(f"{OWED}/steps")
@blp.response(200, PositionSchema)
@security.require()
def get_steps(obligation_id: int) -> Response:
    """Where an obligation stands on the ladder today, and what comes next on which day."""
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        owed = obligations.for_party(session, obligation_id, actor=security.actor())
        found = statement_of(owed, as_of=today)
        place = queries.position(found, queries.steps_of(session, owed), today=today)
        return jsonify(PositionSchema().dump(position_answer(place, found.due)))


@blp.post(f"{OWED}/steps/<{KEY}:step_id>/appeal")
@blp.arguments(AppealSchema)
@blp.response(201, AppealSchema)
@repeatable
@security.require(Role.BUYER)
def post_appeal(values: dict[str, Any], obligation_id: int, step_id: int) -> Any:
    """Say why a step is wrong (buyer); it stands until the operator decides."""
    return create_once(AppealSchema(), lambda session: enforcement.appeal(
        session, obligations.for_party(session, obligation_id, actor=security.actor()), step_id,
        reason=values["reason"], actor=security.actor(), now=clock.utc_now()))


@blp.post(f"/appeals/<{KEY}:appeal_id>/decision")
@blp.arguments(DecisionSchema)
@blp.response(200, AppealSchema)
@repeatable
@security.require(Role.OPERATOR)
def post_decision(values: dict[str, Any], appeal_id: int) -> Any:
    """Decide an appeal with a reason (operator); an upheld one undoes the step."""
    return create_once(AppealSchema(), lambda session: enforcement.decide_appeal(
        session, appeal_id, upheld=values["upheld"], note=values["decision_note"], actor=security.actor(),
        now=clock.utc_now()), status=200)


@blp.get("/steps")
@blp.arguments(TakenQuery, location="query")
@blp.response(200, TakenSchema(many=True))
@security.require(Role.OPERATOR)
def get_taken(query: dict[str, Any]) -> Response:
    """Steps taken, newest first (operator)."""
    with reading() as session:
        found = queries.latest_steps(session, code=query["step"], before=query["before"])
        return jsonify(TakenSchema(many=True).dump([taken_answer(step) for step in found]))


@blp.get(f"{OWED}/papers")
@blp.response(200, PaperSchema(many=True))
@security.require(Role.FOUNDER, Role.OPERATOR)
def get_papers(obligation_id: int) -> Response:
    """The demand letters and complaint files made about an obligation, newest first."""
    with reading() as session:
        owed = obligations.for_party(session, obligation_id, actor=security.actor())
        return jsonify(PaperSchema(many=True).dump(queries.papers_of(session, owed)))


@blp.post(f"{OWED}/papers")
@blp.arguments(PaperRequest)
@blp.response(201, PaperSchema)
@security.require(Role.FOUNDER)
def post_paper(values: dict[str, Any], obligation_id: int) -> tuple[Response, int]:
    """Make a demand letter or complaint file from today's records (founder); the same one again is the same paper."""
    made = note_of(obligation_id, PaperKind(values["kind"]), values["language"])
    return jsonify(PaperSchema().dump(made)), 201


@blp.get(f"/papers/<{KEY}:paper_id>")
@blp.response(200, {"type": "object"})
@security.require(Role.FOUNDER, Role.OPERATOR)
def get_paper(paper_id: int) -> Response:
    """A paper as data: parties, contract, delivery, due date with its articles, arithmetic, evidence index."""
    with reading() as session:
        paper = queries.paper_for(session, paper_id, actor=security.actor())
        return jsonify(paper.content)


@blp.get(f"/papers/<{KEY}:paper_id>/pdf")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@security.require(Role.FOUNDER, Role.OPERATOR)
def get_paper_pdf(paper_id: int) -> Any:
    """The PDF of a paper, the same bytes each time; its SHA-256 is in X-Content-SHA256."""
    return file_of(paper_id)


@blp.get("/contacts")
@blp.response(200, ContactsSchema)
@security.require(Role.BUYER)
def get_contacts() -> Response:
    """The people the caller's organisation has named (buyer)."""
    with reading() as session:
        return jsonify(ContactsSchema().dump(queries.contacts_of(session, security.actor().organisation_id)))


@blp.put("/contacts")
@blp.arguments(ContactsSchema)
@blp.response(200, ContactsSchema)
@security.require(Role.BUYER)
def put_contacts(values: dict[str, Any]) -> Response:
    """Name them; who is left out or blank is taken away (buyer)."""
    notes = [ContactNote(role, **values[role]) for role in queries.ROLES]
    with transaction() as session:
        enforcement.save_contacts(session, notes, actor=security.actor(), now=clock.utc_now())
        session.flush()
        return jsonify(ContactsSchema().dump(queries.contacts_of(session, security.actor().organisation_id)))
