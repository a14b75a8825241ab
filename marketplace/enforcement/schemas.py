"""What the doors of the ladder read and write. Days are legal days in Beijing."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.accounts.schemas import address
from marketplace.enforcement.letters import PaperKind
from marketplace.enforcement.models import EscalationStep
from marketplace.enforcement.queries import Line, Position
from marketplace.fields import Text
from marketplace.i18n import LANGUAGES
from marketplace.rules.escalation import Ladder

CHOICE = {"error": "field.not_a_choice"}


def an_address(text: str) -> None:
    """Refuse what cannot be an e-mail address; blank is none."""
    if text:
        address(text)


class AppealSchema(Schema):
    """An appeal against a step and how it was decided."""

    id = fields.Integer(dump_only=True)
    reason = Text(2000, required=True)
    opened_at = fields.DateTime(dump_only=True)
    status = fields.String(dump_only=True)
    decided_at = fields.DateTime(dump_only=True, allow_none=True)
    decision_note = fields.String(dump_only=True, allow_none=True)


class AppealForm(Schema):
    """The same as a page sends it."""

    appeal_reason = Text(2000, required=True)


class DecisionSchema(Schema):
    """How the operator decides."""

    upheld = fields.Boolean(required=True)
    decision_note = Text(2000, required=True)


class RungSchema(Schema):
    """One step of an edition: `anchor` before, last_workday, due or late; `days` before or after the due date."""

    code = fields.String()
    anchor = fields.String()
    days = fields.Integer()
    tells = fields.List(fields.String())
    makes = fields.List(fields.String())


class LadderSchema(Schema):
    """One edition of the ladder."""

    since = fields.Date()
    until = fields.Date(allow_none=True)
    basis = fields.String()
    basis_en = fields.String()
    steps = fields.List(fields.Nested(RungSchema))


class StepSchema(Schema):
    """One step of an obligation: taken, with its row, or still to come (`status` "future", `id` null)."""

    id = fields.Integer(allow_none=True)
    step = fields.String()
    on = fields.Date()
    due_on = fields.Date()
    status = fields.String()
    taken_on = fields.Date(allow_none=True)
    said = fields.Boolean(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    close_reason = fields.String(allow_none=True)
    tells = fields.List(fields.String())
    makes = fields.List(fields.String())
    appeals = fields.List(fields.Nested(AppealSchema))


class PositionSchema(Schema):
    """Where an obligation stands on the ladder, and what comes next."""

    steps = fields.List(fields.Nested(StepSchema))
    earlier = fields.List(fields.Nested(StepSchema))
    next_step = fields.String(allow_none=True)
    next_on = fields.Date(allow_none=True)


class TakenSchema(StepSchema):
    """A step on the operator's list."""

    obligation_id = fields.Integer()
    contract = fields.String()
    buyer = fields.String()
    founder = fields.String()


class TakenQuery(Schema):
    """Filters of the operator's list; give `before` the smallest id of the page before."""

    step = fields.String(load_default="")
    before = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 2**31 - 1))


class PaperRequest(Schema):
    """Which paper, in which language."""

    kind = fields.String(required=True, validate=validate.OneOf(list(PaperKind), error="paper.kind"))
    language = fields.String(load_default="zh", validate=validate.OneOf(LANGUAGES, error="paper.language"))


class PaperSchema(Schema):
    """A paper that was made; `sha256` is that of its PDF."""

    id = fields.Integer()
    kind = fields.String()
    language = fields.String()
    as_of = fields.Date()
    sha256 = fields.String()
    made_at = fields.DateTime()


class ContactSchema(Schema):
    """A person a buyer names; all blank takes them away."""

    name = Text(60, load_default="")
    email = Text(200, load_default="", validate=an_address)
    phone = Text(40, load_default="")
    language = fields.String(load_default="zh", validate=validate.OneOf(LANGUAGES, **CHOICE))


class ContactsForm(Schema):
    """Both as one form sends them."""

    finance_name = head_name = Text(60, load_default="")
    finance_email = head_email = Text(200, load_default="", validate=an_address)
    finance_phone = head_phone = Text(40, load_default="")
    finance_language = head_language = fields.String(load_default="zh", validate=validate.OneOf(LANGUAGES, **CHOICE))


class ContactsSchema(Schema):
    """The finance contact and the head of a buyer."""

    finance = fields.Nested(ContactSchema, load_default=dict)
    head = fields.Nested(ContactSchema, load_default=dict)


def ladder_answer(edition: Ladder) -> dict[str, Any]:
    """An edition as the API tells it."""
    return {"since": edition.since, "until": edition.until, "basis": edition.basis,
            "basis_en": edition.basis_en,
            "steps": [{"code": rung.code, "anchor": rung.anchor, "days": rung.days, "tells": rung.tells,
                       "makes": rung.makes} for rung in edition.rungs]}


def step_answer(step: EscalationStep) -> dict[str, Any]:
    """A step taken."""
    names = ("id", "step", "due_on", "status", "taken_on", "said", "closed_on", "close_reason", "appeals")
    return {name: getattr(step, name) for name in names} | {"on": step.reached_on, "tells": [], "makes": []}


def taken_answer(step: EscalationStep) -> dict[str, Any]:
    """A step on the operator's list."""
    contract = step.obligation.contract
    return step_answer(step) | {"obligation_id": step.obligation_id, "contract": contract.number,
                                "buyer": contract.buyer.name, "founder": contract.founder.name}


def position_answer(found: Position, due: Any) -> dict[str, Any]:
    """An obligation's ladder."""
    return {"steps": [_line_answer(line, due) for line in found.lines],
            "earlier": [step_answer(step) for step in found.earlier],
            "next_step": found.next.code if found.next else None, "next_on": found.next.on if found.next else None}


def _line_answer(line: Line, due: Any) -> dict[str, Any]:
    row = step_answer(line.step) if line.step else {
        "id": None, "step": line.code, "due_on": due, "status": "future", "taken_on": None, "said": None,
        "closed_on": None, "close_reason": None, "appeals": []}
    return row | {"on": line.on, "tells": line.rung.tells, "makes": line.rung.makes}


