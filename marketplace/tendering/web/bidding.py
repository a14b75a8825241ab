"""A founder's own bids: handing in, the receipt, checking a kept file, withdrawing, the list."""
from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.forms import FormState, parse
from marketplace.i18n import sentence, t
from marketplace.payments import queries as payments
from marketplace.rules.errors import Invalid, NotFound, RuleViolation
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.tendering import forms, operations, queries, sealing
from marketplace.tendering.models import Bid
from marketplace.tendering.schemas import BidPage
from marketplace.tendering.web.pages import Page, pages


@pages.get("/demands/<code>/bid")
@security.require(Role.FOUNDER)
def bid(code: str) -> Page:
    """The form until the deadline; from then on the founder's own bid and its result."""
    return _bid_page(code)


def _bid_page(code: str, form: FormState | None = None) -> str:
    now, actor = clock.utc_now(), security.actor()
    with reading() as session:
        demand = demands.by_code(session, code)
        own = queries.latest_of(session, demand, actor.organisation_id)
        return render_template(
            "tendering/bid.html", demand=demand, own=own, form=form or forms.blank(demand),
            open=demand.accepts_bids(now=now), barred=_barred(session, demand),
            result=queries.result_of(session, own) if own else None,
            status=BidStatus(own.status) if own else None, demand_status=DemandStatus(demand.status),
            record=payments.payer_record(session, demand.buyer_id, as_of=clock.legal_day(now)))


def _barred(session: Session, demand: Demand) -> str | None:
    """Why this founder may not bid on this demand at all."""
    try:
        operations.check_eligible(session, demand, actor=security.actor())
    except RuleViolation as violation:
        return sentence(violation)
    return None


@pages.post("/demands/<code>/bid")
@security.require(Role.FOUNDER)
def submit(code: str) -> Page:
    """Seal the bid; or add or remove a milestone and keep everything typed.

    The receipt is shown in the answer itself, not after a redirect: the bid's exact text is in it and is
    stored nowhere. Sending the same page again gives the same receipt.
    """
    changed = forms.changed(request.form, request.form.get("do", ""))
    if changed is not None:
        return _bid_page(code, changed)
    plain, rows = forms.typed(request.form)
    now = clock.utc_now()  # once the whole form has arrived: a bid is received when its last byte is
    try:
        draft = parse(BidPage(), forms.values(request.form))
        with transaction() as session:
            receipt = operations.submit_bid(
                session, demands.by_code(session, code), draft, actor=security.actor(), now=now,
                idempotency_key=plain.get("key", "")[:100] or None)
    except RuleViolation as violation:
        if isinstance(violation, NotFound):
            raise
        used = violation.code == "idempotency.other_request"
        form = forms.filled(plain | (forms.fresh_keys() if used else {}), rows)
        forms.add(form, violation)
        return _bid_page(code, form), violation.status
    return _receipt_page(code, receipt), 201


@pages.post("/demands/<code>/bid/load")
@security.require(Role.FOUNDER)
def load(code: str) -> Page:
    """Fill the form from the file the founder kept of an earlier version."""
    try:
        text = forms.file_text(request.files.get("file"), "")
        return _bid_page(code, forms.from_file(text, forms.fresh_keys()))
    except Invalid as violation:
        form = FormState({**forms.fresh_keys(), "rows": 1})
        form.add(violation)
        return _bid_page(code, form), violation.status


@pages.post("/demands/<code>/bid/withdraw")
@security.require(Role.FOUNDER)
def withdraw(code: str) -> Page:
    """Take the bid back."""
    with transaction() as session:
        operations.withdraw_bid(session, demands.by_code(session, code), actor=security.actor(), now=clock.utc_now())
    flash(t("tendering.bid.withdrawn_flash"), "success")
    return redirect(url_for("tendering.bid", code=code), 303)


@dataclass(frozen=True)
class Verdict:
    """What checking a file found: its SHA-256, and the version it belongs to, if any."""

    digest: str
    version: Bid | None


@pages.get("/demands/<code>/bid/receipt")
@security.require(Role.FOUNDER)
def receipt(code: str) -> Page:
    """The commitment of every version, and how to check a kept file against it."""
    return _receipt_page(code)


def _receipt_page(code: str, fresh: operations.Receipt | None = None, form: FormState | None = None,
                  verdict: Verdict | None = None) -> str:
    with reading() as session:
        demand = demands.by_code(session, code)
        versions = queries.versions(session, demand, security.actor().organisation_id)
        if not versions:
            raise NotFound("bid.none_yours", code=code)
        return render_template(
            "tendering/receipt.html", demand=demand, versions=[(one, BidStatus(one.status)) for one in versions],
            fresh=fresh, form=form or FormState(), verdict=verdict, open=demand.accepts_bids(now=clock.utc_now()),
            packed=base64.b64encode(fresh.text.encode()).decode() if fresh and fresh.text else "")


@pages.post("/demands/<code>/bid/check")
@security.require(Role.FOUNDER)
def check_file(code: str) -> Page:
    """Hold a kept file, uploaded or pasted, against the stored commitments. The file is not kept."""
    form = FormState({"text": request.form.get("text", "")})
    try:
        digest = sealing.commitment(forms.file_text(request.files.get("file"), form.value("text")))
    except Invalid as violation:
        form.add(violation)
        return _receipt_page(code, form=form), violation.status
    with reading() as session:
        own = queries.versions(session, demands.by_code(session, code), security.actor().organisation_id)
        found = next((one for one in own if one.commitment == digest), None)
    return _receipt_page(code, form=form, verdict=Verdict(digest, found))


@pages.post("/demands/<code>/bid/file")
@security.require(Role.FOUNDER)
def bid_file(code: str) -> Response:
    """The bid's exact text as a file. It comes from the receipt page and goes back to it: nothing is stored."""
    try:
        data = base64.b64decode(request.form.get("text", ""), validate=True)
        text = data.decode()
    except (binascii.Error, ValueError) as error:
        raise Invalid("bid.file_unreadable") from error
    with reading() as session:
        own = queries.versions(session, demands.by_code(session, code), security.actor().organisation_id)
        found = next((one for one in own if one.commitment == sealing.commitment(text)), None)
    if found is None:
        raise Invalid("bid.file_of_no_version")
    return Response(data, mimetype="application/json", headers={
        "Content-Disposition": f'attachment; filename="bid-{code}-v{found.version}.json"'})


@pages.get("/founder/bids")
@security.require(Role.FOUNDER)
def bids() -> Page:
    """Every bid of the founder with its state and what comes next."""
    now = clock.utc_now()
    with reading() as session:
        found = queries.bids_of_founder(session, security.actor().organisation_id)
        return render_template(
            "tendering/bids.html",
            lines=[(one, BidStatus(one.status), next_step(one, open=one.demand.accepts_bids(now=now)),
                    queries.result_of(session, one)) for one in found])


def next_step(own: Bid, *, open: bool) -> str:
    """Key of the text that says what comes next for a bid: tendering.next.<key>."""
    if own.opening_problem:
        return "unreadable"
    if own.status == BidStatus.SEALED and own.demand.status == DemandStatus.CANCELLED:
        return "cancelled"
    if own.status == BidStatus.SEALED:
        return "sealed" if open else "waiting_opening"
    if own.status == BidStatus.WITHDRAWN:
        return "withdrawn_open" if open else "withdrawn"
    if own.status == BidStatus.OPENED and own.demand.status == DemandStatus.CANCELLED:
        return "cancelled"
    return str(own.status)
