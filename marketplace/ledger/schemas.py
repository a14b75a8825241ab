"""What the ledger's doors read and write. Amounts are fen; a debit is positive."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import Schema, fields, validate

from marketplace.fields import Between, Text
from marketplace.ledger.models import JournalEntry
from marketplace.rules.ageing import Span


class JournalQuerySchema(Schema):
    """Which entries: of a contract (its number), of an obligation; newest first, `before` an id to page on from."""

    contract = Text(40, load_default="")
    obligation_id = fields.Integer(load_default=None, validate=Between(1, 2**31 - 1))
    before = fields.Integer(load_default=None, validate=Between(1, 2**31 - 1))
    limit = fields.Integer(load_default=50, validate=Between(1, 200))


class BalanceQuerySchema(Schema):
    """Which balances: entries effective by the end of `as_of`, everything when left out."""

    contract = Text(40, load_default="")
    obligation_id = fields.Integer(load_default=None, validate=Between(1, 2**31 - 1))
    as_of = fields.Date(load_default=None)


class JournalLineSchema(Schema):
    """One account of an entry."""

    account = fields.String()
    amount_fen = fields.Integer()


class JournalEntrySchema(Schema):
    """One balanced entry; `reverses_id` names the entry a reversal takes back."""

    id = fields.Integer()
    kind = fields.String()
    source_type = fields.String()
    source_id = fields.Integer()
    contract_number = fields.String(attribute="contract.number")
    obligation_id = fields.Integer()
    effective_on = fields.Date()
    recorded_at = fields.DateTime()
    reverses_id = fields.Integer(allow_none=True)
    lines = fields.List(fields.Nested(JournalLineSchema))


class JournalPageSchema(Schema):
    """A page of entries; `next` is the `before` of the page after, null at the end."""

    items = fields.List(fields.Nested(JournalEntrySchema))
    next = fields.Integer(allow_none=True)


class BalancesSchema(Schema):
    """Every account with its balance, fen; together they are zero."""

    as_of = fields.Date(allow_none=True)
    balances = fields.Dict(keys=fields.String(), values=fields.Integer())


class FaultSchema(Schema):
    """Something that does not agree: see `reason`."""

    reason = fields.String()
    entry_id = fields.Integer(allow_none=True)
    obligation_id = fields.Integer(allow_none=True)
    account = fields.String(allow_none=True)
    booked_fen = fields.Integer(allow_none=True)
    expected_fen = fields.Integer(allow_none=True)


class VerificationSchema(Schema):
    """What verifying the books found; `faults` holds at most the first 200."""

    entries = fields.Integer()
    sound = fields.Boolean()
    faults = fields.List(fields.Nested(FaultSchema))


class AgeingQuerySchema(Schema):
    """The end of which day (today when left out), and one buyer by its id where wanted."""

    as_of = fields.Date(load_default=None, validate=Between(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
    buyer_id = fields.Integer(load_default=None, validate=Between(1, 2**31 - 1))


class AgeingItemSchema(Schema):
    """One instalment with something open at the end of the day."""

    obligation_id = fields.Integer(attribute="obligation.id")
    contract_number = fields.String(attribute="contract.number")
    milestone = fields.String(attribute="obligation.milestone.title")
    buyer = fields.String(attribute="contract.buyer.name")
    founder = fields.String(attribute="contract.founder.name")
    due_on = fields.Date(attribute="due", allow_none=True)
    days_late = fields.Integer()
    bucket = fields.String()
    principal_fen = fields.Integer()
    interest_fen = fields.Integer()
    disputed_fen = fields.Integer()


class AgeingSchema(Schema):
    """The aged balance at the end of a day; principal by bucket, fen."""

    as_of = fields.Date()
    total_fen = fields.Integer()
    interest_fen = fields.Integer()
    disputed_fen = fields.Integer()
    by_bucket = fields.Dict(keys=fields.String(), values=fields.Integer())
    items = fields.List(fields.Nested(AgeingItemSchema))


class ForecastQuerySchema(Schema):
    """Cut by week or month."""

    by = fields.String(load_default=str(Span.WEEK), validate=validate.OneOf([*map(str, Span)],
                                                                            error="field.not_a_choice"))


class ForecastColumnSchema(Schema):
    """What is expected in one period, by due date and by the buyers' own lateness so far."""

    first = fields.Date(attribute="period.first")
    last = fields.Date(attribute="period.last")
    due_fen = fields.Integer()
    usual_fen = fields.Integer()


class HabitSchema(Schema):
    """How many days after the due date a buyer pays (median), null before it has paid anything."""

    buyer = fields.String()
    median_days_late = fields.Integer(allow_none=True)
    paid = fields.Integer()


class ForecastSchema(Schema):
    """Principal, and interest until today, to come in or go out."""

    today = fields.Date()
    span = fields.String()
    total_fen = fields.Integer()
    late_due_fen = fields.Integer()
    late_usual_fen = fields.Integer()
    later_due_fen = fields.Integer()
    later_usual_fen = fields.Integer()
    undated_fen = fields.Integer()
    columns = fields.List(fields.Nested(ForecastColumnSchema))
    habits = fields.List(fields.Nested(HabitSchema))


def page_of(entries: list[JournalEntry], limit: int) -> dict[str, Any]:
    """A page as JournalPageSchema dumps it."""
    return {"items": entries, "next": entries[-1].id if len(entries) == limit else None}
