"""The daily round: each reminder once, on its day, to those it concerns."""
from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from marketplace.notices.models import Notice
from marketplace.payments import operations as payments
from marketplace.payments import tick
from marketplace.payments.models import Obligation
from tests.integration.payments.world import World, noon, on


def told(world: World, organisation_id: int) -> list[str]:
    """The payment and acceptance reminders of an organisation, in order."""
    codes = world.session.scalars(select(Notice.code).filter_by(organisation_id=organisation_id).order_by(Notice.id))
    return [code for code in codes if code.startswith(("payment_before", "payment_due", "payment_late", "acceptance_"))]


def run(world: World, day: str) -> dict[str, int]:
    found = tick.run(world.session, today=on(day), now=noon(day))
    world.session.expire_all()
    return found


@pytest.fixture
def owed(world: World) -> Obligation:
    """33,333 yuan due on Monday 2025-09-01 (60 days end on a Saturday)."""
    return world.delivered(world.signed(at="2025-06-16", amounts=(3_333_300,)), "2025-07-01")


def test_a_day_run_24_times_says_everything_once(world: World, owed: Obligation) -> None:
    for _ in range(24):
        run(world, "2025-09-02")
    assert told(world, world.buyer.organisation_id) == ["payment_late"]
    assert told(world, world.founder.organisation_id) == ["payment_late_payee"]
    assert world.statement(owed, "2025-09-02").interest_fen == 1_667


def test_every_step_comes_on_its_day(world: World, owed: Obligation) -> None:
    days = {"2025-08-28": 0, "2025-08-29": 2, "2025-08-31": 0, "2025-09-01": 2, "2025-09-02": 2, "2025-09-07": 0,
            "2025-09-08": 3, "2025-09-15": 0, "2025-09-16": 3, "2025-10-01": 3, "2025-10-31": 3, "2026-06-01": 0}
    assert {day: run(world, day)["reminders"] for day in days} == days
    assert Counter(told(world, world.buyer.organisation_id)) == {
        "payment_before": 1, "payment_due": 1, "payment_late": 5}
    assert told(world, world.operator.organisation_id) == ["payment_late_operator"] * 4  # from the seventh day


def test_the_reminder_comes_on_a_working_day_when_the_last_day_is_a_holiday(world: World) -> None:
    # nominal last day 2025-10-05 in National Day, due 10-09; the last working day before is 2025-09-30
    world.buyer.organisation.payer_type = "government"
    world.delivered(world.signed(at="2025-08-01"), "2025-09-05")
    assert [run(world, day)["reminders"] for day in ("2025-09-29", "2025-09-30", "2025-10-06")] == [0, 2, 0]


def test_days_on_which_nothing_ran_are_caught_up_without_old_reminders(world: World, owed: Obligation) -> None:
    run(world, "2025-09-20")
    assert told(world, world.buyer.organisation_id) == ["payment_late"]


def test_nothing_is_said_once_the_principal_is_paid(world: World, owed: Obligation) -> None:
    run(world, "2025-09-02")
    world.paid(owed, "2025-09-05", 3_333_300)
    run(world, "2025-10-05")
    assert told(world, world.buyer.organisation_id) == ["payment_late"]


def test_nothing_is_said_about_a_part_in_dispute(world: World, owed: Obligation) -> None:
    payments.open_dispute(world.session, owed, amount_fen=3_333_300, reason="未交付", actor=world.buyer,
                          now=noon("2025-08-01"))
    assert run(world, "2025-09-30")["reminders"] == 0


def test_the_buyer_hears_before_its_acceptance_period_ends_and_both_hear_after(world: World) -> None:
    contract = world.signed(at="2025-06-16", start_basis="acceptance", term_days=60, acceptance_period_days=14)
    world.delivered(contract, "2025-07-01")  # the period ends 2025-07-15
    assert [run(world, day)["acceptance"] for day in ("2025-07-11", "2025-07-12", "2025-07-15", "2025-07-16",
                                                      "2025-07-17")] == [0, 1, 0, 2, 0]
    assert told(world, world.buyer.organisation_id) == ["acceptance_ending", "acceptance_ended"]


def test_more_obligations_than_one_chunk_are_all_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.payments.queries.CHUNK", 2)
    for _ in range(5):
        world.delivered(world.signed(at="2025-06-16"), "2025-07-01")
    assert run(world, "2025-09-02") == {"obligations": 5, "moved": 0, "reminders": 10, "acceptance": 0}


def test_a_provisional_due_date_is_found_again_when_the_calendar_appears(world: World,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    from marketplace import reference
    from marketplace.rules.dates import Calendar, YearCalendar

    world.delivered(world.signed(at="2026-11-02", amounts=(1_000_000,), term_days=60), "2026-11-04")
    owed = world.session.scalars(select(Obligation)).one()
    assert (owed.due_on, owed.provisional) == (on("2027-01-04"), True)  # Sunday 2027-01-03 rolls to Monday
    known = reference.calendar()
    published = YearCalendar(frozenset({on("2027-01-01"), on("2027-01-02"), on("2027-01-04")}), frozenset(), "test")
    monkeypatch.setattr(reference, "calendar", lambda: Calendar({**known.years, 2027: published}))
    assert run(world, "2026-12-01")["moved"] == 1
    owed = world.session.scalars(select(Obligation)).one()
    assert (owed.due_on, owed.provisional) == (on("2027-01-05"), False)
