"""What forms and programs may say about a demand, and what they are told. Pages speak yuan, the API integer fen."""
from __future__ import annotations

import re
import unicodedata
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from marketplace.api import PageSchema
from marketplace.demand.drafts import CriterionDraft, DemandDraft, ProjectDraft, SliceDraft, TermsDraft
from marketplace.demand.terms import summary
from marketplace.fields import BeijingMoment, Between, Text, Yuan
from marketplace.rules.evaluation import CriterionKind
from marketplace.rules.money import MAX_FEN
from marketplace.rules.payment_facts import Allocation, RateUnit, StartBasis

LONGEST_DAYS = 3650
MOST_ITEMS = 50
LISTS = ("required_skills", "required_certifications", "deliverables", "acceptance_criteria")
_RATE = re.compile(r"\d{1,3}(\.\d{1,6})?")


def one_of(choices: type[Any]) -> validate.OneOf:
    """One of an Enum's values."""
    return validate.OneOf([str(member.value) for member in choices], error="field.not_a_choice")


def items(most: int = 200, **options: Any) -> fields.List:
    """A list of short texts; blank ones and repetitions are dropped when the draft is made."""
    return fields.List(Text(most), validate=validate.Length(max=MOST_ITEMS, error="field.too_many"), **options)


def fen(**options: Any) -> fields.Integer:
    """A positive whole number of fen."""
    return fields.Integer(strict=True, validate=Between(1, MAX_FEN), **options)


def days(least: int = 1, most: int = LONGEST_DAYS, **options: Any) -> fields.Integer:
    """A number of calendar days."""
    return fields.Integer(validate=Between(least, most), **options)


