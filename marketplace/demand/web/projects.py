"""Cutting a project into slices, on a page that works without JavaScript."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import forms, guard, operations, picture, projects, proposals, queries
from marketplace.demand.drafts import PROJECT_FIELDS, ProjectDraft, SliceDraft
from marketplace.demand.models import Project
from marketplace.demand.schemas import ProjectForm, SlicesForm
from marketplace.demand.web.pages import Page, choices, pages
from marketplace.forms import FormState, parse
from marketplace.i18n import sentence, t
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import ProjectStatus


@pages.get("/projects", endpoint="projects")
@security.require(Role.BUYER)
def index() -> Page:
    """The buyer's projects."""
    with reading() as session:
        found = queries.projects_of(session, security.actor().organisation_id)
        return render_template("demand/projects.html", projects=found)


@pages.get("/projects/new")
@security.require(Role.BUYER)
def new_project() -> Page:
    """An empty project with the usual terms."""
    usual = {"start_basis": "acceptance", "acceptance_period_days": "15", "allocation": "principal_first",
             "late_rate_unit": "percent_per_year", "region": security.actor().organisation.region}
    return _project_form(FormState(usual))


def _project_form(form: FormState, project_id: int | None = None) -> str:
    return render_template("demand/project_edit.html", form=form, choices=choices(), project_id=project_id,
                           buyer=security.actor().organisation)


@pages.post("/projects/new")
@security.require(Role.BUYER)
def create_project() -> Page:
    """Store the project and go on to cutting it."""
    try:
        draft = parse(ProjectForm(), forms.typed_values(request.form))
        with transaction() as session:
            made = operations.create_project(session, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        return _refused(violation)
    return redirect(url_for("demand.project", project_id=made.id), 303)


def _refused(violation: RuleViolation, project_id: int | None = None) -> Page:
    form = FormState(request.form)
    form.add(violation)
    return _project_form(form, project_id), violation.status


@pages.get("/projects/<int:project_id>/edit")
@security.require(Role.BUYER)
def edit_project(project_id: int) -> Page:
    """The project's own fields: budget, reserve, terms."""
    with reading() as session:
        found = queries.project_for(session, project_id, actor=security.actor())
        draft = ProjectDraft(**{name: getattr(found, name) for name in PROJECT_FIELDS})
    return _project_form(forms.shown_project(draft), project_id)


@pages.post("/projects/<int:project_id>/edit")
@security.require(Role.BUYER)
def save_project(project_id: int) -> Page:
    """Replace the project's own fields."""
    try:
        with transaction() as session:
            found = queries.project_for(session, project_id, actor=security.actor())
            draft = parse(ProjectForm(), forms.typed_values(request.form))
            operations.edit_project(session, found, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        if violation.status in (404, 409):
            raise
        return _refused(violation, project_id)
    flash(t("demand.flash.project_saved"), "success")
    return redirect(url_for("demand.project", project_id=project_id), 303)


@pages.get("/projects/<int:project_id>")
@security.require(Role.BUYER)
def project(project_id: int) -> Page:
    """The cut: slices to edit while planning, the posted demands afterwards."""
    with reading() as session:
        found = queries.project_for(session, project_id, actor=security.actor())
        slices = projects.slices_of(found)
        form = FormState(forms.spread("slices", map(forms.shown_slice, slices)))
        return _cut_page(session, found, form, len(slices), slices)


def _cut_page(session: Session, found: Project, form: FormState, count: int,
              slices: list[SliceDraft] | None = None) -> str:
    """`slices` None: what was typed cannot be read yet, so nothing is checked or drawn."""
    check = projects.check(found.budget_fen, found.reserve_fen, slices,
                           today=clock.legal_day(clock.utc_now())) if slices else None
    numbered = list(enumerate(slices or [], start=1))
    drawn = picture.draw(
        check.levels, {number: one.depends_on for number, one in numbered},
        {number: one.title for number, one in numbered},
        {piece.position: piece.demand.status for piece in found.slices if piece.demand is not None},
    ) if check and check.levels else None
    return render_template(
        "demand/project.html", project=found, form=form, count=max(count, 1), check=check, picture=drawn,
        slices=slices or [], planning=found.status == ProjectStatus.PLANNING,
        problems=[sentence(problem) for problem in (check.problems if check else ())],
        warnings=[(problem.row, sentence(problem)) for problem in (check.warnings if check else ())],
        split=guard.look(session, found, today=clock.legal_day(clock.utc_now())), flag=guard.flag_of(session, found),
        notes=[sentence(note) for note in proposals.notes_of(session, found)],
        cut_fen=sum(one.budget_fen for one in slices or []) + found.reserve_fen)


@pages.post("/projects/<int:project_id>")
@security.require(Role.BUYER)
def cut(project_id: int) -> Page:
    """Add or remove a row, keep an unfinished cut, or post every slice as a demand draft."""
    action = request.form.get("do", "save")
    changed = forms.changed_rows(request.form, "slices", action)
    if changed is not None:
        return _with_rows(project_id, changed)
    rows = forms.repeated(request.form, "slices")
    try:
        with transaction() as session:
            found = queries.project_for(session, project_id, actor=security.actor())
            slices = parse(SlicesForm(), forms.slice_values(request.form))["slices"]
            posting = action == "post"
            check = operations.cut_project(session, found, slices, actor=security.actor(), now=clock.utc_now(),
                                           complete=posting)
            posted = operations.post_slices(session, found, actor=security.actor(), now=clock.utc_now()) if posting \
                else []
    except RuleViolation as violation:
        if violation.status in (404, 409):
            raise
        form = forms.refuse(forms.state(request.form, "slices", rows), violation)
        with reading() as session:
            found = queries.project_for(session, project_id, actor=security.actor())
            return _cut_page(session, found, form, len(rows)), violation.status
    if posting:
        flash(t("demand.flash.posted", count=len(posted)), "success")
        return redirect(url_for("demand.publish_many"), 303)
    flash(t("demand.flash.cut_saved_unfinished" if check.problems else "demand.flash.cut_saved"),
          "warning" if check.problems else "success")
    return redirect(url_for("demand.project", project_id=project_id), 303)


def _with_rows(project_id: int, rows: list[dict[str, str]]) -> Page:
    with reading() as session:
        found = queries.project_for(session, project_id, actor=security.actor())
        return _cut_page(session, found, forms.state(request.form, "slices", rows), len(rows))
