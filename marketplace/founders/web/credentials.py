"""A founder's own credentials, and the operator's queue of those to check."""
from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.founders import credentials as operations
from marketplace.founders.models import Credential
from marketplace.founders.schemas import CredentialForm
from marketplace.founders.web.pages import Page, pages
from marketplace.i18n import t
from marketplace.rules.credentials import CREDENTIAL, CredentialStatus, reminder_due, state_of
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import allowed


@pages.app_context_processor
def shared() -> dict[str, Any]:
    """`credential_state(row)`: how a credential stands today, for every page that shows one."""
    return {"credential_state": lambda row: state_of(
        row.status, row.valid_until, today=clock.legal_day(clock.utc_now()))}


@pages.get("/founder/credentials")
@security.require(Role.FOUNDER)
def credentials() -> Page:
    """The list, and the form for a new one, a renewal (?renews=) or a correction (?correct=)."""
    with reading() as session:
        values: dict[str, Any] = {}
        chosen = request.args.get("correct", type=int) or request.args.get("renews", type=int)
        if chosen:
            row = operations.of_founder_by_id(session, chosen, actor=security.actor())
            names = ("name", "issuer", "number", "valid_from", "valid_until", "evidence_sha256")
            values = {name: getattr(row, name) for name in (names if "correct" in request.args else names[:3])}
    return _page(FormState(values))


def _page(form: FormState) -> str:
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        rows = operations.of_founder(session, security.actor().organisation_id)
        renewed = {row.renews_id for row in rows if row.status in (CredentialStatus.CLAIMED, CredentialStatus.VERIFIED)}
        chosen = {name: next((row for row in rows if row.id == request.args.get(name, type=int)), None)
                  for name in ("correct", "renews")}
        return render_template(
            "founders/credentials.html", form=form, rows=[row for row in rows if row.status != "withdrawn"],
            today=today, soon=[row for row in rows if _ending(row, today) and row.id not in renewed],
            actions={row.id: allowed(CREDENTIAL, row.status) for row in rows}, renewed=renewed, **chosen)


def _ending(row: Credential, today: dt.date) -> bool:
    return row.status in ("claimed", "verified") and row.valid_until is not None and (
        row.valid_until < today or reminder_due(row.valid_until, today=today) is not None)


@pages.post("/founder/credentials")
@security.require(Role.FOUNDER)
def claim_credential() -> Page:
    """State a credential, renew one (?renews=) or correct one (?correct=)."""
    renews, corrected = (request.args.get(name, type=int) for name in ("renews", "correct"))
    try:
        draft = parse(CredentialForm(), flat(request.form))
        with transaction() as session:
            if corrected:
                operations.correct(session, corrected, draft, actor=security.actor(), now=clock.utc_now())
            else:
                operations.claim(session, draft, actor=security.actor(), now=clock.utc_now(), renews_id=renews)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(request.form)
        form.add(violation)
        return _page(form), violation.status
    jobs.enqueue("refresh_stale_matches")
    flash(t("founders.credentials.claimed_flash"), "success")
    return redirect(url_for("founders.credentials"), 303)


@pages.post("/founder/credentials/<int:credential_id>/withdraw")
@security.require(Role.FOUNDER)
def withdraw_credential(credential_id: int) -> Page:
    """Take one off the profile."""
    with transaction() as session:
        operations.withdraw(session, credential_id, actor=security.actor(), now=clock.utc_now())
    jobs.enqueue("refresh_stale_matches")
    flash(t("founders.credentials.withdrawn_flash"), "success")
    return redirect(url_for("founders.credentials"), 303)


@pages.get("/operator/credentials")
@security.require(Role.OPERATOR)
def credential_queue() -> Page:
    """What waits to be checked, the oldest first, and what was decided lately."""
    return _queue()


def _queue(form: FormState | None = None, form_for: int = 0) -> str:
    with reading() as session:
        return render_template("founders/credential_queue.html", rows=operations.waiting(session),
                               decided=operations.decided_lately(session), form=form or FormState(),
                               form_for=form_for, today=clock.legal_day(clock.utc_now()))


@pages.post("/operator/credentials/<int:credential_id>/verify")
@security.require(Role.OPERATOR)
def verify_credential(credential_id: int) -> Page:
    """Confirmed with its issuer."""
    with transaction() as session:
        operations.verify(session, credential_id, actor=security.actor(), now=clock.utc_now())
    jobs.enqueue("refresh_stale_matches")
    flash(t("founders.credentials.verified_flash"), "success")
    return redirect(url_for("founders.credential_queue"), 303)


@pages.post("/operator/credentials/<int:credential_id>/refuse")
@security.require(Role.OPERATOR)
def refuse_credential(credential_id: int) -> Page:
    """Not confirmed, with the reason the founder reads."""
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        with transaction() as session:
            operations.refuse(session, credential_id, reason=reason, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        if violation.status != 422:
            raise
        form = FormState(request.form)
        form.add(violation)
        return _queue(form, credential_id), violation.status
    jobs.enqueue("refresh_stale_matches")
    flash(t("founders.credentials.refused_flash"), "success")
    return redirect(url_for("founders.credential_queue"), 303)
