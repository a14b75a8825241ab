"""The list of contracts and the page of one: whose turn, its milestones, its text, its line from award to money."""
from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.bonds import queries as bonds
from marketplace.bonds.operations import days_late
from marketplace.contracts import operations as contracts
from marketplace.contracts import queries, terms
from marketplace.contracts.models import Contract
from marketplace.contracts.schemas import ConfirmationSchema
from marketplace.contracts.web.pages import pages
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.objections import standstill
from marketplace.payments import pages as shown
from marketplace.payments import queries as owed
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import ContractStatus
from marketplace.tendering import queries as tendering

PAGE = 50


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
def show(number: str) -> str | Redirect:
    """One contract: whose turn, its milestones, its text, its line from award to money."""
    with reading() as session:
        if (gone := tendering.revoked_contract(session, number, actor=security.actor())) is not None:
            flash(t("objections.contract_gone", number=number), "warning")
            return redirect(url_for("objections.award", code=gone.demand.code), 303)
        return _contract_page(session, number, FormState())


def _contract_page(session: Session, number: str, form: FormState) -> str:
    contract = queries.for_party(session, number, actor=security.actor())
    today = clock.legal_day(clock.utc_now())
    rows = shown.rows_of(contract, owed.of_contracts(session, [contract.id]), as_of=today)
    side = shown.contract_side(contract, security.actor())
    confirmed = getattr(contract, f"{side}_confirmed_at", None)
    hold = standstill.hold_of(session, contract.demand_id, today=today)
    return render_template(
        "contracts/show.html", contract=contract, rows=rows, form=form, side=side,
        banner=shown.banner(contract, rows, actor=security.actor(), today=today),
        status=ContractStatus(contract.status), events=shown.events(contract, rows, today=today),
        may_confirm=contract.status == ContractStatus.PENDING and side in ("buyer", "founder") and not confirmed
        and hold is None, hold=hold,
        confirmed=confirmed, terms=shown.term_facts(contract),
        bonds=[(one, days_late(one, as_of=today)) for one in bonds.of_contract(session, contract.id)],
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
