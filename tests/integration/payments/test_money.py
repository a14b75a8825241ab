"""Payments: notified, confirmed or contradicted; what counts, from when, and what stays owed."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.audit import operations as audit
from marketplace.notices import operations as notices
from marketplace.payments import operations as payments
from marketplace.payments import queries
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon, on

DAY = dt.date.fromisoformat


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_only_a_confirmed_payment_counts_and_from_the_day_it_was_made(world: World) -> None:
    contract = world.signed(at="2025-06-16", amounts=(3_333_300,))
    owed = world.delivered(contract, "2025-07-01")
    payment = world.notified(owed, "2025-09-01", 3_333_300)
    assert world.statement(owed, "2025-09-10").is_overdue
    payments.confirm_payment(world.session, payment.id, actor=world.founder, now=noon("2025-09-12"))
    found = world.statement(owed, "2025-09-12")
    assert (found.overdue_days, found.interest_fen, owed.settled_on) == (0, 0, DAY("2025-09-01"))


def test_a_contradicted_payment_counts_for_nothing_and_may_be_notified_again(world: World) -> None:
    contract = world.signed(at="2025-06-16")
    owed = world.delivered(contract, "2025-07-01")
    payment = world.notified(owed, "2025-08-01", 10_000_000, reference="ICBC-1")
    assert refusal(world.notified, owed, "2025-08-01", 1, reference="ICBC-1") == "payment.more_than_open"
    payments.contradict_payment(world.session, payment.id, note="账上没有", actor=world.founder, now=noon("2025-08-03"))
    assert world.owed(contract).settled_on is None
    again = world.notified(owed, "2025-08-01", 4_000_000, reference="ICBC-1", at="2025-08-04")
    assert refusal(world.notified, owed, "2025-08-01", 1_000_000, reference="ICBC-1",
                   at="2025-08-04") == "payment.reference_taken"
    assert refusal(payments.contradict_payment, world.session, again.id, note=" ", actor=world.founder,
                   now=noon("2025-08-05")) == "field.required"
    payments.confirm_payment(world.session, again.id, actor=world.founder, now=noon("2025-08-05"))
    assert refusal(payments.confirm_payment, world.session, again.id, actor=world.founder,
                   now=noon("2025-08-05")) == "payment.wrong_state"
    told = {notice.code for notice in notices.inbox(world.session, world.buyer.organisation_id)}
    assert {"payment_contradicted", "payment_confirmed"} <= told


@pytest.mark.parametrize(("allocation", "overdue_days", "interest", "unpaid", "left"), [
    ("interest_first", 114, 135_563, 4_963, 130_600),
    ("principal_first", 38, 130_000, 130_000, 0),
])
def test_two_part_payments_late(world: World, allocation: str, overdue_days: int, interest: int, unpaid: int,
                                left: int) -> None:
    # 100,000 yuan due 2025-09-08; 40,000 on day 8, 60,000 on day 38; Civil Code 561 or principal first by contract
    contract = world.signed(at="2025-06-20", allocation=allocation)
    owed = world.delivered(contract, "2025-07-08")
    world.paid(owed, "2025-09-16", 4_000_000)
    world.paid(owed, "2025-10-16", 6_000_000)
    found = world.statement(owed, "2025-12-31")
    assert (found.overdue_days, found.interest_fen, found.interest_unpaid_fen, found.principal_left_fen) == (
        overdue_days, interest, unpaid, left)


def test_interest_survives_the_principal_and_can_still_be_paid(world: World) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-07-08")
    world.accepted(contract, "2025-07-08")
    world.paid(owed, "2025-09-18", 10_000_000)  # 10 days late: 100,000 x 0.05% x 10 = 500 yuan
    assert (world.owed(contract).settled_on, contract.status) == (DAY("2025-09-18"), "terminated")
    assert [world.statement(owed, day).interest_unpaid_fen for day in ("2025-09-18", "2026-09-18")] == [50_000, 50_000]
    assert refusal(world.notified, owed, "2025-10-08", 50_001) == "payment.more_than_open"
    world.paid(owed, "2025-10-09", 50_000)
    assert world.statement(owed, "2025-10-09").interest_unpaid_fen == 0


def test_what_was_owed_on_a_past_day_is_not_changed_by_later_events(world: World) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-07-08")
    before = world.statement(owed, "2025-09-30")
    world.paid(owed, "2025-10-16", 6_000_000)
    payments.open_dispute(world.session, owed, amount_fen=1_000_000, reason="缺文档", actor=world.buyer,
                          now=noon("2025-10-20"))
    after = world.statement(owed, "2025-09-30")
    assert (after.interest_fen, after.principal_left_fen, after.flags) == (
        before.interest_fen, before.principal_left_fen, before.flags)


def test_nobody_pays_more_than_is_open_with_what_waits_for_an_answer(world: World) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-07-08")  # due 2025-09-08
    world.notified(owed, "2025-08-01", 9_000_000)
    with pytest.raises(RuleViolation) as caught:
        world.notified(owed, "2025-08-02", 1_000_001)
    assert (caught.value.code, caught.value.facts["open_fen"]) == ("payment.more_than_open", 1_000_000)
    # Ten days late 500 yuan of interest on the last 10,000 may be paid with it: 10,000 x 0.05% x 10 = 50 yuan.
    assert refusal(world.notified, owed, "2025-09-18", 1_005_001) == "payment.more_than_open"
    world.notified(owed, "2025-09-18", 1_005_000)


def test_a_bill_counts_on_the_day_it_is_cash(world: World) -> None:
    contract = world.signed(at="2025-06-16", amounts=(3_333_300,))
    owed = world.delivered(contract, "2025-07-01")  # due 2025-09-01
    assert refusal(world.notified, owed, "2025-08-29", 3_333_300,
                   instrument="commercial_bill") == "payment.cash_day_missing"
    assert refusal(world.notified, owed, "2025-08-29", 3_333_300,
                   cash_on=on("2025-09-11")) == "payment.cash_day_not_for_transfers"
    bill = world.notified(owed, "2025-08-29", 3_333_300, instrument="commercial_bill", cash_on=on("2025-09-11"))
    assert refusal(payments.confirm_payment, world.session, bill.id, actor=world.founder,
                   now=noon("2025-09-10")) == "payment.not_cashed_yet"
    payments.confirm_payment(world.session, bill.id, actor=world.founder, now=noon("2025-09-11"))
    found = world.statement(owed, "2025-09-11")
    assert (found.overdue_days, owed.settled_on) == (10, DAY("2025-09-11"))
    assert "NON_CASH_DISGUISED_EXTENSION" in found.flags


def test_every_problem_of_a_notification_is_told_at_once(world: World) -> None:
    contract = world.signed(at="2025-06-16")
    owed = world.delivered(contract, "2025-07-01")
    with pytest.raises(RuleViolation) as caught:
        world.notified(owed, "2025-06-15", 1, reference="  ", at="2025-07-02", instrument="shells")
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["instrument", "bank_reference", "paid_on", "cash_on"]
    assert refusal(world.notified, owed, "2025-07-03", 1, at="2025-07-02") == "milestone.day_in_future"


def test_a_contract_ends_when_every_milestone_is_accepted_and_paid(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(4_000_000, 6_000_000))
    for position, amount in ((1, 4_000_000), (2, 6_000_000)):
        owed = world.delivered(contract, "2025-07-08", position=position)
        assert contract.status == "active"
        world.paid(owed, "2025-07-20", amount)
        world.accepted(contract, "2025-07-21", position=position)
    assert contract.status == "terminated"
    assert audit.verify(world.session).intact


def test_a_payer_is_known_by_the_ledger(world: World) -> None:
    for delivered, paid in (("2025-07-08", "2025-08-01"), ("2025-07-08", "2025-09-18")):
        contract = world.signed(at="2025-06-20")
        world.paid(world.delivered(contract, delivered), paid, 10_000_000)
    late = world.signed(at="2025-06-20", amounts=(7_000_000,))
    world.paid(world.delivered(late, "2025-07-08"), "2025-09-01", 2_000_000)
    record = queries.payer_record(world.session, world.buyer.organisation_id, as_of=on("2025-10-01"))
    # 24 and 72 days from delivery: the median of two is 48
    assert record == queries.PayerRecord(settled=2, on_time=1, overdue_now=1, overdue_fen=5_000_000, median_days=48)
    early = queries.payer_record(world.session, world.buyer.organisation_id, as_of=on("2025-08-01"))
    assert (early.settled, early.overdue_now) == (1, 0)
    nobody = queries.payer_record(world.session, world.founder.organisation_id, as_of=on("2025-10-01"))
    assert (nobody.settled, nobody.median_days) == (0, None)
