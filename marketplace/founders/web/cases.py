"""Verified cases: the founder's list, and the page of one for its two sides."""
from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.founders import cases as operations
from marketplace.founders import queries
from marketplace.founders.web.pages import Page, pages
from marketplace.i18n import t
from marketplace.rules.track_record import amount_band


@pages.get("/founder/cases")
@security.require(Role.FOUNDER)
def cases() -> Page:
    """What the founder's fulfilled contracts have become."""
    with reading() as session:
        return render_template("founders/cases.html", band=amount_band,
                               cases=queries.verified_cases(session, security.actor().organisation_id))


@pages.get("/cases/<number>")
@security.require()
def case(number: str) -> Page:
    """One case, for the founder, the buyer and the operator."""
    with reading() as session:
        found = operations.for_party(session, number, actor=security.actor())
        return render_template("founders/case.html", case=found, band=amount_band)


@pages.post("/cases/<number>/hide")
@security.require(Role.FOUNDER)
def hide_case(number: str) -> Page:
    """Take it off the profile."""
    return _hidden(number, hidden=True)


@pages.post("/cases/<number>/show")
@security.require(Role.FOUNDER)
def show_case(number: str) -> Page:
    """Put it back."""
    return _hidden(number, hidden=False)


def _hidden(number: str, *, hidden: bool) -> Page:
    with transaction() as session:
        operations.hide(session, number, hidden=hidden, actor=security.actor(), now=clock.utc_now())
    jobs.enqueue("refresh_stale_matches")
    flash(t("founders.cases.hidden_flash" if hidden else "founders.cases.shown_flash"), "success")
    return redirect(url_for("founders.cases"), 303)


@pages.post("/cases/<number>/consent")
@security.require(Role.BUYER)
def consent_to_case(number: str) -> Page:
    """The buyer agrees to be named."""
    return _named(number, named=True)


@pages.post("/cases/<number>/end-consent")
@security.require(Role.BUYER)
def end_consent_to_case(number: str) -> Page:
    """The buyer does not want to be named any more."""
    return _named(number, named=False)


def _named(number: str, *, named: bool) -> Page:
    with transaction() as session:
        operations.consent(session, number, named=named, actor=security.actor(), now=clock.utc_now())
    flash(t("founders.cases.consent_flash" if named else "founders.cases.consent_end_flash"), "success")
    return redirect(url_for("founders.case", number=number), 303)
