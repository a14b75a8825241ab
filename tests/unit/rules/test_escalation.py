"""The ladder: which step on which day, what is said when days were missed, and a table that is refused whole."""
from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments.ladder import TABLE
from marketplace.rules import escalation
from marketplace.rules.errors import Problems
from marketplace.rules.escalation import Addressee, Anchor, Ladder, Product

DUE = dt.date(2025, 9, 1)
BEFORE_NOMINAL = dt.date(2025, 8, 29)  # Friday; the nominal last day is Saturday 30 August
PUBLISHED = escalation.read_ladders(json.loads(TABLE.read_text(encoding="utf-8")))
LADDER = PUBLISHED[-1]
STEPS = escalation.schedule(LADDER, due=DUE, remind_on=BEFORE_NOMINAL)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def document(**edition: Any) -> dict[str, Any]:
    step = {"anchor": "late", "days": 1, "tells": ["founder"], "makes": ["overdue_notice"]}
    return {"editions": [{"since": "2025-06-01", "basis": "平台规则", "basis_en": "platform rule", "steps": [step]}
                         | edition]}


def test_the_published_ladder_has_the_steps_it_promises() -> None:
    assert [one.rung.code for one in STEPS] == ["before_3", "last_workday", "due", "late_1", "late_7", "late_15",
                                                "late_30", "late_60"]
    assert [str(one.on) for one in STEPS] == ["2025-08-29", "2025-08-29", "2025-09-01", "2025-09-02", "2025-09-08",
                                              "2025-09-16", "2025-10-01", "2025-10-31"]


@pytest.mark.parametrize(("code", "told", "made"), [
    ("before_3", "founder finance", "reminder"), ("late_1", "founder finance", "overdue_notice demand_letter"),
    ("late_7", "founder finance head operator", "overdue_notice demand_letter"),
    ("late_15", "founder finance head operator", "overdue_notice complaint_file"),
    ("late_30", "founder finance head operator", "overdue_notice publishing_block"),
    ("late_60", "founder finance head operator", "overdue_notice public_listing")])
def test_who_is_told_and_what_comes_with_a_step(code: str, told: str, made: str) -> None:
    rung = LADDER.rung(code)
    assert rung is not None
    assert (" ".join(rung.tells), " ".join(rung.makes)) == (told, made)


def test_a_reminder_in_a_week_of_holidays_comes_before_it() -> None:
    # due 2025-10-09 after National Day, last working day before the nominal 5 October: 30 September
    steps = escalation.schedule(LADDER, due=day("2025-10-09"), remind_on=day("2025-09-30"))
    assert [str(one.on) for one in steps[:3]] == ["2025-09-30", "2025-09-30", "2025-10-09"]


@pytest.mark.parametrize(("today", "done", "fresh", "aloud"), [
    ("2025-08-28", "", "", None),
    ("2025-08-29", "", "before_3 last_workday", "last_workday"),
    ("2025-09-01", "before_3 last_workday", "due", "due"),
    ("2025-09-20", "", "before_3 last_workday due late_1 late_7 late_15", "late_15"),
    ("2025-09-20", "before_3 last_workday due late_1 late_7 late_15", "", None),
    ("2025-09-20", "before_3 last_workday due late_7 late_15", "late_1", None)])
def test_only_the_last_step_reached_speaks(today: str, done: str, fresh: str, aloud: str | None) -> None:
    found, said = escalation.to_take(STEPS, done.split(), today=day(today))
    assert " ".join(one.rung.code for one in found) == fresh
    assert (said.rung.code if said else None) == aloud


@given(st.lists(st.integers(-10, 90), min_size=1, max_size=12))
def test_whatever_days_the_round_runs_on_each_step_is_taken_once_and_nothing_old_is_said(days: list[int]) -> None:
    taken: list[str] = []
    for offset in sorted(days):
        today = DUE + dt.timedelta(days=offset)
        fresh, aloud = escalation.to_take(STEPS, taken, today=today)
        if aloud is not None:
            assert all(one.on <= aloud.on or one.on > today for one in STEPS)
        taken += [one.rung.code for one in fresh]
    last = DUE + dt.timedelta(days=max(days))
    assert taken == [one.rung.code for one in STEPS if one.on <= last]


def test_a_step_follows_the_edition_in_force_on_its_day() -> None:
    old = Ladder(day("2025-06-01"), day("2026-01-01"), "平台规则", "platform rule", LADDER.rungs[:4])
    new = Ladder(day("2026-01-01"), None, "平台规则", "platform rule", LADDER.rungs)
    assert escalation.ladder_on((old, new), day("2025-12-31")) is old
    assert escalation.ladder_on((old, new), day("2026-01-01")) is new
    assert escalation.ladder_on((old, new), day("2025-05-31")) is None


def test_a_table_without_a_fault_is_read() -> None:
    (ladder,) = escalation.read_ladders(document())
    (rung,) = ladder.rungs
    assert (rung.anchor, rung.days, rung.tells, rung.makes) == (
        Anchor.LATE, 1, (Addressee.FOUNDER,), (Product.OVERDUE_NOTICE,))


@pytest.mark.parametrize(("broken", "where", "code"), [
    ({"basis": " "}, "editions[0].basis", "ladder.no_basis"),
    ({"since": "someday"}, "editions[0].since", "ladder.no_day"),
    ({"steps": []}, "editions[0].steps", "ladder.no_steps"),
    ({"steps": [{"anchor": "soon", "tells": ["founder"], "makes": ["reminder"]}]}, "editions[0].steps[0].anchor",
     "ladder.unknown_word"),
    ({"steps": [{"anchor": "late", "days": 0, "tells": ["founder"], "makes": ["reminder"]}]},
     "editions[0].steps[0].days", "ladder.days"),
    ({"steps": [{"anchor": "due", "tells": ["the press"], "makes": ["reminder"]}]}, "editions[0].steps[0].tells",
     "ladder.unknown_word")])
def test_a_fault_is_named_with_its_place(broken: dict[str, Any], where: str, code: str) -> None:
    with pytest.raises(Problems) as refused:
        escalation.read_ladders(document(**broken))
    assert (where, code) in [(problem.field, problem.code) for problem in refused.value]


def test_editions_that_overlap_and_a_step_written_twice_are_refused() -> None:
    twice = document()["editions"][0]["steps"] * 2
    with pytest.raises(Problems, match="step_twice"):
        escalation.read_ladders(document(steps=twice))
    both = {"editions": document()["editions"] + document(since="2026-01-01")["editions"]}
    with pytest.raises(Problems, match="overlap"):
        escalation.read_ladders(both)
