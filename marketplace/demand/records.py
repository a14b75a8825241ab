"""Drafts into rows: the writing that creating, importing and posting slices share."""
from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.clock import legal_day
from marketplace.demand import terms
from marketplace.demand.drafts import CONTENT_FIELDS, CriterionDraft, DemandDraft, TermsDraft
from marketplace.demand.models import TERM_FIELDS, Criterion, Demand
from marketplace.rules import evaluation
from marketplace.rules.errors import Problem, WrongState

_LISTS = ("required_skills", "required_certifications", "deliverables", "acceptance_criteria")


def problems(draft: DemandDraft, buyer: Organisation, *, now: dt.datetime) -> Iterator[Problem]:
    """Everything that keeps a draft from being stored: unlawful terms and weights that do not add up."""
    yield from terms.refusals(draft, buyer, today=legal_day(now), row=draft.row)
    yield from criteria_problems(draft.criteria, row=draft.row)


def criteria_problems(criteria: tuple[CriterionDraft, ...], *, row: int | None = None) -> Iterator[Problem]:
    """Criteria held against rules/evaluation; fields are named as forms name them ("criteria.0.weight")."""
    found = evaluation.check_criteria([
        evaluation.Criterion(place, c.name, evaluation.CriterionKind(c.kind), c.weight, c.minimum_points)
        for place, c in enumerate(criteria)])
    for problem in found:
        field = problem.field if problem.row is None else f"criteria.{problem.row - 1}.{problem.field}"
        yield Problem(field, problem.code, problem.facts, row)


def add(session: Session, buyer: Organisation, draft: DemandDraft, *, now: dt.datetime,
        slice_id: int | None = None) -> Demand:
    """Store a draft as a demand in planning and give it its public code. Raises as add_all does."""
    return add_all(session, buyer, [draft], now=now, slice_ids=[slice_id])[0]


def add_all(session: Session, buyer: Organisation, drafts: Sequence[DemandDraft], *, now: dt.datetime,
            slice_ids: Sequence[int | None] | None = None) -> list[Demand]:
    """Store drafts as demands in planning and give them their public codes, in few statements.

    Raises WrongState("demand.ref_taken_just_now") when one of the buyer's numbers was taken a moment ago.
    """
    made = []
    for draft, slice_id in zip(drafts, slice_ids or [None] * len(drafts), strict=True):
        demand = Demand(code=secrets.token_hex(16), buyer_id=buyer.id, buyer=buyer, slice_id=slice_id,
                        external_ref=draft.external_ref, created_at=now, updated_at=now)
        write(demand, draft, now=now)
        made.append(demand)
    try:
        with session.begin_nested():
            session.add_all(made)
    except IntegrityError as error:
        refs = [draft.external_ref for draft in drafts if draft.external_ref] or [draft.title for draft in drafts]
        raise WrongState("demand.ref_taken_just_now", ref=refs[:5]) from error
    for demand in made:  # the public code carries the id, so it follows the first writing
        demand.code = f"JB-{legal_day(now).year}-{demand.id:06d}"
    session.flush()
    return made


def write(demand: Demand, draft: DemandDraft, *, now: dt.datetime) -> None:
    """Put a draft's values on a row."""
    for name in CONTENT_FIELDS:
        value = getattr(draft, name)
        setattr(demand, name, list(value) if name in _LISTS else value)
    write_terms(demand, draft)
    if criteria_of(demand) != draft.criteria:
        _write_criteria(demand, draft.criteria)
    demand.updated_at = now


def write_terms(row: Any, draft: TermsDraft) -> None:
    """Put payment terms on a row."""
    for name in TERM_FIELDS:
        setattr(row, name, getattr(draft, name))


def _write_criteria(demand: Demand, criteria: tuple[CriterionDraft, ...]) -> None:
    """Change rows in place: their positions are unique, so new rows cannot stand beside old ones."""
    kept = demand.criteria[:len(criteria)]
    del demand.criteria[len(criteria):]
    for row, criterion in zip(kept, criteria, strict=False):
        for name, value in vars(criterion).items():
            setattr(row, name, value)
    for position, criterion in enumerate(criteria[len(kept):], start=len(kept) + 1):
        demand.criteria.append(Criterion(position=position, **vars(criterion)))


def draft_of(demand: Demand) -> DemandDraft:
    """A row as the draft that would write it."""
    values = {name: getattr(demand, name) for name in (*CONTENT_FIELDS, *TERM_FIELDS, "external_ref")}
    values |= {name: tuple(values[name]) for name in _LISTS}
    return DemandDraft(**values, criteria=criteria_of(demand))


def criteria_of(demand: Demand) -> tuple[CriterionDraft, ...]:
    """A demand's criteria as the drafts that would write them."""
    return tuple(CriterionDraft(c.name, c.kind, c.weight, c.minimum_points) for c in demand.criteria)


def version_of(demand: Demand) -> str:
    """A digest that changes whenever anything an edit could touch has changed."""
    said = repr((str(demand.status), demand.updated_at.isoformat(), draft_of(demand)))
    return hashlib.sha256(said.encode()).hexdigest()


def changed(demand: Demand, draft: DemandDraft, *, with_terms: bool = True) -> tuple[str, ...]:
    """The fields in which a draft differs from a row; criteria count only where the draft brings its own."""
    stored = draft_of(demand)
    names = (*CONTENT_FIELDS, *TERM_FIELDS) if with_terms else CONTENT_FIELDS
    return tuple(name for name in names if getattr(stored, name) != getattr(draft, name))