class Rate(fields.String):
    """A late-interest rate in percent as decimal text: "3.85", "3.85%", full-width digits too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFKC", str(value)).strip().removesuffix("%").strip()
        if not _RATE.fullmatch(text) or not float(text):
            raise ValidationError("terms.rate_not_a_number")
        return text


class TermsSchema(Schema):
    """Payment terms. term_days missing: the statutory default; no rate: the statutory 0.05 % a day."""

    start_basis = fields.String(validate=one_of(StartBasis), load_default=StartBasis.ACCEPTANCE.value)
    term_days = days(0, allow_none=True, load_default=None)
    acceptance_period_days = days(1, 365, allow_none=True, load_default=None)
    over_60_reason = Text(2000, allow_none=True, load_default=None)
    pay_when_paid_clause = fields.Boolean(load_default=False)
    late_rate_value = Rate(allow_none=True, load_default=None)
    late_rate_unit = fields.String(validate=one_of(RateUnit), allow_none=True, load_default=None)
    allocation = fields.String(validate=one_of(Allocation), load_default=Allocation.PRINCIPAL_FIRST.value)

    @validates_schema
    def _rate_has_unit(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("late_rate_value") and not data.get("late_rate_unit"):
            raise ValidationError("terms.rate_unit_missing", "late_rate_unit")

    def draft_values(self, data: dict[str, Any]) -> dict[str, Any]:
        """Loaded values as a draft takes them: a unit without a rate says nothing, lists become tuples."""
        if not data.get("late_rate_value"):
            data["late_rate_value"] = data["late_rate_unit"] = None
        data["over_60_reason"] = data["over_60_reason"] or None
        return tupled(data)


def tupled(data: dict[str, Any]) -> dict[str, Any]:
    """Lists as tuples, each entry once, in the order given, blanks dropped."""
    return {name: tuple(dict.fromkeys(text for text in value if text)) if name in LISTS else value
            for name, value in data.items()}


class OnlyTerms(TermsSchema):
    """The terms asked for once, for a whole file."""

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> TermsDraft:
        return TermsDraft(**self.draft_values(data))


class CriterionSchema(Schema):
    """One evaluation criterion; weights are percent and add up to 100."""

    name = Text(required=True)
    kind = fields.String(required=True, validate=one_of(CriterionKind))
    weight = fields.Integer(required=True, validate=Between(1, 100))


class DemandContent(TermsSchema):
    """What a demand says, without its budget, which pages and programs write differently."""

    title = Text(required=True)
    description = Text(20000, required=True)
    scene = Text(20000, load_default="")
    data_offered = Text(20000, load_default="")
    industry = Text(load_default="")
    region = Text(load_default="")
    duration_days = days(required=True)
    required_skills = items(load_default=list)
    required_certifications = items(load_default=list)
    deliverables = items(500, load_default=list)
    acceptance_criteria = items(1000, load_default=list)
    set_aside = fields.Boolean(load_default=False)
    data_provided = fields.Boolean(load_default=False)
    remote_ok = fields.Boolean(load_default=True)
    external_ref = Text(load_default=None, allow_none=True)
    criteria = fields.List(fields.Nested(CriterionSchema), required=True,
                           validate=validate.Length(1, 20, error="criteria.count"))

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> DemandDraft:
        values = self.draft_values(data)
        values["external_ref"] = values["external_ref"] or None
        values["criteria"] = tuple(CriterionDraft(**criterion) for criterion in values["criteria"])
        return DemandDraft(**values)


class RowSchema(Schema):
    """One record of a list, as shared lists name the fields; unknown ones are ignored."""

    external_ref = Text(data_key="id", load_default=None)
    title = Text(required=True)
    description = Text(20000, required=True)
    scene = Text(20000, load_default="")
    data_offered = Text(20000, load_default="")
    industry = Text(load_default="")
    region = Text(load_default="")
    budget_fen = fen(required=True)
    duration_days = days(required=True, strict=True, data_key="deadline_days")
    required_skills = items(load_default=list)
    required_certifications = items(load_default=list)
    deliverables = items(500, load_default=list)
    acceptance_criteria = items(1000, load_default=list)
    set_aside = fields.Boolean(load_default=False)
    data_provided = fields.Boolean(load_default=False)
    remote_ok = fields.Boolean(load_default=True)


class DemandForm(DemandContent):
    """A demand as a page sends it."""

    budget_fen = Yuan(required=True, data_key="budget")
    remote_ok = fields.Boolean(load_default=False)  # a box left unticked is not sent


class DemandIn(DemandContent):
    """A demand as a program sends it."""

    budget_fen = fen(required=True)


class SliceContent(Schema):
    """One slice, without its budget. depends_on: numbers (from 1) of slices that must be finished first."""

    title = Text(required=True)
    need = Text(20000, load_default="")
    duration_days = days(required=True)
    required_skills = items(load_default=list)
    deliverables = items(500, load_default=list)
    acceptance_criteria = items(1000, load_default=list)
    depends_on = fields.List(fields.Integer(validate=Between(1, MOST_ITEMS)), load_default=list,
                             validate=validate.Length(max=MOST_ITEMS, error="field.too_many"))

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> SliceDraft:
        return SliceDraft(**tupled(data) | {"depends_on": tuple(sorted(set(data["depends_on"])))})


class SliceForm(SliceContent):
    """A slice as a page sends it."""

    budget_fen = Yuan(required=True, data_key="budget")


class SliceIn(SliceContent):
    """A slice as a program sends it."""

    budget_fen = fen(required=True)


class SlicesForm(Schema):
    """All slices of a project."""

    slices = fields.List(fields.Nested(SliceForm), load_default=list,
                         validate=validate.Length(max=MOST_ITEMS, error="field.too_many"))


class ProjectContent(TermsSchema):
    """A project without its amounts."""

    title = Text(required=True)
    description = Text(20000, load_default="")
    industry = Text(load_default="")
    region = Text(load_default="")

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> ProjectDraft:
        return ProjectDraft(**self.draft_values(data))


class ProjectForm(ProjectContent):
    """A project as a page sends it."""

    budget_fen = Yuan(required=True, data_key="budget")
    reserve_fen = Yuan(load_default=0, allow_zero=True, data_key="reserve")


class ProjectIn(ProjectContent):
    """A project as a program sends it; reserve_fen is kept out of the slices."""

    budget_fen = fen(required=True)
    reserve_fen = fields.Integer(strict=True, validate=Between(0, MAX_FEN), load_default=0)


class PublishForm(Schema):
    """When bidding ends (Beijing time on pages), and the passphrase of a first opening key."""

    bid_deadline = BeijingMoment(required=True)
    short_deadline_confirmed = fields.Boolean(load_default=False)
    passphrase = fields.String(load_default="")
    passphrase_again = fields.String(load_default="")


# What programs are told -------------------------------------------------------------------------


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
    rate_value = fields.String(allow_none=True)
    rate_unit = fields.String(allow_none=True)
    allocation = fields.String()
    term_article = fields.String(allow_none=True)
    start_article = fields.String(allow_none=True)
    interest_article = fields.String(allow_none=True)


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
    required_skills = fields.List(fields.String())
    required_certifications = fields.List(fields.String())
    deliverables = fields.List(fields.String())
    acceptance_criteria = fields.List(fields.String())
    set_aside = fields.Boolean()
    data_provided = fields.Boolean()
    remote_ok = fields.Boolean()
    criteria = fields.List(fields.Nested(CriterionSchema))
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


class PublishIn(Schema):
    """When bidding ends; the passphrase only for a buyer's first publication."""

    bid_deadline = BeijingMoment(required=True, metadata={"type": "string", "format": "date-time"})
    passphrase = fields.String(load_default="")


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
    depends_on = fields.List(fields.Integer())
    demand = fields.Function(lambda row: row.demand.code if row.demand is not None else None)


class ProjectOut(Schema):
    """A project with its slices."""

    id = fields.Integer()
    status = fields.String()
    title = fields.String()
    description = fields.String()
    industry = fields.String()
    region = fields.String()
    budget_fen = fields.Integer()
    reserve_fen = fields.Integer()
    slices = fields.List(fields.Nested(SliceOut))


class ProjectPage(Schema):
    """The caller's projects."""

    items = fields.List(fields.Nested(ProjectOut))


class SlicesIn(Schema):
    """All slices of a project, in order."""

    slices = fields.List(fields.Nested(SliceIn), required=True,
                         validate=validate.Length(1, MOST_ITEMS, error="field.too_many"))
