"""A buyer's payment terms held against Decree 802 before anything is published, and as a page sums them up."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace import reference
from marketplace.accounts.models import Organisation
from marketplace.rules import lpr, screening, statutes
from marketplace.rules.errors import Problem
from marketplace.rules.payment_facts import AgreedRate, PayerType, RateUnit, StartBasis

# Where a finding is shown, and the key of its sentence.
_REFUSALS = {
    screening.PAY_WHEN_PAID: ("pay_when_paid_clause", "terms.pay_when_paid"),
    screening.TERM_OVER_60: ("term_days", "terms.public_over_60"),
    screening.ACCEPTANCE_PERIOD_MISSING: ("acceptance_period_days", "terms.acceptance_period_missing"),
    screening.RATE_BELOW_LPR: ("late_rate_value", "terms.rate_below_lpr"),
}


def screen(terms: Any, buyer: Organisation, *, today: dt.date) -> screening.Screening:
    """What Decree 802 says to `terms` (anything with TERM_FIELDS) if a contract were signed today."""
    return screening.screen(
        screening.Terms(
            payer_type=PayerType(buyer.payer_type), contract_signed=today, state_owned=buyer.state_owned,
            agreed_term_days=terms.term_days, start_basis=StartBasis(terms.start_basis),
            acceptance_period_days=terms.acceptance_period_days, agreed_rate=agreed_rate(terms),
            pay_when_paid_clause=terms.pay_when_paid_clause),
        table=reference.lpr_table())


def agreed_rate(terms: Any) -> AgreedRate | None:
    """The late-interest rate that was stated, None where the statutory one applies."""
    if terms.late_rate_value is None:
        return None
    return AgreedRate(Decimal(terms.late_rate_value), RateUnit(terms.late_rate_unit))


def refusals(terms: Any, buyer: Organisation, *, today: dt.date, row: int | None = None) -> Iterator[Problem]:
    """Why these terms cannot stand: what the law forbids, and a long term without its reason.

    Basis: Decree 802 Arts 9, 10, 17 (in force 2025-06-01). A large enterprise may exceed 60 days only with a
    reason from its trade, which is published with the demand.
    """
    found = screen(terms, buyer, today=today)
    facts = {"days": terms.term_days, "most": statutes.PUBLIC_LONGEST_TERM[-1].value,
             "lpr": lpr_percent(today), "rate": terms.late_rate_value}
    for finding in found.reasons:
        field, code = _REFUSALS[finding.code]
        yield Problem(field, code, facts, row)
    if terms.start_basis == StartBasis.SETTLEMENT and terms.settlement_period_days is None and found.in_scope:
        # Art 9(4) sets no period for confirming; without one a buyer that does not answer never starts the term.
        yield Problem("settlement_period_days", "terms.settlement_period_missing", {}, row)
    over_60 = any(finding.code == screening.TERM_OVER_60 for finding in found.warnings)
    if over_60 and not (terms.over_60_reason or "").strip():
        yield Problem("over_60_reason", "terms.over_60_reason_needed", {"days": terms.term_days}, row)


def lpr_percent(today: dt.date) -> str:
    """The 1-year LPR an agreed rate may not fall below today, as percent a year."""
    percent = lpr.at_signing(reference.lpr_table(), today).percent
    return "—" if percent is None else lpr.percent_text(percent)


@dataclass(frozen=True)
class Summary:
    """The terms as a founder must know them before bidding.

    `days` None only where neither contract nor law sets a term (a payer outside Decree 802). `term_article`,
    `start_article` and `interest_article` are keys of statutes.ARTICLES, None outside Decree 802.
    """

    payer_type: str
    in_scope: bool
    days: int | None
    agreed: bool
    over_60_reason: str | None
    start_basis: str
    acceptance_period_days: int | None
    settlement_period_days: int | None
    rate_value: str | None
    rate_unit: str | None
    allocation: str
    term_article: str | None
    start_article: str | None
    interest_article: str | None


def summary(terms: Any, buyer: Organisation) -> Summary:
    """Sum up stored or drafted terms of a buyer, statutory defaults filled in."""
    payer = PayerType(buyer.payer_type)
    in_scope = payer is not PayerType.SME
    default = None
    if in_scope:
        series = statutes.PUBLIC_DEFAULT_TERM if payer.is_public_body else statutes.LARGE_DEFAULT_TERM
        default = series[-1].value
    term_article = "CN-802/9-1" if payer.is_public_body else "CN-802/9-2"
    start_article = {StartBasis.ACCEPTANCE: "CN-802/10-2", StartBasis.SETTLEMENT: "CN-802/9-4"}.get(
        StartBasis(terms.start_basis), term_article)
    return Summary(
        payer_type=payer.value, in_scope=in_scope,
        days=terms.term_days if terms.term_days is not None else default, agreed=terms.term_days is not None,
        over_60_reason=terms.over_60_reason, start_basis=terms.start_basis,
        acceptance_period_days=terms.acceptance_period_days, settlement_period_days=terms.settlement_period_days,
        rate_value=terms.late_rate_value, rate_unit=terms.late_rate_unit, allocation=terms.allocation,
        term_article=term_article if in_scope else None, start_article=start_article if in_scope else None,
        interest_article="CN-802/17" if in_scope else None)
