"""A founder's free days week by week: what they offer a month, less days away and the work of won contracts.

Whole days only. A month's days are spread evenly over its working days, so that every month adds up to exactly what
was offered; the work of a contract is spread in the same way over the working days until it is due.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marketplace.rules.dates import Calendar

WEEKS_AHEAD = 26
WEEKS_TOLD = 8
"""Platform rule: how far a poster is told in one sentence."""
LATE_WORK_DAYS = 5
"""Work that is already late is expected within this many working days."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Away:
    """Days on which a founder takes no work, both ends included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Booking:
    """Work of a won contract: `days` of it between the two days, both included; None where nobody said how much."""

    first: dt.date
    due: dt.date
    days: int | None
    label: str = ""
    number: str = ""


@dataclass(frozen=True)
class Week:
    """A week from Monday, in whole days. offered: what the founder gives to work; away: of those days taken out by
    their own entries; booked: by contracts. `free` is never below 0, `over` says by how much too much is promised."""

    monday: dt.date
    working: int
    offered: int
    away: int
    booked: int

    @property
    def free(self) -> int:
        return max(self.offered - self.away - self.booked, 0)

    @property
    def over(self) -> int:
        return max(self.booked - (self.offered - self.away), 0)


def spread(days: int, places: int) -> list[int]:
    """`days` over `places` as evenly as whole numbers allow; they add up to `days`. Nothing for no places."""
    return [days * (place + 1) // places - days * place // places for place in range(places)]


def shared_out(days: int, amounts: Sequence[int]) -> list[int]:
    """Work days of a contract over its milestones by their amounts; they add up to `days`."""
    total, reached, found = sum(amounts), 0, []
    for amount in amounts:
        before, reached = reached, reached + amount
        found.append(days * reached // total - days * before // total)
    return found


def calendar_of(monthly_days: int, away: Iterable[Away], bookings: Iterable[Booking], *, today: dt.date,
                calendar: Calendar, weeks: int = WEEKS_AHEAD) -> list[Week]:
    """The weeks from that of `today`; of the first one only what is left of it counts."""
    monday = today - today.weekday() * DAY
    days = [today + place * DAY for place in range((monday + weeks * 7 * DAY - today).days)]
    offered = _offered(monthly_days, days, calendar)
    gone = {day for day in days for one in away if one.first <= day <= one.last}
    booked: dict[dt.date, int] = {}
    for booking in bookings:
        for day, work in _worked(booking, today=today, calendar=calendar):
            booked[day] = booked.get(day, 0) + work
    found = []
    for place in range(weeks):
        first = monday + place * 7 * DAY
        week = [day for day in days if first <= day < first + 7 * DAY]
        found.append(Week(first, sum(not calendar.is_rest_day(day) for day in week),
                          sum(offered[day] for day in week), sum(offered[day] for day in week if day in gone),
                          sum(booked.get(day, 0) for day in week)))
    return found


def free_days(weeks: Sequence[Week]) -> int:
    """The free days of some weeks: those one week promises too many are taken from the following ones."""
    free = debt = 0
    for week in weeks:
        room = week.offered - week.away - week.booked - debt
        debt = max(-room, 0)
        free += max(room, 0)
    return free


def _offered(monthly_days: int, days: Sequence[dt.date], calendar: Calendar) -> dict[dt.date, int]:
    found: dict[dt.date, int] = dict.fromkeys(days, 0)
    for year, month in sorted({(day.year, day.month) for day in days}):
        first = dt.date(year, month, 1)
        length = ((first + 31 * DAY).replace(day=1) - first).days
        working = [day for place in range(length) if not calendar.is_rest_day(day := first + place * DAY)]
        for day, share in zip(working, spread(min(monthly_days, len(working)), len(working)), strict=True):
            if day in found:
                found[day] = share
    return found


def _worked(booking: Booking, *, today: dt.date, calendar: Calendar) -> list[tuple[dt.date, int]]:
    """The work of a booking day by day, from today on: what lay before today is taken to be done, late work is not."""
    if not booking.days:
        return []
    if booking.due < today:
        return list(zip(_working(today, calendar, LATE_WORK_DAYS), spread(booking.days, LATE_WORK_DAYS), strict=True))
    span = [booking.first + place * DAY for place in range(max((booking.due - booking.first).days, 0) + 1)]
    working = [day for day in span if not calendar.is_rest_day(day)] or [booking.due]
    shares = zip(working, spread(booking.days, len(working)), strict=True)
    return [(day, share) for day, share in shares if day >= today and share]


def _working(first: dt.date, calendar: Calendar, count: int) -> list[dt.date]:
    found, day = [], first
    while len(found) < count:
        if not calendar.is_rest_day(day):
            found.append(day)
        day += DAY
    return found
