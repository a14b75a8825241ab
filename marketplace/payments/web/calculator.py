"""付款期限计算器: anyone types the facts of a contract and reads when money is due and what lateness costs.

The form is sent by GET: the address is the link to share.
"""
from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from flask import redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.forms import FormState
from marketplace.i18n import label, t
from marketplace.payments import calculator, texts
from marketplace.payments.calculator import FIELDS, MOST_PAYMENTS, Calculation
from marketplace.payments.web.pages import pages
from marketplace.rules import payment_facts as law
from marketplace.rules.errors import Problems
from marketplace.rules.payment_term import TERM_NOT_STARTED
from marketplace.rules.statement import Statement

Page = Any
REMOVE = "remove-payments-"
# A public body, 30 days whose last one lies in the National Day holiday of 2025, not paid eleven days after.
EXAMPLE = {"payer_type": "government", "payee_size": "micro", "contract_signed": "2025-07-10", "amount": "120000",
           "delivery_date": "2025-09-05", "as_of": "2025-10-20"}


@pages.get("/calculator", endpoint="calculator")
@security.public
def calculator_page() -> Page:
    """The form; with facts in the address, what follows from them."""
    typed = request.args.to_dict()
    rows, do = calculator.rows_typed(typed), typed.get("do", "")
    if do:
        return _form(typed, _changed(rows, do)), 200
    values = calculator.kept(typed, calculator.filled(rows))
    if not any(name in typed for name in FIELDS):
        return _form({}, []), 200
    lang = {name: typed[name] for name in ("lang",) if name in typed}
    if values and typed != values | lang:  # a form just sent: the address to share is without its blanks
        return redirect(url_for("payments.calculator", **values, **lang))
    try:
        result = calculator.calculate(values, today=clock.legal_day(clock.utc_now()))
    except Problems as refused:
        return _form(values, calculator.rows_typed(values), refused=refused), 422
    return _form(values, calculator.rows_typed(values), result=result), 200


def _changed(rows: list[dict[str, str]], do: str) -> list[dict[str, str]]:
    """The rows after one was added or taken away."""
    place = do.removeprefix(REMOVE)
    if do.startswith(REMOVE) and place.isdecimal() and len(place) < 4:
        return [row for number, row in enumerate(rows) if number != int(place)]
    return [*rows, {}][:MOST_PAYMENTS] if do == "add-payments" else rows[:MOST_PAYMENTS]


def _form(typed: dict[str, str], rows: list[dict[str, str]], *, refused: Problems | None = None,
          result: Calculation | None = None) -> str:
    shown = calculator.PRESET | {name: typed[name] for name in FIELDS if typed.get(name)}
    for number, row in enumerate(rows):
        means = {"instrument": calculator.TRANSFER}
        shown |= {f"payments.{number}.{name}": text for name, text in (means | row).items()}
    form = FormState(shown)
    if refused:
        form.add(refused)
    return render_template("payments/calculator.html", form=form, count=len(rows), most=MOST_PAYMENTS,
                           choices=_choices(), texts=texts, example=url_for("payments.calculator", **EXAMPLE),
                           result=result, **(_result(result) if result else {}))


def _result(result: Calculation) -> dict[str, Any]:
    found = result.found
    state, facts = texts.state(found, rejected=False,
                               waits_for_settlement=found.facts.start_basis is law.StartBasis.SETTLEMENT)
    said = t(f"payments.state.{state}", **facts)
    if TERM_NOT_STARTED in found.warnings and found.facts.start_basis is not law.StartBasis.SETTLEMENT:
        said = t("calculator.not_delivered")
    left = found.principal_left_fen or 0
    pinned = calculator.typed_of(found.facts, as_of=found.as_of)
    return {"found": found, "state": said, "left_fen": left,
            "facts": _facts_shown(found), "json": json.dumps(
                {"kind": "payment", "facts": result.facts}, ensure_ascii=False, indent=1),
            "link": url_for("payments.calculator", _external=True, **(pinned or {}))}


def _facts_shown(found: Statement) -> list[tuple[str, Any]]:
    """What was counted with, as (name, value): the page may be printed without its form."""
    facts = found.facts
    pairs: list[tuple[str, Any]] = [
        ("payer_type", label(facts.payer_type)), ("payee_size", label(facts.payee_size_at_signing)),
        ("sme_declared", t(f"calculator.{'yes' if facts.sme_declared_at_signing else 'no'}")),
        ("contract_signed", facts.contract_signed), ("amount", t("calculator.money", of_fen=facts.amount_fen)),
        ("start_basis", label(facts.start_basis)), ("delivery_date", facts.delivery_date),
        ("redelivery_date", facts.redelivery_date), ("acceptance_period_days", facts.acceptance_period_days),
        ("acceptance_passed_date", facts.acceptance_passed_date),
        ("settlement_submitted_date", facts.settlement_submitted_date),
        ("settlement_period_days", facts.settlement_period_days),
        ("settlement_confirmed_date", facts.settlement_confirmed_date),
        ("agreed_term_days", t("payments.terms.statutory") if facts.agreed_term_days is None else
         facts.agreed_term_days),
        ("over_60_justified", t("calculator.yes") if facts.over_60_justified else None),
        ("pay_when_paid_clause", t("calculator.yes") if facts.pay_when_paid_clause else None),
        ("agreed_rate", t("payments.terms.statutory_rate") if facts.agreed_rate is None else t(
            f"payments.terms.agreed_{facts.agreed_rate.unit}", value=f"{facts.agreed_rate.value:f}")),
        ("allocation", label(facts.allocation)), ("as_of", found.as_of)]
    for dispute in facts.disputes:
        pairs.append(("disputed", t("calculator.money", of_fen=dispute.amount_fen)))
        if dispute.resolved_on:
            pairs += [("dispute_resolved", dispute.resolved_on),
                      ("dispute_upheld", t("calculator.money", of_fen=dispute.upheld_fen))]
    return [(t(f"field.{name}"), value) for name, value in pairs if value is not None]


def _choices() -> dict[str, list[tuple[str, str]]]:
    def of(enum: type[StrEnum]) -> list[tuple[str, str]]:
        return [(str(member), label(member)) for member in enum]

    return {"payer_type": of(law.PayerType), "payee_size": of(law.EnterpriseSize), "start_basis": of(law.StartBasis),
            "rate_unit": of(law.RateUnit), "allocation": of(law.Allocation),
            "sme_declared": [(one, t(f"calculator.{one}")) for one in (calculator.YES, calculator.NO)],
            "instrument": [(one, t(f"payments.instrument.{one}"))
                           for one in (calculator.TRANSFER, *map(str, law.Instrument))]}
