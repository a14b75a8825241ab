"""What forms and programs may say about a demand, and what they are told. Pages speak yuan, the API integer fen."""
from __future__ import annotations

import re
import unicodedata
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from marketplace.demand.drafts import CriterionDraft, DemandDraft, ProjectDraft, SliceDraft, TermsDraft
from marketplace.fields import BeijingMoment, Between, Text, Yuan
from marketplace.rules.evaluation import CriterionKind
from marketplace.rules.micro_orders import LARGEST_BATCH, LONGEST_RESPONSE_HOURS
from marketplace.rules.money import MAX_FEN
from marketplace.rules.payment_facts import Allocation, RateUnit, StartBasis
from marketplace.rules.proposal import MOST_CHARACTERS
from marketplace.rules.statutes import LARGE_REVIEW_TERM

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
    settlement_period_days = days(1, 365, allow_none=True, load_default=None)
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
        """Loaded values as a draft takes them: lists as tuples, and nothing that says nothing (a unit without its
        rate, a reason for a long term where the term is not long, a period for settlements where there are none)."""
        if not data.get("late_rate_value"):
            data["late_rate_value"] = data["late_rate_unit"] = None
        if (data["term_days"] or 0) <= LARGE_REVIEW_TERM[-1].value:
            data["over_60_reason"] = None
        data["over_60_reason"] = data["over_60_reason"] or None
        if data["start_basis"] != StartBasis.SETTLEMENT:
            data["settlement_period_days"] = None
        return tupled(data)


def tupled(data: dict[str, Any]) -> dict[str, Any]:
    """Lists as tuples, each entry once, in the order given, blanks dropped; a blank unit is none."""
    found = {name: tuple(dict.fromkeys(text for text in value if text)) if name in LISTS else value
             for name, value in data.items()}
    if "minimum_batch_unit" in found:
        found["minimum_batch_unit"] = found["minimum_batch_unit"] or None
    return found


class OnlyTerms(TermsSchema):
    """The terms asked for once, for a whole file."""

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> TermsDraft:
        return TermsDraft(**self.draft_values(data))


class ForRowsWithout(Schema):
    """What every row of a file says that says nothing itself of its scene, its data or its acceptance."""

    scene = Text(20000, load_default="")
    data_offered = Text(20000, load_default="")
    acceptance_criteria = items(1000, load_default=list)

    @post_load
    def _tuples(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return tupled(data)


class SmallOrder(Schema):
    """Small orders (微单): within how many hours each is answered, and the smallest batch with its unit."""

    response_hours = fields.Integer(validate=Between(1, LONGEST_RESPONSE_HOURS), allow_none=True, load_default=None)
    minimum_batch = fields.Integer(validate=Between(1, LARGEST_BATCH), allow_none=True, load_default=None)
    minimum_batch_unit = Text(20, allow_none=True, load_default=None)

    @validates_schema
    def _batch_has_unit(self, data: dict[str, Any], **_: Any) -> None:
        batch, unit = data.get("minimum_batch"), data.get("minimum_batch_unit")
        if (batch is None) != (not unit):
            raise ValidationError("demand.batch_incomplete", "minimum_batch_unit" if batch else "minimum_batch")


class CriterionSchema(Schema):
    """One evaluation criterion; weights are percent and add up to 100. Below `minimum_points` a bid is not ranked."""

    name = Text(required=True)
    kind = fields.String(required=True, validate=one_of(CriterionKind))
    weight = fields.Integer(required=True, validate=Between(1, 100))
    minimum_points = fields.Integer(load_default=None, allow_none=True, validate=Between(1, 100))


class DemandContent(SmallOrder, TermsSchema):
    """What a demand says, without its budget, which pages and programs write differently."""

    title = Text(required=True)
    description = Text(20000, required=True)
    scene = Text(20000, load_default="")
    data_offered = Text(20000, load_default="")
    industry = Text(load_default="")
    region = Text(load_default="")
    duration_days = days(required=True)
    work_days = days(allow_none=True, load_default=None)
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


class RowSchema(SmallOrder):
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
    work_days = days(strict=True, allow_none=True, load_default=None)
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
    interface = Text(20000, load_default="")
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
    data_offered = Text(20000, load_default="")
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


class ReleaseForm(Schema):
    """The new deadline (Beijing time on pages) of a demand whose reserve is given up, and why."""

    bid_deadline = BeijingMoment(required=True, metadata={"type": "string", "format": "date-time"})
    reason = Text(2000, required=True)


class DocumentIn(Schema):
    """A project document as text, and the budget to cut where the document's own total does not count."""

    document = Text(MOST_CHARACTERS, required=True)
    budget_fen = fen(allow_none=True, load_default=None)
