"""What the banking doors read and write. Amounts are fen in the API and yuan on pages."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.banking.queries import LineState, Shown
from marketplace.fields import Between, Text, Yuan
from marketplace.rules.money import MAX_FEN

KEY = Between(1, 2**31 - 1)


class UploadSchema(Schema):
    """One upload: how many lines were new, known before, or went the other way."""

    id = fields.Integer()
    filename = fields.String()
    direction = fields.String()
    file_hash = fields.String()
    new_lines = fields.Integer()
    known_lines = fields.Integer()
    other_lines = fields.Integer()
    uploaded_at = fields.DateTime()


class PartSchema(Schema):
    """Fen of a line for one obligation; with `payment_id` (founder) the payment its buyer notified."""

    obligation_id = fields.Integer(required=True, validate=KEY)
    amount_fen = fields.Integer(required=True, validate=Between(1, MAX_FEN))
    payment_id = fields.Integer(load_default=None, allow_none=True, validate=KEY)


class SuggestionSchema(Schema):
    """What a line may have paid, why, and how sure that is."""

    parts = fields.List(fields.Nested(PartSchema))
    reasons = fields.List(fields.String())
    confidence = fields.String()


class MatchedSchema(Schema):
    """A payment a line was matched to."""

    payment_id = fields.Integer()
    amount_fen = fields.Integer()
    status = fields.String(attribute="payment.status")


class BankLineSchema(Schema):
    """One transfer, what is left of it, and what it may have paid."""

    id = fields.Integer()
    direction = fields.String()
    booked_on = fields.Date()
    amount_fen = fields.Integer()
    counterparty = fields.String()
    remark = fields.String()
    reference = fields.String()
    left_fen = fields.Integer()
    state = fields.String()
    set_aside_note = fields.String(allow_none=True)
    matches = fields.List(fields.Nested(MatchedSchema))
    suggestions = fields.List(fields.Nested(SuggestionSchema))


class LinesQuerySchema(Schema):
    """Lines of one state, newest first; `before` an id to page on from."""

    state = fields.String(load_default=None, validate=validate.OneOf([*map(str, LineState)],
                                                                     error="field.not_a_choice"))
    before = fields.Integer(load_default=None, validate=KEY)
    limit = fields.Integer(load_default=50, validate=Between(1, 200))


class LinesSchema(Schema):
    """A page of lines; `next` is the `before` of the page after, null at the end."""

    items = fields.List(fields.Nested(BankLineSchema))
    next = fields.Integer(allow_none=True)


class MatchSchema(Schema):
    """What a line is: its parts, which may not be more than the line."""

    parts = fields.List(fields.Nested(PartSchema), required=True,
                        validate=validate.Length(min=1, max=20, error="field.too_many"))


class MatchForm(Schema):
    """One part as a page sends it: yuan."""

    obligation_id = fields.Integer(required=True, validate=KEY)
    amount_fen = Yuan(required=True)


class NoteSchema(Schema):
    """Why a line has nothing to do with this market."""

    note = Text(200, required=True)


def line_answer(shown: Shown) -> dict[str, Any]:
    """A line as BankLineSchema dumps it."""
    own = {name: getattr(shown.line, name) for name in (
        "id", "direction", "booked_on", "amount_fen", "counterparty", "remark", "reference", "set_aside_note",
        "matches")}
    return own | {"left_fen": shown.left_fen, "state": shown.state, "suggestions": shown.suggestions}
