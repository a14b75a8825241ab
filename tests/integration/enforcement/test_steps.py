"""Each step at most once, ended by payment, held again after a reversal, begun anew by another due date."""
from __future__ import annotations

import pytest
from sqlalchemy import select, update

from marketplace.enforcement import operations as enforcement
from marketplace.enforcement import queries
from marketplace.enforcement.models import EscalationStep
from marketplace.notices.models import Notice
from marketplace.payments import ladder, tick
from marketplace.payments import operations as payments
from marketplace.payments.models import NEVER_LOOKED_AT, Obligation
from marketplace.payments.reversals import reverse_payment
from marketplace.rules.escalation import Product
from tests.integration.payments.world import World, noon, on


def run(world: World, day: str) -> dict[str, int]:
    found = tick.run(world.session, today=on(day), now=noon(day))
    world.session.expire_all()
    return found


def steps(world: World, owed: Obligation) -> dict[str, str]:
    """The present state of every step taken, by code (later rounds over earlier ones)."""
    world.session.expire_all()
    return {step.step: step.status for step in enforcement.steps_of(world.session, owed)}


def told(world: World) -> list[str]:
    """What the buyer has been told, in order: the step each notice is about."""
    found = world.session.scalars(select(Notice).filter_by(organisation_id=world.buyer.organisation_id).order_by(
        Notice.id))
    codes = ("payment_before", "payment_due", "payment_late")
    return [notice.facts["step"] for notice in found if notice.code in codes]


def next_day(world: World, owed: Obligation) -> str | None:
    world.session.refresh(owed)
    return str(owed.next_step_on) if owed.next_step_on else None


def test_the_row_says_on_which_day_to_look_again(world: World, owed: Obligation) -> None:
    assert next_day(world, owed) == "2025-08-29"
    for day, following in (("2025-08-29", "2025-09-01"), ("2025-09-01", "2025-09-02"), ("2025-09-02", "2025-09-08"),
                           ("2025-10-31", None)):
        run(world, day)
        assert next_day(world, owed) == following


def test_a_day_without_a_step_reads_nothing(world: World, owed: Obligation) -> None:
    run(world, "2025-09-02")
    assert run(world, "2025-09-03") == {"obligations": 0, "moved": 0, "reminders": 0, "acceptance": 0}


def test_steps_missed_are_taken_in_silence_and_hold_all_the_same(world: World, owed: Obligation) -> None:
    run(world, "2025-10-05")
    assert told(world) == ["late_30"]
    taken = enforcement.steps_of(world.session, owed)
    assert [(step.step, step.said) for step in taken][-3:] == [("late_7", False), ("late_15", False), ("late_30", True)]
    assert enforcement.in_effect(world.session, Product.PUBLISHING_BLOCK, buyer_id=world.buyer.organisation_id)


def test_payment_ends_every_step_on_its_day(world: World, owed: Obligation) -> None:
    run(world, "2025-10-01")
    world.paid(owed, "2025-10-02", 3_333_300)
    assert set(steps(world, owed).values()) == {"closed"}
    ended = enforcement.steps_of(world.session, owed)[-1]
    assert (ended.close_reason, ended.closed_on) == ("settled", on("2025-10-02"))
    assert next_day(world, owed) is None
    assert not enforcement.in_effect(world.session, Product.PUBLISHING_BLOCK)


def test_a_part_payment_ends_nothing(world: World, owed: Obligation) -> None:
    run(world, "2025-09-08")
    world.paid(owed, "2025-09-09", 1_000_000)
    assert set(steps(world, owed).values()) == {"taken"}
    run(world, "2025-09-16")
    assert told(world) == ["late_7", "late_15"]


def test_a_reversed_payment_brings_back_what_held_without_repeating_it(world: World, owed: Obligation) -> None:
    run(world, "2025-09-08")
    payment = world.paid(owed, "2025-09-09", 3_333_300)
    reverse_payment(world.session, payment.id, kind="bounced", reason="银行退票", actor=world.founder,
                    now=noon("2025-09-20"))
    assert set(steps(world, owed).values()) == {"taken"}
    run(world, "2025-09-20")
    assert told(world) == ["late_7", "late_15"]


