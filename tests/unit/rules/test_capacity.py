"""Free days add up: a month to what was offered, a contract to its work, and nothing twice."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.rules import capacity as rules
from marketplace.rules.capacity import Away, Booking
from marketplace.rules.dates import Calendar, YearCalendar

D = dt.date
# Only what the cases need: a working Saturday and the days off around 1 May.
CALENDAR = Calendar({2026: YearCalendar(off=frozenset({D(2026, 5, 1), D(2026, 5, 4), D(2026, 5, 5)}),
                                        makeup=frozenset({D(2026, 5, 9)}), source="test")})
MONDAY = D(2026, 4, 27)


def weeks(monthly: int = 20, *, away=(), bookings=(), today: D = MONDAY, count: int = 26):
    return rules.calendar_of(monthly, away, bookings, today=today, calendar=CALENDAR, weeks=count)


@pytest.mark.parametrize("monthly", [1, 7, 10, 20])
def test_every_whole_month_offers_exactly_what_was_stated(monthly: int) -> None:
    found = weeks(monthly, today=D(2026, 6, 1), count=5)  # 1 June is a Monday; five weeks reach 5 July
    july = weeks(monthly, today=D(2026, 7, 1), count=1)[0].offered
    assert sum(week.offered for week in found) - july == monthly


def test_nobody_offers_more_days_than_a_month_has_working_days() -> None:
    may = weeks(31, today=D(2026, 5, 1), count=5)
    assert sum(week.offered for week in may) == sum(week.working for week in may) == 19


def test_holidays_are_no_working_days_and_the_make_up_saturday_is_one() -> None:
    assert [week.working for week in weeks(count=2)] == [4, 4]


def test_the_first_week_is_what_is_left_of_it() -> None:
    assert weeks(today=D(2026, 4, 30), count=1)[0].working == 1


def test_days_away_are_taken_from_what_is_offered_not_from_what_is_off_anyway() -> None:
    plain, gone = weeks(count=2), weeks(away=[Away(D(2026, 5, 1), D(2026, 5, 6))], count=2)
    assert [week.away for week in gone] == [0, 1]  # only 6 May was offered
    assert plain[1].free - gone[1].free == 1


def test_a_contracts_work_is_spread_until_it_is_due_and_adds_up() -> None:
    booked = weeks(bookings=[Booking(D(2026, 5, 11), D(2026, 6, 5), 10)])
    assert sum(week.booked for week in booked) == 10
    assert {week.monday for week in booked if week.booked} == {D(2026, 5, 11) + n * dt.timedelta(7) for n in range(4)}


def test_what_lay_before_today_is_done_and_late_work_falls_on_the_next_five_working_days() -> None:
    half = weeks(bookings=[Booking(D(2026, 4, 20), D(2026, 4, 30), 8)])
    assert sum(week.booked for week in half) == 4
    late = weeks(bookings=[Booking(D(2026, 4, 1), D(2026, 4, 20), 8)])
    assert [week.booked for week in late[:3]] == [6, 2, 0]


def test_work_nobody_has_put_into_days_books_none() -> None:
    assert sum(week.booked for week in weeks(bookings=[Booking(MONDAY, D(2026, 5, 29), None)])) == 0


def test_one_week_promised_too_full_takes_free_days_from_the_following_ones() -> None:
    found = weeks(10, bookings=[Booking(D(2026, 5, 11), D(2026, 5, 15), 5)], count=6)
    full = next(week for week in found if week.monday == D(2026, 5, 11))
    assert (full.free, full.over) == (0, full.booked - full.offered)
    assert rules.free_days(found) == sum(week.offered for week in found) - 5


@pytest.mark.parametrize(("days", "amounts"), [(10, [1, 1, 1]), (7, [9_999, 1]), (0, [5]), (3, [1] * 10)])
def test_work_shared_out_by_amounts_adds_up(days: int, amounts: list[int]) -> None:
    shares = rules.shared_out(days, amounts)
    assert sum(shares) == days
    assert min(shares) >= 0
