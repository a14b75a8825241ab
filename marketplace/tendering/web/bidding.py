"""A founder's own bids: handing in, the receipt, checking a kept file, withdrawing, the list."""
from __future__ import annotations

import base64
import binascii
import datetime as dt
from dataclasses import dataclass, replace

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security, uploads
from marketplace.accounts.models import Role
from marketplace.db import lock, reading, transaction
from marketplace.demand import addenda
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.forms import FormState, parse
from marketplace.i18n import sentence, t
from marketplace.integrity import declarations, traces
from marketplace.payments import queries as payments
from marketplace.rules import attachments as limits
from marketplace.rules.collusion import TRACE_KEPT_DAYS
from marketplace.rules.errors import Invalid, NotFound, Problem, Problems, RuleViolation
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.tendering import attachments, forms, operations, queries, sealing, teams
from marketplace.tendering import bids as bids_text
from marketplace.tendering.attachments import Attachment
from marketplace.tendering.models import Bid
from marketplace.tendering.schemas import BidPage
from marketplace.tendering.web.pages import Page, pages

MOST_REQUEST = limits.MOST_BYTES_TOGETHER[-1].value + 2 * limits.MIB


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
            change=addenda.last_of(session, {demand.id}).get(demand.id),
            open=demand.accepts_bids(now=now), barred=_barred(session, demand),
            result=queries.result_of(session, own) if own else None,
            team=teams.standing(session, demand, actor.organisation_id), limits=limits, carried=forms.carried,
            asked=teams.invitations(session, actor.organisation_id, demand),
            declared=declarations.latest(session, demand, actor.organisation_id), kept_days=TRACE_KEPT_DAYS.value,
            status=BidStatus(own.status) if own else None, demand_status=DemandStatus(demand.status),
            record=payments.payer_record(session, demand.buyer_id, as_of=clock.legal_day(now)))


def _barred(session: Session, demand: Demand) -> str | None:
    """Why this founder may not bid on this demand at all."""
    try:
        operations.check_eligible(session, demand, actor=security.actor())
        teams.check_not_in_another(session, demand, security.actor().organisation)
    except RuleViolation as violation:
        return sentence(violation)
    return None


@pages.post("/demands/<code>/bid")
@uploads.takes(MOST_REQUEST)
@security.require(Role.FOUNDER)
def submit(code: str) -> Page:
    """Seal the bid; or add or remove a milestone or file and keep everything typed.

    The receipt is shown in the answer itself, not after a redirect: the bid's exact text is in it and is
    stored nowhere. Sending the same page again gives the same receipt.
    """
    plain, rows = forms.typed(request.form)
    now = clock.utc_now()  # once the whole form has arrived: a bid is received when its last byte is
    files, problems = _files(code, plain.get("nonce", ""), now=now)
    changed = forms.changed(request.form, request.form.get("do", ""), files)
    if changed is not None:
        for problem in problems:
            changed.add(Problems([problem]))
        return _bid_page(code, changed), 422 if problems else 200
    try:
        draft = _draft(code, files, problems)
        with transaction() as session:
            # Held before anything is written: two clicks at once would otherwise each wait for the other's rows.
            demand = lock(session, Demand, demands.by_code(session, code).id)
            declarations.with_bid(session, demand, related=forms.related(plain),
                                  details=plain.get("relation_details", ""), actor=security.actor(), now=now)
            receipt = operations.submit_bid(session, demand, draft, actor=security.actor(), now=now,
                                            idempotency_key=plain.get("key", "")[:100] or None)
            traces.keep(session, receipt.bid_id, demand_code=code, address=request.remote_addr,
                        agent=request.user_agent.string, secret=str(current_app.secret_key))
    except RuleViolation as violation:
        if isinstance(violation, NotFound):
            raise
        used = violation.code == "idempotency.other_request"
        form = forms.filled(plain | (forms.fresh_keys() if used else {}), rows, files)
        forms.add(form, violation)
        return _bid_page(code, form), violation.status
    return _receipt_page(code, receipt), 201


def _files(code: str, nonce: str, *, now: dt.datetime) -> tuple[list[Attachment], list[Problem]]:
    """The files of the form, kept and new, the new ones stored each for itself; and what is wrong with the others."""
    found, problems = forms.attached(request.form), []
    for upload in request.files.getlist("attachments"):
        if not upload.filename:
            continue
        try:
            with transaction() as session:
                demand = demands.by_code(session, code)
                operations.check_eligible(session, demand, actor=security.actor())
                one = attachments.store(
                    session, demand, upload.filename, upload.read(), files=uploads.attachment_files(), now=now,
                    actor=security.actor(), seed=nonce if bids_text.NONCE.fullmatch(nonce) else None)
            found += [] if one in found else [one]
        except RuleViolation as violation:
            if isinstance(violation, NotFound):
                raise
            problems.append(Problem("attachments", violation.code, violation.facts))
    return found, problems


def _draft(code: str, files: list[Attachment], problems: list[Problem]) -> bids_text.BidForm:
    """The bid as typed. Raises Problems: what is wrong with it together with what is wrong with the files."""
    try:
        draft = replace(parse(BidPage(), forms.values(request.form)), attachments=tuple(files))
        if problems:
            with reading() as session:
                bids_text.check(draft, budget_fen=demands.by_code(session, code).budget_fen)
            raise Problems(problems)
    except Problems as violation:
        raise Problems([*violation, *(one for one in problems if one not in violation.problems)]) from violation
    return draft


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
    now = clock.utc_now()
    with transaction() as session:
        operations.withdraw_bid(session, demands.by_code(session, code), actor=security.actor(), now=now)
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
            checksums=_checksums(fresh.text) if fresh and fresh.text else "",
            packed=base64.b64encode(fresh.text.encode()).decode() if fresh and fresh.text else "")


def _checksums(text: str) -> str:
    """What sha256sum -c reads for the files a bid names."""
    return attachments.checksums(bids_text.from_payload(sealing.read_payload(text)).attachments)


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
            "tendering/bids.html", joint=teams.invitations(session, security.actor().organisation_id),
            amended=addenda.last_of(session, {one.demand_id for one in found}),
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
