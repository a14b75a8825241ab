"""Pages of contracts: the list, one contract with its line, one milestone with what can be done about it."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.contracts import operations as contracts
from marketplace.contracts import queries, terms
from marketplace.contracts.models import Contract, Milestone
from marketplace.contracts.schemas import (
    AcceptanceSchema,
    ConfirmationSchema,
    DeliverySchema,
    InvoiceForm,
    RejectionSchema,
    SettlementSchema,
)
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.payments import operations as payments
from marketplace.payments import pages as shown
from marketplace.payments import queries as owed
from marketplace.payments import texts
from marketplace.payments.operations import InvoiceNote
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import ContractStatus, MilestoneStatus

pages = Blueprint("contracts", __name__)
PAGE = 50
POSITION = "/contracts/<number>/milestones/<int(max=9999):position>"


@pages.get("/contracts")
@security.require()
def index() -> str:
    """A party's contracts, or all of them for the operator, each with whose turn it is."""
    actor, before = security.actor(), request.args.get("before", "")
    last = int(before) if before.isdecimal() and before.isascii() and len(before) < 10 else None
    today = clock.legal_day(clock.utc_now())
    with reading() as session:
        found = queries.everyone(session, before=last, limit=PAGE) if actor.role == Role.OPERATOR else \
            queries.of_party(session, actor.organisation_id, before=last, limit=PAGE)
        lines = [(one, row, shown.banner(one, [row], actor=actor, today=today))
                 for one, row in _lines(session, found, today)]
        return render_template(
            "contracts/index.html", lines=lines, late=[row for _, row, _ in lines if row.late],
            first=min(lines, key=lambda line: (not line[2]["mine"], line[2]["until"] or dt.date.max), default=None),
            page={"prev_url": url_for("contracts.index") if last else None,
                  "next_url": url_for("contracts.index", before=found[-1].id) if len(found) == PAGE else None})


def _lines(session: Session, found: list[Contract], today: dt.date) -> list[tuple[Contract, shown.Row]]:
    """Each contract with its most urgent milestone."""
    obligations: dict[int, list[Any]] = {}
    for obligation in owed.of_contracts(session, [contract.id for contract in found]):
        obligations.setdefault(obligation.contract_id, []).append(obligation)
    return [(contract, shown.most_urgent_row(shown.rows_of(contract, obligations.get(contract.id, []), as_of=today)))
            for contract in found]


@pages.get("/contracts/<number>")
@security.require()
def show(number: str) -> str:
    """One contract: whose turn, its milestones, its text, its line from award to money."""
    with reading() as session:
        return _contract_page(session, number, FormState())


def _contract_page(session: Session, number: str, form: FormState) -> str:
    contract = queries.for_party(session, number, actor=security.actor())
    today = clock.legal_day(clock.utc_now())
    rows = shown.rows_of(contract, owed.of_contracts(session, [contract.id]), as_of=today)
    side = shown.contract_side(contract, security.actor())
    confirmed = getattr(contract, f"{side}_confirmed_at", None)
    return render_template(
        "contracts/show.html", contract=contract, rows=rows, form=form, side=side,
        banner=shown.banner(contract, rows, actor=security.actor(), today=today),
        status=ContractStatus(contract.status), events=shown.events(contract, rows, today=today),
        may_confirm=contract.status == ContractStatus.PENDING and side in ("buyer", "founder") and not confirmed,
        confirmed=confirmed, terms=shown.term_facts(contract),
        screening=terms.screening(contract, on=contract.signed_on or today))


@pages.get("/contracts/<number>/text")
@security.require()
def text(number: str) -> Response:
    """The text that was confirmed, byte for byte: `sha256sum` of it is its hash."""
    with reading() as session:
        contract = queries.for_party(session, number, actor=security.actor())
        return Response(contract.text, mimetype="text/plain; charset=utf-8",
                        headers={"Content-Disposition": f'attachment; filename="{contract.number}.txt"'})


@pages.post("/contracts/<number>/confirm")
@security.require(Role.BUYER, Role.FOUNDER)
def confirm(number: str) -> Redirect | tuple[str, int]:
    """Confirm the text whose hash was on the page."""
    form = FormState(flat(request.form))
    try:
        values = parse(ConfirmationSchema(), {"text_hash": form.value("seen_hash")})
        with transaction() as session:
            contract = queries.for_party(session, number, actor=security.actor())
            contract = contracts.confirm(session, contract, seen_hash=values["text_hash"], actor=security.actor(),
                                         now=clock.utc_now())
            signed = contract.signed_on is not None
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation)
        with reading() as session:
            return _contract_page(session, number, form), violation.status
    flash(t("contracts.flash.signed" if signed else "contracts.flash.confirmed"), "success")
    return redirect(url_for("contracts.show", number=number), 303)


