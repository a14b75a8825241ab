"""What the doors of declarations and leads read and write."""
from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.fields import Text, Uscc
from marketplace.integrity.collusion import MOST_TEXT
from marketplace.integrity.declarations import MOST_DETAILS


class DeclarationForm(Schema):
    """Whether there is a relation to the buyer or its people, and which."""

    related = fields.Boolean(required=True)
    relation_details = Text(MOST_DETAILS, load_default="")


class ParticularsForm(Schema):
    """A company as registered; every field may be left empty."""

    legal_representative = Text(60, load_default="")
    registered_address = Text(load_default="")
    phone = Text(40, load_default="")


class EmploymentFormSchema(Schema):
    """Where somebody works or worked; without `ended_on` they still do."""

    employer = Text(required=True)
    employer_uscc = Uscc(load_default=None, allow_none=True)
    started_on = fields.Date(required=True)
    ended_on = fields.Date(load_default=None, allow_none=True)


class LookForm(Schema):
    """What the operator saw."""

    note = Text(MOST_TEXT, required=True)


class ClosingForm(Schema):
    """How a lead ends: explained (false) or forwarded (true), and why."""

    forwarded = fields.Boolean(required=True)
    closing = Text(MOST_TEXT, required=True)


class DeclarationSchema(Schema):
    """A declaration as it was made. `stage`: bidding or explanation."""

    id = fields.Integer()
    stage = fields.String()
    related = fields.Boolean()
    relation_details = fields.String(attribute="details")
    declared_at = fields.DateTime()


class SignalSchema(Schema):
    """A lead from comparing two companies."""

    kind = fields.String()
    facts = fields.Dict()
    since = fields.Date(allow_none=True)


class PersonSignalsSchema(Schema):
    """The leads between a bidder and one of the buyer's people."""

    person = fields.Function(lambda pair: pair[0].display_name)
    signals = fields.Function(lambda pair: SignalSchema(many=True).dump(pair[1]))


class BidderInterestsSchema(Schema):
    """A bidder after the opening: declarations, oldest first, and leads. Leads are no verdicts."""

    founder = fields.Function(lambda one: one.founder.name)
    uscc = fields.Function(lambda one: one.founder.uscc)
    declarations = fields.Nested(DeclarationSchema(many=True))
    between = fields.Nested(PersonSignalsSchema(many=True), attribute="signals")


class ParticularsSchema(Schema):
    """A company's particulars as its own people see them."""

    legal_representative = fields.String(allow_none=True)
    registered_address = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)


class EmploymentSchema(Schema):
    """A declared employment."""

    id = fields.Integer()
    employer = fields.String()
    employer_uscc = fields.String(allow_none=True)
    started_on = fields.Date()
    ended_on = fields.Date(allow_none=True)


class CollusionLeadSchema(Schema):
    """A lead on collusion; `facts` by kind, amounts in fen. `bids`: ids of the bids it is about."""

    id = fields.Integer()
    demand = fields.Function(lambda lead: lead.demand.code)
    kind = fields.String()
    strength = fields.String()
    stage = fields.String()
    bids = fields.Raw(attribute="bid_ids")
    facts = fields.Dict()
    found_at = fields.DateTime()
    note = fields.String(allow_none=True)
    closing = fields.String(allow_none=True)
    closed_at = fields.DateTime(allow_none=True)
