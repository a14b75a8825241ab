"""Beginning a project from a pasted document: the proposal becomes a draft the buyer edits."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.demand import forms, proposals, queries
from marketplace.demand.web.pages import Page, pages
from marketplace.demand.web.schemas import DocumentForm
from marketplace.forms import FormState, parse
from marketplace.i18n import t
from marketplace.rules.errors import RuleViolation
from marketplace.rules.proposal import MOST_CHARACTERS


@pages.get("/projects/propose")
@security.require(Role.BUYER)
def propose() -> Page:
    """Where a project document is pasted."""
    return _paste(FormState())


def _paste(form: FormState) -> str:
    return render_template("demand/propose.html", form=form, most=MOST_CHARACTERS,
                           buyer=security.actor().organisation)


@pages.post("/projects/propose")
@security.require(Role.BUYER)
def begin_from_document() -> Page:
    """Store the proposed cut as a project in planning and go on to editing it; nothing is posted."""
    try:
        values = parse(DocumentForm(), forms.typed_values(request.form))
        with transaction() as session:
            made = proposals.begin(session, values["document"], actor=security.actor(), now=clock.utc_now(),
                                   title=values["title"], budget_fen=values["budget_fen"])
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _paste(form), violation.status
    flash(t("proposal.flash.made", count=len(made.slices)), "success")
    return redirect(url_for("demand.project", project_id=made.id), 303)


@pages.post("/projects/<int:project_id>/document")
@security.require(Role.BUYER)
def read_document(project_id: int) -> Page:
    """Replace the slices of a project in planning by what a pasted document proposes."""
    with transaction() as session:
        found = queries.project_for(session, project_id, actor=security.actor())
        values = parse(DocumentForm(), forms.typed_values(request.form))
        made = proposals.read_into(session, found, values["document"], actor=security.actor(), now=clock.utc_now())
    flash(t("proposal.flash.made", count=len(made.slices)), "success")
    return redirect(url_for("demand.project", project_id=project_id), 303)
