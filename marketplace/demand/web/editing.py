"""Writing a demand by hand, changing a draft, and taking a demand back."""
from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import forms, linting, operations, queries, records
from marketplace.demand.drafts import USUAL_CRITERIA
from marketplace.demand.linting import Finding
from marketplace.demand.schemas import DemandForm
from marketplace.demand.web.pages import Page, choices, pages
from marketplace.forms import FormState, parse
from marketplace.i18n import t
from marketplace.rules.errors import RuleViolation, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import operations as tendering


@pages.get("/demands/new")
@security.require(Role.BUYER)
def new() -> Page:
    """An empty demand with the usual criteria and the usual terms."""
    actor = security.actor()
    usual = {"remote_ok": "1", "start_basis": "acceptance", "acceptance_period_days": "15",
             "allocation": "principal_first", "late_rate_unit": "percent_per_year",
             "region": actor.organisation.region}
    return _editor(FormState(usual | forms.spread("criteria", map(vars, USUAL_CRITERIA))), len(USUAL_CRITERIA))


@pages.post("/demands/new")
@security.require(Role.BUYER)
def create() -> Page:
    """Store the demand as a draft, or add or remove a criterion and keep everything typed."""
    changed = forms.changed_rows(request.form, "criteria", request.form.get("do", ""))
    if changed is not None:
        return _editor(forms.state(request.form, "criteria", changed), len(changed))
    try:
        draft = parse(DemandForm(), forms.demand_values(request.form))
        with transaction() as session:
            demand = operations.create(session, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        return _refused(violation)
    flash(t("demand.flash.created", code=demand.code), "success")
    return redirect(url_for("demand.show", code=demand.code), 303)


@pages.get("/demands/<code>/edit")
@security.require(Role.BUYER)
def edit(code: str) -> Page:
    """A draft as it stands. A published demand cannot be changed."""
    with reading() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        if demand.status != DemandStatus.PLANNING:
            raise WrongState("demand.fixed", code=demand.code)
        draft, found = records.draft_of(demand), linting.findings(demand)
    return _editor(forms.shown_demand(draft), len(draft.criteria), code, found)


@pages.post("/demands/<code>/edit")
@security.require(Role.BUYER)
def save(code: str) -> Page:
    """Replace the draft, or add or remove a criterion."""
    changed = forms.changed_rows(request.form, "criteria", request.form.get("do", ""))
    if changed is not None:
        return _editor(forms.state(request.form, "criteria", changed), len(changed), code)
    try:
        draft = parse(DemandForm(), forms.demand_values(request.form))
        with transaction() as session:
            demand = queries.for_buyer(session, code, actor=security.actor())
            operations.edit(session, demand, draft, actor=security.actor(), now=clock.utc_now())
    except WrongState:
        raise
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        return _refused(violation, code)
    flash(t("demand.flash.saved", code=code), "success")
    return redirect(url_for("demand.show", code=code), 303)


def _refused(violation: RuleViolation, code: str | None = None) -> Page:
    rows = forms.repeated(request.form, "criteria")
    form = forms.refuse(forms.state(request.form, "criteria", rows), violation)
    return _editor(form, len(rows), code), violation.status


def _editor(form: FormState, criteria: int, code: str | None = None, findings: Sequence[Finding] = ()) -> str:
    return render_template("demand/edit.html", form=form, criteria=max(criteria, 1), code=code, choices=choices(),
                           buyer=security.actor().organisation, findings=findings)


@pages.post("/demands/<code>/cancel")
@security.require(Role.BUYER)
def cancel(code: str) -> Page:
    """Take a demand back; the reason is asked for and shown."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        tendering.cancel_demand(session, demand, reason=request.form.get("reason", "")[:2000],
                                actor=security.actor(), now=clock.utc_now())
    flash(t("demand.flash.cancelled", code=code), "success")
    return redirect(url_for("demand.show", code=code), 303)


@pages.get("/demands/<code>/cancel")
@security.require(Role.BUYER)
def ask_cancel(code: str) -> Page:
    """Ask for the reason before a demand is taken back."""
    with reading() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        return render_template("demand/cancel.html", demand=demand, form=FormState())
