"""Until when one may ask, when silence or a late answer moves the bid deadline, and what keeps an asker unknown."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace import reference
from marketplace.rules import questions as rules
from marketplace.rules.questions import SHANGHAI, Pace

FULL = Pace(3, 2)
PUBLISHED = dt.datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
FRIDAY = dt.datetime(2026, 3, 20, 17, tzinfo=SHANGHAI)


def day(number: int) -> dt.date:
    return dt.date(2026, 3, number)


def test_questions_end_five_working_days_before_the_bids_at_the_same_hour() -> None:
    ends = rules.closes_at(PUBLISHED, FRIDAY, reference.calendar())
    assert ends.astimezone(SHANGHAI) == dt.datetime(2026, 3, 13, 17, tzinfo=SHANGHAI)


def test_a_holiday_before_the_bid_deadline_is_no_working_day() -> None:
    after_national_day = dt.datetime(2026, 10, 12, 17, tzinfo=SHANGHAI)  # 1-7 October off, Saturday the 10th is worked
    ends = rules.closes_at(dt.datetime(2026, 9, 1, 9, tzinfo=SHANGHAI), after_national_day, reference.calendar())
    assert ends.astimezone(SHANGHAI).date() == dt.date(2026, 9, 29)


def test_short_bidding_leaves_its_first_half_for_questions() -> None:
    deadline = PUBLISHED + dt.timedelta(days=4)
    assert rules.closes_at(PUBLISHED, deadline, reference.calendar()) == PUBLISHED + dt.timedelta(days=2)


def test_the_end_of_questions_moves_with_the_bid_deadline() -> None:
    week = dt.timedelta(days=7)
    calendar = reference.calendar()
    assert rules.closes_at(PUBLISHED, FRIDAY + week, calendar) == rules.closes_at(PUBLISHED, FRIDAY, calendar) + week


@pytest.mark.parametrize(("today", "waited"), [(13, 0), (14, 0), (15, 0), (16, 1), (17, 2), (18, 3)])
def test_a_question_asked_on_friday_is_answered_in_time_on_tuesday_and_overdue_on_wednesday(
        today: int, waited: int) -> None:
    assert rules.answer_by(day(13), reference.calendar()) == day(17)
    assert rules.days_waiting(day(13), day(today), reference.calendar()) == waited
    assert rules.is_overdue(day(13), day(today), reference.calendar()) is (today == 18)


@pytest.mark.parametrize(("today", "moves"), [(17, False), (18, True), (20, True)])
def test_silence_moves_the_deadline_once_less_than_three_working_days_are_left_to_read(
        today: int, moves: bool) -> None:
    assert rules.must_move([day(13)], FRIDAY, day(today), FULL, reference.calendar()) is moves


@pytest.mark.parametrize(("asked", "today", "moves"), [(17, 18, False), (18, 19, True)])
def test_a_question_not_yet_overdue_moves_the_deadline_only_on_the_last_working_day_before_it(
        asked: int, today: int, moves: bool) -> None:
    assert rules.must_move([day(asked)], FRIDAY, day(today), FULL, reference.calendar()) is moves


def test_the_deadline_moves_two_working_days_at_the_same_hour() -> None:
    moved = rules.after_silence(FRIDAY, FULL, reference.calendar())
    assert moved.astimezone(SHANGHAI) == dt.datetime(2026, 3, 24, 17, tzinfo=SHANGHAI)


def test_a_late_answer_leaves_the_whole_reading_time_from_its_day() -> None:
    moved = rules.after_late_answer(FRIDAY, day(19), FULL, reference.calendar())
    assert moved.astimezone(SHANGHAI) == dt.datetime(2026, 3, 24, 17, tzinfo=SHANGHAI)


def test_where_bidding_lasts_a_working_week_or_less_one_day_is_read_and_moved() -> None:
    calendar = reference.calendar()
    week, longer = PUBLISHED + dt.timedelta(days=7), PUBLISHED + dt.timedelta(days=8)
    assert rules.pace(PUBLISHED, week, day(3), calendar) == Pace(1, 1)
    assert rules.pace(PUBLISHED, longer, day(3), calendar) == FULL


@pytest.mark.parametrize(("place", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (53, "BA")])
def test_askers_are_letters(place: int, letters: str) -> None:
    assert rules.letters(place) == letters


@pytest.mark.parametrize(("text", "found"), [
    ("我们星海智能问一下", "星海智能"), ("ｆｏｕｎｄｅｒ１ 想问", "founder1"),
    ("请回 a.b@example.com 谢谢", "a.b@example.c"),
    ("电话 138 0013 8000", "138 0013 8000"), ("数据有 13800138000123 行", None), ("样本有多少张？", None)])
def test_what_tells_who_asks_is_found(text: str, found: str | None) -> None:
    assert rules.gives_away(text, ["星海智能", "founder1", "李"]) == found
