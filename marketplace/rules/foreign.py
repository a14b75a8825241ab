"""Late payment under other laws: due date, simple interest, fixed compensation. Rates are inputs, never constants.

Basis: Directive 2011/7/EU Arts 3, 4, 6; Late Payment of Commercial Debts (Interest) Act 1998 ss 4, 5A, 6;
Prompt Payment Act, 5 CFR 1315.4, 1315.10, 1315.17.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from marketplace.rules.dates import DAY, SATURDAY, add_days
from marketplace.rules.money import round_half_up


class Regime(StrEnum):
    """Laws other than CN-802 that an obligation may be under."""

    EU_2011_7 = "EU-2011-7"
    UK_1998 = "UK-1998"
    US_PPA = "US-PPA"


@dataclass(frozen=True)
class Defaults:
    """What a regime says where the facts are silent: days, points over the reference rate, days in a year."""

    term_days: int
    margin_points: Decimal
    day_basis: int
    article: str


DEFAULTS = {
    Regime.EU_2011_7: Defaults(30, Decimal(8), 365, "EU-2011-7/3"),
    Regime.UK_1998: Defaults(30, Decimal(8), 365, "UK-1998/4"),
    Regime.US_PPA: Defaults(30, Decimal(0), 360, "US-PPA/1315.4"),
}


@dataclass(frozen=True)
class ForeignFacts:
    """One debt; amounts in the currency's minor unit, the reference rate in percent a year."""

    regime: Regime
    start_date: date
    paid_date: date
    amount_minor: int
    reference_rate_percent: Decimal
    term_days: int | None = None
    roll_weekend: bool = False
    margin_points: Decimal | None = None
    day_basis: int | None = None
    fixed_compensation_minor: int = 0


@dataclass(frozen=True)
class ForeignFinding:
    """`interest_minor` and `fixed_compensation_minor` are 0 when the debt was paid in time."""

    due_date: date
    overdue_days: int
    interest_minor: int
    fixed_compensation_minor: int
    article: str


def assess_foreign(facts: ForeignFacts) -> ForeignFinding:
    """Due date (rolled off Saturday and Sunday where asked), days late, simple interest rounded half up once."""
    defaults = DEFAULTS[facts.regime]
    due = add_days(facts.start_date, defaults.term_days if facts.term_days is None else facts.term_days)
    while facts.roll_weekend and due.weekday() >= SATURDAY:
        due += DAY
    late = max((facts.paid_date - due).days, 0)
    margin = defaults.margin_points if facts.margin_points is None else facts.margin_points
    basis = defaults.day_basis if facts.day_basis is None else facts.day_basis
    yearly = (Fraction(facts.reference_rate_percent) + Fraction(margin)) / 100
    interest = round_half_up(facts.amount_minor * yearly * late / basis)
    return ForeignFinding(due, late, interest, facts.fixed_compensation_minor if late else 0, defaults.article)
