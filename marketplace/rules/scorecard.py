"""How a buyer pays, measured from its obligations at the end of a day: the payer scorecard and its tier.

The measures follow the UK's payment practices reports (shares within 30, 31 to 60 and over 60 days), the tiers its
Fair Payment Code; the thresholds are a published rule of the platform, dated like any other number.
Pure: the same records and day give the same card.
"""
from __future__ import annotations

import calendar
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from marketplace.rules.money import round_half_up, split
from marketplace.rules.statutes import Dated, in_force

TREND_MONTHS = 6


class Tier(StrEnum):
    """What a buyer's record has earned."""

    GOLD = "gold"
    SILVER = "silver"
    BRONZE = "bronze"


class Direction(StrEnum):
    """Where the median of the last six months lies against the six before."""

    FASTER = "faster"
    SAME = "same"
    SLOWER = "slower"


@dataclass(frozen=True)
class Thresholds:
    """`share_percent` of the obligations within `fast_days` or `slow_days` of the term start; below
    `least_settled` settled obligations nothing is said in percent and no tier is given."""

    share_percent: int
    fast_days: int
    slow_days: int
    least_settled: int


# Gold: 95 percent of all within 30 days. Silver: 95 percent of all within 60 and of those owed to micro and small
# firms within 30. Bronze: 95 percent of all within 60.
THRESHOLDS = (Dated(Thresholds(95, 30, 60, 5), "day", date(2025, 6, 1),
                    "平台规则（2025-06-01起施行），参照英国公平付款准则（Fair Payment Code，2024年）"),)


@dataclass(frozen=True)
class Paid:
    """One obligation at the end of a day.

    `started_on` is the term start (None: not started), `cleared_on` the day the cash for its undisputed principal
    was complete (None: not yet), `left_fen` the principal owed. `small_payee`: micro or small at signing.
    """

    started_on: date | None
    cleared_on: date | None
    left_fen: int
    overdue: bool
    disputed: bool
    term_days: int | None
    small_payee: bool

    def days(self, as_of: date) -> int:
        """Days from the term start to the cash, so far where it is not complete; none before the start."""
        began = self.started_on or as_of
        return max(((self.cleared_on or as_of) - began).days, 0)


@dataclass(frozen=True)
class Trend:
    """Medians of what was cleared in the last six months and in the six before."""

    recent_days: int
    earlier_days: int

    @property
    def direction(self) -> Direction:
        if self.recent_days == self.earlier_days:
            return Direction.SAME
        return Direction.FASTER if self.recent_days < self.earlier_days else Direction.SLOWER


@dataclass(frozen=True)
class Scorecard:
    """How a buyer has paid at the end of `as_of`, by count of obligations.

    `within_fast`, `within_slow` and `over_slow` add up to `counted`: what is settled, and what is unpaid for longer
    than the slow limit, so that not paying never looks better than paying late. Medians are whole days. With
    fewer settled than `least_settled`, or before the first thresholds, `suppressed`: medians, shares, trend and tier
    are None. A tier can be None without that: no threshold is reached.
    """

    as_of: date
    known: int
    settled: int
    within_fast: int
    within_slow: int
    over_slow: int
    overdue_now: int
    overdue_fen: int
    disputed: int
    longest_term_days: int | None
    median_days: int | None
    trend: Trend | None
    tier: Tier | None
    thresholds: Dated[Thresholds] | None

    @property
    def counted(self) -> int:
        return self.within_fast + self.within_slow + self.over_slow

    @property
    def suppressed(self) -> bool:
        return self.thresholds is None or self.settled < self.thresholds.value.least_settled

    @property
    def shares(self) -> tuple[str, str, str] | None:
        """Percent within the fast limit, up to the slow one and over it, to one decimal; they add up to 100."""
        if self.suppressed:
            return None
        fast, slow, over = split(1000, [self.within_fast, self.within_slow, self.over_slow])
        return _percent(fast), _percent(slow), _percent(over)

    @property
    def disputed_share(self) -> str | None:
        """Percent of the known obligations of which a part is or was disputed, to one decimal."""
        return None if self.suppressed else _percent(round_half_up(Fraction(1000 * self.disputed, self.known)))


def scorecard(records: Iterable[Paid], *, as_of: date) -> Scorecard:
    """The card of one buyer from its obligations as they stand at the end of `as_of`."""
    dated = in_force(THRESHOLDS, as_of)
    limits = dated.value if dated else THRESHOLDS[0].value
    known = [one for one in records if one.cleared_on or (one.started_on and one.started_on <= as_of)]
    settled = [one for one in known if one.cleared_on]
    unpaid_long = [one for one in known
                   if not one.cleared_on and one.left_fen and one.days(as_of) > limits.slow_days]
    days = [one.days(as_of) for one in settled]
    within_fast = sum(count <= limits.fast_days for count in days)
    within_slow = sum(limits.fast_days < count <= limits.slow_days for count in days)
    enough = dated is not None and len(settled) >= limits.least_settled
    late = [one for one in known if one.overdue]
    return Scorecard(
        as_of, len(known), len(settled), within_fast, within_slow,
        len(days) - within_fast - within_slow + len(unpaid_long), len(late), sum(one.left_fen for one in late),
        sum(one.disputed for one in known),
        max((one.term_days for one in known if one.term_days is not None), default=None),
        _median(days) if enough else None, _trend(settled, as_of, limits) if enough else None,
        _tier([*settled, *unpaid_long], as_of, limits) if enough else None, dated)


def _tier(counted: Sequence[Paid], as_of: date, limits: Thresholds) -> Tier | None:
    def reached(some: Sequence[Paid], most_days: int) -> bool:
        within = sum(one.days(as_of) <= most_days for one in some)
        return 100 * within >= limits.share_percent * len(some)

    if reached(counted, limits.fast_days):
        return Tier.GOLD
    if not reached(counted, limits.slow_days):
        return None
    small = [one for one in counted if one.small_payee]
    return Tier.SILVER if reached(small, limits.fast_days) else Tier.BRONZE


def _trend(settled: Sequence[Paid], as_of: date, limits: Thresholds) -> Trend | None:
    """None unless each half year holds as many settled obligations as a card needs."""
    middle, first = _months_before(as_of, TREND_MONTHS), _months_before(as_of, 2 * TREND_MONTHS)
    recent = [one.days(as_of) for one in settled if one.cleared_on and middle < one.cleared_on <= as_of]
    earlier = [one.days(as_of) for one in settled if one.cleared_on and first < one.cleared_on <= middle]
    if min(len(recent), len(earlier)) < limits.least_settled:
        return None
    return Trend(_median(recent), _median(earlier))


def _median(days: Sequence[int]) -> int:
    return round_half_up(Fraction(statistics.median(days)))


def _months_before(day: date, months: int) -> date:
    """The same-numbered day some months earlier, the month's last where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _percent(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"
