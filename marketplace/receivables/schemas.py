"""What receivable doors read and write. Amounts are fen."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from marketplace import clock
from marketplace.fields import Text
from marketplace.receivables.models import Receivable
from marketplace.receivables.operations import days_late


class ReceivableRequestSchema(Schema):
    """A request to confirm; `financier` names who will lend on it, where that is known."""

    financier = Text(load_default="")


class ReceivableRefusalSchema(Schema):
    """Why a buyer does not confirm."""

    reason = Text(2000, required=True)


class ReceivableLinkInSchema(Schema):
    """Who the link is for."""

    label = Text(required=True)


class ReceivableLinkSchema(Schema):
    """A link for a lender; its token is not kept."""

    id = fields.Integer()
    label = fields.String()
    created_at = fields.DateTime()
    revoked_at = fields.DateTime(allow_none=True)


class NewReceivableLinkSchema(ReceivableLinkSchema):
    """A link just made; `url` is told this once."""

    url = fields.String()


class ReceivableSchema(Schema):
    """A request and its answer. `document` is what was confirmed, `document_hash` the SHA-256 of its file."""

    id = fields.Integer()
    obligation_id = fields.Integer()
    contract_number = fields.String(attribute="obligation.contract.number")
    milestone = fields.Integer(attribute="obligation.milestone.position")
    amount_fen = fields.Integer()
    financier = fields.String()
    status = fields.String()
    requested_on = fields.Date()
    answer_by = fields.Date()
    provisional = fields.Boolean()
    answered_on = fields.Date(allow_none=True)
    reason = fields.String(allow_none=True)
    days_late = fields.Function(lambda row: _days_late(row))
    document = fields.Dict(allow_none=True)
    document_hash = fields.String(allow_none=True)
    links = fields.List(fields.Nested(ReceivableLinkSchema))


class ReceivablePage(Schema):
    """A page of receivables; `next` is the `after` of the next one."""

    items = fields.List(fields.Nested(ReceivableSchema))
    next = fields.Integer(allow_none=True)


class ReceivableVerificationSchema(Schema):
    """What a lender is told today: the document, its hash, what became of it. A closed link tells no more than that."""

    status = fields.String()
    revoked_on = fields.Date(allow_none=True)
    as_of = fields.Date(allow_none=True)
    open_fen = fields.Integer(allow_none=True)
    document_hash = fields.String(allow_none=True)
    document = fields.Dict(allow_none=True)


def _days_late(row: Receivable) -> Any:
    return days_late(row, as_of=clock.legal_day(clock.utc_now()))
