"""`payment-term assess`: JSON facts in, JSON findings out, one case at a time.

The one place where the words of the assess format meet the rules. Pure: tables are arguments.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.rules import assess_findings as findings
from marketplace.rules.clocks import Clock, deadline
from marketplace.rules.dates import Calendar
from marketplace.rules.disclosure import disclosure
from marketplace.rules.errors import Invalid, Problems
from marketplace.rules.facts_reader import MOST_DAYS, Reader
from marketplace.rules.foreign import ForeignFacts, Regime, assess_foreign
from marketplace.rules.lpr import LprTable
from marketplace.rules.payment_facts import (
    AgreedRate,
    Allocation,
    Dispute,
    EnterpriseSize,
    Instrument,
    PayerType,
    Payment,
    PaymentFacts,
    RateUnit,
    StartBasis,
    contradictions,
)
from marketplace.rules.screening import Bond, Terms, screen
from marketplace.rules.statement import statement

# What each basis of the term start must be told; null says "not yet", a missing name says nothing.
_START_FACT = {
    StartBasis.DELIVERY: "delivery_date",
    StartBasis.ACCEPTANCE: "delivery_date",
    StartBasis.SETTLEMENT: "settlement_confirmed_date",
}


@dataclass(frozen=True)
class Tables:
    """The dated tables that findings rest on."""

    calendar: Calendar
    lpr: LprTable


def cases_of(document: Any) -> list[Any]:
    """The cases of a facts file: a list, or the list under "vectors". Raises Invalid("assess.no_cases")."""
    cases = document.get("vectors") if isinstance(document, dict) else document
    if not isinstance(cases, list):
        raise Invalid("assess.no_cases")
    return cases


def assess_case(case: Any, tables: Tables) -> dict[str, Any]:
    """{"id", …findings} of one case, or {"id", "error": {"code", "field", "message"}} when it cannot be read.

    `error` is about the first problem; `message` and `problems` name all of them.
    """
    identity = case.get("id") if isinstance(case, dict) else None
    if not isinstance(identity, str | int | None):
        identity = str(identity)
    try:
        return {"id": identity, **_findings(case, tables)}
    except Problems as refused:
        return {"id": identity, "error": findings.error(refused.problems)}


def _findings(case: Any, tables: Tables) -> dict[str, Any]:
    whole = Reader(case)
    kind = whole.given("kind", required=True)
    if kind is not None and (not isinstance(kind, str) or kind not in _KINDS):
        whole.note("kind", "facts.not_one_of", value=str(kind)[:40], options=list(_KINDS))
    whole.given("facts", required=True)
    whole.check()
    return _KINDS[kind](Reader(case["facts"]), tables)


def _payment(reader: Reader, tables: Tables) -> dict[str, Any]:
    as_of = reader.day("as_of", required=True)
    facts = read_payment_facts(reader)
    reader.check()
    return findings.payment(statement(facts, as_of=as_of, calendar=tables.calendar, lpr=tables.lpr))


def read_payment_facts(reader: Reader) -> PaymentFacts:
    """Facts of kind `payment`; what is wrong with them is noted on the reader, to be checked before use."""
    basis = reader.choice("start_basis", StartBasis, default=StartBasis.DELIVERY) or StartBasis.DELIVERY
    if _START_FACT[basis] not in reader.values:
        reader.note(_START_FACT[basis], "facts.missing")
    facts = PaymentFacts(
        payer_type=reader.choice("payer_type", PayerType, required=True),
        payee_size_at_signing=reader.choice("payee_size_at_signing", EnterpriseSize, required=True),
        contract_signed=reader.day("contract_signed", required=True),
        amount_fen=reader.whole("amount_fen", required=True, least=1),
        start_basis=basis,
        sme_declared_at_signing=reader.flag("sme_declared_at_signing", default=True),
        delivery_date=reader.day("delivery_date"),
        redelivery_date=reader.day("redelivery_date"),
        acceptance_period_days=reader.whole("acceptance_period_days", most=MOST_DAYS),
        acceptance_passed_date=reader.day("acceptance_passed_date"),
        settlement_confirmed_date=reader.day("settlement_confirmed_date"),
        settlement_submitted_date=reader.day("settlement_submitted_date"),
        settlement_period_days=reader.whole("settlement_period_days", most=MOST_DAYS),
        agreed_term_days=reader.whole("agreed_term_days", most=MOST_DAYS),
        over_60_justified=reader.flag("over_60_justified"),
        pay_when_paid_clause=reader.flag("pay_when_paid_clause"),
        agreed_rate=_agreed_rate(reader),
        allocation=reader.choice("allocation", Allocation, default=Allocation.INTEREST_FIRST),
        disputes=_disputes(reader),
        payments=tuple(_one_payment(part) for part in reader.parts("payments")),
    )
    if not reader.problems:
        reader.include(contradictions(facts))
    return facts


def _agreed_rate(reader: Reader) -> AgreedRate | None:
    part = reader.part("agreed_rate")
    if part is None:
        return None
    return AgreedRate(part.decimal("value", required=True), part.choice("unit", RateUnit, required=True))


def _disputes(reader: Reader) -> tuple[Dispute, ...]:
    disputed = reader.whole("disputed_fen")
    resolution = reader.part("dispute_resolution")
    if resolution is None:
        return (Dispute(disputed),) if disputed else ()
    if disputed is None:
        reader.note("disputed_fen", "facts.missing")
    return (Dispute(disputed or 0, resolution.day("date", required=True),
                    resolution.whole("upheld_fen", required=True) or 0),)


def _one_payment(part: Reader) -> Payment:
    return Payment(part.day("date", required=True), part.whole("amount_fen", required=True, least=1),
                   part.choice("instrument", Instrument), part.day("cash_date"))


def _clock(reader: Reader, tables: Tables) -> dict[str, Any]:
    clock, event = reader.choice("clock", Clock, required=True), reader.day("event_date", required=True)
    reader.check()
    return findings.clock(deadline(clock, event, calendar=tables.calendar))


def _screening(reader: Reader, tables: Tables) -> dict[str, Any]:
    rate = _agreed_rate(reader)
    terms = Terms(
        payer_type=reader.choice("payer_type", PayerType, required=True),
        contract_signed=reader.day("contract_signed", required=rate is not None),
        state_owned=reader.flag("state_owned"),
        agreed_term_days=reader.whole("agreed_term_days", most=MOST_DAYS),
        start_basis=reader.choice("start_basis", StartBasis, default=StartBasis.DELIVERY),
        acceptance_period_days=reader.whole("acceptance_period_days", most=MOST_DAYS),
        agreed_rate=rate,
        pay_when_paid_clause=reader.flag("pay_when_paid_clause"),
        non_cash_forced=reader.flag("non_cash_forced"),
        audit_as_settlement_basis=reader.flag("audit_as_settlement_basis"),
        bonds=tuple(Bond(part.text("kind"), part.decimal("percent"), part.flag("cash_only"))
                    for part in reader.parts("bonds")),
    )
    reader.check()
    return findings.screening(screen(terms, table=tables.lpr), terms.payer_type)


def _disclosure(reader: Reader, tables: Tables) -> dict[str, Any]:
    year = reader.whole("report_year", required=True, least=2000, most=2199)
    contracts = [(_reference(part), read_payment_facts(part)) for part in reader.parts("contracts", required=True)]
    reader.check()
    return findings.disclosure(disclosure(year, contracts, calendar=tables.calendar, lpr=tables.lpr))


def _reference(part: Reader) -> Any:
    ref = part.values.get("ref")
    return ref if isinstance(ref, int) and not isinstance(ref, bool) else part.text("ref")


def _foreign(reader: Reader, tables: Tables) -> dict[str, Any]:
    facts = ForeignFacts(
        regime=reader.choice("regime", Regime, required=True),
        start_date=reader.day("start_date", required=True),
        paid_date=reader.day("paid_date", required=True),
        amount_minor=reader.whole("amount_minor", required=True, least=1),
        reference_rate_percent=reader.decimal("reference_rate_percent", required=True, least=-10),
        term_days=reader.whole("term_days", most=MOST_DAYS),
        roll_weekend=reader.flag("roll_weekend"),
        margin_points=reader.decimal("margin_points"),
        day_basis=reader.whole("day_basis", least=360, most=366),
        fixed_compensation_minor=reader.whole("fixed_compensation_minor") or 0,
    )
    reader.check()
    return findings.foreign(assess_foreign(facts))


_KINDS: dict[str, Callable[[Reader, Tables], dict[str, Any]]] = {
    "payment": _payment, "clock": _clock, "screening": _screening, "disclosure": _disclosure, "foreign": _foreign,
}


