"""The calendar of rest days and the rate table that ship with the house, and how a faulty table is refused."""
from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise

import chinese_calendar
import pytest

from marketplace import reference
from marketplace.rules.dates import Calendar, add_working_days, roll_forward, statutory_days
from tests.unit.rules.obligations import CALENDAR, LPR


def day(text: str) -> date:
    return date.fromisoformat(text)


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", sorted(CALENDAR.years))
def test_the_shipped_calendar_agrees_with_a_second_source_on_every_day(year):
    assert [d for d in days_of(year) if CALENDAR.is_rest_day(d) is chinese_calendar.is_workday(d)] == []


def test_every_published_year_is_one_the_state_council_has_published():
    assert sorted(CALENDAR.years) == list(range(2019, 2027))


@pytest.mark.parametrize(("rest", "why"), [
    ("2025-10-11", "a make-up Saturday is a working day"), ("2026-09-20", "a make-up Sunday is a working day")])
def test_make_up_days_are_working_days(rest, why):
    assert not CALENDAR.is_rest_day(day(rest)), why


@pytest.mark.parametrize(("nominal", "last"), [
    ("2025-10-05", "2025-10-09"),  # inside National Day and Mid-Autumn
    ("2026-02-16", "2026-02-24"),  # inside Spring Festival
    ("2025-11-15", "2025-11-17"),  # a plain Saturday
    ("2025-09-28", "2025-09-28"),  # a make-up Sunday
    ("2025-12-31", "2025-12-31"),
])
def test_a_last_day_that_is_a_rest_day_is_the_day_after_the_rest(nominal, last):
    assert roll_forward(day(nominal), CALENDAR).day == day(last)


def test_thirteen_statutory_days_rest_in_a_year_nobody_has_published():
    # 2027-02-06 is the first day of the lunar year; Qingming 04-05, Dragon Boat 06-09, Mid-Autumn 09-15
    assert statutory_days(2027, CALENDAR.festivals[2027]) == {
        day(f"2027-{d}") for d in ("01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02", "06-09",
                                   "09-15", "10-01", "10-02", "10-03")}


def test_unpublished_weekends_rest_and_no_make_up_day_is_guessed():
    unpublished = Calendar({}, CALENDAR.festivals)
    assert unpublished.is_rest_day(day("2027-02-20"))
    assert not unpublished.is_rest_day(day("2027-02-09")), "only three days of the festival and its eve are statutory"


def test_beyond_the_computed_festivals_the_fixed_days_still_rest():
    assert roll_forward(day("2099-10-01"), CALENDAR).day == day("2099-10-05")  # 10-03 and 10-04 are a weekend


def test_lunar_new_year_is_always_the_same_new_moon():
    """Between 21 January and 21 February, 29 or 30 days x 12 or 13 apart: a slip in the table would show."""
    days = [CALENDAR.festivals[year].spring_festival for year in sorted(CALENDAR.festivals)]
    for earlier, later in pairwise(days):
        assert (1, 21) <= (later.month, later.day) <= (2, 21)
        assert (later - earlier).days in {354, 355, 383, 384, 385}


def test_working_days_skip_rest_and_count_make_up_days():
    found = add_working_days(day("2025-09-25"), 2, CALENDAR)
    assert (found.day, found.rest_days) == (day("2025-09-28"), (day("2025-09-27"),))


def test_the_rate_table_says_how_far_it_was_checked():
    assert (LPR.verified_through, len(LPR.quotes)) == (day("2026-09-20"), 13)


def calendar_table(**year):
    return {"years": {"2027": {"source": "a notice", "off": ["2027-01-01"], "makeup": ["2027-02-20"]} | year}}


@pytest.mark.parametrize(("table", "complaint"), [
    ([], "an object is needed"),
    ({"years": {}}, "no published year"),
    ({"years": {"MMXXVII": {}}}, "not a year"),
    (calendar_table(source=" "), "no source"),
    (calendar_table(off=[]), "has days off"),
    (calendar_table(off=["2027-02-29"]), "is not a date"),
    (calendar_table(off=["2026-12-31"]), "is not in 2027"),
    (calendar_table(off=["2027-01-01", "2027-01-01"]), "twice"),
    (calendar_table(off=["2027-02-20"]), "both a day off and a working day"),
    (calendar_table(makeup=["2027-02-22"]), "is a working day anyway"),
    (calendar_table() | {"festivals": {"years": {"2028": {"spring_festival": "2028-01-26"}}}}, "is not a date"),
])
def test_a_faulty_calendar_is_refused_with_its_fault(tmp_path, table, complaint):
    (tmp_path / "holidays.json").write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(reference.ReferenceTableError, match=complaint):
        reference.calendar(tmp_path)


def rate_table(*quotes, **table):
    return {"source": "a table", "verified_through": "2027-02-20",
            "quotes": [{"date": d, "percent": p} for d, p in quotes]} | table


@pytest.mark.parametrize(("table", "complaint"), [
    (rate_table(), "at least one quote"),
    (rate_table(("2027-01-20", 3.0)), "is not a rate"),
    (rate_table(("2027-01-20", "300")), "is not a rate"),
    (rate_table(("2027-02-20", "3.0"), ("2027-01-20", "3.1")), "not after the quote before"),
    (rate_table(("2027-03-20", "3.0")), "before the last quote"),
    (rate_table(("2027-01-20", "3.0"), source=None), "no source"),
])
def test_a_faulty_rate_table_is_refused_with_its_fault(tmp_path, table, complaint):
    (tmp_path / "lpr.json").write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(reference.ReferenceTableError, match=complaint):
        reference.lpr_table(tmp_path)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(reference.ReferenceTableError, match=r"holidays\.json: cannot be read"):
        reference.calendar(tmp_path)
