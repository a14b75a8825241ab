"""The page of one milestone: what was agreed and delivered, and what the reader can do about it now."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.contracts import queries, settlement, terms
from marketplace.contracts.models import Milestone
from marketplace.contracts.schemas import (
    AcceptanceSchema,
    DeliverySchema,
    InvoiceForm,
    RejectionSchema,
    SettlementSchema,
)
from marketplace.contracts.web.pages import POSITION, pages
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.payments import operations as payments
from marketplace.payments import pages as shown
from marketplace.payments import queries as owed
from marketplace.payments import texts
from marketplace.payments.models import Obligation
from marketplace.payments.operations import InvoiceNote
from marketplace.payments.parts import may_split
from marketplace.payments.silence import silence_of
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import MilestoneStatus
from marketplace.rules.payment_facts import StartBasis

LEAST_TO_SPLIT = 2


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
        events=shown.milestone_events(row, today=today), may=possible(found, obligation, side, today),
        silence=silence_of(found, as_of=today), statement=found.deliveries[-1].settlement if found.deliveries else None,
        reject_until=terms.rejection_until(found, as_of=today) if found.status == MilestoneStatus.DELIVERED else None)


def possible(milestone: Milestone, obligation: Obligation | None, side: str, today: dt.date) -> set[str]:
    """The forms a reader gets: what its side may do in this state."""
    if milestone.contract.signed_on is None or side not in ("buyer", "founder"):
        return set()
    found = _of_founder(milestone) if side == "founder" else _of_buyer(milestone, today)
    if not may_split(obligation) or milestone.amount_fen < LEAST_TO_SPLIT:
        found -= {"deliver_part", "accept_part"}
    return found


def _of_founder(milestone: Milestone) -> set[str]:
    found = {"invoice"}
    if milestone.status in (MilestoneStatus.SCHEDULED, MilestoneStatus.REJECTED):
        found |= {"deliver", "deliver_part"}
    return found | ({"submit"} if settlement.may_submit(milestone) else set())


def _of_buyer(milestone: Milestone, today: dt.date) -> set[str]:
    found = set()
    if milestone.status == MilestoneStatus.DELIVERED:
        until = terms.rejection_until(milestone, as_of=today)
        found |= {"accept"} | ({"reject", "accept_part"} if until is None or today <= until else set())
    if milestone.settlement_confirmed_on is not None or (milestone.deliveries and milestone.deliveries[-1].settlement):
        found -= {"accept_part"}
    if milestone.settlement_confirmed_on is None and milestone.contract.start_basis == StartBasis.SETTLEMENT and \
            milestone.status in (MilestoneStatus.DELIVERED, MilestoneStatus.MET):
        found.add("settle")
    return found


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
