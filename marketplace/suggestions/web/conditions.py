"""The buyer checks the hard requirements that were read from a demand's text."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.forms import FormState
from marketplace.i18n import t
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions import conditions
from marketplace.suggestions.forms import posted
from marketplace.suggestions.web.pages import Page, pages


@pages.get("/demands/<code>/conditions")
@security.require(Role.BUYER)
def check_conditions(code: str) -> Page:
    """Every requirement read, in words, with the quoted clause and what it rules out."""
    return _check(code, FormState())


def _check(code: str, form: FormState) -> str:
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        return render_template(
            "suggestions/conditions.html", demand=demand, form=form, requirements=conditions.of_demand(demand),
            confirmed=conditions.is_confirmed(demand), choices=conditions.choices(demand),
            open=demand.status in conditions.ANSWERABLE, draft=demand.status == DemandStatus.PLANNING)


@pages.post("/demands/<code>/conditions")
@security.require(Role.BUYER)
def save_conditions(code: str) -> Page:
    """Keep the ticked ones, strike out the others, add some."""
    try:
        keep, add = posted(request.form)
        with transaction() as session:
            demand = demands.for_buyer(session, code, actor=security.actor())
            conditions.confirm(session, demand, keep=keep, add=add, actor=security.actor(), now=clock.utc_now())
            active = demand.status == DemandStatus.ACTIVE
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(request.form)
        form.add(violation)
        return _check(code, form), violation.status
    if active:
        jobs.enqueue("refresh_matches", demand.id)
    flash(t("conditions.saved"), "success")
    return redirect(url_for("suggestions.check_conditions", code=code), 303)
