"""The calendar books the contracts a founder has won, and shows posters one sentence."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.founders import capacity, operations
from marketplace.founders.operations import ProfileDraft
from marketplace.rules import capacity as rules
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon

TODAY = dt.date(2025, 9, 1)  # a Monday


@pytest.fixture
def world(session: Session) -> World:
    made = World(session)
    operations.save_profile(session, ProfileDraft("识别水表", capacity_days_per_month=10, day_rate_fen=1_000_000),
                            actor=made.founder, now=noon("2025-06-01"))
    return made


def view(world: World, today: dt.date = TODAY):
    world.session.flush()
    return capacity.of_founder(world.session, world.founder.organisation_id, today=today)


def test_a_won_contract_takes_its_work_days_until_each_milestone_is_delivered(world: World) -> None:
    before = rules.free_days(view(world).weeks)
    contract = world.signed(at="2025-09-01", amounts=(6_000_000, 4_000_000))
    found = view(world)
    assert [(one.first, one.due, one.days) for one in found.bookings] == [
        (TODAY, dt.date(2025, 10, 1), 6), (dt.date(2025, 10, 2), dt.date(2025, 10, 31), 4)]
    assert sum(week.booked for week in found.weeks) == 10
    assert before - rules.free_days(found.weeks) == 10
    world.delivered(contract, "2025-09-02")
    assert [one.days for one in view(world).bookings] == [4]


def test_the_buyers_own_figure_counts_before_the_day_rate(world: World) -> None:
    contract = world.signed(at="2025-09-01", amounts=(6_000_000,))
    contract.demand.work_days = 3
    assert [one.days for one in view(world).bookings] == [3]


def test_work_nobody_put_into_days_is_said_not_guessed(session: Session) -> None:
    world = World(session)
    operations.save_profile(session, ProfileDraft("识别水表", capacity_days_per_month=10), actor=world.founder,
                            now=noon("2025-06-01"))
    world.signed(at="2025-09-01")
    assert view(world).unknown == 1


def test_days_away_and_a_later_start_leave_fewer_free_days(world: World) -> None:
    before = view(world).free
    capacity.add_away(world.session, dt.date(2025, 9, 8), dt.date(2025, 9, 30), note="出差", actor=world.founder,
                      now=noon("2025-09-01"))
    away = view(world)
    assert away.free < before
    operations.save_profile(world.session, ProfileDraft(
        "识别水表", capacity_days_per_month=10, available_from=dt.date(2026, 1, 1)), actor=world.founder,
        now=noon("2025-09-01"))
    assert view(world).free == 0
    capacity.remove_away(world.session, away.away[0].id, actor=world.founder, now=noon("2025-09-01"))
    assert view(world).away == []


def test_without_stated_days_there_is_no_calendar_and_no_promise(session: Session) -> None:
    world = World(session)
    assert (view(world).weeks, view(world).free) == (None, None)


@pytest.mark.parametrize(("first", "last", "code"), [
    ("2025-09-10", "2025-09-09", "time_away.ends_before_it_begins"), ("2025-08-01", "2025-08-31", "time_away.over"),
    ("2025-09-01", "2026-09-02", "time_away.too_long")])
def test_days_away_that_cannot_be_are_refused(world: World, first: str, last: str, code: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        capacity.add_away(world.session, dt.date.fromisoformat(first), dt.date.fromisoformat(last), note="",
                          actor=world.founder, now=noon("2025-09-01"))
    assert caught.value.code == code
    entry = capacity.add_away(world.session, TODAY, TODAY, note="", actor=world.founder, now=noon("2025-09-01"))
    with pytest.raises(RuleViolation):
        capacity.remove_away(world.session, entry.id, actor=world.stranger, now=noon("2025-09-01"))
