"""What the doors of late payments read and write. A field's name says whose text it is: one page shows several."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from marketplace.complaints.parties import MOST_TEXT
from marketplace.fields import Between, Text, Yuan
from marketplace.rules.money import MAX_FEN
from marketplace.rules.remedies import ComplaintEnd, PartnerKind


class InstalmentSchema(Schema):
    """A promised payment; the last one's amount may be left out: it is whatever is then left, interest included."""

    due_on = fields.Date(required=True)
    amount_fen = fields.Integer(load_default=None, allow_none=True, validate=Between(1, MAX_FEN))


class PlanSchema(Schema):
    """A payment plan. The instalments clear principal and interest on the last day, to the fen."""

    id = fields.Integer(dump_only=True)
    status = fields.String(dump_only=True)
    principal_fen = fields.Integer(dump_only=True)
    total_fen = fields.Integer(dump_only=True)
    proposed_on = fields.Date(dump_only=True)
    answer_note = fields.String(dump_only=True, allow_none=True)
    ended_on = fields.Date(dump_only=True, allow_none=True)
    instalments = fields.List(fields.Nested(InstalmentSchema), required=True,
                              validate=validate.Length(max=50, error="field.too_many"))
    plan_note = Text(MOST_TEXT, attribute="note", load_default="")


class InstalmentForm(InstalmentSchema):
    """The same as a page sends it: yuan."""

    amount_fen = Yuan(load_default=None, allow_none=True)


class PlanForm(PlanSchema):
    """The same as a page sends it."""

    instalments = fields.List(fields.Nested(InstalmentForm), required=True)


def note(name: str, attribute: str = "note", *, required: bool = True) -> Schema:
    """A schema of one text."""
    options = {"required": True} if required else {"load_default": ""}
    return Schema.from_dict({name: Text(MOST_TEXT, attribute=attribute, **options)},
                            name="".join(word.title() for word in name.split("_")) + "Schema")()


class ListingSchema(Schema):
    """An entry proposed for, or on, the public list."""

    id = fields.Integer(dump_only=True)
    status = fields.String(dump_only=True)
    listing_reason = Text(MOST_TEXT, required=True, attribute="reason")
    proposed_on = fields.Date(dump_only=True)
    reply_until = fields.Date(dump_only=True)
    provisional = fields.Boolean(dump_only=True)
    reply = fields.String(dump_only=True, allow_none=True)
    decision_reason = fields.String(dump_only=True, allow_none=True)
    appeal = fields.String(dump_only=True, allow_none=True)
    appeal_answer = fields.String(dump_only=True, allow_none=True)
    removed_on = fields.Date(dump_only=True, allow_none=True)
    removal_reason = fields.String(dump_only=True, allow_none=True)


class ListingDecisionSchema(Schema):
    """Publish or decline, with the reason."""

    publish = fields.Boolean(required=True)
    decision_reason = Text(MOST_TEXT, required=True, attribute="reason")


class ListingAppealAnswerSchema(Schema):
    """Whether the appeal is upheld (the entry is taken down), with the reason."""

    uphold = fields.Boolean(required=True)
    appeal_answer = Text(MOST_TEXT, required=True, attribute="note")


class ClockSchema(Schema):
    """A statutory clock of a complaint: `until` its last day now, `longest` the last day any extension can reach."""

    clock = fields.String()
    since = fields.Date()
    until = fields.Date()
    longest = fields.Date(allow_none=True)
    article = fields.String()
    provisional = fields.Boolean()
    done_on = fields.Date(allow_none=True)
    late = fields.Boolean()


class ComplaintSchema(Schema):
    """A complaint to the authority about one overdue obligation."""

    id = fields.Integer(dump_only=True)
    status = fields.String(dump_only=True)
    complaint_request = Text(MOST_TEXT, required=True, attribute="request")
    truthful = fields.Boolean(required=True, load_only=True)
    filed_on = fields.Date(dump_only=True)
    authority = fields.String(dump_only=True)
    submitted_on = fields.Date(dump_only=True, allow_none=True)
    reference = fields.String(dump_only=True)
    accepted_on = fields.Date(dump_only=True, allow_none=True)
    handler = fields.String(dump_only=True)
    transferred_on = fields.Date(dump_only=True, allow_none=True)
    received_on = fields.Date(dump_only=True, allow_none=True)
    extended_on = fields.Date(dump_only=True, allow_none=True)
    decided_on = fields.Date(dump_only=True, allow_none=True)
    result = fields.String(dump_only=True, allow_none=True)
    ended_on = fields.Date(dump_only=True, allow_none=True)
    close_reason = fields.String(dump_only=True, allow_none=True)


class ComplaintSubmissionSchema(Schema):
    """To which authority the file was handed, and when."""

    authority = Text(200, required=True)
    complaint_submitted_on = fields.Date(required=True, attribute="submitted_on")


class AcceptanceByAuthoritySchema(Schema):
    """The authority's formal acceptance: its number and day."""

    complaint_accepted_on = fields.Date(required=True, attribute="accepted_on")
    reference_number = Text(200, required=True)


class RefusalByAuthoritySchema(Schema):
    """The authority's refusal: its day and reason."""

    refused_on = fields.Date(required=True)
    refusal_note = Text(MOST_TEXT, required=True, attribute="note")


class ComplaintTransferSchema(Schema):
    """Who handles it, the day it was transferred and the day it was received."""

    handler = Text(200, required=True)
    transferred_on = fields.Date(required=True)
    received_on = fields.Date(required=True)


class ExtensionSchema(Schema):
    """An approved extension, to ninety days at most."""

    extended_on = fields.Date(required=True)
    extension_note = Text(MOST_TEXT, required=True, attribute="note")


