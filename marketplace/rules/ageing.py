"""How old a debt is: days past the due date, in the buckets of an aged balance; and when money is to be expected."""
from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Bucket(StrEnum):
    """Days late, both ends included. Due today is not late; without a due date nothing is."""

    NOT_DUE = "not_due"
    TO_30 = "1_30"
    TO_60 = "31_60"
    TO_90 = "61_90"
    OVER_90 = "over_90"


class Span(StrEnum):
    """How a forecast is cut."""

    WEEK = "week"
    MONTH = "month"


_LAST_DAY = ((0, Bucket.NOT_DUE), (30, Bucket.TO_30), (60, Bucket.TO_60), (90, Bucket.TO_90))
PERIODS = {Span.WEEK: 13, Span.MONTH: 12}


def bucket(due: date | None, *, as_of: date) -> Bucket:
    """The bucket of an instalment by its own due date."""
    late = (as_of - due).days if due else 0
    return next((name for last, name in _LAST_DAY if late <= last), Bucket.OVER_90)


@dataclass(frozen=True)
class Period:
    """Days of a forecast, both included."""

    first: date
    last: date


def periods(span: Span, *, today: date) -> list[Period]:
    """The weeks (from Monday) or calendar months from the one that holds `today` on."""
    first = today - timedelta(days=today.weekday()) if span is Span.WEEK else today.replace(day=1)
    found = []
    for _ in range(PERIODS[span]):
        following = first + timedelta(days=7) if span is Span.WEEK else _next_month(first)
        found.append(Period(first, following - timedelta(days=1)))
        first = following
    return found


def _next_month(first: date) -> date:
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def usual_lateness(days_late: Iterable[int]) -> int | None:
    """The median of days late of what was paid, early payments as 0; None when nothing was paid yet."""
    known = [max(days, 0) for days in days_late]
    return int(statistics.median(known)) if known else None
