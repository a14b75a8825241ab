"""The shapes of disclosures in and out."""
from __future__ import annotations

from marshmallow import Schema, fields


class ExplanationForm(Schema):
    """The buyer's own words about its overdue payments; may be empty."""

    explanation = fields.String(load_default="")


class ConfirmationForm(Schema):
    """The hash of what was seen."""

    seen_hash = fields.String(required=True)


class ConfirmedDisclosureSchema(Schema):
    """A confirmed disclosure. `document` is {form, report_year, as_of, buyer, has_overdue, contract_count,
    principal_fen, contracts, explanation, tables}; `document_hash` the SHA-256 of its JSON with sorted keys and no
    spaces."""

    id = fields.Integer()
    report_year = fields.Integer()
    version = fields.Integer()
    confirmed_on = fields.Date()
    document = fields.Dict()
    document_hash = fields.String()


class DisclosureListSchema(Schema):
    """The newest version of every buyer's year."""

    disclosures = fields.List(fields.Nested(ConfirmedDisclosureSchema))