class ComplaintDecisionSchema(Schema):
    """The authority's written result."""

    complaint_decided_on = fields.Date(required=True, attribute="decided_on")
    result = Text(MOST_TEXT, required=True)


class ComplaintProgressSchema(Schema):
    """Progress at the authority."""

    id = fields.Integer(dump_only=True)
    noted_on = fields.Date(required=True, attribute="on")
    progress = Text(MOST_TEXT, required=True, attribute="text")


class ClosingSchema(Schema):
    """How a complaint ended."""

    close_reason = fields.String(required=True, attribute="reason",
                                 validate=validate.OneOf(list(ComplaintEnd), error="field.not_a_choice"))
    close_note = Text(MOST_TEXT, required=True, attribute="note")


class MediationSchema(Schema):
    """A mediation. It stops nothing unless both sides agreed in writing to a pause of the platform's own steps."""

    id = fields.Integer(dump_only=True)
    status = fields.String(dump_only=True)
    requested_side = fields.String(dump_only=True)
    mediation_request = Text(MOST_TEXT, required=True, attribute="text", load_only=True)
    answer_until = fields.Date(dump_only=True)
    provisional = fields.Boolean(dump_only=True)
    partner = fields.Pluck(Schema.from_dict({"name": fields.String()}, name="PartnerNameSchema"), "name",
                           dump_only=True, allow_none=True)
    terms = fields.String(dump_only=True, allow_none=True)
    buyer_confirmed_at = fields.DateTime(dump_only=True, allow_none=True)
    founder_confirmed_at = fields.DateTime(dump_only=True, allow_none=True)
    pause_until = fields.Date(dump_only=True, allow_none=True)
    pause_buyer_at = fields.DateTime(dump_only=True, allow_none=True)
    pause_founder_at = fields.DateTime(dump_only=True, allow_none=True)
    ended_on = fields.Date(dump_only=True, allow_none=True)


class AgreementSchema(Schema):
    """Whether the other side agrees to mediation."""

    agree = fields.Boolean(required=True)


class AssignmentSchema(Schema):
    """Which partner mediates."""

    partner_id = fields.Integer(required=True, validate=Between(1, 2**31 - 1))


class MediationSessionSchema(Schema):
    """A meeting and what was noted; only the sides and the operator read it."""

    id = fields.Integer(dump_only=True)
    held_on = fields.Date(required=True)
    session_note = Text(MOST_TEXT, required=True, attribute="note")


class PauseSchema(Schema):
    """Until which day the platform's own steps rest, once both sides have named the same day."""

    pause_until = fields.Date(required=True, attribute="until")


class RetaliationReportSchema(Schema):
    """What a founder takes for retaliation, and in which demand."""

    report_text = Text(MOST_TEXT, required=True, attribute="text")
    report_demand = Text(40, attribute="demand_code", load_default="")


class LeadSchema(Schema):
    """A lead on retaliation: a fact with a question, never a finding."""

    id = fields.Integer()
    kind = fields.String()
    status = fields.String()
    found_on = fields.Date()
    question = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    closing_note = fields.String(allow_none=True)


class LeadClosingSchema(Schema):
    """Explained, or passed on to the authority."""

    passed_on = fields.Boolean(required=True)
    lead_note = Text(MOST_TEXT, required=True, attribute="note")


class PartnerSchema(Schema):
    """A mediation partner of the directory."""

    id = fields.Integer(dump_only=True)
    partner_name = Text(200, required=True, attribute="name")
    partner_kind = fields.String(required=True, attribute="kind",
                                 validate=validate.OneOf(list(PartnerKind), error="field.not_a_choice"))
    partner_region = Text(200, required=True, attribute="region")
    partner_contact = Text(200, required=True, attribute="contact")
    partner_email = Text(200, attribute="email", load_default="")
    partner_phone = Text(200, attribute="phone", load_default="")
    partner_active = fields.Boolean(attribute="active", load_default=True)


class BlockSchema(Schema):
    """What keeps a buyer from publishing."""

    number = fields.String()
    obligation_id = fields.Integer()
    due_on = fields.Date()
    left_fen = fields.Integer()
    imposed_on = fields.Date()


class RemedyCaseSchema(Schema):
    """Everything that followed one obligation, as its reader may see it."""

    obligation_id = fields.Integer()
    days_late = fields.Integer()
    left_fen = fields.Integer()
    block = fields.Nested(BlockSchema, allow_none=True)
    plans = fields.List(fields.Nested(PlanSchema))
    complaints = fields.List(fields.Nested(ComplaintSchema))
    clocks = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(ClockSchema)))
    listings = fields.List(fields.Nested(ListingSchema))
    mediations = fields.List(fields.Nested(MediationSchema))


class PublicEntrySchema(Schema):
    """One entry of the public list: facts only; the amount is a band in fen, the contract number is masked."""

    buyer = fields.String()
    uscc = fields.String()
    number = fields.String()
    low_fen = fields.Integer()
    below_fen = fields.Integer(allow_none=True)
    due_on = fields.Date(allow_none=True)
    days_late = fields.Integer()
    published_on = fields.Date()
    reply = fields.String(allow_none=True)
    appealed = fields.Boolean()
    removed_on = fields.Date(allow_none=True)
    removal_reason = fields.String(allow_none=True)


class PublicListSchema(Schema):
    """The list now, and what was on it."""

    as_of = fields.Date()
    current = fields.List(fields.Nested(PublicEntrySchema))
    removed = fields.List(fields.Nested(PublicEntrySchema))


class StandingSchema(Schema):
    """Whether the caller's organisation may publish, and what keeps it from it."""

    may_publish = fields.Boolean()
    blocks = fields.List(fields.Nested(BlockSchema))
