"""The operator's review: how soon an answer is due, and that founders lose no day of bidding to it."""
from __future__ import annotations

from datetime import date

import pytest

from marketplace import reference
from marketplace.rules import review


@pytest.mark.parametrize(("submitted", "due"), [
    (date(2026, 3, 2), date(2026, 3, 4)),   # Monday: until Wednesday evening
    (date(2026, 3, 6), date(2026, 3, 10)),  # Friday: the weekend does not count
    (date(2026, 9, 30), date(2026, 10, 9))])  # the National Day holidays do not either
def test_the_operator_answers_within_two_working_days(submitted: date, due: date) -> None:
    assert review.answer_by(submitted, reference.calendar()) == due


@pytest.mark.parametrize(("wished", "days", "published", "closes"), [
    (date(2026, 3, 16), 14, date(2026, 3, 2), date(2026, 3, 16)),  # published the same day: as wished
    (date(2026, 3, 16), 14, date(2026, 3, 5), date(2026, 3, 19)),  # three days of review: counted anew
    (date(2026, 3, 16), 14, date(2026, 4, 1), date(2026, 4, 15)),  # the wished day is long past
    (None, 10, date(2026, 3, 5), date(2026, 3, 15))])              # days were asked for, not a day
def test_founders_get_as_many_days_as_the_buyer_asked_for(wished, days, published, closes) -> None:
    assert review.closing_day(wished, days, published) == closes
