"""The payment clock on real rows: what starts it, what moves it, and what is due when."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.payments import operations as payments
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon, on

DAY = dt.date.fromisoformat


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_a_public_body_without_agreed_term_owes_30_days_after_delivery(world: World) -> None:
    # 2025-09-05 + 30 = 2025-10-05, inside National Day, so 2025-10-09 (Civil Code 203); 120,000 yuan x 0.05% x 11
    world.buyer.organisation.payer_type = "government"
    contract = world.signed(at="2025-08-01", amounts=(12_000_000,))
    owed = world.delivered(contract, "2025-09-05")
    assert (owed.term_start, owed.nominal_due_on, owed.due_on) == (
        DAY("2025-09-05"), DAY("2025-10-05"), DAY("2025-10-09"))
    world.paid(owed, "2025-10-20", 12_000_000)
    found = world.statement(owed, "2025-12-31")
    assert (found.overdue_days, found.interest_fen, owed.settled_on) == (11, 66_000, DAY("2025-10-20"))


def test_acceptance_inside_the_period_starts_the_term(world: World) -> None:
    contract = world.signed(at="2025-10-15", amounts=(6_800_000,), start_basis="acceptance", term_days=30,
                            acceptance_period_days=15)
    owed = world.delivered(contract, "2025-11-03")
    # Before acceptance the latest possible day is known: the period ends 2025-11-18, + 30 = 2025-12-18.
    assert owed.due_on == DAY("2025-12-18")
    assert "ACCEPTANCE_PENDING_TERM_START_IS_LATEST_POSSIBLE" in world.statement(owed, "2025-11-10").warnings
    owed = world.accepted(contract, "2025-11-10")
    assert (owed.term_start, owed.due_on) == (DAY("2025-11-10"), DAY("2025-12-10"))
    assert [step["note"] for step in owed.basis if step["what"] == "due_date"] == ["due_date.working_day"]
    assert owed.facts["acceptance_passed_date"] == "2025-11-10"


def test_a_buyer_who_delays_acceptance_gains_nothing(world: World) -> None:
    # period: 2025-09-24 + 10 = 10-04, a holiday, so 10-09; term 10-09 + 30 = 11-08, a Saturday, so 11-10
    contract = world.signed(at="2025-08-20", amounts=(15_000_000,), start_basis="acceptance", term_days=30,
                            acceptance_period_days=10)
    world.delivered(contract, "2025-09-24")
    owed = world.accepted(contract, "2025-11-18")
    assert (owed.term_start, owed.due_on) == (DAY("2025-10-09"), DAY("2025-11-10"))
    found = world.statement(owed, "2025-12-01")
    assert "BUYER_DELAYED_ACCEPTANCE_TERM_RUNS_FROM_PERIOD_END" in found.flags
    assert (found.overdue_days, found.interest_fen) == (21, 157_500)


def test_silence_after_the_acceptance_period_lets_the_term_run(world: World) -> None:
    contract = world.signed(at="2025-08-20", start_basis="acceptance", term_days=30, acceptance_period_days=10)
    owed = world.delivered(contract, "2025-09-24")
    found = world.statement(owed, "2025-11-30")  # nobody ever answered
    assert (found.due, found.is_overdue) == (DAY("2025-11-10"), True)
    assert refusal(world.rejected, contract, "2025-10-10") == "milestone.rejected_too_late"


def test_a_rejected_delivery_stops_the_clock_until_the_next(world: World) -> None:
    contract = world.signed(at="2025-06-16", start_basis="acceptance", term_days=30, acceptance_period_days=10)
    world.delivered(contract, "2025-07-01")
    owed = world.rejected(contract, "2025-07-04")
    assert (owed.due_on, owed.term_start) == (None, None)
    owed = world.delivered(contract, "2025-07-08")
    assert (owed.facts["delivery_date"], owed.facts["redelivery_date"]) == ("2025-07-01", "2025-07-08")
    assert owed.due_on == DAY("2025-08-18")  # 07-08 + 10 = 07-18; + 30 = 08-17, a Sunday
    # On the day before the rejection the first delivery still counted: 07-01 + 10 = 07-11; + 30 = 08-10, a Sunday.
    assert world.statement(owed, "2025-07-03").due == DAY("2025-08-11")


def test_periodic_settlement_starts_with_the_confirmed_amount(world: World) -> None:
    world.buyer.organisation.payer_type = "government"
    contract = world.signed(at="2025-06-30", amounts=(2_468_000,), start_basis="settlement", term_days=30)
    owed = world.delivered(contract, "2025-09-01")
    assert owed.due_on is None
    assert refusal(payments.record_settlement, world.session, contract.milestones[0].id, on=on("2025-08-31"),
                   actor=world.buyer, now=noon("2025-09-11")) == "milestone.day_too_early"
    owed = payments.record_settlement(world.session, contract.milestones[0].id, on=on("2025-09-11"),
                                      actor=world.buyer, now=noon("2025-09-11"))
    assert owed.due_on == DAY("2025-10-11")  # a make-up working Saturday does not roll
    assert refusal(payments.record_settlement, world.session, contract.milestones[0].id, on=on("2025-09-11"),
                   actor=world.buyer, now=noon("2025-09-12")) == "milestone.settlement_confirmed_before"


def test_due_today_is_not_overdue(world: World) -> None:
    contract = world.signed(at="2025-06-16", amounts=(3_333_300,))
    owed = world.delivered(contract, "2025-07-01")  # + 60 = 08-30, a Saturday: Monday 09-01
    assert not world.statement(owed, "2025-09-01").is_overdue
    tomorrow = world.statement(owed, "2025-09-02")
    assert (tomorrow.is_overdue, tomorrow.interest_fen) == (True, 1_667)  # 33,333.00 x 0.05% = 16.6665 yuan


def test_an_sme_buyer_is_outside_the_decree_and_payments_are_still_recorded(world: World) -> None:
    world.buyer.organisation.payer_type = "sme"
    contract = world.signed(at="2025-07-01", amounts=(5_000_000,), term_days=30)
    owed = world.delivered(contract, "2025-07-10")
    assert (owed.due_on, world.statement(owed, "2026-07-01").in_scope) == (None, False)
    world.paid(owed, "2025-08-01", 2_000_000)
    assert world.owed(contract).settled_on is None
    assert refusal(world.notified, owed, "2025-08-02", 3_000_001) == "payment.more_than_open"
    world.paid(owed, "2025-08-02", 3_000_000)
    assert world.owed(contract).settled_on == DAY("2025-08-02")


def test_an_invoice_moves_no_date_and_never_exceeds_its_milestone(world: World) -> None:
    contract = world.signed(at="2025-06-16")
    owed = world.delivered(contract, "2025-07-01")
    before, milestone = owed.due_on, contract.milestones[0].id
    note = payments.InvoiceNote("04400012", 6_000_000, on("2025-08-20"))
    payments.record_invoice(world.session, milestone, note, actor=world.founder, now=noon("2025-08-20"))
    assert world.owed(contract).due_on == before
    assert refusal(payments.record_invoice, world.session, milestone, note, actor=world.founder,
                   now=noon("2025-08-20")) == "invoice.more_than_milestone"
    again = payments.InvoiceNote("04400012", 4_000_000, on("2025-08-20"))
    assert refusal(payments.record_invoice, world.session, milestone, again, actor=world.founder,
                   now=noon("2025-08-20")) == "invoice.number_taken"
    assert refusal(payments.record_invoice, world.session, milestone, again, actor=world.buyer,
                   now=noon("2025-08-20")) == "contract.other_side"
