"""Hard requirements, teams, past cases, marks and proposals as programs see them."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.fields import Text
from marketplace.rules.feedback import DismissReason, Mark
from marketplace.suggestions.schemas import NoteForm
from marketplace.suggestions.similar import LONGEST_QUESTION

MOST_CONDITIONS = 50


class ConditionKey(Schema):
    """Which requirement is meant: name only for certificate, language and experience."""

    code = Text(40, required=True)
    name = Text(100, load_default="")


class RequirementSchema(Schema):
    """A hard requirement. answer: true kept, false not meant, null not answered yet (it counts until then)."""

    code = fields.String()
    name = fields.String()
    quote = fields.String()
    added = fields.Boolean()
    answer = fields.Boolean(allow_none=True)
    counts = fields.Boolean()


class RequirementsSchema(Schema):
    """A demand's hard requirements. confirmed: the buyer has answered all that is read from the text as it is now."""

    confirmed = fields.Boolean()
    items = fields.List(fields.Nested(RequirementSchema))


class AnswersForm(Schema):
    """What a buyer says to the requirements: those kept; all others are not meant. add: only before publication."""

    keep = fields.List(fields.Nested(ConditionKey), required=True,
                       validate=validate.Length(max=MOST_CONDITIONS, error="field.too_many"))
    add = fields.List(fields.Nested(ConditionKey), load_default=list,
                      validate=validate.Length(max=MOST_CONDITIONS, error="field.too_many"))


class MarkIn(NoteForm):
    """How a suggestion should stand with the caller's organisation; a dismissal names its reason."""

    mark = fields.String(required=True, validate=validate.OneOf([str(one) for one in Mark],
                                                                error="field.not_a_choice"))
    reason = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(
        [str(one) for one in DismissReason], error="field.not_a_choice"))


class MarkOut(Schema):
    """How it stands now: suggested, kept or dismissed."""

    mark = fields.String()


class FacetSchema(Schema):
    """One thing a demand needs: kind is skill, deliverable or the code of a hard requirement."""

    kind = fields.String()
    text = fields.String()


class ShareSchema(Schema):
    """What a member brings, in the member's own words."""

    facet = fields.Nested(FacetSchema)
    phrase = fields.String()
    title = fields.String()


class MemberSchema(Schema):
    """A member of a team. gap: what nobody would cover without them."""

    profile_id = fields.Integer(attribute="profile.id")
    founder = fields.String(attribute="profile.founder.name")
    headline = fields.String(attribute="profile.headline")
    percent = fields.Integer()
    days = fields.Integer(allow_none=True)
    shares = fields.List(fields.Nested(ShareSchema))
    gap = fields.List(fields.Nested(FacetSchema))


class TeamSchema(Schema):
    """A team; what it covers and what stays open."""

    members = fields.List(fields.Nested(MemberSchema))
    covered = fields.List(fields.Nested(FacetSchema))
    missing = fields.List(fields.Nested(FacetSchema))


class StaffingSchema(Schema):
    """Who covers a demand. alone: how many founders cover everything by themselves; teams where none does."""

    facets = fields.List(fields.Nested(FacetSchema))
    alone = fields.Integer()
    teams = fields.List(fields.Nested(TeamSchema))
    closest = fields.Nested(TeamSchema, allow_none=True)


class CasesQuery(Schema):
    """Free words, or the code of a demand; the words win."""

    q = Text(LONGEST_QUESTION, load_default="")
    demand = Text(40, load_default="")


class CaseHitSchema(Schema):
    """A past case with its nearest words. verified: it comes from a paid contract on this platform."""

    profile_id = fields.Integer(attribute="profile.id")
    founder = fields.String(attribute="profile.founder.name")
    title = fields.String()
    summary = fields.String()
    phrase = fields.String()
    percent = fields.Integer()
    verified = fields.Boolean()


class CasesSchema(Schema):
    """Past cases, best first."""

    items = fields.List(fields.Nested(CaseHitSchema))


class SimilarSchema(Schema):
    """A similar demand; winner once it has been awarded."""

    code = fields.String(attribute="demand.code")
    title = fields.String(attribute="demand.title")
    status = fields.String(attribute="demand.status")
    takes_bids = fields.Boolean()
    percent = fields.Integer()
    shared = fields.List(fields.String())
    winner = fields.String(allow_none=True)


class SimilarsSchema(Schema):
    """Similar demands, those that take bids first."""

    items = fields.List(fields.Nested(SimilarSchema))


class ProposalSchema(Schema):
    """A proposed invitation. explore: a place drawn among newcomers, with the probability of the draw."""

    demand_code = fields.String(attribute="demand.code")
    profile_id = fields.Integer()
    founder = fields.String(attribute="profile.founder.name")
    position = fields.Integer()
    probability = fields.Float()
    newcomer = fields.Boolean()
    explore = fields.Boolean()
    propensity = fields.Float(allow_none=True)


class ProposalsSchema(Schema):
    """This month's proposals; for the operator with the figures beside those of taking each demand's best."""

    month = fields.String()
    items = fields.List(fields.Nested(ProposalSchema))
    report = fields.Dict(allow_none=True)


class GroupSchema(Schema):
    """Exposure held against merit; ratio below 0.8 is an alarm."""

    newcomers = fields.Integer()
    others = fields.Integer()
    newcomer_share = fields.Float()
    newcomer_merit = fields.Float()
    ratio = fields.Float(allow_none=True)
    gini = fields.Float()
    unseen = fields.Integer()
    alarm = fields.Boolean()


class ExposureSchema(Schema):
    """As the lists stand now, and as shown to buyers in the last 30 days."""

    since = fields.Date()
    events = fields.Integer()
    ranked = fields.Nested(GroupSchema)
    shown = fields.Nested(GroupSchema)
