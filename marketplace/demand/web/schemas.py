"""What only pages ask: a pasted document, an addendum's reason, the handing in for review."""
from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.fields import BeijingMoment, Text, Yuan
from marketplace.rules.proposal import MOST_CHARACTERS


class DocumentForm(Schema):
    """A pasted project document, and what overrides its own title and total."""

    document = Text(MOST_CHARACTERS, required=True)
    title = Text(load_default="")
    budget_fen = Yuan(load_default=None, allow_none=True, data_key="budget")


class AddendumForm(Schema):
    """What an addendum says besides the fields it changes: why, a later deadline, the last addendum read (0: none)."""

    reason = Text(2000, required=True)
    bid_deadline = BeijingMoment(load_default=None, allow_none=True)
    after = fields.Integer(load_default=None, allow_none=True)


class PublishForm(Schema):
    """When bidding ends (Beijing time on pages) or how many days it lasts, and the passphrase of a first opening key.

    `bidding_days`, where given, goes before the moment.
    """

    bid_deadline = BeijingMoment(load_default=None, allow_none=True)
    bidding_days = fields.Integer(load_default=None, allow_none=True)
    unclassified = fields.Boolean(load_default=False)
    short_deadline_confirmed = fields.Boolean(load_default=False)
    passphrase = fields.String(load_default="")
    passphrase_again = fields.String(load_default="")
