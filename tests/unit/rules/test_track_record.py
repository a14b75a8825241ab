"""A finished contract tells its value as a band and counts what was on time."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.rules.track_record import AmountBand, amount_band, count_on_time


@pytest.mark.parametrize(("fen", "band"), [
    (999_999, AmountBand.UNDER_1_WAN), (1_000_000, AmountBand.TO_5_WAN), (19_999_999, AmountBand.TO_20_WAN),
    (20_000_000, AmountBand.TO_50_WAN), (99_999_999, AmountBand.TO_100_WAN), (100_000_000, AmountBand.OVER_100_WAN)])
def test_an_amount_at_a_border_belongs_to_the_higher_band(fen: int, band: AmountBand) -> None:
    assert amount_band(fen) is band


def test_the_due_day_is_on_time_the_next_is_not_and_what_never_came_is_not() -> None:
    due = dt.date(2026, 3, 31)
    assert count_on_time([(due, due), (due, due + dt.timedelta(days=1)), (due, None), (None, due)]) == 2
