"""The page of a contract's bonds, with what each side can do about them."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.bonds import operations as bonds
from marketplace.bonds import queries
from marketplace.bonds.models import Bond
from marketplace.bonds.operations import Provision, Requirement
from marketplace.bonds.schemas import (
    BondContradictionSchema,
    BondProvisionSchema,
    BondRequirementForm,
    BondReturnSchema,
)
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.rules import bonds as law
from marketplace.rules.bonds import BondInstrument, BondKind
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import BondStatus

pages = Blueprint("bonds", __name__)
HERE = "/contracts/<number>/bonds"
ONE = f"{HERE}/<int(max=2147483647):bond_id>"


@pages.get(HERE)
@security.require()
def index(number: str) -> str:
    """The bonds of a contract: what may be asked for, what is held, what is due for return."""
    with reading() as session:
        return _page(session, number, FormState(), None)


def _page(session: Session, number: str, form: FormState, bond_id: int | None) -> str:
    contract = contracts.for_party(session, number, actor=security.actor())
    today = clock.legal_day(clock.utc_now())
    side = {contract.buyer_id: "buyer", contract.founder_id: "founder"}.get(security.actor().organisation_id, "")
    return render_template(
        "bonds/index.html", contract=contract, side=side, today=today, form=form, wrong_id=bond_id,
        bonds=[(bond, BondStatus(bond.status), bonds.days_late(bond, as_of=today))
               for bond in queries.of_contract(session, contract.id)],
        caps=_caps(contract, today), kinds=[(kind.value, t(f"enum.BondKind.{kind}")) for kind in BondKind],
        instruments=[(kind.value, t(f"enum.BondInstrument.{kind}")) for kind in BondInstrument])


def _caps(contract: Contract, today: dt.date) -> list[tuple[str, int | None, str]]:
    """(kind, most in fen or None, source of the percentage) of every kind that may be asked for."""
    found = [(kind, law.cap(kind, bonds.base_fen(contract, kind), on=today)) for kind in BondKind]
    return [(t(f"enum.BondKind.{kind}"), most.most_fen if most else None,
             t("bonds.cap_of", percent=most.percent, source=most.source) if most else t("bonds.no_cap"))
            for kind, most in found]


def _act(number: str, bond_id: int | None, said: str, schema: Schema | None,
         act: Callable[[Session, dict[str, Any]], Any]) -> Response | tuple[str, int]:
    """Do a verb in one transaction; every problem is shown at the form it came from."""
    form = FormState(flat(request.form))
    try:
        values = parse(schema, flat(request.form)) if schema else {}
        with transaction() as session:
            act(session, values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation)
        with reading() as session:
            return _page(session, number, form, bond_id), violation.status
    flash(t(f"bonds.flash.{said}"), "success")
    return redirect(url_for("bonds.index", number=number), 303)


@pages.post(HERE)
@security.require(Role.BUYER)
def require(number: str) -> Response | tuple[str, int]:
    """The buyer asks for a bond."""
    return _act(number, None, "required", BondRequirementForm(), lambda session, values: bonds.require(
        session, contracts.for_party(session, number, actor=security.actor()), Requirement(**values),
        actor=security.actor(), now=clock.utc_now()))


def _one(session: Session, number: str, bond_id: int) -> Bond:
    return queries.for_party(session, number, bond_id, actor=security.actor())


@pages.post(f"{ONE}/waiver")
@security.require(Role.BUYER)
def waive(number: str, bond_id: int) -> Response | tuple[str, int]:
    """The buyer no longer asks for it."""
    return _act(number, bond_id, "waived", None, lambda session, _: bonds.waive(
        session, _one(session, number, bond_id), actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/provision")
@security.require(Role.FOUNDER)
def provide(number: str, bond_id: int) -> Response | tuple[str, int]:
    """The founder provides it."""
    return _act(number, bond_id, "provided", BondProvisionSchema(), lambda session, values: bonds.provide(
        session, _one(session, number, bond_id), Provision(**values), actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/return")
@security.require(Role.BUYER)
def give_back(number: str, bond_id: int) -> Response | tuple[str, int]:
    """The buyer says that it gave it back."""
    return _act(number, bond_id, "return_notified", BondReturnSchema(), lambda session, values: bonds.notify_return(
        session, _one(session, number, bond_id), on=values["returned_on"], reference=values["return_reference"],
        actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/return-confirmation")
@security.require(Role.FOUNDER)
def confirm_return(number: str, bond_id: int) -> Response | tuple[str, int]:
    """The founder has it back."""
    return _act(number, bond_id, "returned", None, lambda session, _: bonds.confirm_return(
        session, _one(session, number, bond_id), actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{ONE}/return-contradiction")
@security.require(Role.FOUNDER)
def contradict_return(number: str, bond_id: int) -> Response | tuple[str, int]:
    """The founder does not have it back."""
    return _act(number, bond_id, "contradicted", BondContradictionSchema(), lambda session, values: (
        bonds.contradict_return(session, _one(session, number, bond_id), note=values["note"], actor=security.actor(),
                                now=clock.utc_now())))
