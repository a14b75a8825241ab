"""What the doors of the evaluation read and write."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.fields import Between, Text

TEXT_MOST = 2000


class NamesSchema(Schema):
    """The addresses of the accounts to be named as evaluators."""

    emails = fields.List(Text(200), required=True, validate=validate.Length(1, 15, error="field.too_many"))


class EvaluatorDeclarationSchema(Schema):
    """`conflict` true: standing aside, and `text` says why."""

    conflict = fields.Boolean(required=True)
    text = Text(TEXT_MOST, load_default="")


class ChangeSchema(Schema):
    """Other points for one bid and criterion than stood before, and why."""

    bid_id = fields.Integer(required=True, validate=Between(1, 2**31 - 1))
    criterion_id = fields.Integer(required=True, validate=Between(1, 2**31 - 1))
    points = fields.Integer(required=True, validate=Between(0, 100))
    reason = Text(TEXT_MOST, required=True)


class ScoringClosingSchema(Schema):
    """`no_conflict`: what whoever scored alone declares; a panel's members have declared already."""

    no_conflict = fields.Boolean(load_default=False)


class PriceAnswerSchema(Schema):
    """How the price comes about."""

    answer = Text(5000, required=True)


class PriceDecisionSchema(Schema):
    """Accepted, or excluded when false; the bidder is told the reason."""

    accept = fields.Boolean(required=True)
    reason = Text(5000, required=True)


class EvaluatorOut(Schema):
    """One evaluator and how far they are."""

    id = fields.Integer()
    email = fields.String()
    name = fields.String()
    status = fields.String()
    declaration = fields.String()
    submitted_at = fields.DateTime(allow_none=True)


class PanelOut(Schema):
    """Who scores a demand; `names_hidden` while bidders are not named to the buyer."""

    demand = fields.String()
    round = fields.Integer(allow_none=True)
    status = fields.String(allow_none=True)
    evaluators = fields.List(fields.Nested(EvaluatorOut))
    names_hidden = fields.Boolean()


class GivenPointOut(Schema):
    """Points given to one bid for one criterion."""

    criterion_id = fields.Integer()
    points = fields.Integer()
    comment = fields.String()


class BlindBidOut(Schema):
    """A bid without its bidder, under a number of this reader's own order, with the points given so far."""

    bid_id = fields.Integer(attribute="id")
    number = fields.Integer()
    price_fen = fields.Integer()
    plan = fields.String()
    milestones = fields.Raw()
    disclosures = fields.Raw()
    team = fields.Integer()
    attachments = fields.List(fields.String())
    scores = fields.List(fields.Nested(GivenPointOut))


class OwnScoringOut(Schema):
    """An evaluator's own work; `bids` is empty until the declaration."""

    demand = fields.String()
    status = fields.String()
    bidders = fields.List(fields.String())
    bids = fields.List(fields.Nested(BlindBidOut))


class PersonPointsOut(Schema):
    """What one evaluator gave."""

    evaluator = fields.String()
    points = fields.Integer()
    comment = fields.String()


class PointChangeOut(Schema):
    """A recorded change of agreed points."""

    points_before = fields.Integer()
    points = fields.Integer()
    reason = fields.String()
    changed_by = fields.Pluck(Schema.from_dict({"display_name": fields.String()}, name="ChangedBy"), "display_name")
    changed_at = fields.DateTime()


class ConsensusRowOut(Schema):
    """One bid and criterion: everyone's points, their rounded mean and spread, and what was agreed."""

    bid_id = fields.Integer()
    criterion_id = fields.Integer()
    given = fields.List(fields.Nested(PersonPointsOut))
    mean = fields.Integer()
    width = fields.Integer()
    points = fields.Integer()
    changes = fields.List(fields.Nested(PointChangeOut))


class ConsensusOut(Schema):
    """The standing round."""

    demand = fields.String()
    round = fields.Integer()
    status = fields.String()
    points_hash = fields.String(allow_none=True)
    rows = fields.List(fields.Nested(ConsensusRowOut))


class ExplanationOut(Schema):
    """A price being explained."""

    bid_id = fields.Integer()
    status = fields.String()
    facts = fields.Raw()
    asked_at = fields.DateTime()
    answer_by = fields.DateTime()
    answer = fields.String(allow_none=True)
    answered_at = fields.DateTime(allow_none=True)
    reason = fields.String(allow_none=True)
    decided_at = fields.DateTime(allow_none=True)


class LowPriceOut(Schema):
    """A price against the others and the budget, in whole percent; `low` when below both limits."""

    bid_id = fields.Integer()
    price_fen = fields.Integer()
    others_share = fields.Integer(allow_none=True)
    budget_share = fields.Integer()
    others_limit = fields.Integer()
    budget_limit = fields.Integer()
    low = fields.Boolean()
    explanation = fields.Nested(ExplanationOut, allow_none=True)
