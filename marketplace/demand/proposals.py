"""A project begun from a pasted document: slices are proposed, stored as a draft and left to the buyer to edit."""
from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from typing import Any

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.demand import projects
from marketplace.demand.drafts import ProjectDraft, SliceDraft
from marketplace.demand.models import Project, ProjectDocument
from marketplace.rules import proposal, slicing
from marketplace.rules.errors import Invalid, Problem, Problems, RuleViolation
from marketplace.rules.proposal import Proposal

USUAL_ACCEPTANCE_DAYS = 15


def read(text: str, *, today: dt.date, budget_fen: int | None = None) -> Proposal:
    """What a document would be cut into; nothing is stored. Raises Problems beside the field `document`."""
    try:
        return proposal.propose(text, budget_fen=budget_fen, day_rate_fen=slicing.day_rate(today))
    except Invalid as refused:
        raise Problems([Problem("document", refused.code, refused.facts)]) from refused


def begin(session: Session, text: str, *, actor: User, now: dt.datetime, title: str = "",
          budget_fen: int | None = None) -> Project:
    """Store a project in planning with the slices its document proposes. Nobody else sees it, nothing is posted.

    Title and budget given override the document's. Raises Problems: what the reading refuses, a missing title.
    """
    found = read(text, today=legal_day(now), budget_fen=budget_fen)
    name = title.strip() or found.title
    if not name:
        raise Problems([Problem("title", "proposal.title_missing")])
    project = projects.create_project(session, ProjectDraft(
        title=name[:200], description=found.description, budget_fen=found.budget_fen, reserve_fen=found.reserve_fen,
        region=actor.organisation.region, acceptance_period_days=USUAL_ACCEPTANCE_DAYS), actor=actor, now=now)
    session.flush()
    _store(session, project, text, found, actor=actor, now=now)
    return project


def read_into(session: Session, project: Project, text: str, *, actor: User, now: dt.datetime) -> Proposal:
    """Replace the slices of a project in planning by those a document proposes for its budget.

    Raises Problems, and WrongState once the project has been posted.
    """
    found = read(text, today=legal_day(now), budget_fen=project.budget_fen)
    _store(session, project, text, found, actor=actor, now=now)
    return found


def _store(session: Session, project: Project, text: str, found: Proposal, *, actor: User, now: dt.datetime) -> None:
    projects.cut_project(session, project, drafts(found), actor=actor, now=now, complete=False)
    document = session.get(ProjectDocument, project.id) or ProjectDocument(project_id=project.id)
    document.text_hash = hashlib.sha256(text.encode()).hexdigest()
    document.characters, document.read_at = len(text), now
    document.notes = [{"code": note.code, "facts": note.facts} for note in found.notes]
    session.add(document)
    audit.record(session, "project:propose", project, actor=actor, at=now, characters=len(text),
                 text_hash=document.text_hash, slices=len(found.slices), difference_fen=found.difference_fen)


def drafts(found: Proposal) -> list[SliceDraft]:
    """The proposed slices as a buyer would have typed them."""
    return [SliceDraft(**{name: getattr(one, name) for name in (
        "title", "need", "budget_fen", "duration_days", "deliverables", "acceptance_criteria", "interface",
        "depends_on")}) for one in found.slices]


def notes_of(session: Session, project: Project) -> list[RuleViolation]:
    """What the reading of the project's document guessed, as sentences know it; empty where none was read."""
    document = session.get(ProjectDocument, project.id)
    return [RuleViolation(note["code"], **note["facts"]) for note in document.notes] if document else []


def as_json(found: Proposal) -> dict[str, Any]:
    """A proposal as plain values, for programs; notes carry code and facts."""
    return {"title": found.title, "description": found.description, "budget_fen": found.budget_fen,
            "reserve_fen": found.reserve_fen, "difference_fen": found.difference_fen,
            "slices": [dataclasses.asdict(one) for one in found.slices],
            "notes": [{"code": note.code, "facts": note.facts} for note in found.notes]}
