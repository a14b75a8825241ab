"""Buckets by the due date of each instalment; weeks and months without gaps."""
from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from marketplace.rules.ageing import PERIODS, Bucket, Span, bucket, periods, usual_lateness

DUE = date(2026, 1, 31)


@pytest.mark.parametrize(("late", "expected"), [
    (-5, Bucket.NOT_DUE), (0, Bucket.NOT_DUE), (1, Bucket.TO_30), (30, Bucket.TO_30), (31, Bucket.TO_60),
    (60, Bucket.TO_60), (61, Bucket.TO_90), (90, Bucket.TO_90), (91, Bucket.OVER_90), (400, Bucket.OVER_90)])
def test_due_today_is_not_late_and_the_next_day_is(late: int, expected: Bucket) -> None:
    assert bucket(DUE, as_of=DUE + timedelta(days=late)) is expected


def test_without_a_due_date_nothing_is_late() -> None:
    assert bucket(None, as_of=DUE) is Bucket.NOT_DUE


@pytest.mark.parametrize("span", list(Span))
@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29), date(2026, 11, 22)])
def test_periods_follow_one_another_and_the_first_holds_today(span: Span, today: date) -> None:
    found = periods(span, today=today)
    assert len(found) == PERIODS[span]
    assert found[0].first <= today <= found[0].last
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(found))


def test_paying_early_does_not_make_up_for_paying_late() -> None:
    assert usual_lateness([-40, 10, 20]) == 10
    assert usual_lateness([-40, -3]) == 0
    assert usual_lateness([]) is None
