"""Cutting a large project into one-person slices and posting them as demands."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.demand import guard, records, terms
from marketplace.demand.drafts import PROJECT_FIELDS, DemandDraft, ProjectDraft, SliceDraft
from marketplace.demand.models import Demand, Project, Slice
from marketplace.rules import lifecycle, slicing
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import ProjectStatus


def create_project(session: Session, draft: ProjectDraft, *, actor: User, now: dt.datetime) -> Project:
    """Store a project of the actor's organisation, not yet cut. Raises Problems when its terms cannot stand."""
    _refuse(draft, actor, now)
    project = Project(buyer=actor.organisation, created_at=now)
    for name in PROJECT_FIELDS:
        setattr(project, name, getattr(draft, name))
    session.add(project)
    audit.record(session, "project:create", project, actor=actor, at=now, title=project.title,
                 budget_fen=project.budget_fen)
    return project


def edit_project(session: Session, project: Project, draft: ProjectDraft, *, actor: User,
                 now: dt.datetime) -> Project:
    """Replace what a project says; its slices stay. Raises Problems, and WrongState once it has been posted."""
    project = _locked_planning(session, project, "edit")
    _refuse(draft, actor, now)
    for name in PROJECT_FIELDS:
        setattr(project, name, getattr(draft, name))
    audit.record(session, "project:edit", project, actor=actor, at=now, budget_fen=project.budget_fen,
                 reserve_fen=project.reserve_fen)
    return project


def _refuse(draft: ProjectDraft, actor: User, now: dt.datetime) -> None:
    problems = list(terms.refusals(draft, actor.organisation, today=legal_day(now)))
    if draft.reserve_fen >= draft.budget_fen:
        problems.append(Problem("reserve", "project.reserve_takes_all", {"budget_fen": draft.budget_fen}))
    if problems:
        raise Problems(problems)


def _locked_planning(session: Session, project: Project, action: str) -> Project:
    project = lock(session, Project, project.id)
    if project.status != ProjectStatus.PLANNING:
        raise WrongState("project.wrong_state", status=ProjectStatus(project.status), action=action,
                         allowed=list(lifecycle.allowed(lifecycle.PROJECT, project.status)))
    return project


def check(budget_fen: int, reserve_fen: int, slices: Sequence[SliceDraft], *, today: dt.date) -> slicing.SlicingCheck:
    """A project's slices held against its budget and the size of one person's work, by the figures of `today`.

    Problems name fields as forms do ("slices.0.title"); warnings name the slice by `row`.
    """
    found = slicing.check_slices(budget_fen, [
        slicing.SliceDraft(position, one.title, one.budget_fen, one.duration_days, one.deliverables,
                           one.acceptance_criteria, one.depends_on, one.interface)
        for position, one in enumerate(slices, start=1)], reserve_fen=reserve_fen,
        day_rate_fen=slicing.day_rate(today), most_days=slicing.most_person_days(today), interfaces=True)
    return slicing.SlicingCheck(tuple(map(_placed, found.problems)), found.warnings, found.levels)


def _placed(problem: Problem) -> Problem:
    field = problem.field if problem.row is None else f"slices.{problem.row - 1}.{problem.field}"
    return Problem(field, problem.code, problem.facts)


def cut_project(session: Session, project: Project, slices: Sequence[SliceDraft], *, actor: User, now: dt.datetime,
                complete: bool = True) -> slicing.SlicingCheck:
    """Replace a project's slices; positions follow the order given.

    With `complete` (the default) everything must add up; without it an unfinished cut is kept, and posting still
    refuses it. Returns what the check found. Raises Problems, and WrongState once the project has been posted.
    """
    project = _locked_planning(session, project, "cut")
    found = check(project.budget_fen, project.reserve_fen, slices, today=legal_day(now))
    if complete and found.problems:
        raise Problems(found.problems)
    for piece in list(project.slices):
        session.delete(piece)
    session.flush()  # positions are unique: the old slices go before the new ones come
    project.slices = [
        Slice(position=position, title=one.title, need=one.need, budget_fen=one.budget_fen,
              duration_days=one.duration_days, required_skills=list(one.required_skills),
              deliverables=list(one.deliverables), acceptance_criteria=list(one.acceptance_criteria),
              depends_on=sorted(one.depends_on), interface=one.interface)
        for position, one in enumerate(slices, start=1)]
    audit.record(session, "project:cut", project, actor=actor, at=now, reserve_fen=project.reserve_fen,
                 slices=[[piece.title, piece.budget_fen, piece.depends_on] for piece in project.slices])
    return found


def slices_of(project: Project) -> list[SliceDraft]:
    """The stored slices as drafts, in order."""
    return [SliceDraft(
        title=piece.title, budget_fen=piece.budget_fen, duration_days=piece.duration_days, need=piece.need,
        required_skills=tuple(piece.required_skills), deliverables=tuple(piece.deliverables),
        acceptance_criteria=tuple(piece.acceptance_criteria), depends_on=tuple(piece.depends_on),
        interface=piece.interface)
        for piece in project.slices]


def post_slices(session: Session, project: Project, *, actor: User, now: dt.datetime) -> list[Demand]:
    """Make a demand draft of every slice, with the project's payment terms.

    Raises Problems (also while parts that reach a tender threshold have no reason, see guard), WrongState.
    """
    project = _locked_planning(session, project, "post")
    found = check(project.budget_fen, project.reserve_fen, slices_of(project), today=legal_day(now))
    problems = [*found.problems, *guard.problems(session, project, today=legal_day(now))]
    if problems:
        raise Problems(problems)
    project.status = lifecycle.advance(lifecycle.PROJECT, project.status, "post")
    demands = records.add_all(session, project.buyer, [_draft(project, piece) for piece in project.slices], now=now,
                              slice_ids=[piece.id for piece in project.slices])
    for demand in demands:
        audit.record(session, "demand:create", demand, actor=actor, at=now, title=demand.title,
                     budget_fen=demand.budget_fen, project_id=project.id)
    audit.record(session, "project:post", project, actor=actor, at=now, demands=[demand.code for demand in demands])
    return demands


def _draft(project: Project, piece: Slice) -> DemandDraft:
    terms_kept = {name: getattr(project, name) for name in records.TERM_FIELDS}
    return DemandDraft(
        title=piece.title, description="\n\n".join(filter(None, [piece.need or piece.title, piece.interface])),
        scene=project.description, data_offered=project.data_offered,
        budget_fen=piece.budget_fen, duration_days=piece.duration_days, industry=project.industry,
        region=project.region, required_skills=tuple(piece.required_skills), deliverables=tuple(piece.deliverables),
        acceptance_criteria=tuple(piece.acceptance_criteria), **terms_kept)
