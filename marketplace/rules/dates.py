"""Counting days as the Civil Code does, on a calendar of published rest days.

Basis: Civil Code 200-204 (in force 2021-01-01); 全国年节及纪念日放假办法 Art 2 (in force 2025-01-01) for the 13
statutory days. The calendar is an argument; nothing here reads a file or a clock.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class YearCalendar:
    """One published year: days off of the holidays, and the Saturdays and Sundays that are working days."""

    off: frozenset[date]
    makeup: frozenset[date]
    source: str


@dataclass(frozen=True)
class Festivals:
    """The four statutory days that move: day 1 of Spring Festival, Qingming, Dragon Boat, Mid-Autumn."""

    spring_festival: date
    qingming: date
    dragon_boat: date
    mid_autumn: date


@dataclass(frozen=True)
class Calendar:
    """Published years, and computed festival days for years not published yet."""

    years: Mapping[int, YearCalendar]
    festivals: Mapping[int, Festivals] = field(default_factory=dict)

    def published(self, year: int) -> bool:
        """Whether the State Council's list for the year is loaded."""
        return year in self.years

    def is_rest_day(self, day: date) -> bool:
        """A day off or a weekend that is not a make-up working day; in an unpublished year a weekend or a
        statutory day."""
        year = self.years.get(day.year)
        if year is None:
            return day.weekday() >= SATURDAY or day in statutory_days(day.year, self.festivals.get(day.year))
        return day in year.off or (day.weekday() >= SATURDAY and day not in year.makeup)


def statutory_days(year: int, festivals: Festivals | None) -> frozenset[date]:
    """The 13 statutory days of a year (from 2025), the fixed six only where the festivals are not known.

    New Year 1, Spring Festival 4 (eve and days 1-3), Qingming 1, Labour Day 2, Dragon Boat 1, Mid-Autumn 1,
    National Day 3. Basis: 全国年节及纪念日放假办法 Art 2.
    """
    days = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2), *(date(year, 10, n) for n in (1, 2, 3))}
    if festivals is not None:
        days |= {festivals.spring_festival + n * DAY for n in (-1, 0, 1, 2)}
        days |= {festivals.qingming, festivals.dragon_boat, festivals.mid_autumn}
    return frozenset(days)


@dataclass(frozen=True)
class RolledDay:
    """A last day after rolling. `rest_days` were passed over; `provisional` when an unpublished year was asked."""

    nominal: date
    day: date
    rest_days: tuple[date, ...]
    provisional: bool


def add_days(start: date, days: int) -> date:
    """The last day of a period of days: the start day is not counted. Basis: Civil Code 201."""
    return start + days * DAY


def roll_forward(nominal: date, calendar: Calendar) -> RolledDay:
    """The nominal last day, or the first day after the rest it falls in. Basis: Civil Code 203."""
    day, passed = nominal, []
    while calendar.is_rest_day(day):
        passed.append(day)
        day += DAY
    looked_at = {nominal.year, day.year}
    return RolledDay(nominal, day, tuple(passed), not all(map(calendar.published, looked_at)))


def add_working_days(start: date, days: int, calendar: Calendar) -> RolledDay:
    """The day on which `days` working days after `start` are full; make-up days count, rest days do not."""
    day, passed, counted, years = start, [], 0, set()
    while counted < days:
        day += DAY
        years.add(day.year)
        if calendar.is_rest_day(day):
            passed.append(day)
        else:
            counted += 1
    return RolledDay(day, day, tuple(passed), not all(map(calendar.published, years)))


def working_day_before(day: date, calendar: Calendar) -> date:
    """The last working day strictly before a day: when to remind a payer whose last day may be a rest day."""
    for earlier in _backwards(day):
        if not calendar.is_rest_day(earlier):
            return earlier
    raise AssertionError("unreachable: every week has a working day")


def _backwards(day: date) -> Iterator[date]:
    while True:
        day -= DAY
        yield day
