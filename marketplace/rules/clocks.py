"""Clocks beside the payment term: complaint handling and confirmation of a receivable.

Basis: Decree 802 Arts 16(2), 25 (in force 2025-06-01). Day periods roll off rest days (Civil Code 203); working
days skip them.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.rules import statutes
from marketplace.rules.dates import Calendar, add_days, add_working_days, roll_forward


class Clock(StrEnum):
    """What is being waited for."""

    COMPLAINT_TRANSFER = "art25_transfer"
    COMPLAINT_RESULT = "art25_handle"
    RECEIVABLE_CONFIRMATION = "art16_confirm_receivable"


@dataclass(frozen=True)
class Deadline:
    """Last day; `latest` is the last day of an approved extension, None where there is none."""

    day: date
    latest: date | None
    article: str
    provisional: bool


def deadline(clock: Clock, event: date, *, calendar: Calendar) -> Deadline:
    """The last day of a clock that starts with `event` (acceptance of a complaint, receipt of a file or request)."""
    if clock is Clock.COMPLAINT_TRANSFER:
        rule = statutes.COMPLAINT_TRANSFER
        counted = add_working_days(event, rule.value, calendar)
        return Deadline(counted.day, None, rule.source, counted.provisional)
    if clock is Clock.RECEIVABLE_CONFIRMATION:
        rule = statutes.RECEIVABLE_CONFIRMATION
        rolled = roll_forward(add_days(event, rule.value), calendar)
        return Deadline(rolled.day, None, rule.source, rolled.provisional)
    rule, longest = statutes.COMPLAINT_RESULT, statutes.COMPLAINT_RESULT_LONGEST
    rolled = roll_forward(add_days(event, rule.value), calendar)
    extended = roll_forward(add_days(event, longest.value), calendar)
    return Deadline(rolled.day, extended.day, rule.source, rolled.provisional or extended.provisional)
