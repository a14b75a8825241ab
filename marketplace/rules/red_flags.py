"""Red flags of payment, P1 to P7: leads for a person to look into, never verdicts.

Each is a pure function from facts known on a day to a `RedFlag`, or None. `grounds` are the facts that triggered
it and stay the same from day to day: when they change, an acknowledged flag is shown again. `measured` runs with
the day. Where a law speaks, `basis` is its article (a key of statutes.ARTICLES); thresholds without a number in the
law are the platform's own, dated, and said to be so.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.rules.payment_facts import PayerType
from marketplace.rules.statutes import (
    DECREE_802_SINCE,
    LARGE_REVIEW_TERM,
    PUBLIC_LONGEST_TERM,
    Dated,
    in_force,
)

PLATFORM_RULE = "platform"
PERCENT = 100


class Flag(StrEnum):
    """The identifiers, as published."""

    TERM_OVER_CAP = "P1"
    ACCEPTANCE_STALLED = "P2"
    DUE_DATE_MOVED = "P3"
    INVOICE_REFUSED = "P4"
    NON_CASH = "P5"
    SAME_WINNER = "P6"
    NO_PAYMENT_RECORD = "P7"


def _platform(value: int, unit: str) -> tuple[Dated[int], ...]:
    return (Dated(value, unit, DECREE_802_SINCE, PLATFORM_RULE),)


# Days without an answer to a delivery where the contract names no acceptance period.
STALLED_AFTER = _platform(30, "day")
DUE_DATE_MOVES = _platform(2, "times")
INVOICES_REFUSED = _platform(1, "times")
NON_CASH_SHARE = _platform(50, "percent")
# Of a buyer's awards within a window of days: how many at least, and the share of one winner.
WINNER_WINDOW = _platform(365, "day")
WINNER_AWARDS = _platform(3, "awards")
WINNER_SHARE = _platform(60, "percent")
SILENT_AFTER_AWARD = _platform(90, "day")
THRESHOLDS: dict[Flag, tuple[tuple[str, tuple[Dated[int], ...]], ...]] = {
    Flag.TERM_OVER_CAP: (("public_cap", PUBLIC_LONGEST_TERM), ("large_review", LARGE_REVIEW_TERM)),
    Flag.ACCEPTANCE_STALLED: (("stalled_after", STALLED_AFTER),),
    Flag.DUE_DATE_MOVED: (("moves", DUE_DATE_MOVES),),
    Flag.INVOICE_REFUSED: (("refused", INVOICES_REFUSED),),
    Flag.NON_CASH: (("share", NON_CASH_SHARE),),
    Flag.SAME_WINNER: (("window", WINNER_WINDOW), ("awards", WINNER_AWARDS), ("share", WINNER_SHARE)),
    Flag.NO_PAYMENT_RECORD: (("silent_after", SILENT_AFTER_AWARD),),
}


@dataclass(frozen=True)
class RedFlag:
    """A flag that is raised: why (`grounds`, stable), how far it has gone (`measured`), and on what basis."""

    flag: Flag
    basis: str
    grounds: dict[str, Any]
    measured: dict[str, int] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of flag and grounds: an acknowledgement holds while it stays the same."""
        body = json.dumps([self.flag, self.grounds], ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(body.encode()).hexdigest()


def value(series: Sequence[Dated[int]], on: date) -> int:
    """A threshold on a day; before the first edition, the first one."""
    return (in_force(series, on) or series[0]).value


def term_over_cap(*, payer_type: PayerType, term_days: int | None, signed_on: date, has_reason: bool) -> RedFlag | None:
    """P1: the agreed term is longer than 60 days. Basis: Decree 802 Art 9(1) for public bodies, a cap; Art 9(2) for
    large enterprises, the day from which the platform asks for a reason (both in force 2025-06-01).
    """
    series = PUBLIC_LONGEST_TERM if payer_type.is_public_body else LARGE_REVIEW_TERM
    cap = in_force(series, signed_on)
    if payer_type is PayerType.SME or cap is None or term_days is None or term_days <= cap.value:
        return None
    return RedFlag(Flag.TERM_OVER_CAP, cap.source, {"term_days": term_days, "cap_days": cap.value,
                                                    "has_reason": has_reason})


def acceptance_stalled(*, delivered_on: date | None, decided: bool, period_end: date | None,
                       as_of: date) -> RedFlag | None:
    """P2: a delivery without an answer after the agreed acceptance period, or after 30 days where none is agreed.

    Basis: Decree 802 Art 10(2) (in force 2025-06-01); the 30 days are a platform rule.
    """
    if delivered_on is None or decided:
        return None
    if period_end is not None:
        late, basis = (as_of - period_end).days, "CN-802/10-2"
    else:
        late, basis = (as_of - delivered_on).days - value(STALLED_AFTER, as_of), PLATFORM_RULE
    if late <= 0:
        return None
    return RedFlag(Flag.ACCEPTANCE_STALLED, basis, {"delivered_on": delivered_on, "period_end": period_end},
                   {"days": late})


def due_date_moved(moves: Sequence[tuple[date, date]], *, as_of: date) -> RedFlag | None:
    """P3: the due date of one payment was changed again and again; `moves` are (before, after), oldest first.

    Only changes to a later day count: an earlier one is in the payee's favour. A platform rule.
    """
    later = [(before, after) for before, after in moves if after > before]
    if len(later) < value(DUE_DATE_MOVES, as_of):
        return None
    return RedFlag(Flag.DUE_DATE_MOVED, PLATFORM_RULE, {
        "times": len(later), "first": later[0][0], "last": later[-1][1],
        "days": sum((after - before).days for before, after in later)})


def invoice_refused(*, refused: Sequence[tuple[str, date]], asked_again: Sequence[date], as_of: date) -> RedFlag | None:
    """P4: an invoice was refused and another asked for; `refused` are (number, day), `asked_again` the days of later
    invoices. An invoice moves no due date (Decree 802 Art 9(1), 10, in force 2025-06-01), so a refusal is no reason
    to pay later. The count is a platform rule.
    """
    first = min((on for _, on in refused), default=None)
    if first is None or len(refused) < value(INVOICES_REFUSED, as_of) or not any(on >= first for on in asked_again):
        return None
    return RedFlag(Flag.INVOICE_REFUSED, PLATFORM_RULE, {
        "refused": len(refused), "numbers": [number for number, _ in refused], "first_on": first})


def non_cash_share(*, non_cash_fen: int, paid_fen: int, as_of: date) -> RedFlag | None:
    """P5: more than half of what was paid came as bills or e-vouchers. Basis: Decree 802 Art 11 (in force
    2025-06-01): no SME may be forced to take them, nor the term be stretched by them. The share is a platform rule.
    """
    if paid_fen <= 0 or non_cash_fen * PERCENT <= paid_fen * value(NON_CASH_SHARE, as_of):
        return None
    return RedFlag(Flag.NON_CASH, "CN-802/11", {"non_cash_fen": non_cash_fen, "paid_fen": paid_fen})


def same_winner(*, won: int, awards: int, as_of: date) -> RedFlag | None:
    """P6: of a buyer's awards within a year one founder won most; too few awards say nothing. A platform rule."""
    if won < value(WINNER_AWARDS, as_of) or won * PERCENT <= awards * value(WINNER_SHARE, as_of):
        return None
    return RedFlag(Flag.SAME_WINNER, PLATFORM_RULE, {"won": won, "awards": awards})


def no_payment_record(*, awarded_on: date, first_planned_on: date | None, payments: int,
                      as_of: date) -> RedFlag | None:
    """P7: long after the award no payment has been notified, although the first part should have been delivered.

    `first_planned_on` is None while nothing is signed. A platform rule.
    """
    days = (as_of - awarded_on).days
    if payments or days <= value(SILENT_AFTER_AWARD, as_of):
        return None
    if first_planned_on is not None and first_planned_on >= as_of:
        return None
    return RedFlag(Flag.NO_PAYMENT_RECORD, PLATFORM_RULE, {"awarded_on": awarded_on,
                                                           "first_planned_on": first_planned_on}, {"days": days})
