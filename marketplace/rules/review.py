"""The operator's look at a demand before it is published: its states, how soon, and how long bidding then lasts.

A platform rule; no law asks for it. Dated, so that a change of the rule does not reach back.
"""
from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from marketplace.rules.dates import Calendar, add_working_days
from marketplace.rules.lifecycle import Lifecycle
from marketplace.rules.statutes import Dated, in_force


class ReviewStatus(StrEnum):
    """A submission waits until the operator publishes or returns the demand, or the buyer takes it back."""

    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


_R = ReviewStatus
REVIEW = Lifecycle("review", _R, {
    (_R.WAITING, "approve"): _R.APPROVED,
    (_R.WAITING, "return"): _R.RETURNED,
    (_R.WAITING, "withdraw"): _R.WITHDRAWN,
})
ANSWER_WITHIN = (Dated(2, "working day", date(2026, 1, 1), "平台规则：需求审核在两个工作日内答复"),)


def answer_by(submitted: date, calendar: Calendar) -> date:
    """The last day on which the operator's answer is in time."""
    rule = in_force(ANSWER_WITHIN, submitted) or ANSWER_WITHIN[-1]
    return add_working_days(submitted, rule.value, calendar).day


def closing_day(wished: date | None, bidding_days: int, published: date) -> date:
    """The day bidding closes: the wished one, or later, so that founders get as many days as were asked for.

    `bidding_days` are the calendar days from handing in to the wished day, or what the buyer named itself.
    """
    counted = published + timedelta(days=bidding_days)
    return counted if wished is None else max(wished, counted)
