"""What a company and its people say of themselves, on a page below the account."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.integrity import particulars as operations
from marketplace.integrity.particulars import EmploymentForm, Particulars
from marketplace.integrity.schemas import EmploymentFormSchema, ParticularsForm, ParticularsSchema
from marketplace.integrity.web.pages import Page, pages
from marketplace.rules.errors import RuleViolation


@pages.get("/account/particulars")
@security.require(Role.BUYER, Role.FOUNDER)
def particulars() -> Page:
    """The company as registered, and the reader's own employment."""
    return _page()


def _page(*, company: FormState | None = None, work: FormState | None = None) -> str:
    with reading() as session:
        return render_template(
            "integrity/particulars.html", work=work or FormState(),
            company=company or FormState(ParticularsSchema().dump(security.actor().organisation)),
            employments=operations.employments(session, security.actor()))


@pages.post("/account/particulars")
@security.require(Role.BUYER, Role.FOUNDER)
def state() -> Page:
    """Keep the company's particulars."""
    try:
        said = Particulars(**parse(ParticularsForm(), flat(request.form)))
        with transaction() as session:
            operations.state(session, said, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _page(company=form), violation.status
    return _done("saved")


@pages.post("/account/employments")
@security.require(Role.BUYER, Role.FOUNDER)
def add_employment() -> Page:
    """Declare where the reader works or worked."""
    try:
        said = EmploymentForm(**parse(EmploymentFormSchema(), flat(request.form)))
        with transaction() as session:
            operations.declare_employment(session, said, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _page(work=form), violation.status
    return _done("added")


@pages.post("/account/employments/<int(max=2147483647):employment_id>/withdraw")
@security.require(Role.BUYER, Role.FOUNDER)
def withdraw_employment(employment_id: int) -> Page:
    """Take an own entry back."""
    with transaction() as session:
        operations.withdraw_employment(session, employment_id, actor=security.actor(), now=clock.utc_now())
    return _done("withdrawn")


def _done(said: str) -> Response:
    flash(t(f"integrity.particulars.{said}"), "success")
    return redirect(url_for("integrity.particulars"), 303)
