"""The shapes of editions in and out."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from marketplace.accounts.schemas import address
from marketplace.fields import Between, Text
from marketplace.rules.editions import name_of, read_month

_KEY = Between(1, 2**31 - 1)


class Month(fields.Field):
    """A month written "2026-11", read as its first day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.date:
        found = read_month(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("edition.month_unreadable")
        return found

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else name_of(value)


class EditionTextIn(Schema):
    """What the operator writes on an edition."""

    title_zh = Text(120, required=True)
    title_en = Text(120, required=True)
    introduction_zh = Text(4000, load_default="")
    introduction_en = Text(4000, load_default="")


class EditionIn(EditionTextIn):
    """A new edition of a month."""

    month = Month(required=True, metadata={"type": "string", "example": "2026-11"})


class TrackIn(Schema):
    """A new track; `track_code` of lower-case letters, digits and hyphens."""

    track_code = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{1,38}$",
                                                                      error="edition.track_code_form"))
    name_zh = Text(60, required=True)
    name_en = Text(60, required=True)


class TrackState(Schema):
    """Whether a track takes further demands."""

    active = fields.Boolean(required=True)


class ItemIn(Schema):
    """A demand by its public code, with its track."""

    demand = Text(40, required=True)
    track_id = fields.Integer(load_default=None, allow_none=True, validate=_KEY)


class ProposalIn(ItemIn):
    """A buyer's demand for a coming edition."""

    note = Text(1000, load_default="")


class InclusionIn(Schema):
    """The track a proposal is taken under; without one it keeps its own."""

    track_id = fields.Integer(load_default=None, allow_none=True, validate=_KEY)


class DeclineIn(Schema):
    """Why a demand is left out; its buyer is told."""

    decline_reason = Text(1000, load_default="")


class PlaceIn(Schema):
    """Where an item stands; `position` sorts within the edition."""

    item_id = fields.Integer(required=True, validate=_KEY)
    position = fields.Integer(required=True, validate=Between(1, 9999))
    track_id = fields.Integer(load_default=None, allow_none=True, validate=_KEY)


class ArrangementIn(Schema):
    """Positions and tracks of items; those not named stay."""

    places = fields.List(fields.Nested(PlaceIn), required=True, validate=validate.Length(max=300,
                                                                                       error="field.too_many"))


class SubscriptionIn(Schema):
    """What the caller's organisation is told of."""

    every = fields.Boolean(load_default=False)
    track_ids = fields.List(fields.Integer(validate=_KEY), load_default=list,
                            validate=validate.Length(max=100, error="field.too_many"))


class AddressIn(Schema):
    """A visitor's address for the list by mail."""

    email = Text(required=True, validate=address)


class AsOf(Schema):
    """A day; today where none is named."""

    as_of = fields.Date(load_default=None)


class TrackOut(Schema):
    """A track."""

    id = fields.Integer()
    code = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    active = fields.Boolean()


class EditionOut(Schema):
    """An edition without its items. `document_hash` is the SHA-256 of the bytes of its document."""

    month = Month(metadata={"type": "string"})
    number = fields.Integer()
    status = fields.String()
    title_zh = fields.String()
    title_en = fields.String()
    introduction_zh = fields.String()
    introduction_en = fields.String()
    document_hash = fields.String(allow_none=True)
    frozen_at = fields.DateTime(allow_none=True)
    published_at = fields.DateTime(allow_none=True)


class EditionListOut(Schema):
    """Editions, newest month first."""

    editions = fields.List(fields.Nested(EditionOut))


class EditionItemOut(Schema):
    """A demand in an edition that is being composed."""

    id = fields.Integer()
    demand = fields.String(attribute="demand.code")
    title = fields.String(attribute="demand.title")
    track = fields.String(attribute="track.code", dump_default=None, allow_none=True)
    position = fields.Integer()
    status = fields.String()
    kind = fields.String()
    note = fields.String()
    decline_reason = fields.String(allow_none=True)


class EditionItemListOut(Schema):
    """Items in their order."""

    items = fields.List(fields.Nested(EditionItemOut))


class DifferencesOut(Schema):
    """Against the edition before, by demand code; `changed` and `gone` as in the document."""

    new = fields.List(fields.String())
    carried = fields.List(fields.String())
    changed = fields.List(fields.Dict())
    gone = fields.List(fields.Dict())


class CancelledOut(Schema):
    """A demand of a frozen edition that was cancelled since."""

    code = fields.String()
    reason = fields.String()
    cancelled_at = fields.DateTime()


class EditionWholeOut(EditionOut):
    """An edition with what it says. `cancelled` is told beside the document, which never changes."""

    document = fields.Dict()
    differences = fields.Nested(DifferencesOut)
    cancelled = fields.List(fields.Nested(CancelledOut))


class RecapOut(Schema):
    """How an edition turned out. Amounts are fen; shares are thousandths, null before there is anything to count."""

    as_of = fields.Date()
    listed = fields.Integer()
    cancelled = fields.Integer()
    closed = fields.Integer()
    taken = fields.Integer()
    taken_permille = fields.Integer(allow_none=True)
    awarded = fields.Integer()
    signed = fields.Integer()
    delivered = fields.Integer()
    due = fields.Integer()
    on_time = fields.Integer()
    on_time_permille = fields.Integer(allow_none=True)
    listed_fen = fields.Integer()
    awarded_fen = fields.Integer()
    owed_fen = fields.Integer()
    paid_fen = fields.Integer()


class SubscriptionOut(Schema):
    """What the caller's organisation is told of."""

    every = fields.Boolean()
    tracks = fields.List(fields.String())
