"""Days and moments of the demo's story, all relative to the day of seeding."""
from __future__ import annotations

import datetime as dt

from marketplace import reference
from marketplace.clock import SHANGHAI
from marketplace.rules import standstill
from marketplace.rules.dates import roll_forward

LONGEST_REST = 15


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of a Beijing day, in UTC."""
    return dt.datetime.combine(day, dt.time(hour, minute), SHANGHAI).astimezone(dt.UTC)


def workday_on_or_before(day: dt.date) -> dt.date:
    """The day itself, or the last working day before it: a due date never falls on a rest day."""
    calendar = reference.calendar()
    while calendar.is_rest_day(day):
        day -= dt.timedelta(days=1)
    return day


def workday_on_or_after(day: dt.date) -> dt.date:
    """The day itself, or the next working day."""
    return roll_forward(day, reference.calendar()).day


def start_for(due: dt.date, term_days: int) -> dt.date:
    """A day from which `term_days` lead to `due`, a working day where there is one."""
    calendar = reference.calendar()
    first = due - dt.timedelta(days=term_days)
    for shift in range(LONGEST_REST):
        day = first - dt.timedelta(days=shift)
        if roll_forward(day + dt.timedelta(days=term_days), calendar).day != due:
            break
        if not calendar.is_rest_day(day):
            return day
    return first


def award_day_for(first_confirmation: dt.date) -> dt.date:
    """The last working day on which an award could be made so that its standstill was over by then."""
    calendar, day = reference.calendar(), first_confirmation
    while True:
        day = workday_on_or_before(day - dt.timedelta(days=1))
        wanted = standstill.working_days(day).value
        if standstill.count(day, wanted, calendar, today=day).over(today=first_confirmation):
            return day
