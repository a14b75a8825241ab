"""The public calculator: texts as typed into a form ↔ facts of kind `payment`, and what follows from them.

The texts become the JSON values of the assess format and are read by its own reader, so the page cannot find
anything else than `payment-term assess` and the API do.
"""
from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace import reference
from marketplace.rules import payment_facts as law
from marketplace.rules.assess import read_payment_facts
from marketplace.rules.errors import Invalid, Problem, Problems
from marketplace.rules.facts_reader import Reader
from marketplace.rules.money import parse_yuan
from marketplace.rules.screening import Screening, Terms, screen
from marketplace.rules.statement import Statement, statement

MOST_PAYMENTS = 6
MOST_TYPED = 40
YES, NO, TRANSFER = "yes", "no", "transfer"
_TRUE = {"1", "true", "on", YES}
_DAYS = ("contract_signed", "delivery_date", "redelivery_date", "acceptance_passed_date",
         "settlement_submitted_date", "settlement_confirmed_date", "as_of")
_NUMBERS = ("acceptance_period_days", "settlement_period_days", "agreed_term_days")
_TICKS = ("over_60_justified", "pay_when_paid_clause")
# The fields of the page in their order, and those of one row of payments.
FIELDS = ("payer_type", "payee_size", "sme_declared", "contract_signed", "amount", "start_basis", "delivery_date",
          "redelivery_date", "acceptance_period_days", "acceptance_passed_date", "settlement_submitted_date",
          "settlement_period_days", "settlement_confirmed_date", "agreed_term_days", *_TICKS, "agreed_rate",
          "rate_unit", "allocation", "disputed", "dispute_resolved", "dispute_upheld", "as_of")
