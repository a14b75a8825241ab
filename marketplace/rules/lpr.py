"""The 1-year loan prime rate that an agreed late-interest rate may not fall below.

Basis: Decree 802 Art 17 (in force 2025-06-01), Decree 728 Art 15 before: 合同订立时1年期贷款市场报价利率.
"""
from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

PUBLICATION_DAY = 20


@dataclass(frozen=True)
class LprTable:
    """Quotes that changed the rate, oldest first, percent a year; nothing is known after `verified_through`."""

    quotes: tuple[tuple[date, Decimal], ...]
    verified_through: date
    source: str


@dataclass(frozen=True)
class LprAtSigning:
    """The rate that binds a contract. `percent` is None before the first quote.

    `on_publication_day`: the rate changed on the very day, and the higher of the two was taken because the hour
    of signing is not known. `stale`: a newer quote was due before signing and is not in the table.
    """

    percent: Decimal | None
    quoted_on: date | None
    on_publication_day: bool
    stale: bool


def at_signing(table: LprTable, signed: date) -> LprAtSigning:
    """The latest quote on or before signing; on the day of a change, the higher of old and new."""
    stale = signed >= next_quote_day(table.verified_through)
    found = bisect_right([day for day, _ in table.quotes], signed)
    if found == 0:
        return LprAtSigning(None, None, False, stale)
    quoted_on, percent = table.quotes[found - 1]
    if quoted_on == signed and found > 1 and table.quotes[found - 2][1] != percent:
        before = table.quotes[found - 2]
        higher = max(table.quotes[found - 1], before, key=lambda quote: quote[1])
        return LprAtSigning(higher[1], higher[0], True, stale)
    return LprAtSigning(percent, quoted_on, False, stale)


def next_quote_day(verified_through: date) -> date:
    """The earliest day on which the quote after the last verified one can appear: the next 20th."""
    if verified_through.day < PUBLICATION_DAY:
        return verified_through.replace(day=PUBLICATION_DAY)
    first_of_next = (verified_through.replace(day=1).toordinal() + 31)
    return date.fromordinal(first_of_next).replace(day=PUBLICATION_DAY)


def percent_text(percent: Decimal) -> str:
    """"3.0", "3.35": no trailing zeros but the first."""
    plain = f"{percent.normalize():f}"
    return plain if "." in plain else f"{plain}.0"
