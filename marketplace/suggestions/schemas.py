"""Suggestions and invitations as programs see them."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.fields import Between, Text
from marketplace.founders.queries import MAX_ID
from marketplace.rules.feedback import DismissReason

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
    """A demand suggested to a founder; the buyer's payment terms and record belong to it.

    The list is ordered by `list_score`: the score, and `payer_contribution`, what the policy of the platform makes of
    the buyer's `payer_on_time` of `payer_known` payments (0 for a buyer without a record).
    """

    code = fields.String(attribute="suggestion.demand.code")
    title = fields.String(attribute="suggestion.demand.title")
    buyer = fields.String(attribute="suggestion.demand.buyer.name")
    payer_type = fields.String(attribute="terms.payer_type")
    payment_term_days = fields.Integer(attribute="terms.days", allow_none=True)
    payment_start_basis = fields.String(attribute="terms.start_basis")
    payer_record = fields.Dict(attribute="record")
    payer_on_time = fields.Integer(attribute="payer.on_time")
    payer_known = fields.Integer(attribute="payer.known")
    payer_contribution = fields.Float(attribute="payer.value")
    list_score = fields.Float()
    budget_fen = fields.Integer(attribute="suggestion.demand.budget_fen")
    bid_deadline = fields.DateTime(attribute="suggestion.demand.bid_deadline")


class MatchesSchema(Schema):
    """A page of a founder's matches."""

    items = fields.List(fields.Nested(DemandMatchSchema))
    next = fields.Integer(allow_none=True)


class NoteForm(Schema):
    """What a buyer writes to a founder."""

    note = Text(MOST_NOTE, load_default="")


class MarkForm(NoteForm):
    """What somebody says to a suggestion on a page."""

    action = fields.String(required=True, validate=validate.OneOf(("keep", "release", "dismiss", "restore"),
                                                                  error="field.not_a_choice"))
    reason = fields.String(load_default=None, validate=validate.OneOf([str(one) for one in DismissReason],
                                                                      error="field.not_a_choice"))


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
