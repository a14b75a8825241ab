"""What programs ask about demands and projects, and what they are told."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate, validates_schema

from marketplace.api import PageSchema
from marketplace.demand.schemas import MOST_ITEMS, CriterionSchema, DemandIn, SliceIn
from marketplace.demand.terms import summary
from marketplace.fields import Text


class BuyerOut(Schema):
    """Who buys."""

    name = fields.String()
    uscc = fields.String()
    payer_type = fields.String()


class TermsOut(Schema):
    """Payment terms with the statutory defaults filled in; articles are keys such as CN-802/9-1."""

    in_scope = fields.Boolean(metadata={"description": "Whether Decree 802 applies to this buyer."})
    days = fields.Integer(allow_none=True)
    agreed = fields.Boolean()
    over_60_reason = fields.String(allow_none=True)
    start_basis = fields.String()
    acceptance_period_days = fields.Integer(allow_none=True)
    settlement_period_days = fields.Integer(allow_none=True)
    rate_value = fields.String(allow_none=True)
    rate_unit = fields.String(allow_none=True)
    allocation = fields.String()
    term_article = fields.String(allow_none=True)
    start_article = fields.String(allow_none=True)
    interest_article = fields.String(allow_none=True)


class CriterionOut(CriterionSchema):
    """A criterion as stored; scores name it by its `id`."""

    id = fields.Integer()


class DemandOut(Schema):
    """A demand as stored."""

    id = fields.Integer()
    code = fields.String()
    external_ref = fields.String(allow_none=True)
    status = fields.String()
    buyer = fields.Nested(BuyerOut)
    title = fields.String()
    scene = fields.String()
    data_offered = fields.String()
    description = fields.String()
    industry = fields.String()
    region = fields.String()
    budget_fen = fields.Integer()
    duration_days = fields.Integer()
    work_days = fields.Integer(allow_none=True)
    required_skills = fields.List(fields.String())
    required_certifications = fields.List(fields.String())
    deliverables = fields.List(fields.String())
    acceptance_criteria = fields.List(fields.String())
    set_aside = fields.Boolean()
    data_provided = fields.Boolean()
    remote_ok = fields.Boolean()
    response_hours = fields.Integer(allow_none=True)
    minimum_batch = fields.Integer(allow_none=True)
    minimum_batch_unit = fields.String(allow_none=True)
    copied_from = fields.String(allow_none=True)
    criteria = fields.List(fields.Nested(CriterionOut))
    terms = fields.Function(lambda row: TermsOut().dump(summary(row, row.buyer)))
    published_at = fields.DateTime(allow_none=True)
    bid_deadline = fields.DateTime(allow_none=True)
    opened_at = fields.DateTime(allow_none=True)
    closed_reason = fields.String(allow_none=True)


class DemandPage(Schema):
    """A page of demands; `next` is the `after` of the next one."""

    items = fields.List(fields.Nested(DemandOut))
    next = fields.Integer(allow_none=True)


class ListQuery(PageSchema):
    """Search and filters of the list; `mine` lists the caller's own demands in every state instead."""

    q = Text(100, load_default="")
    industry = Text(100, load_default="")
    region = Text(100, load_default="")
    set_aside = fields.Boolean(load_default=None, allow_none=True)
    remote = fields.Boolean(load_default=None, allow_none=True)
    micro = fields.Boolean(load_default=False)
    closed = fields.Boolean(load_default=False)
    mine = fields.Boolean(load_default=False)


class DemandPatch(DemandIn):
    """Any of the fields of a demand; the others stay as they are."""

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data

    @validates_schema
    def _rate_has_unit(self, data: dict[str, Any], **_: Any) -> None:
        """Looked at when the change has been laid over what is stored."""

    @validates_schema
    def _batch_has_unit(self, data: dict[str, Any], **_: Any) -> None:
        """As the rate and its unit."""


class AddendumChanges(DemandPatch):
    """The new values of the fields an addendum changes."""


class CancelIn(Schema):
    """Why a demand is taken back."""

    reason = Text(2000, required=True)


class ImportOut(Schema):
    """Codes of the demands an import made, changed and found unchanged."""

    created = fields.List(fields.String())
    updated = fields.List(fields.String())
    unchanged = fields.List(fields.String())


class SliceOut(Schema):
    """One slice as stored."""

    position = fields.Integer()
    title = fields.String()
    need = fields.String()
    budget_fen = fields.Integer()
    duration_days = fields.Integer()
    required_skills = fields.List(fields.String())
    deliverables = fields.List(fields.String())
    acceptance_criteria = fields.List(fields.String())
    interface = fields.String()
    depends_on = fields.List(fields.Integer())
    demand = fields.Function(lambda row: row.demand.code if row.demand is not None else None)


class ProjectOut(Schema):
    """A project with its slices."""

    id = fields.Integer()
    status = fields.String()
    title = fields.String()
    description = fields.String()
    data_offered = fields.String()
    industry = fields.String()
    region = fields.String()
    budget_fen = fields.Integer()
    reserve_fen = fields.Integer()
    slices = fields.List(fields.Nested(SliceOut))


class ProjectPage(Schema):
    """The caller's projects."""

    items = fields.List(fields.Nested(ProjectOut))


class SetAsideLineOut(Schema):
    """A quarter of the set-aside ledger; amounts in fen, shares and targets in percent."""

    quarter = fields.String()
    published = fields.Integer()
    published_fen = fields.Integer()
    reserved = fields.Integer()
    reserved_fen = fields.Integer()
    reserved_share = fields.Integer(allow_none=True)
    target_reserved = fields.Integer()
    missing_fen = fields.Integer()
    released = fields.Integer()
    released_fen = fields.Integer()
    awarded = fields.Integer()
    awarded_fen = fields.Integer()
    awarded_small_fen = fields.Integer()
    small_share = fields.Integer(allow_none=True)
    target_small = fields.Integer()


class BuyerLedgerOut(Schema):
    """The set-aside ledger of one buyer, the newest quarter first."""

    buyer = fields.Nested(BuyerOut)
    lines = fields.List(fields.Nested(SetAsideLineOut))


class SetAsideOut(Schema):
    """Ledgers by buyer."""

    items = fields.List(fields.Nested(BuyerLedgerOut))


class NoteOut(Schema):
    """Something a reading guessed or left open."""

    code = fields.String()
    facts = fields.Dict()


class ProposedSliceOut(Schema):
    """A proposed slice; what the document did not say is a draft."""

    title = fields.String()
    need = fields.String()
    budget_fen = fields.Integer()
    duration_days = fields.Integer()
    deliverables = fields.List(fields.String())
    acceptance_criteria = fields.List(fields.String())
    interface = fields.String()
    depends_on = fields.List(fields.Integer())


class ProposalOut(Schema):
    """A first cut; difference_fen is what slices and reserve are over (positive) or under the budget."""

    title = fields.String()
    description = fields.String()
    budget_fen = fields.Integer()
    reserve_fen = fields.Integer()
    difference_fen = fields.Integer()
    slices = fields.List(fields.Nested(ProposedSliceOut))
    notes = fields.List(fields.Nested(NoteOut))


class SlicesIn(Schema):
    """All slices of a project, in order."""

    slices = fields.List(fields.Nested(SliceIn), required=True,
                         validate=validate.Length(1, MOST_ITEMS, error="field.too_many"))
