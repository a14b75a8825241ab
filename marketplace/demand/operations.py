"""What a buyer does with a demand until it is handed in for review, and taking it back."""
from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import Organisation, User
from marketplace.clock import legal_day
from marketplace.db import find, get, lock
from marketplace.demand import completeness, linting, queries, records, terms
from marketplace.demand.drafts import CriterionDraft, DemandDraft, ProjectDraft, SliceDraft, TermsDraft
from marketplace.demand.models import Demand
from marketplace.demand.projects import create_project, cut_project, edit_project, post_slices
from marketplace.demand.publication_models import DemandReview
from marketplace.rules import dates, lifecycle
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.review import REVIEW, ReviewStatus

USUAL_BIDDING_DAYS = 5


def create(session: Session, draft: DemandDraft, *, actor: User, now: dt.datetime) -> Demand:
    """Store a new demand of the actor's organisation as a draft nobody else sees.

    Raises Problems (unlawful terms, weights), WrongState when the external_ref is taken.
    """
    buyer = actor.organisation
    _refuse(records.problems(draft, buyer, now=now))
    if draft.external_ref and draft.external_ref in queries.of_refs(session, buyer.id, [draft.external_ref]):
        raise Problems([Problem("external_ref", "demand.ref_taken", {"ref": draft.external_ref})])
    demand = records.add(session, buyer, draft, now=now)
    audit.record(session, "demand:create", demand, actor=actor, at=now, title=demand.title,
                 budget_fen=demand.budget_fen)
    return demand


def edit(session: Session, demand: Demand, draft: DemandDraft, *, actor: User, now: dt.datetime) -> Demand:
    """Replace what a draft says. Raises Problems, and WrongState once it has been published."""
    demand = lock(session, Demand, demand.id)
    _must_be_planning(demand, "edit")
    _refuse(records.problems(draft, demand.buyer, now=now))
    differs = records.changed(demand, draft)
    records.write(demand, draft, now=now)
    audit.record(session, "demand:edit", demand, actor=actor, at=now, changed=list(differs),
                 budget_fen=demand.budget_fen)
    return demand


def _must_be_planning(demand: Demand, action: str) -> None:
    """Publication fixes a demand: founders bid on what they read."""
    if demand.status != DemandStatus.PLANNING:
        raise WrongState("demand.wrong_state", status=DemandStatus(demand.status), action=action,
                         allowed=list(lifecycle.allowed(lifecycle.DEMAND, demand.status)))


def _refuse(problems: object) -> None:
    if found := list(problems):  # type: ignore[call-overload]
        raise Problems(found)


def publication_problems(demand: Demand, *, now: dt.datetime) -> list[Problem]:
    """What still stands between a draft and the list; empty when it can be published."""
    found = list(records.problems(records.draft_of(demand), demand.buyer, now=now))
    found += linting.problems(demand)
    return [*found, *completeness.problems(demand)]


def cancel(session: Session, demand: Demand, *, reason: str, actor: User, now: dt.datetime) -> Demand:
    """Take a demand back before an award, with a reason that stays on its page. Raises Problems, WrongState."""
    demand = lock(session, Demand, demand.id)
    status = lifecycle.advance(lifecycle.DEMAND, demand.status, "cancel")
    if not reason.strip():
        raise Problems([Problem("reason", "demand.cancel_reason_missing")])
    before = demand.status
    if (review := find(session, DemandReview, demand_id=demand.id, status=ReviewStatus.WAITING)) is not None:
        withdrawn = lifecycle.advance(REVIEW, review.status, "withdraw")
        review.decided_at, review.decided_by_id, review.status = now, actor.id, withdrawn
    demand.status, demand.closed_reason, demand.updated_at = status, reason.strip(), now
    audit.record(session, "demand:cancel", demand, actor=actor, at=now, status_before=before, reason=reason.strip())
    return demand


@dataclass
class ImportOutcome:
    """What an import did, by the buyer's own numbers: nothing was changed where a row said what is stored already."""

    created: list[Demand] = field(default_factory=list)
    updated: list[Demand] = field(default_factory=list)
    unchanged: list[Demand] = field(default_factory=list)


def import_demands(session: Session, drafts: Sequence[DemandDraft], *, actor: User | str, now: dt.datetime,
                   buyer: Organisation | None = None) -> ImportOutcome:
    """Store a list of drafts, all or none. `buyer` is the actor's organisation unless named.

    A row whose external_ref the buyer has used before is the same demand: unchanged rows are left alone, a demand
    still in planning is replaced, and one already published that differs is a problem. Raises Problems.
    """
    if buyer is None:
        if isinstance(actor, str):
            raise ValueError("an import by a program needs its buyer")
        buyer = get(session, Organisation, actor.organisation_id)
    known = queries.of_refs(session, buyer.id, [draft.external_ref for draft in drafts if draft.external_ref])
    _refuse(_import_problems(drafts, known, buyer, now))
    new = [draft for draft in drafts if (draft.external_ref or "") not in known]
    outcome = ImportOutcome(created=records.add_all(session, buyer, new, now=now))
    for draft in drafts:
        stored = known.get(draft.external_ref or "")
        if stored is None:
            continue
        if stored.status == DemandStatus.PLANNING and records.changed(stored, draft):
            draft = dataclasses.replace(draft, criteria=records.draft_of(stored).criteria)
            records.write(stored, draft, now=now)
            outcome.updated.append(stored)
        else:
            outcome.unchanged.append(stored)
    for verb, demands in (("create", outcome.created), ("edit", outcome.updated)):
        for demand in demands:
            audit.record(session, f"demand:{verb}", demand, actor=actor, at=now, title=demand.title,
                         budget_fen=demand.budget_fen, imported_as=demand.external_ref)
    return outcome


def _import_problems(drafts: Sequence[DemandDraft], known: dict[str, Demand], buyer: Organisation,
                     now: dt.datetime) -> list[Problem]:
    found: list[Problem] = []
    seen_terms: set[TermsDraft] = set()
    for draft in drafts:
        stored = known.get(draft.external_ref or "")
        if stored is not None and stored.status != DemandStatus.PLANNING and (
                differs := records.changed(stored, draft, with_terms=False)):
            in_review = stored.status == DemandStatus.REVIEW
            found.append(Problem("external_ref", "demand.ref_in_review" if in_review else "demand.ref_published", {
                "ref": draft.external_ref, "code": stored.code, "fields": list(differs)}, draft.row))
        found += records.criteria_problems(draft.criteria, row=draft.row)
        if draft.terms not in seen_terms:  # one set of terms for a whole file is refused once, not on each row
            seen_terms.add(draft.terms)
            found += terms.refusals(draft, buyer, today=legal_day(now), row=draft.row)
    return found


def short_deadline(bid_deadline: dt.datetime, *, now: dt.datetime) -> bool:
    """Whether founders get fewer than five working days to write a bid; a warning, no rule of law."""
    enough = dates.add_working_days(legal_day(now), USUAL_BIDDING_DAYS, reference.calendar()).day
    return legal_day(bid_deadline) < enough


__all__ = ["CriterionDraft", "DemandDraft", "ImportOutcome", "ProjectDraft", "SliceDraft", "TermsDraft", "cancel",
           "create", "create_project", "cut_project", "edit", "edit_project", "import_demands", "post_slices",
           "publication_problems", "short_deadline"]
