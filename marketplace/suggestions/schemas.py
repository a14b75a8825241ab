"""Suggestions and invitations as programs see them."""
from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.fields import Between, Text
from marketplace.founders.queries import MAX_ID

MOST_NOTE = 1000


class ExplanationSchema(Schema):
    """Why, and why not. The contributions add up to the score."""

    score = fields.Float(attribute="suggestion.score")
    percent = fields.Integer()
    eligible = fields.Boolean(attribute="suggestion.eligible")
    contributions = fields.Function(lambda one: [
        {"name": part["name"], "value": part["value"]} for part in one.suggestion.explanation["contributions"]])
    reasons = fields.List(fields.String())
    counter_reasons = fields.List(fields.String())
    vetoes = fields.List(fields.String())
    veto_codes = fields.List(fields.String())
    evidence = fields.List(fields.Dict())
    computed_at = fields.DateTime(attribute="suggestion.computed_at")
    engine_version = fields.String(attribute="suggestion.engine_version")


class FounderSuggestionSchema(ExplanationSchema):
    """A founder suggested for a demand."""

    rank = fields.Integer(attribute="suggestion.rank")
    profile_id = fields.Integer(attribute="suggestion.profile_id")
    founder = fields.String(attribute="suggestion.profile.founder.name")
    headline = fields.String(attribute="suggestion.profile.headline")
    region = fields.String(attribute="suggestion.profile.region")


class SuggestionsSchema(Schema):
    """A page of a demand's suggestions. `stale`: they are about to be computed anew."""

    items = fields.List(fields.Nested(FounderSuggestionSchema))
    next = fields.Integer(allow_none=True)
    stale = fields.Boolean()
    computed_at = fields.DateTime(allow_none=True)


class DemandMatchSchema(ExplanationSchema):
    """A demand suggested to a founder; the buyer's payment terms and record belong to it."""

    code = fields.String(attribute="suggestion.demand.code")
    title = fields.String(attribute="suggestion.demand.title")
    buyer = fields.String(attribute="suggestion.demand.buyer.name")
    payer_type = fields.String(attribute="terms.payer_type")
    payment_term_days = fields.Integer(attribute="terms.days", allow_none=True)
    payment_start_basis = fields.String(attribute="terms.start_basis")
    payer_record = fields.Dict(attribute="record")
    budget_fen = fields.Integer(attribute="suggestion.demand.budget_fen")
    bid_deadline = fields.DateTime(attribute="suggestion.demand.bid_deadline")


class MatchesSchema(Schema):
    """A page of a founder's matches."""

    items = fields.List(fields.Nested(DemandMatchSchema))
    next = fields.Integer(allow_none=True)


class NoteForm(Schema):
    """What a buyer writes to a founder."""

    note = Text(MOST_NOTE, load_default="")


class InvitationForm(NoteForm):
    """Whom a buyer asks to bid."""

    profile_id = fields.Integer(required=True, strict=True, validate=Between(1, MAX_ID))


class InvitationSchema(Schema):
    """An invitation sent."""

    id = fields.Integer()
    demand_code = fields.String(attribute="demand.code")
    founder = fields.String(attribute="founder.name")
    note = fields.String()
    invited_at = fields.DateTime()
