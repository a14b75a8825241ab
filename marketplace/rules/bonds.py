"""Bonds (保证金): which kinds may be asked for, how much at most, and when they go back.

Basis: Decree 802 Art 13 (in force 2025-06-01): no bonds but bid, performance, quality and migrant-wage bonds, never
limited to cash, a financial institution's guarantee is accepted, settled and returned promptly after the period.
The article speaks of works; the platform holds services to the same list. It sets no interest on a late return.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.rules import statutes
from marketplace.rules.dates import Calendar, add_days, roll_forward
from marketplace.rules.errors import Problem

ARTICLE = "CN-802/13"
PERCENT = 100


class BondKind(StrEnum):
    """The closed list of Art 13(1)."""

    BID = "bid"
    PERFORMANCE = "performance"
    QUALITY = "quality"
    MIGRANT_WAGE = "migrant_wage"


class BondInstrument(StrEnum):
    """How the founder provides a bond; the choice is the founder's, the buyer may not insist on cash (Art 13(2))."""

    CASH = "cash"
    BANK_GUARANTEE = "bank_guarantee"
    INSURANCE_GUARANTEE = "insurance_guarantee"
    SURETY_GUARANTEE = "surety_guarantee"


# Days from the end of the bond's period to its return. Art 13(3) says "promptly" and no number: the day itself, so
# that what is kept longer is seen; the number for bid bonds is the tender rules', counted from the signing.
PROMPTLY = statutes.Dated(0, "day", statutes.DECREE_802_SINCE, ARTICLE)
RETURN_DAYS = {
    BondKind.BID: statutes.Dated(5, "day", date(2012, 2, 1), "招标投标法实施条例（2012-02-01起施行）第五十七条"),
    BondKind.PERFORMANCE: PROMPTLY,
    BondKind.QUALITY: PROMPTLY,
    BondKind.MIGRANT_WAGE: PROMPTLY,
}


@dataclass(frozen=True)
class Cap:
    """`most_fen` of a base, rounded down; `source` is the rule that sets the percentage."""

    percent: int
    base_fen: int
    most_fen: int
    source: str


@dataclass(frozen=True)
class Return:
    """The last day for giving a bond back; `source` sets the days, `provisional` as everywhere."""

    day: date
    source: str
    provisional: bool


def cap(kind: BondKind, base_fen: int, *, on: date) -> Cap | None:
    """The most that may be asked for on a day; None where no percentage has been verified (migrant wages)."""
    rule = statutes.in_force(statutes.BOND_CAPS.get(kind, ()), on)
    if rule is None:
        return None
    return Cap(int(rule.value), base_fen, int(base_fen * rule.value // PERCENT), rule.source)


def problems(kind: BondKind, amount_fen: int, *, asked_before_fen: int, base_fen: int, on: date) -> list[Problem]:
    """What speaks against asking for a bond; bonds of one kind are held against the cap together."""
    if amount_fen <= 0:
        return [Problem("amount_fen", "money.zero")]
    most = cap(kind, base_fen, on=on)
    if most is not None and asked_before_fen + amount_fen > most.most_fen:
        return [Problem("amount_fen", "bond.over_cap", {
            "kind": kind, "percent": most.percent, "most_fen": most.most_fen, "asked_before_fen": asked_before_fen,
            "source": most.source})]
    if most is None and asked_before_fen + amount_fen > base_fen:
        return [Problem("amount_fen", "bond.over_contract", {"most_fen": base_fen})]
    return []


def return_by(kind: BondKind, ends_on: date, *, calendar: Calendar) -> Return:
    """The day by which a bond goes back when its period ends on `ends_on` (for bid bonds: the day of signing)."""
    rule = RETURN_DAYS[kind]
    rolled = roll_forward(add_days(ends_on, rule.value), calendar)
    return Return(rolled.day, rule.source, rolled.provisional)


def days_late(return_by_day: date, *, returned_on: date | None, as_of: date) -> int:
    """Days past the last day for the return, until it was returned; never negative."""
    return max(((returned_on if returned_on and returned_on <= as_of else as_of) - return_by_day).days, 0)