ROW_FIELDS = ("date", "amount", "instrument", "cash_date")
_ROW = re.compile(r"payments\.(\d{1,3})\.(\w+)", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
# What a field says when nothing is chosen; said or not, it means the same.
PRESET = {"sme_declared": YES, "start_basis": str(law.StartBasis.DELIVERY), "instrument": TRANSFER,
          "rate_unit": str(law.RateUnit.PERCENT_PER_YEAR), "allocation": str(law.Allocation.INTEREST_FIRST)}
# Where a name of the assess format stands on the page.
_ON_PAGE = {"payee_size_at_signing": "payee_size", "sme_declared_at_signing": "sme_declared", "amount_fen": "amount",
            "disputed_fen": "disputed", "dispute_resolution.date": "dispute_resolved",
            "dispute_resolution.upheld_fen": "dispute_upheld", "agreed_rate.value": "agreed_rate",
            "agreed_rate.unit": "rate_unit"}
_PAYMENT_PATH = re.compile(r"payments\[(\d+)\]\.(\w+)")


@dataclass(frozen=True)
class Calculation:
    """`facts` as `payment-term assess` reads them (`as_of` included), the statement of that day, and what the law
    says of the same terms if they were signed today; None where the payee is not protected."""

    facts: dict[str, Any]
    found: Statement
    screening: Screening | None


def rows_typed(typed: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of part payments in their order, blank ones included."""
    rows: dict[int, dict[str, str]] = {}
    for name, text in typed.items():
        if (found := _ROW.fullmatch(name)) and found[2] in ROW_FIELDS:
            rows.setdefault(int(found[1]), {})[found[2]] = text
    return [rows[number] for number in sorted(rows)]


def kept(typed: Mapping[str, str], rows: list[dict[str, str]]) -> dict[str, str]:
    """What was typed, without blanks, presets and strange fields, rows numbered anew: the query of the address."""
    values = dict(_said(typed, FIELDS))
    for number, row in enumerate(rows):
        values |= {f"payments.{number}.{name}": text for name, text in _said(row, ROW_FIELDS)}
    return values


def _said(typed: Mapping[str, str], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    stripped = ((name, typed.get(name, "").strip()) for name in names)
    return ((name, text) for name, text in stripped if text not in ("", PRESET.get(name)))


def filled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows in which something is typed; a means of payment alone, which is preset, says nothing."""
    return [row for row in rows if any(row.get(name, "").strip() for name in ROW_FIELDS if name != "instrument")]


def calculate(typed: Mapping[str, str], *, today: dt.date) -> Calculation:
    """What follows from the facts typed, as of `as_of` or today. Raises Problems under the page's field names."""
    problems: list[Problem] = []
    rows = filled(rows_typed(typed))
    if len(rows) > MOST_PAYMENTS:
        problems.append(Problem("payments", "calculator.too_many_payments",
                                {"most": MOST_PAYMENTS, "count": len(rows)}))
    facts = _facts(typed, rows[:MOST_PAYMENTS], problems, today)
    reader = Reader(facts)
    as_of, read = reader.day("as_of", required=True), read_payment_facts(reader)
    told = {problem.field for problem in problems}
    problems += [moved for moved in map(_moved, reader.problems) if moved.field not in told]
    if problems:
        raise Problems(problems)
    found = statement(read, as_of=as_of, calendar=reference.calendar(), lpr=reference.lpr_table())
    return Calculation(facts, found, _screened(read, today) if found.in_scope else None)


def typed_of(facts: law.PaymentFacts, *, as_of: dt.date) -> dict[str, str] | None:
    """The texts that say these facts; None where the page has no room for them (several disputes, many payments)."""
    if len(facts.payments) > MOST_PAYMENTS or len(facts.disputes) > 1:
        return None
    values = {"payee_size": facts.payee_size_at_signing, "sme_declared": YES if facts.sme_declared_at_signing else NO,
              "amount": _yuan(facts.amount_fen), "as_of": as_of, "payer_type": facts.payer_type,
              "start_basis": facts.start_basis, "allocation": facts.allocation}
    values |= {name: getattr(facts, name) for name in (*_DAYS, *_NUMBERS) if name != "as_of"}
    values |= {name: "1" for name in _TICKS if getattr(facts, name)}
    if facts.agreed_rate:
        values |= {"agreed_rate": f"{facts.agreed_rate.value:f}", "rate_unit": facts.agreed_rate.unit}
    for dispute in facts.disputes:
        values["disputed"] = _yuan(dispute.amount_fen)
        if dispute.resolved_on:
            values |= {"dispute_resolved": dispute.resolved_on, "dispute_upheld": _yuan(dispute.upheld_fen)}
    rows = [{"date": str(one.date), "amount": _yuan(one.amount_fen), "instrument": str(one.instrument or TRANSFER),
             "cash_date": str(one.cash_date or "")} for one in facts.payments]
    return kept({name: str(value) for name, value in values.items() if value is not None}, rows)


def _facts(typed: Mapping[str, str], rows: list[dict[str, str]], problems: list[Problem],
           today: dt.date) -> dict[str, Any]:
    """The values of the assess format; what cannot become one is noted in `problems` and left null."""
    text = {name: _plain(typed.get(name, "")) for name in FIELDS}

    def money(name: str, value: str, *, allow_zero: bool = False) -> int | None:
        try:
            return parse_yuan(value, allow_zero=allow_zero) if value else None
        except Invalid as refused:
            problems.append(Problem(name, refused.code, refused.facts))
            return None

    def whole(name: str) -> int | None:
        if text[name] and not _WHOLE.fullmatch(text[name]):
            problems.append(Problem(name, "field.not_a_number"))
            return None
        return int(text[name]) if text[name] else None

    if text["sme_declared"] not in ("", YES, NO):
        problems.append(Problem("sme_declared", "field.not_a_choice"))
    facts: dict[str, Any] = {name: text[name] or None for name in ("payer_type", "start_basis", "allocation", *_DAYS)}
    facts |= {"payee_size_at_signing": text["payee_size"] or None, "amount_fen": money("amount", text["amount"]),
              "sme_declared_at_signing": text["sme_declared"] != NO}
    facts |= {name: whole(name) for name in _NUMBERS} | {name: text[name].lower() in _TRUE for name in _TICKS}
    if text["agreed_rate"]:
        facts["agreed_rate"] = {"value": text["agreed_rate"].rstrip("%"),
                                "unit": text["rate_unit"] or PRESET["rate_unit"]}
    facts["disputed_fen"] = money("disputed", text["disputed"], allow_zero=True)
    if text["dispute_resolved"] or text["dispute_upheld"]:
        facts["dispute_resolution"] = {"date": text["dispute_resolved"] or None,
                                       "upheld_fen": money("dispute_upheld", text["dispute_upheld"], allow_zero=True)}
    facts["payments"] = [dict(_payment(row, number, money)) for number, row in enumerate(rows)]
    facts["as_of"] = facts["as_of"] or today.isoformat()
    return facts


def _payment(row: Mapping[str, str], number: int, money: Any) -> Iterator[tuple[str, Any]]:
    means = _plain(row.get("instrument", ""))
    yield "date", _plain(row.get("date", "")) or None
    yield "amount_fen", money(f"payments.{number}.amount", _plain(row.get("amount", "")))
    if means not in ("", TRANSFER):
        yield "instrument", means
        yield "cash_date", _plain(row.get("cash_date", "")) or None


def _plain(text: str) -> str:
    """A typed text in plain letters and digits, no longer than anything meant seriously."""
    return unicodedata.normalize("NFKC", text[:MOST_TYPED + 1]).strip()


def _moved(problem: Problem) -> Problem:
    """A problem of the assess format beside the field of the page."""
    found = _PAYMENT_PATH.fullmatch(problem.field)
    if found:
        name = "amount" if found[2] == "amount_fen" else found[2]
        return Problem(f"payments.{found[1]}.{name}", problem.code, problem.facts)
    return Problem(_ON_PAGE.get(problem.field, problem.field), problem.code, problem.facts)


def _screened(facts: law.PaymentFacts, today: dt.date) -> Screening:
    """The terms as if signed today. Basis: Decree 802 Arts 9-13, 17 (in force 2025-06-01)."""
    return screen(Terms(
        payer_type=facts.payer_type, contract_signed=today, agreed_term_days=facts.agreed_term_days,
        start_basis=facts.start_basis, acceptance_period_days=facts.acceptance_period_days,
        agreed_rate=facts.agreed_rate, pay_when_paid_clause=facts.pay_when_paid_clause), table=reference.lpr_table())


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}".removesuffix(".00")
