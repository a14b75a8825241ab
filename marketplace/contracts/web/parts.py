"""Pages of a milestone for what happens in parts: a part delivered or accepted, a settlement statement answered."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Redirect

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.contracts import queries, terms
from marketplace.contracts.models import Milestone
from marketplace.contracts.parts import PartAccepted, PartDelivered
from marketplace.contracts.schemas import (
    PartAcceptanceForm,
    PartDeliveryForm,
    SettlementContestForm,
    SettlementSubmissionSchema,
)
from marketplace.contracts.web.milestones import possible
from marketplace.contracts.web.pages import POSITION, pages
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.payments import pages as shown
from marketplace.payments import parts
from marketplace.payments import queries as owed
from marketplace.payments import settlement as settlements
from marketplace.payments.models import Obligation
from marketplace.payments.settlement import Contest
from marketplace.rules.errors import RuleViolation

Page = Callable[[Session, str, int, FormState], str]
Act = Callable[[Session, Milestone, dict[str, Any]], Obligation]


@pages.get(f"{POSITION}/part")
@security.require(Role.BUYER, Role.FOUNDER)
def part(number: str, position: int) -> str:
    """The form for delivering (founder) or accepting (buyer) a part."""
    with reading() as session:
        return _part_page(session, number, position, FormState())


def _part_page(session: Session, number: str, position: int, form: FormState) -> str:
    milestone, side, may = _seen(session, number, position)
    kind = {"founder": "deliver_part", "buyer": "accept_part"}.get(side, "")
    if kind not in may and not form.has_errors:
        raise NotFound
    today = clock.legal_day(clock.utc_now())
    return render_template("contracts/part.html", contract=milestone.contract, milestone=milestone, form=form,
                           kind=kind, today=today,
                           criteria=[(one, one) for one in milestone.acceptance_criteria])


def _seen(session: Session, number: str, position: int) -> tuple[Milestone, str, set[str]]:
    """(milestone, the reader's side, what it may do)."""
    milestone = queries.milestone_for(session, number, position, actor=security.actor())
    side = shown.contract_side(milestone.contract, security.actor())
    obligation = owed.of_milestone(session, milestone.id)
    return milestone, side, possible(milestone, obligation, side, clock.legal_day(clock.utc_now()))


@pages.post(f"{POSITION}/part-deliveries")
@security.require(Role.FOUNDER)
def deliver_part(number: str, position: int) -> Redirect | tuple[str, int]:
    """The founder delivers a part."""
    return _act(number, position, PartDeliveryForm(), "part_delivered", _part_page, lambda session, one, values: (
        parts.record_part_delivery(session, one.id, PartDelivered(**values), actor=security.actor(),
                                   now=clock.utc_now())))


@pages.post(f"{POSITION}/part-acceptances")
@security.require(Role.BUYER)
def accept_part(number: str, position: int) -> Redirect | tuple[str, int]:
    """The buyer accepts a part and rejects the rest."""
    return _act(number, position, PartAcceptanceForm(), "part_accepted", _part_page, lambda session, one, values: (
        parts.record_part_acceptance(session, one.id, PartAccepted(**values), actor=security.actor(),
                                     now=clock.utc_now())))


@pages.get(f"{POSITION}/settlement")
@security.require()
def settlement(number: str, position: int) -> str:
    """The settlement statement, the day by which it is to be answered, and the forms for handing in and answering."""
    with reading() as session:
        return _settlement_page(session, number, position, FormState())


def _settlement_page(session: Session, number: str, position: int, form: FormState) -> str:
    milestone, side, may = _seen(session, number, position)
    if milestone.contract.start_basis != "settlement" or not milestone.deliveries:
        raise NotFound
    today = clock.legal_day(clock.utc_now())
    term = terms.term_of(milestone, as_of=today)
    return render_template("contracts/settlement.html", contract=milestone.contract, milestone=milestone, form=form,
                           side=side, may=may, today=today, term=term, statement=milestone.deliveries[-1].settlement)


@pages.post(f"{POSITION}/settlement-statements")
@security.require(Role.FOUNDER)
def submit_settlement(number: str, position: int) -> Redirect | tuple[str, int]:
    """The founder hands in the settlement statement."""
    def submit(session: Session, one: Milestone, values: dict[str, Any]) -> Obligation:
        return settlements.record_submission(session, one.id, on=values["submitted_on"],
                                             note=values["settlement_note"], actor=security.actor(),
                                             now=clock.utc_now())

    return _act(number, position, SettlementSubmissionSchema(), "submitted", _settlement_page, submit)


@pages.post(f"{POSITION}/settlement-contests")
@security.require(Role.BUYER)
def contest_settlement(number: str, position: int) -> Redirect | tuple[str, int]:
    """The buyer confirms the amount but for a part, which it disputes."""
    return _act(number, position, SettlementContestForm(), "contested", _settlement_page, lambda session, one, values: (
        settlements.record_contest(session, one.id, Contest(**values), actor=security.actor(), now=clock.utc_now())))


def _act(number: str, position: int, schema: Schema, said: str, page: Page, act: Act) -> Redirect | tuple[str, int]:
    """Do the verb and go to the milestone it concerns; on a refusal the form again, with every problem."""
    given = flat(request.form, lists=("criteria",))
    try:
        values = parse(schema, given)
        with transaction() as session:
            done = act(session, queries.milestone_for(session, number, position, actor=security.actor()), values)
            reached = done.milestone.position
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(given)
        form.add(violation)
        with reading() as session:
            return page(session, number, position, form), violation.status
    flash(t(f"contracts.flash.{said}"), "success")
    return redirect(url_for("contracts.milestone", number=number, position=reached), 303)
