"""A buyer who lets a closed demand lie: when it is reminded, and from when the operator sees it.

No statute gives the days for these steps outside public tenders, so they are the platform's (policy, dated): whoever
handed in a bid is owed an answer.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.rules.dates import Calendar, add_working_days
from marketplace.rules.statutes import Dated, in_force

_SOURCE = "平台规则：投标人应当得到答复"


class Waiting(StrEnum):
    """What a closed demand waits for: its opening, or after it a decision."""

    OPENING = "opening"
    DECISION = "decision"


@dataclass(frozen=True)
class Stages:
    """Working days after the bid deadline, or the opening: a reminder, a second one, and the operator sees it."""

    remind: int
    again: int
    operator: int


OPERATOR_STAGE = 3
_SINCE = date(2000, 1, 1)
STAGES = {
    Waiting.OPENING: (Dated(Stages(1, 3, 5), "working day", _SINCE, _SOURCE),),
    Waiting.DECISION: (Dated(Stages(10, 15, 20), "working day", _SINCE, _SOURCE),),
}


@dataclass(frozen=True)
class Reached:
    """The last stage reached: its number (1, 2 or 3) and the day it was reached; 3 is the operator's."""

    waiting: Waiting
    stage: int
    on: date

    @property
    def operator_sees(self) -> bool:
        """Whether the operator is shown the demand."""
        return self.stage == OPERATOR_STAGE


def reached(waiting: Waiting, since: date, calendar: Calendar, *, today: date) -> Reached | None:
    """The last stage a demand waiting since a day has reached today; the day itself is not counted."""
    dated = in_force(STAGES[waiting], since)
    if dated is None:
        return None
    stages = (dated.value.remind, dated.value.again, dated.value.operator)
    found = None
    for number, days in enumerate(stages, start=1):
        on = add_working_days(since, days, calendar).day
        if today >= on:
            found = Reached(waiting, number, on)
    return found
