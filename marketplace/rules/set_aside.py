"""Who may take a demand that is reserved, what share should be, and when a reserve is given up.

Basis: SME Promotion Law Art. 40 (in force 2018-01-01): at least 30 percent of the procurement budget is reserved for
SMEs, and of that at least 60 percent for small and micro enterprises. The platform reserves for these two sizes only
(policy), because a one-person company is one of them. The shares bind public procurement; for other buyers they are
the platform's aim.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketplace.rules.payment_facts import EnterpriseSize
from marketplace.rules.statutes import Dated, in_force

RESERVED_FOR = frozenset({EnterpriseSize.MICRO, EnterpriseSize.SMALL})
_PROMOTION = "《中华人民共和国中小企业促进法》（2018-01-01起施行）第四十条"
RESERVED_SHARE = (Dated(30, "percent of the value published", date(2018, 1, 1), _PROMOTION),)
SMALL_SHARE = (Dated(60, "percent of the reserved value awarded", date(2018, 1, 1), _PROMOTION),)
# Fewer qualified bidders than this: stop, and go on without the reserve.
NEEDED_BIDDERS = (Dated(3, "qualified bidder", date(2021, 1, 1),
                        "《政府采购促进中小企业发展管理办法》（财库〔2020〕46号，2021-01-01起施行）"),)


def admits(size: str | None) -> bool:
    """Whether an enterprise of this size class may take a reserved demand."""
    return size in RESERVED_FOR


def needed_bidders(on: date) -> int:
    """How many qualified bidders keep a reserve standing."""
    return (in_force(NEEDED_BIDDERS, on) or NEEDED_BIDDERS[-1]).value


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter in Beijing."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    @property
    def last_day(self) -> date:
        return date.fromordinal(date(self.year + self.number // 4, self.number % 4 * 3 + 1, 1).toordinal() - 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True)
class Entry:
    """One published demand. `reserved` also when the reserve was `released` later; no award: `awarded_fen` None."""

    quarter: Quarter
    budget_fen: int
    reserved: bool
    released: bool = False
    awarded_fen: int | None = None
    winner_size: str | None = None


@dataclass(frozen=True)
class Line:
    """A quarter's ledger line. Values are fen; shares whole percent rounded down, None where nothing stands below.

    `reserved_share` is the value still reserved of all that was published; `small_share` the awards of reserved
    demands (released ones too) that went to small and micro enterprises, of all awards of reserved demands.
    """

    quarter: Quarter
    published: int
    published_fen: int
    reserved: int
    reserved_fen: int
    released: int
    released_fen: int
    awarded: int
    awarded_fen: int
    awarded_small_fen: int
    target_reserved: int
    target_small: int

    @property
    def reserved_share(self) -> int | None:
        return self.reserved_fen * 100 // self.published_fen if self.published_fen else None

    @property
    def small_share(self) -> int | None:
        return self.awarded_small_fen * 100 // self.awarded_fen if self.awarded_fen else None

    @property
    def missing_fen(self) -> int:
        """What would still have to be reserved to reach the target."""
        return max(-(-self.published_fen * self.target_reserved // 100) - self.reserved_fen, 0)


def ledger(entries: Iterable[Entry]) -> list[Line]:
    """A line for each quarter in which something was published, the newest first; targets as of its last day."""
    by_quarter: dict[Quarter, list[Entry]] = {}
    for entry in entries:
        by_quarter.setdefault(entry.quarter, []).append(entry)
    return [_line(quarter, by_quarter[quarter]) for quarter in sorted(by_quarter, reverse=True)]


def _line(quarter: Quarter, entries: list[Entry]) -> Line:
    reserved = [one for one in entries if one.reserved and not one.released]
    released = [one for one in entries if one.released]
    awarded = [one for one in reserved + released if one.awarded_fen is not None]
    last = quarter.last_day
    return Line(
        quarter, len(entries), sum(one.budget_fen for one in entries), len(reserved),
        sum(one.budget_fen for one in reserved), len(released), sum(one.budget_fen for one in released), len(awarded),
        sum(one.awarded_fen or 0 for one in awarded),
        sum(one.awarded_fen or 0 for one in awarded if admits(one.winner_size)),
        (in_force(RESERVED_SHARE, last) or RESERVED_SHARE[-1]).value,
        (in_force(SMALL_SHARE, last) or SMALL_SHARE[-1]).value)
