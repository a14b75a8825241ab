"""The founder's capacity calendar and the days away."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.founders import capacity as operations
from marketplace.founders.schemas import AwayForm
from marketplace.founders.web.pages import Page, pages
from marketplace.i18n import t
from marketplace.rules import capacity as rules
from marketplace.rules.errors import RuleViolation


@pages.get("/founder/calendar")
@security.require(Role.FOUNDER)
def calendar() -> Page:
    """The next 26 weeks, what takes up their days, and the form for days away."""
    return _page(FormState())


def _page(form: FormState) -> str:
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        view = operations.of_founder(session, security.actor().organisation_id, today=today)
        return render_template("founders/calendar.html", view=view, form=form, rules=rules, today=today)


@pages.post("/founder/calendar/away")
@security.require(Role.FOUNDER)
def add_away() -> Page:
    """Enter days away."""
    try:
        values = parse(AwayForm(), flat(request.form))
        with transaction() as session:
            operations.add_away(session, values["first_day"], values["last_day"], note=values["note"],
                                actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _page(form), violation.status
    flash(t("founders.capacity.added"), "success")
    return redirect(url_for("founders.calendar"), 303)


@pages.post("/founder/calendar/away/<int:away_id>/remove")
@security.require(Role.FOUNDER)
def remove_away(away_id: int) -> Page:
    """Take an entry out again."""
    with transaction() as session:
        operations.remove_away(session, away_id, actor=security.actor(), now=clock.utc_now())
    flash(t("founders.capacity.removed"), "success")
    return redirect(url_for("founders.calendar"), 303)
