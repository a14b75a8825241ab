"""The reason for buying in parts what together reaches a tender threshold, and the operator's list of them."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import guard, queries
from marketplace.demand.web.pages import Page, pages
from marketplace.i18n import t


@pages.post("/projects/<int:project_id>/splitting")
@security.require(Role.BUYER)
def explain_project(project_id: int) -> Response:
    """Record why a project is bought in parts."""
    with transaction() as session:
        found = queries.project_for(session, project_id, actor=security.actor())
        guard.explain(session, found, reason=request.form.get("splitting_reason", ""), actor=security.actor(),
                      now=clock.utc_now())
    flash(t("splitting.flash"), "success")
    return redirect(url_for("demand.project", project_id=project_id), 303)


@pages.post("/demands/<code>/splitting")
@security.require(Role.BUYER)
def explain_demand(code: str) -> Response:
    """Record why a demand near to others of the last twelve months is bought apart."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        guard.explain(session, guard.subject_of(demand), reason=request.form.get("splitting_reason", ""),
                      actor=security.actor(), now=clock.utc_now())
    flash(t("splitting.flash"), "success")
    return redirect(url_for("demand.publish", code=code), 303)


@pages.get("/operator/splitting")
@security.require(Role.OPERATOR)
def splitting_flags() -> Page:
    """Every flag with its facts and the buyer's reason."""
    with reading() as session:
        return render_template("demand/splitting.html", flags=guard.flags(session))