def test_while_all_of_it_is_in_dispute_no_step_holds_and_none_is_taken(world: World, owed: Obligation) -> None:
    run(world, "2025-09-08")
    dispute = payments.open_dispute(world.session, owed, amount_fen=3_333_300, reason="未交付", actor=world.buyer,
                                    now=noon("2025-09-09"))
    assert set(steps(world, owed).values()) == {"closed"}
    run(world, "2025-09-20")
    assert told(world) == ["late_7"]
    payments.resolve_dispute(world.session, dispute.id, upheld_fen=3_333_300, note="已交付", actor=world.operator,
                             now=noon("2025-09-21"))
    assert set(steps(world, owed).values()) == {"taken"}
    run(world, "2025-09-21")
    assert told(world) == ["late_7", "late_15"]


def test_a_new_delivery_begins_a_new_round(world: World) -> None:
    contract = world.signed(at="2025-06-16", amounts=(3_333_300,))
    owed = world.delivered(contract, "2025-07-01")
    run(world, "2025-08-29")
    world.rejected(contract, "2025-08-30")
    assert set(steps(world, owed).values()) == {"closed"}
    assert next_day(world, owed) is None
    world.delivered(contract, "2025-09-05")  # due 2025-11-04
    run(world, "2025-11-03")
    rounds = [(step.round, step.step) for step in enforcement.steps_of(world.session, owed)]
    assert rounds == [(1, "before_3"), (1, "last_workday"), (2, "before_3"), (2, "last_workday")]
    assert told(world) == ["last_workday", "last_workday"]


def test_the_next_step_is_shown_with_its_day(world: World, owed: Obligation) -> None:
    run(world, "2025-09-02")
    found = world.statement(owed, "2025-09-05")
    place = queries.position(found, enforcement.steps_of(world.session, owed), today=on("2025-09-05"))
    assert place.next is not None
    assert (place.next.code, place.next.on) == ("late_7", on("2025-09-08"))
    assert [line.code for line in place.lines if line.step] == ["before_3", "last_workday", "due", "late_1"]


def test_a_row_of_the_first_schema_is_found_by_the_next_round(world: World, owed: Obligation) -> None:
    world.session.execute(update(Obligation).values(next_step_on=on(NEVER_LOOKED_AT)))
    run(world, "2025-09-02")
    assert told(world) == ["late_1"]


def test_a_reminder_said_before_the_ladder_was_kept_is_not_said_again(world: World, owed: Obligation) -> None:
    run(world, "2025-09-08")
    for step in world.session.scalars(select(EscalationStep)):
        world.session.delete(step)
    world.session.execute(update(Obligation).values(next_step_on=on(NEVER_LOOKED_AT)))
    run(world, "2025-09-08")
    assert told(world) == ["late_7"]


def test_an_overdue_payment_outside_the_decree_is_left_alone(world: World) -> None:
    world.buyer.organisation.payer_type = "sme"
    owed = world.delivered(world.signed(at="2025-06-16"), "2025-07-01")
    assert run(world, "2025-12-01")["reminders"] == 0
    assert next_day(world, owed) is None


def test_a_moved_due_date_ends_what_was_said_of_the_old_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from marketplace import reference
    from marketplace.rules.dates import Calendar, YearCalendar

    owed = world.delivered(world.signed(at="2026-11-02", amounts=(1_000_000,), term_days=60), "2026-11-04")
    run(world, "2026-12-31")  # Sunday 2027-01-03 rolls to Monday; nobody knows the holidays of 2027 yet
    known = reference.calendar()
    published = YearCalendar(frozenset({on("2027-01-01"), on("2027-01-02"), on("2027-01-04")}), frozenset(), "test")
    monkeypatch.setattr(reference, "calendar", lambda: Calendar({**known.years, 2027: published}))
    assert tick.reschedule(world.session, owed, now=noon("2026-12-31"))
    ended = {(step.due_on, step.close_reason) for step in enforcement.steps_of(world.session, owed)}
    assert ended == {(on("2027-01-04"), "due_moved")}
    run(world, "2027-01-05")
    assert told(world) == ["last_workday", "due"]


def test_the_edition_of_the_day_is_followed(world: World, owed: Obligation, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = ladder.editions()
    changed = type(first)(on("2025-09-10"), None, "平台规则第 2 版", "second edition",
                          tuple(rung for rung in first.rungs if rung.code != "late_15"))
    old = type(first)(first.since, on("2025-09-10"), first.basis, first.basis_en, first.rungs)
    monkeypatch.setattr(ladder, "editions", lambda: (old, changed))
    ladder._schedule.cache_clear()
    try:
        for day in ("2025-09-08", "2025-09-16", "2025-10-01"):
            run(world, day)
        assert told(world) == ["late_7", "late_30"]
    finally:
        ladder._schedule.cache_clear()
