"""The shapes of tables in and out."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.fields import Between
from marketplace.rules.reference_tables import TableKind


class EditionSchema(Schema):
    """A table in force. Version 0 is the one that ships with the platform; `hash` is the SHA-256 of the table's JSON
    with sorted keys and no spaces."""

    kind = fields.String(validate=validate.OneOf([kind.value for kind in TableKind]))
    version = fields.Integer()
    source = fields.String()
    hash = fields.String()
    loaded_at = fields.AwareDateTime(allow_none=True)


class WholeEditionSchema(EditionSchema):
    """A table in force with its content, in the form in which it is loaded."""

    document = fields.Dict()


class MissingSchema(Schema):
    """What ought to be loaded by today and is not: calendar years, and months (YYYY-MM) of the LPR."""

    years = fields.List(fields.Integer())
    lpr_months = fields.List(fields.String())


class TablesSchema(Schema):
    """Every table in force, without its content, and what is missing."""

    tables = fields.List(fields.Nested(EditionSchema))
    missing = fields.Nested(MissingSchema)


class LoadForm(Schema):
    """Putting a previewed table into force."""

    document = fields.String(required=True)
    source = fields.String(required=True)
    upon = fields.Integer(required=True, validate=Between(0, 2**31 - 1))
