"""Saved searches as programs (fen) and pages (yuan) write them."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from marketplace.fields import Between, Text, Yuan
from marketplace.rules.money import MAX_FEN
from marketplace.rules.searches import PayerWish
from marketplace.searches.operations import SearchDraft

MOST_DAYS = 365


class SearchSchema(Schema):
    """What a search asks for; everything but the name may be left out. industry: a GB/T 4754 code ("46", "D46") or a
    name; payer: proven or not_bad; min_percent: the chance of one's own match."""

    name = Text(60, required=True)
    text = Text(load_default="")
    industry = Text(load_default="")
    region = Text(load_default="")
    budget_min_fen = fields.Integer(strict=True, load_default=None, allow_none=True, validate=Between(1, MAX_FEN))
    budget_max_fen = fields.Integer(strict=True, load_default=None, allow_none=True, validate=Between(1, MAX_FEN))
    remote = fields.Boolean(load_default=False)
    set_aside = fields.Boolean(load_default=False)
    micro = fields.Boolean(load_default=False)
    payer = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(
        [one.value for one in PayerWish], error="field.not_a_choice"))
    closing_within_days = fields.Integer(load_default=None, allow_none=True, validate=Between(1, MOST_DAYS))
    min_percent = fields.Integer(load_default=None, allow_none=True, validate=Between(1, 99))
    by_email = fields.Boolean(load_default=False)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> SearchDraft:
        return SearchDraft(**data | {"payer": PayerWish(data["payer"]) if data["payer"] else None})


class SearchForm(SearchSchema):
    """The same from a page."""

    budget_min_fen = Yuan(data_key="budget_min", load_default=None)
    budget_max_fen = Yuan(data_key="budget_max", load_default=None)


class StoredSearchSchema(SearchSchema):
    """A search as stored; alerts is how many it has given."""

    id = fields.Integer()
    paused = fields.Function(lambda search: search.paused_at is not None)
    created_at = fields.DateTime()


class PausedSchema(Schema):
    """Whether alerts come."""

    paused = fields.Boolean(required=True)


class HitSchema(Schema):
    """One thing asked for and found: code and facts; of a word the field it stands in and the quoted words."""

    code = fields.String()
    facts = fields.Dict()


class AlertSchema(Schema):
    """That a demand answers a search."""

    id = fields.Integer()
    search_id = fields.Integer()
    demand = fields.String(attribute="demand.code")
    title = fields.String(attribute="demand.title")
    hits = fields.List(fields.Nested(HitSchema))
    created_at = fields.DateTime()


class SearchesSchema(Schema):
    """A company's searches by name."""

    items = fields.List(fields.Nested(StoredSearchSchema))


class AlertsSchema(Schema):
    """A page of alerts, newest first; `next` is the id to go on before."""

    items = fields.List(fields.Nested(AlertSchema))
    next = fields.Integer(allow_none=True)


class AlertsQuery(Schema):
    """Where to go on."""

    before = fields.Integer(load_default=0, validate=Between(0, 2**31 - 1))
    limit = fields.Integer(load_default=30, validate=Between(1, 100))
