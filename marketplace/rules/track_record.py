"""What a finished contract says of its founder to others: an amount as a band, and what was on time."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

WAN_FEN = 1_000_000


class AmountBand(StrEnum):
    """A contract's value without its figure; each band begins where the one before ends. Platform rule."""

    UNDER_1_WAN = "under_1_wan"
    TO_5_WAN = "to_5_wan"
    TO_20_WAN = "to_20_wan"
    TO_50_WAN = "to_50_wan"
    TO_100_WAN = "to_100_wan"
    OVER_100_WAN = "over_100_wan"


_ENDS = ((1, AmountBand.UNDER_1_WAN), (5, AmountBand.TO_5_WAN), (20, AmountBand.TO_20_WAN),
         (50, AmountBand.TO_50_WAN), (100, AmountBand.TO_100_WAN))


def amount_band(amount_fen: int) -> AmountBand:
    """The band an amount in fen falls in; an amount at a border belongs to the higher band."""
    return next((band for wan, band in _ENDS if amount_fen < wan * WAN_FEN), AmountBand.OVER_100_WAN)


def count_on_time(pairs: Iterable[tuple[dt.date | None, dt.date | None]]) -> int:
    """Of (due, done) pairs those done by the due day; without a due day nothing can be late, undone is not on time."""
    return sum(done is not None and (due is None or done <= due) for due, done in pairs)
