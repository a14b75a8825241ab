"""Findings as JSON values, in the words of the assess format, with their basis beside them."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace.rules import statutes
from marketplace.rules.clocks import Deadline
from marketplace.rules.disclosure import Disclosure
from marketplace.rules.errors import Problem
from marketplace.rules.foreign import ForeignFinding
from marketplace.rules.lpr import percent_text
from marketplace.rules.payment_facts import PayerType, StartBasis
from marketplace.rules.payment_term import Step
from marketplace.rules.screening import Screening
from marketplace.rules.statement import Statement

# For machines and their keepers, in English; pages take their sentences from the translations.
MESSAGES = {
    "facts.missing": "is missing",
    "facts.not_a_date": "{value!r} is not a date, write YYYY-MM-DD",
    "facts.not_an_integer": "{value!r} is not an integer",
    "facts.not_a_decimal": "{value!r} is not a decimal number, write it as text such as \"3.45\"",
    "facts.not_true_or_false": "{value!r} is neither true nor false",
    "facts.not_one_of": "{value!r} is not one of {options}",
    "facts.not_text": "{value!r} is not text",
    "facts.not_an_object": "is not an object",
    "facts.not_a_list": "is not a list",
    "facts.out_of_range": "{value} is not between {least} and {most}",
    "facts.disputed_more_than_amount": "more is disputed than the amount of {amount_fen} fen",
    "facts.upheld_more_than_disputed": "more is upheld than the {disputed_fen} fen in dispute",
    "facts.before_delivery": "is before the delivery of {delivery_date}",
    "facts.cashed_before_given": "is before the bill was given on {date}",
}


def error(problems: Sequence[Problem]) -> dict[str, str]:
    """{"code", "field"} of the first problem and a message that names all."""
    said = [f"{problem.field or 'case'}: {MESSAGES[problem.code].format(**problem.facts)}" for problem in problems]
    return {"code": problems[0].code, "field": problems[0].field, "message": "; ".join(said)}


def payment(found: Statement) -> dict[str, Any]:
    """Findings of kind `payment`; optional ones only where they apply."""
    term, rate, accrual = found.term, found.rate, found.accrual
    findings: dict[str, Any] = {"in_scope": found.in_scope}
    if term and found.facts.start_basis is StartBasis.ACCEPTANCE:
        findings["acceptance_period_end"] = _day(term.acceptance_period_end)
    findings |= {
        "term_start": _day(term.start) if term else None,
        "term_days": term.days if term else None,
        "nominal_due_date": _day(term.nominal) if term else None,
        "due_date": _day(found.due),
        "rate_basis": str(rate.basis) if rate else None,
        "lpr_at_signing_percent": percent_text(rate.lpr.percent) if rate and rate.lpr.percent is not None else None,
        "overdue_days": found.overdue_days,
        "overdue_from": _day(found.overdue_from),
        "interest_total_fen": found.interest_fen,
        "interest_unpaid_fen": found.interest_unpaid_fen,
        "principal_cleared_date": _day(accrual.cleared_on) if accrual else None,
        "principal_outstanding_fen": found.principal_left_fen,
    }
    if accrual and found.facts.disputes:
        findings["undisputed_due_fen"] = found.facts.undisputed_fen
    if found.interest_if_unagreed_fen is not None:
        findings["interest_total_if_treated_as_unagreed_fen"] = found.interest_if_unagreed_fen
    if accrual and (len(found.facts.payments) > 1 or accrual.principal_left_fen):
        findings["ledger"] = [{
            "date": line.date.isoformat(), "to_interest_fen": line.to_interest_fen,
            "to_principal_fen": line.to_principal_fen, "principal_left_fen": line.principal_left_fen,
        } for line in accrual.ledger]
    return findings | {"flags": list(found.flags)} | _beyond_the_format(found)


def _beyond_the_format(found: Statement) -> dict[str, Any]:
    """What the format does not ask for: warnings, other readings, the arithmetic and its articles."""
    segments = found.accrual.segments if found.accrual and found.due else ()
    return {
        "warnings": list(found.warnings),
        "provisional": bool(found.term and found.term.provisional),
        "remind_on": _day(found.remind_on),
        "settlement_period_end": _day(found.term.settlement_period_end) if found.term else None,
        "due_date_if_over_60_term_is_void": _day(found.term.due_if_over_60_void) if found.term else None,
        "interest_total_at_lpr_fen": found.interest_at_lpr_fen,
        "overpaid_fen": found.accrual.overpaid_fen if found.accrual else None,
        "segments": [{
            "first_day": s.first.isoformat(), "last_day": s.last.isoformat(), "days": s.days,
            "principal_fen": s.principal_fen, "daily_rate": str(s.daily), "interest_fen_exact": str(s.interest),
        } for s in segments],
        "basis": [_step(step) for step in found.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {"what": step.what, "value": _plain(step.value), "article": step.article,
            "citation": statutes.article(step.article).citation, "note_code": step.note_code,
            "facts": {name: _plain(value) for name, value in step.facts.items()}}


def clock(found: Deadline) -> dict[str, Any]:
    """Findings of kind `clock`."""
    findings: dict[str, Any] = {"deadline": found.day.isoformat()}
    if found.latest is not None:
        findings["max_deadline"] = found.latest.isoformat()
    return findings | {"provisional": found.provisional, "citation": statutes.article(found.article).citation}


def screening(found: Screening, payer_type: PayerType) -> dict[str, Any]:
    """Findings of kind `screening`."""
    return {
        "decision": str(found.decision),
        "reasons": [finding.label for finding in found.reasons],
        "warnings": [finding.label for finding in found.warnings],
        "in_scope": found.in_scope,
        "notices": list(found.notices),
        "basis": [{"finding": finding.label, "article": finding.article(payer_type),
                   "citation": statutes.article(finding.article(payer_type)).citation}
                  for finding in found.reasons + found.warnings],
    }


def disclosure(found: Disclosure) -> dict[str, Any]:
    """Findings of kind `disclosure`."""
    return {
        "overdue_unpaid_contract_refs": found.refs,
        "overdue_unpaid_contract_count": len(found.refs),
        "overdue_unpaid_principal_fen": found.principal_fen,
        "publish_by": found.publish_by.isoformat(),
        "as_of": found.as_of.isoformat(),
        "citation": statutes.article("CN-802/18-1").citation,
    }


def foreign(found: ForeignFinding) -> dict[str, Any]:
    """Findings of kind `foreign`."""
    return {
        "due_date": found.due_date.isoformat(),
        "overdue_days": found.overdue_days,
        "interest_minor": found.interest_minor,
        "fixed_compensation_minor": found.fixed_compensation_minor,
        "citation": statutes.article(found.article).citation,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
