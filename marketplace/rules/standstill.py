"""The days after an award on which nothing may be signed (公示期), counted in working days.

Basis: Regulation on the Implementation of the Tendering and Bidding Law (in force 2012-02-01) Art. 54: the result is
made public for no fewer than three days, and bidding stops while an objection waits for its answer. The platform
counts working days and holds every award to it, also where the Regulation does not bind. The day of the award is not
counted (Civil Code 201), and the last day ends at 24:00 in Beijing.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketplace.rules.dates import DAY, Calendar
from marketplace.rules.statutes import Dated, in_force

_SOURCE = "平台规则，参照《招标投标法实施条例》（国务院令第613号，2012-02-01起施行）第五十四条：公示期不得少于3日"
WORKING_DAYS = (Dated(3, "working day", date(2012, 2, 1), _SOURCE),)


@dataclass(frozen=True)
class Pause:
    """The days on which an objection was open, both counted; `until` None while it still is."""

    since: date
    until: date | None


@dataclass(frozen=True)
class Standstill:
    """`last_day` is the last on which nothing may be signed; `extended` the working days objections took up.

    `provisional` when a year without a published calendar was asked.
    """

    awarded_on: date
    working_days: int
    last_day: date
    extended: int
    provisional: bool

    def over(self, *, today: date) -> bool:
        """Whether the last day is past; an objection still open is another matter."""
        return today > self.last_day


def working_days(on: date) -> Dated[int]:
    """How many working days the standstill of an award of this day has, with its source."""
    return in_force(WORKING_DAYS, on) or WORKING_DAYS[-1]


def count(awarded_on: date, days: int, calendar: Calendar, *, pauses: Iterable[Pause] = (),
          today: date) -> Standstill:
    """The standstill of an award of `days` working days.

    A working day on which an objection was open is not counted: the days are added at the end, so that a full
    working day is left after every answer. A pause still open lasts until `today` as far as is known.
    """
    spans = [(pause.since, pause.until or max(today, pause.since)) for pause in pauses]
    day, counted, extended, years = awarded_on, 0, 0, set()
    while counted < days:
        day += DAY
        years.add(day.year)
        if calendar.is_rest_day(day):
            continue
        if any(since <= day <= until for since, until in spans):
            extended += 1
        else:
            counted += 1
    return Standstill(awarded_on, days, day, extended, not all(map(calendar.published, years)))
