"""What a buyer writes, before it is a row: plain values that doors make and operations take."""
from __future__ import annotations

from dataclasses import dataclass, field, fields

from marketplace.demand.models import TERM_FIELDS


@dataclass(frozen=True, kw_only=True)
class TermsDraft:
    """Payment terms as stated. Days are calendar days; `late_rate_value` is a decimal as text.

    `term_days` None means the statutory default; no late rate means the statutory 0.05 % a day.
    """

    start_basis: str = "acceptance"
    term_days: int | None = None
    acceptance_period_days: int | None = None
    settlement_period_days: int | None = None
    over_60_reason: str | None = None
    pay_when_paid_clause: bool = False
    late_rate_value: str | None = None
    late_rate_unit: str | None = None
    allocation: str = "principal_first"

    @property
    def terms(self) -> TermsDraft:
        """The payment terms alone."""
        return TermsDraft(**{name: getattr(self, name) for name in TERM_FIELDS})


@dataclass(frozen=True)
class CriterionDraft:
    """One evaluation criterion: kind is price or quality, `weight` percent, `minimum_points` 1-100 or none."""

    name: str
    kind: str
    weight: int
    minimum_points: int | None = None


# What a list imported without criteria is evaluated by; the buyer may change it until publication.
USUAL_CRITERIA = (
    CriterionDraft("对需求的理解与实施方案", "quality", 40),
    CriterionDraft("同类案例与能力", "quality", 30),
    CriterionDraft("价格", "price", 30),
)


@dataclass(frozen=True, kw_only=True)
class DemandDraft(TermsDraft):
    """Everything a buyer can say about a demand before publication. `row` is where it stood in a file."""

    title: str
    description: str
    budget_fen: int
    duration_days: int
    work_days: int | None = None
    external_ref: str | None = None
    scene: str = ""
    data_offered: str = ""
    industry: str = ""
    region: str = ""
    required_skills: tuple[str, ...] = ()
    required_certifications: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    acceptance_criteria: tuple[str, ...] = ()
    set_aside: bool = False
    data_provided: bool = False
    remote_ok: bool = True
    response_hours: int | None = None
    minimum_batch: int | None = None
    minimum_batch_unit: str | None = None
    criteria: tuple[CriterionDraft, ...] = USUAL_CRITERIA
    row: int | None = field(default=None, compare=False)


CONTENT_FIELDS = tuple(
    f.name for f in fields(DemandDraft) if f.name not in {*TERM_FIELDS, "criteria", "row", "external_ref"})


@dataclass(frozen=True)
class SliceDraft:
    """One lot of a project. `depends_on` lists positions (from 1) of slices that must be done before."""

    title: str
    budget_fen: int
    duration_days: int
    need: str = ""
    required_skills: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    acceptance_criteria: tuple[str, ...] = ()
    depends_on: tuple[int, ...] = ()
    interface: str = ""


@dataclass(frozen=True, kw_only=True)
class ProjectDraft(TermsDraft):
    """A project before it is cut. `reserve_fen` is the part of the budget kept out of the slices."""

    title: str
    budget_fen: int
    description: str = ""
    data_offered: str = ""
    industry: str = ""
    region: str = ""
    reserve_fen: int = 0


PROJECT_FIELDS = tuple(f.name for f in fields(ProjectDraft))
