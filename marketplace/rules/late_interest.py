"""What lateness costs: the rate, simple interest by segment, and how payments are set against it.

Basis: Decree 802 Art 17 (in force 2025-06-01; Decree 728 Art 15 before); Civil Code 561 for the order in which a
part payment counts. Exact fractions inside; a published amount is rounded half up once.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from marketplace.rules import lpr, statutes
from marketplace.rules.dates import DAY
from marketplace.rules.money import round_half_up
from marketplace.rules.payment_facts import AgreedRate, Allocation, RateUnit

RATE_BELOW_LPR = "RATE_BELOW_LPR_AT_SIGNING"
LPR_TABLE_STALE = "LPR_TABLE_STALE"
LPR_UNKNOWN = "LPR_UNKNOWN_AT_SIGNING"
LPR_HIGHER_TAKEN = "LPR_CHANGED_ON_SIGNING_DAY_HIGHER_TAKEN"
RATE_EXCESSIVE = "RATE_OVER_FOUR_TIMES_LPR_REVIEW"


class RateBasis(StrEnum):
    """Why this rate applies."""

    STATUTORY = "STATUTORY_0.05PCT_PER_DAY"
    AGREED = "AGREED"
    LPR_FLOOR = "LPR_FLOOR"


@dataclass(frozen=True)
class Rate:
    """The late-interest rate of a contract. `daily` is a fraction of principal per day."""

    basis: RateBasis
    daily: Fraction
    lpr: lpr.LprAtSigning
    article: str
    flags: tuple[str, ...]
    warnings: tuple[str, ...]


def daily_rate(agreed: AgreedRate) -> Fraction:
    """Fraction of principal per day; a yearly rate by actual days over 365."""
    share = Fraction(agreed.value) / 100
    return share if agreed.unit is RateUnit.PERCENT_PER_DAY else share / statutes.DAYS_IN_INTEREST_YEAR


def yearly_percent(agreed: AgreedRate) -> Fraction:
    """The rate in percent a year, to compare with the LPR."""
    return daily_rate(agreed) * statutes.DAYS_IN_INTEREST_YEAR * 100


def below_lpr(agreed: AgreedRate, lpr_percent: Decimal | None) -> bool:
    """Whether an agreed rate is under the floor of Art 17; False where no LPR is known."""
    return lpr_percent is not None and yearly_percent(agreed) < Fraction(lpr_percent)


def unagreed_daily_rate(signed: date) -> Fraction:
    """0.05 percent a day. Basis: Decree 802 Art 17; Decree 728 Art 15 for contracts signed before 2025-06-01."""
    dated = statutes.in_force(statutes.UNAGREED_RATE, signed) or statutes.UNAGREED_RATE[0]
    return Fraction(dated.value) / 100


def late_rate(agreed: AgreedRate | None, signed: date, table: lpr.LprTable) -> Rate:
    """The agreed rate, the LPR at signing where the agreed one is lower, 0.05 percent a day where none is agreed.

    Whether a rate under the floor is replaced by the floor or by 0.05 percent is not written: the floor is taken
    and the other amount is shown beside it.
    """
    quote = lpr.at_signing(table, signed)
    dated = statutes.in_force(statutes.UNAGREED_RATE, signed) or statutes.UNAGREED_RATE[0]
    warnings = [code for code, applies in (
        (LPR_TABLE_STALE, quote.stale), (LPR_UNKNOWN, quote.percent is None),
        (LPR_HIGHER_TAKEN, quote.on_publication_day)) if applies]
    if agreed is None:
        return Rate(RateBasis.STATUTORY, unagreed_daily_rate(signed), quote, dated.source, (), tuple(warnings))
    if below_lpr(agreed, quote.percent):
        floor = AgreedRate(quote.percent or Decimal(0), RateUnit.PERCENT_PER_YEAR)
        return Rate(RateBasis.LPR_FLOOR, daily_rate(floor), quote, dated.source, (RATE_BELOW_LPR,), tuple(warnings))
    if quote.percent is not None and \
            yearly_percent(agreed) > statutes.REVIEW_ABOVE_LPR_TIMES * Fraction(quote.percent):
        warnings.append(RATE_EXCESSIVE)
    return Rate(RateBasis.AGREED, daily_rate(agreed), quote, dated.source, (), tuple(warnings))


@dataclass(frozen=True)
class CashIn:
    """Money that reached the payee."""

    on: date
    amount_fen: int


@dataclass(frozen=True)
class Segment:
    """Days (first and last included) in which the principal stood still; `interest` is exact fen."""

    first: date
    last: date
    days: int
    principal_fen: int
    daily: Fraction
    interest: Fraction


@dataclass(frozen=True)
class LedgerLine:
    """One payment set against the debt. `unallocated_fen` is what exceeded it."""

    date: date
    to_interest_fen: int
    to_principal_fen: int
    principal_left_fen: int
    unallocated_fen: int


@dataclass(frozen=True)
class Accrual:
    """Interest and what is left of the debt at the end of `as_of`; `interest` is exact fen."""

    segments: tuple[Segment, ...]
    ledger: tuple[LedgerLine, ...]
    interest: Fraction
    interest_paid_fen: int
    principal_left_fen: int
    cleared_on: date | None

    @property
    def interest_fen(self) -> int:
        return round_half_up(self.interest)

    @property
    def interest_unpaid_fen(self) -> int:
        return self.interest_fen - self.interest_paid_fen

    @property
    def overpaid_fen(self) -> int:
        """What payments exceeded, each on its day, the principal and interest owed."""
        return sum(line.unallocated_fen for line in self.ledger)


def accrue(principal_fen: int, *, due: date | None, daily: Fraction, payments: Iterable[CashIn],
           allocation: Allocation, as_of: date) -> Accrual:
    """Simple interest from the day after `due` (None: none runs); the day of payment still counts.

    Only payments up to `as_of` are read, in order of day, those of one day as given. With interest first, a payment
    clears the interest accrued so far, rounded half up, then principal; with principal first, the other way round.
    """
    left, interest, paid = principal_fen, Fraction(0), 0
    cursor, cleared = due, None
    segments: list[Segment] = []
    ledger: list[LedgerLine] = []

    def run_to(day: date) -> None:
        nonlocal interest, cursor
        if cursor is None or day <= cursor:
            return
        if left:
            segments.append(_segment(cursor, day, left, daily))
            interest += segments[-1].interest
        cursor = day

    for payment in sorted((p for p in payments if p.on <= as_of), key=lambda p: p.on):
        run_to(payment.on)
        to_interest, to_principal = _allocate(payment.amount_fen, round_half_up(interest) - paid, left, allocation)
        if to_principal and to_principal == left:
            cleared = payment.on
        left, paid = left - to_principal, paid + to_interest
        ledger.append(LedgerLine(payment.on, to_interest, to_principal, left,
                                 payment.amount_fen - to_interest - to_principal))
    run_to(as_of)
    return Accrual(tuple(segments), tuple(ledger), interest, paid, left, cleared)


def _segment(after: date, last: date, principal_fen: int, daily: Fraction) -> Segment:
    days = (last - after) // timedelta(days=1)
    return Segment(after + DAY, last, days, principal_fen, daily, principal_fen * daily * days)


def _allocate(amount: int, interest_due: int, principal: int, allocation: Allocation) -> tuple[int, int]:
    """(to interest, to principal) of one payment."""
    if allocation is Allocation.INTEREST_FIRST:
        to_interest = min(amount, interest_due)
        return to_interest, min(amount - to_interest, principal)
    to_principal = min(amount, principal)
    return min(amount - to_principal, interest_due), to_principal
