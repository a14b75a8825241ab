"""What bond doors read and write. Amounts are fen in the API and yuan on pages."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace import clock
from marketplace.bonds.models import Bond
from marketplace.bonds.operations import days_late
from marketplace.fields import Between, Text, Yuan
from marketplace.rules import bonds as law
from marketplace.rules.bonds import BondInstrument, BondKind
from marketplace.rules.money import MAX_FEN


def _one_of(choices: type[Any]) -> validate.OneOf:
    return validate.OneOf([str(member.value) for member in choices], error="field.not_a_choice")


class BondRequirementSchema(Schema):
    """A bond asked for. `ends_on` is the last day of the period it secures; a bid bond's is the day of signing."""

    kind = fields.String(required=True, validate=_one_of(BondKind))
    amount_fen = fields.Integer(required=True, strict=True, validate=Between(1, MAX_FEN))
    ends_on = fields.Date(required=True)
    purpose = Text(2000, load_default="")

    @post_load
    def _kind(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"kind": BondKind(data["kind"])}


class BondRequirementForm(BondRequirementSchema):
    """The same as a page sends it: yuan."""

    amount_fen = Yuan(required=True)


class BondProvisionSchema(Schema):
    """How a bond is provided: the founder's choice between cash and a financial institution's guarantee."""

    instrument = fields.String(required=True, validate=_one_of(BondInstrument))
    reference = Text(required=True)
    provided_on = fields.Date(required=True)

    @post_load
    def _instrument(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"instrument": BondInstrument(data["instrument"])}


class BondReturnSchema(Schema):
    """A bond given back."""

    returned_on = fields.Date(required=True)
    return_reference = Text(required=True)


class BondContradictionSchema(Schema):
    """Why the founder says that it does not have the bond back."""

    note = Text(2000, required=True)


class BondSchema(Schema):
    """A bond as it stands. `most_fen` is the cap of its kind on `base_fen`, null where none is set."""

    id = fields.Integer()
    kind = fields.String()
    amount_fen = fields.Integer()
    base_fen = fields.Integer()
    most_fen = fields.Function(lambda bond: _cap(bond))
    purpose = fields.String()
    ends_on = fields.Date()
    return_by = fields.Date()
    provisional = fields.Boolean()
    status = fields.String()
    instrument = fields.String(allow_none=True)
    instrument_reference = fields.String(allow_none=True)
    provided_on = fields.Date(allow_none=True)
    returned_on = fields.Date(allow_none=True)
    return_reference = fields.String(allow_none=True)
    answer_note = fields.String(allow_none=True)
    days_late = fields.Function(lambda bond: days_late(bond, as_of=clock.legal_day(clock.utc_now())))
    law = fields.Constant(law.ARTICLE)


def _cap(bond: Bond) -> int | None:
    found = law.cap(BondKind(bond.kind), bond.base_fen, on=clock.legal_day(bond.required_at))
    return found.most_fen if found else None
