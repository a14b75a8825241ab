"""The standstill in working days, and the clock of an objection: cases a lawyer can read."""
from __future__ import annotations

from datetime import date

import pytest

from marketplace import reference
from marketplace.rules import decision_clock, objections, standstill
from marketplace.rules.decision_clock import Waiting
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import advance
from marketplace.rules.objections import OBJECTION, ObjectionStatus
from marketplace.rules.standstill import Pause

FRIDAY = date(2026, 3, 20)
CASES = [  # awarded on, days on which objections were open, last day, working days added, provisional
    ("from a Friday over the weekend", FRIDAY, [], date(2026, 3, 25), 0, False),
    ("the whole of the National Day holiday is passed over, the make-up day counts", date(2025, 9, 30), [],
     date(2025, 10, 11), 0, False),
    ("an objection answered on its own day costs that day", FRIDAY, [(date(2026, 3, 24), date(2026, 3, 24))],
     date(2026, 3, 26), 1, False),
    ("raised on the last day, answered three days on: a full day is left after the answer", FRIDAY,
     [(date(2026, 3, 25), date(2026, 3, 27))], date(2026, 3, 30), 3, False),
    ("two objections at once cost a day once", FRIDAY,
     [(date(2026, 3, 23), date(2026, 3, 24)), (date(2026, 3, 24), date(2026, 3, 24))], date(2026, 3, 27), 2, False),
    ("a weekend in an open objection costs nothing", FRIDAY, [(date(2026, 3, 21), date(2026, 3, 22))],
     date(2026, 3, 25), 0, False),
    ("into a year whose holidays are not published", date(2026, 12, 30), [], date(2027, 1, 5), 0, True),
]


@pytest.mark.parametrize(("awarded", "pauses", "last", "added", "provisional"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])
def test_the_standstill_ends_on(awarded: date, pauses: list, last: date, added: int, provisional: bool) -> None:
    found = standstill.count(awarded, standstill.working_days(awarded).value, reference.calendar(),
                             pauses=[Pause(*pause) for pause in pauses], today=last)
    assert (found.last_day, found.extended, found.provisional) == (last, added, provisional)
    assert not found.over(today=last)
    assert found.over(today=date.fromordinal(last.toordinal() + 1))


def test_an_objection_nobody_has_answered_moves_the_end_every_working_day() -> None:
    open_one = [Pause(date(2026, 3, 24), None)]
    ends = [standstill.count(FRIDAY, 3, reference.calendar(), pauses=open_one, today=date(2026, 3, day)).last_day
            for day in (24, 25, 28, 30)]
    assert ends == [date(2026, 3, 26), date(2026, 3, 27), date(2026, 3, 31), date(2026, 4, 1)]


@pytest.mark.parametrize(("received", "last"), [
    (date(2026, 3, 23), date(2026, 3, 26)),
    (date(2026, 3, 19), date(2026, 3, 23)),  # the third day is a Sunday: Civil Code 203
])
def test_an_objection_is_answered_within_three_days_of_receipt(received: date, last: date) -> None:
    """招标投标法实施条例第五十四条."""
    assert objections.answer_by(received, reference.calendar()).day == last


def test_what_was_decided_is_not_decided_again() -> None:
    for status in (ObjectionStatus.UPHELD, ObjectionStatus.UNFOUNDED, ObjectionStatus.WITHDRAWN):
        for action in ("dismiss", "uphold", "escalate", "withdraw"):
            with pytest.raises(WrongState):
                advance(OBJECTION, status, action)


@pytest.mark.parametrize(("waiting", "today", "stage"), [
    (Waiting.OPENING, FRIDAY, None), (Waiting.OPENING, date(2026, 3, 22), None),
    (Waiting.OPENING, date(2026, 3, 23), 1), (Waiting.OPENING, date(2026, 3, 25), 2),
    (Waiting.OPENING, date(2026, 3, 27), 3), (Waiting.DECISION, date(2026, 4, 2), None),
    (Waiting.DECISION, date(2026, 4, 3), 1), (Waiting.DECISION, date(2026, 4, 20), 3)])
def test_a_closed_demand_left_lying_is_said_in_stages(waiting: Waiting, today: date, stage: int | None) -> None:
    found = decision_clock.reached(waiting, FRIDAY, reference.calendar(), today=today)
    assert (found.stage if found else None) == stage
    assert bool(found and found.operator_sees) == (stage == 3)
