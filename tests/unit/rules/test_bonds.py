"""Bonds: the caps of each kind and the day a bond goes back (Decree 802 Art 13 and the rules it points to)."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace import reference
from marketplace.rules import bonds
from marketplace.rules.bonds import BondKind

TODAY = dt.date(2026, 3, 2)
CONTRACT = 10_000_000


@pytest.mark.parametrize(("kind", "percent", "most_fen"), [
    (BondKind.BID, 2, 200_000), (BondKind.PERFORMANCE, 10, 1_000_000), (BondKind.QUALITY, 3, 300_000)])
def test_a_bond_is_capped_by_its_kind_to_the_fen(kind: BondKind, percent: int, most_fen: int) -> None:
    found = bonds.cap(kind, CONTRACT, on=TODAY)
    assert (found.percent, found.most_fen) == (percent, most_fen)
    def asked(amount_fen: int, before: int = 0) -> list[str]:
        return [problem.code for problem in bonds.problems(kind, amount_fen, asked_before_fen=before,
                                                           base_fen=CONTRACT, on=TODAY)]
    assert asked(most_fen) == []
    assert asked(most_fen + 1) == ["bond.over_cap"]
    assert asked(most_fen // 2, before=most_fen // 2 + 1) == ["bond.over_cap"]


def test_a_cap_is_rounded_down() -> None:
    assert bonds.cap(BondKind.QUALITY, 99, on=TODAY).most_fen == 2


def test_a_percentage_nobody_has_verified_is_not_made_up() -> None:
    assert bonds.cap(BondKind.MIGRANT_WAGE, CONTRACT, on=TODAY) is None
    assert [p.code for p in bonds.problems(BondKind.MIGRANT_WAGE, CONTRACT + 1, asked_before_fen=0, base_fen=CONTRACT,
                                           on=TODAY)] == ["bond.over_contract"]


@pytest.mark.parametrize(("kind", "ends_on", "return_by"), [
    (BondKind.QUALITY, "2026-03-31", "2026-03-31"),
    (BondKind.QUALITY, "2026-10-01", "2026-10-08"),  # the first working day after National Day
    (BondKind.BID, "2026-03-02", "2026-03-09"),  # 5 days after signing is a Saturday
])
def test_a_bond_goes_back_when_its_period_is_over(kind: BondKind, ends_on: str, return_by: str) -> None:
    found = bonds.return_by(kind, dt.date.fromisoformat(ends_on), calendar=reference.calendar())
    assert (found.day.isoformat(), found.provisional) == (return_by, False)


def test_a_year_without_a_published_calendar_is_provisional() -> None:
    assert bonds.return_by(BondKind.QUALITY, dt.date(2027, 10, 1), calendar=reference.calendar()).provisional


@pytest.mark.parametrize(("returned_on", "late"), [(None, 9), ("2026-04-05", 5), ("2026-03-20", 0)])
def test_days_late_stop_with_the_return(returned_on: str | None, late: int) -> None:
    day = dt.date.fromisoformat(returned_on) if returned_on else None
    assert bonds.days_late(dt.date(2026, 3, 31), returned_on=day, as_of=dt.date(2026, 4, 9)) == late
