"""/api/v1/projects: a project, its slices, and posting them as demand drafts."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading, transaction
from marketplace.demand import operations, queries
from marketplace.demand.api.blueprint import blp
from marketplace.demand.api.schemas import DemandPage, ProjectOut, ProjectPage, SlicesIn
from marketplace.demand.drafts import ProjectDraft
from marketplace.demand.schemas import ProjectIn
from marketplace.openapi import repeatable


@blp.route("/projects")
@blp.response(200, ProjectPage)
@security.require(Role.BUYER)
def list_projects() -> Response:
    """The caller's projects, newest first."""
    with reading() as session:
        found = queries.projects_of(session, security.actor().organisation_id)
        return jsonify(ProjectPage().dump({"items": found}))


@blp.route("/projects", methods=["POST"])
@blp.arguments(ProjectIn)
@blp.response(201, ProjectOut)
@repeatable
@security.require(Role.BUYER)
def create_project(draft: ProjectDraft) -> Any:
    """Store a project that is not cut yet."""
    return create_once(ProjectOut(), lambda session: operations.create_project(
        session, draft, actor=security.actor(), now=clock.utc_now()))


@blp.route("/projects/<int:project_id>")
@blp.response(200, ProjectOut)
@security.require(Role.BUYER)
def read_project(project_id: int) -> Any:
    """A project with its slices."""
    with reading() as session:
        return jsonify(ProjectOut().dump(queries.project_for(session, project_id, actor=security.actor())))


@blp.route("/projects/<int:project_id>/slices", methods=["PUT"])
@blp.arguments(SlicesIn)
@blp.response(200, ProjectOut)
@security.require(Role.BUYER)
def cut_project(values: dict[str, Any], project_id: int) -> Any:
    """Replace the slices. Budgets and reserve must add up to the project's budget, dependencies form no circle."""
    with transaction() as session:
        project = queries.project_for(session, project_id, actor=security.actor())
        operations.cut_project(session, project, values["slices"], actor=security.actor(), now=clock.utc_now())
        return jsonify(ProjectOut().dump(project))


@blp.route("/projects/<int:project_id>/post", methods=["POST"])
@blp.response(201, DemandPage)
@repeatable
@security.require(Role.BUYER)
def post_slices(project_id: int) -> Any:
    """Make a demand draft of every slice."""
    return create_once(DemandPage(), lambda session: {"next": None, "items": operations.post_slices(
        session, queries.project_for(session, project_id, actor=security.actor()), actor=security.actor(),
        now=clock.utc_now())})
