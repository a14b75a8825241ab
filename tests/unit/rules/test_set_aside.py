"""中小企业促进法第四十条: 30 percent reserved, 60 percent of that to small and micro firms, by value and quarter."""
from __future__ import annotations

from datetime import date

import pytest

from marketplace.rules.set_aside import Entry, Quarter, ledger, needed_bidders

Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)


def test_shares_are_by_value_not_by_number() -> None:
    (line,) = ledger([Entry(Q1, 900, False), Entry(Q1, 50, True), Entry(Q1, 50, True)])
    assert (line.reserved_share, line.target_reserved, line.missing_fen) == (10, 30, 200)


def test_exactly_thirty_percent_reaches_the_target_and_one_fen_less_does_not() -> None:
    assert ledger([Entry(Q1, 700, False), Entry(Q1, 300, True)])[0].missing_fen == 0
    (line,) = ledger([Entry(Q1, 701, False), Entry(Q1, 299, True)])
    assert (line.reserved_share, line.missing_fen) == (29, 1)


def test_awards_of_reserved_demands_are_split_by_the_winners_size() -> None:
    (line,) = ledger([Entry(Q1, 100, True, awarded_fen=60, winner_size="micro"),
                      Entry(Q1, 100, True, released=True, awarded_fen=40, winner_size="medium"),
                      Entry(Q1, 100, False, awarded_fen=90, winner_size="large"), Entry(Q1, 100, True)])
    assert (line.awarded, line.awarded_fen, line.awarded_small_fen, line.small_share) == (2, 100, 60, 60)


def test_quarters_stand_apart_the_newest_first_and_an_empty_share_is_none() -> None:
    lines = ledger([Entry(Q1, 100, True), Entry(Q2, 100, False)])
    assert [(line.quarter, line.reserved_share, line.small_share) for line in lines] == [(Q2, 0, None), (Q1, 100, None)]


@pytest.mark.parametrize(("day", "name", "last"), [
    (date(2026, 1, 1), "2026Q1", date(2026, 3, 31)), (date(2026, 6, 30), "2026Q2", date(2026, 6, 30)),
    (date(2026, 12, 31), "2026Q4", date(2026, 12, 31))])
def test_a_quarter_is_three_calendar_months(day: date, name: str, last: date) -> None:
    assert (str(Quarter.of(day)), Quarter.of(day).last_day) == (name, last)


def test_three_qualified_bidders_keep_a_reserve_standing() -> None:
    assert needed_bidders(date(2026, 3, 2)) == 3