@pages.get(POSITION)
@security.require()
def milestone(number: str, position: int) -> str:
    """One milestone: what was agreed and delivered, and what the reader can do now."""
    with reading() as session:
        return _milestone_page(session, number, position, FormState())


def _milestone_page(session: Session, number: str, position: int, form: FormState) -> str:
    found = queries.milestone_for(session, number, position, actor=security.actor())
    contract, now = found.contract, clock.utc_now()
    today = clock.legal_day(now)
    obligation = owed.of_milestone(session, found.id)
    row = shown.rows_of(contract, [obligation] if obligation else [], as_of=today)[position - 1]
    side = shown.contract_side(contract, security.actor())
    return render_template(
        "contracts/milestone.html", contract=contract, milestone=found, row=row, form=form, side=side, today=today,
        texts=texts, status=MilestoneStatus(found.status), invoices=owed.invoices_of(session, [found.id]),
        banner=shown.banner(contract, [row], actor=security.actor(), today=today),
        events=shown.milestone_events(row, today=today), may=_possible(found, side, today),
        reject_until=terms.rejection_until(found, as_of=today) if found.status == MilestoneStatus.DELIVERED else None)


def _possible(milestone: Milestone, side: str, today: dt.date) -> set[str]:
    """The forms a reader gets: what its side may do in this state."""
    contract = milestone.contract
    if contract.signed_on is None:
        return set()
    if side == "founder":
        return {"invoice"} | ({"deliver"} if milestone.status in ("scheduled", "rejected") else set())
    if side != "buyer":
        return set()
    possible = set()
    if milestone.status == MilestoneStatus.DELIVERED:
        until = terms.rejection_until(milestone, as_of=today)
        possible |= {"accept"} | ({"reject"} if until is None or today <= until else set())
    if contract.start_basis == "settlement" and milestone.settlement_confirmed_on is None and \
            milestone.status in (MilestoneStatus.DELIVERED, MilestoneStatus.MET):
        possible.add("settle")
    return possible


def _act(number: str, position: int, schema: Schema, said: str,
         act: Callable[[Session, Milestone, dict[str, Any]], Any]) -> Redirect | tuple[str, int]:
    """Parse a milestone's form, do the verb in one transaction, come back to the page with every problem shown."""
    form = FormState(flat(request.form))
    try:
        values = parse(schema, flat(request.form))
        with transaction() as session:
            act(session, queries.milestone_for(session, number, position, actor=security.actor()), values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation)
        with reading() as session:
            return _milestone_page(session, number, position, form), violation.status
    flash(t(f"contracts.flash.{said}"), "success")
    return redirect(url_for("contracts.milestone", number=number, position=position), 303)


@pages.post(f"{POSITION}/deliveries")
@security.require(Role.FOUNDER)
def deliver(number: str, position: int) -> Redirect | tuple[str, int]:
    """The founder records a delivery."""
    return _act(number, position, DeliverySchema(), "delivered", lambda session, one, values: payments.record_delivery(
        session, one.id, on=values["delivered_on"], note=values["note"], actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{POSITION}/acceptances")
@security.require(Role.BUYER)
def accept(number: str, position: int) -> Redirect | tuple[str, int]:
    """The buyer records that acceptance passed."""
    return _act(number, position, AcceptanceSchema(), "accepted", lambda session, one, values: (
        payments.record_acceptance(session, one.id, on=values["accepted_on"], actor=security.actor(),
                                   now=clock.utc_now())))


@pages.post(f"{POSITION}/rejections")
@security.require(Role.BUYER)
def reject(number: str, position: int) -> Redirect | tuple[str, int]:
    """The buyer rejects with a reason."""
    return _act(number, position, RejectionSchema(), "rejected", lambda session, one, values: (
        payments.record_rejection(session, one.id, reason=values["reason"], actor=security.actor(),
                                  now=clock.utc_now())))


@pages.post(f"{POSITION}/settlements")
@security.require(Role.BUYER)
def settle(number: str, position: int) -> Redirect | tuple[str, int]:
    """The buyer confirms the settlement amount."""
    return _act(number, position, SettlementSchema(), "settled", lambda session, one, values: (
        payments.record_settlement(session, one.id, on=values["settled_on"], actor=security.actor(),
                                   now=clock.utc_now())))


@pages.post(f"{POSITION}/invoices")
@security.require(Role.FOUNDER)
def invoice(number: str, position: int) -> Redirect | tuple[str, int]:
    """The founder records an invoice."""
    return _act(number, position, InvoiceForm(), "invoiced", lambda session, one, values: payments.record_invoice(
        session, one.id, InvoiceNote(**values), actor=security.actor(), now=clock.utc_now()))
