"""What users of other payment and procurement software asked for or complained about, thread by thread.

Each test names the public thread it answers; where the thread has figures, they are used.
"""
from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.complaints import filing, plans
from marketplace.complaints.plans import Promise
from marketplace.contracts.parts import PartAccepted
from marketplace.enforcement import letters
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.letters import PaperKind
from marketplace.ledger import queries as journal
from marketplace.notices.models import Notice
from marketplace.payments import ageing, parts, queries, scorecard, tick
from marketplace.payments import operations as payments
from marketplace.payments.models import Obligation
from marketplace.payments.operations import InvoiceNote
from marketplace.payments.refusals import refuse_invoice
from marketplace.payments.statements import accrual_of, open_fen
from marketplace.rules.ageing import Bucket, Span
from marketplace.rules.errors import RuleViolation, WrongState
from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World, noon, on

AMOUNT, A_DAY = 10_000_000, 5_000  # 100,000 yuan; 0.05 % of it, the rate of Decree 802 Art 17 without an agreed one
DUE, FIRST_LATE = "2025-09-08", "2025-09-09"


@pytest.fixture
def doors(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(app, monkeypatch)


@pytest.fixture
def owed(world: World) -> Obligation:
    """100,000 yuan due on Monday 2025-09-08."""
    return world.delivered(world.signed(at="2025-06-20"), "2025-07-08")


def day_round(world: World, day: str, *, minute: int = 0) -> None:
    tick.run(world.session, today=on(day), now=noon(day) + dt.timedelta(minutes=minute))
    world.session.expire_all()


def said_about_lateness(world: World, organisation_id: int) -> list[tuple[str, str]]:
    """(contract and milestone, step) of every notice about a payment, in order."""
    found = world.session.scalars(select(Notice).filter_by(organisation_id=organisation_id).where(
        Notice.code.in_(("payment_before", "payment_due", "payment_late"))).order_by(Notice.id))
    return [(notice.facts["milestone"], notice.facts["step"]) for notice in found]


def interest(world: World, owed: Obligation, day: str) -> int | None:
    return world.statement(owed, day).interest_fen


def aged(world: World, day: str, who: str = "founder") -> ageing.Ageing:
    world.session.flush()
    world.session.expire_all()
    return ageing.aged(world.session, actor=getattr(world, who), as_of=on(day))


def buckets(found: ageing.Ageing) -> dict[Bucket, int]:
    return {bucket: fen for bucket, fen in found.by_bucket.items() if fen}


# What lateness costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("paid", "late_days"), [(DUE, 0), (FIRST_LATE, 1), ("2025-09-18", 10), ("2025-12-17", 100)])
def test_the_fee_depends_on_the_days_late(world: World, owed: Obligation, paid: str, late_days: int) -> None:
    """invoiceninja#11118: amount x rate x days from the day after the due date to the day of payment, with the sum
    shown as it is made up."""
    world.paid(owed, paid, AMOUNT, confirmed="2025-12-20")
    found = world.statement(owed, "2026-03-02")
    assert (found.overdue_days, found.interest_fen) == (late_days, A_DAY * late_days)
    assert found.accrual is not None
    shown = [(one.first, one.last, one.days, one.principal_fen, one.daily) for one in found.accrual.segments]
    assert shown == ([(on(FIRST_LATE), on(paid), late_days, AMOUNT, Fraction(5, 10_000))] if late_days else [])


def test_the_job_runs_every_hour_and_the_fee_is_the_same(world: World, owed: Obligation) -> None:
    """invoiceninja#2330: a late fee was added again every hour by cron."""
    entries = journal.size(world.session)
    for day in ("2025-09-09", "2025-09-10", "2025-09-23"):
        for hour in range(24):
            day_round(world, day, minute=hour)
    assert interest(world, owed, "2025-09-23") == 15 * A_DAY
    assert journal.size(world.session) == entries
    buyer = world.buyer.organisation_id
    assert [step for _, step in said_about_lateness(world, buyer)] == ["late_1", "late_15"]


def test_a_fee_nobody_reminded_of_is_owed_from_the_first_late_day(world: World, owed: Obligation) -> None:
    """invoiceninja#10263: fees only came with scheduled reminders and not afterwards, nor with a manual one."""
    before = interest(world, owed, "2025-12-17")
    case = letters.build(world.session, owed, PaperKind.DEMAND_LETTER, as_of=on("2025-12-17"))  # the first one ever
    assert (before, case.found.interest_unpaid_fen) == (100 * A_DAY, 100 * A_DAY)
    day_round(world, "2025-12-17")
    assert interest(world, owed, "2025-12-17") == before


def test_every_instalment_of_a_running_contract_bears_its_own_interest(world: World) -> None:
    """invoiceninja#3236: late fees worked for single invoices and not for recurring ones."""
    contract = world.signed(at="2025-06-20", amounts=(AMOUNT, AMOUNT, AMOUNT))
    monthly = [world.delivered(contract, day, position=place)
               for place, day in enumerate(("2025-07-01", "2025-08-01", "2025-09-01"), 1)]
    # due 2025-09-01 (60 days end on a Saturday), 2025-09-30 and 2025-10-31
    assert [str(one.due_on) for one in monthly] == ["2025-09-01", "2025-09-30", "2025-10-31"]
    assert [interest(world, one, "2025-11-10") for one in monthly] == [70 * A_DAY, 41 * A_DAY, 10 * A_DAY]


def test_a_reminder_gives_no_more_time(world: World, owed: Obligation) -> None:
    """invoiceninja#4020: in Norway each reminder sets a new due date 14 days ahead. No article of Decree 802 does so:
    neither a reminder nor an accepted plan moves the due date or stops the interest."""
    for day in ("2025-09-05", DUE, FIRST_LATE, "2025-09-15", "2025-09-23"):
        day_round(world, day)
    plan = plans.propose(world.session, owed, [Promise(on("2025-11-28"))], actor=world.buyer, now=noon("2025-09-24"))
    plans.accept(world.session, owed, plan.id, actor=world.founder, now=noon("2025-09-24"))
    found = world.statement(owed, "2025-11-28")
    assert (owed.due_on, found.due) == (on(DUE), on(DUE))
    assert found.interest_fen == 81 * A_DAY == plan.total_fen - AMOUNT


def test_interest_outlives_the_principal(world: World) -> None:
    """frappe/erpnext#58220: paying the invoice resolved the dunning; its interest could not be claimed any more."""
    owed = world.delivered(world.signed(at="2025-06-20", allocation="principal_first"), "2025-07-08")
    world.paid(owed, "2025-09-18", AMOUNT)
    assert owed.settled_on == on("2025-09-18")
    for day in ("2025-09-18", "2025-10-20", "2026-05-01"):
        day_round(world, day)
        found = world.statement(owed, day)
        assert (found.principal_left_fen, found.interest_unpaid_fen) == (0, 10 * A_DAY)
    world.paid(owed, "2026-05-06", 10 * A_DAY)
    assert open_fen(world.statement(owed, "2026-05-06")) == 0


def test_after_a_part_payment_interest_runs_on_what_is_left_from_that_day(world: World) -> None:
    """erpnext#49621 (and #9998, #49902): interest was counted from the invoice date on the whole amount."""
    owed = world.delivered(world.signed(at="2025-06-20", allocation="interest_first"), "2025-07-08")
    world.paid(owed, "2025-09-28", 2_000_000)  # 20 days late: 100,000 fen of interest, 1,900,000 of principal
    world.paid(owed, "2025-10-28", 2_000_000)  # 30 days later
    found = world.statement(owed, "2025-11-07")
    left = AMOUNT - 1_900_000
    assert found.accrual is not None
    assert [(one.days, one.principal_fen) for one in found.accrual.segments] == [
        (20, AMOUNT), (30, left), (10, left - (2_000_000 - left * 30 // 2000))]
    assert found.accrual.ledger[1].to_interest_fen == left * 30 // 2000  # 0.05 % a day of what was left


# When something is late -----------------------------------------------------------------------------------


def test_each_instalment_is_reminded_of_by_its_own_due_date(world: World) -> None:
    """frappe/erpnext PR#35689: dunning went by invoice, not by scheduled payment."""
    contract = world.signed(at="2025-06-20", amounts=(AMOUNT, AMOUNT))
    first, second = (world.delivered(contract, day, position=place)
                     for place, day in ((1, "2025-07-08"), (2, "2025-08-04")))  # due 2025-09-08 and 2025-10-09
    for day in (DUE, FIRST_LATE, "2025-10-08"):
        day_round(world, day)
    buyer = world.buyer.organisation_id
    assert said_about_lateness(world, buyer)[:2] == [("第1期", "due"), ("第1期", "late_1")]
    assert ("第1期", "late_30") in said_about_lateness(world, buyer)
    assert {step for milestone, step in said_about_lateness(world, buyer) if milestone == "第2期"} == {"last_workday"}
    world.paid(first, "2025-10-08", AMOUNT)
    day_round(world, "2025-10-10")
    assert {step.status for step in enforcement.steps_of(world.session, first)} == {"closed"}
    assert {step.status for step in enforcement.steps_of(world.session, second)} == {"taken"}
    assert interest(world, second, "2025-10-10") == A_DAY


def test_what_is_due_today_is_not_overdue(world: World, owed: Obligation) -> None:
    """frappe/erpnext PR#45685: a dunning could be made on the due date itself."""
    day_round(world, DUE)
    found = world.statement(owed, DUE)
    assert (found.is_overdue, found.overdue_days, found.interest_fen) == (False, 0, 0)
    assert buckets(aged(world, DUE)) == {Bucket.NOT_DUE: AMOUNT}
    assert said_about_lateness(world, world.buyer.organisation_id) == [("第1期", "due")]
    assert scorecard.of_buyer(world.session, world.buyer.organisation_id, as_of=on(DUE)).overdue_now == 0
    with pytest.raises(WrongState, match=r"paper\.not_late"):
        letters.build(world.session, owed, PaperKind.DEMAND_LETTER, as_of=on(DUE))
    with pytest.raises(WrongState, match=r"remedy\.not_overdue"):
        filing.file(world.session, owed, request="请责令付款", truthful=True, actor=world.founder, now=noon(DUE))
    assert letters.build(world.session, owed, PaperKind.DEMAND_LETTER, as_of=on(FIRST_LATE)).found.overdue_days == 1


def test_two_debts_of_one_buyer_keep_their_own_figures(world: World) -> None:
    """frappe/erpnext#42605: fetched together, the first invoice showed the outstanding amount of the second."""
    one = world.delivered(world.signed(at="2025-06-20", amounts=(1_234_500,)), "2025-07-08")
    other = world.delivered(world.signed(at="2025-06-20", amounts=(7_654_300,)), "2025-07-15")
    world.paid(other, "2025-09-10", 1_000_000)
    found = aged(world, "2025-09-20")
    assert {item.obligation.id: item.principal_fen for item in found.items} == {
        one.id: 1_234_500, other.id: 6_654_300}
    assert found.total_fen == 1_234_500 + 6_654_300 == found.parties[0].total_fen
    for owed in (one, other):
        day_round(world, "2025-09-23")
        (told,) = [notice for notice in world.session.scalars(select(Notice).filter_by(
            code="payment_late", link=f"/payments/{owed.id}", organisation_id=world.buyer.organisation_id))
            if notice.facts["days"] > 0][-1:]
        assert told.facts["left_fen"] == accrual_of(world.statement(owed, "2025-09-23")).principal_left_fen


# The aged balance -----------------------------------------------------------------------------------------


def test_three_due_dates_of_one_contract_stand_in_three_columns(world: World) -> None:
    """OCA/account-financial-reporting#487: of three due dates only the first was aged (27,000, 27,000 and 36,000)."""
    contract = world.signed(at="2025-06-20", amounts=(2_700_000, 2_700_000, 3_600_000))
    for place, day in ((1, "2025-07-08"), (2, "2025-08-04"), (3, "2025-09-15")):
        world.delivered(contract, day, position=place)  # due 2025-09-08, 2025-10-09, 2025-11-14
    assert buckets(aged(world, "2025-11-20")) == {Bucket.TO_90: 2_700_000, Bucket.TO_60: 2_700_000,
                                                  Bucket.TO_30: 3_600_000}
    assert aged(world, "2025-11-20").total_fen == 9_000_000


def test_the_balance_of_a_past_day_holds_what_was_paid_since(world: World, owed: Obligation) -> None:
    """OCA/account-financial-reporting#707: an invoice paid after the day of the report was missing from it."""
    before = buckets(aged(world, "2025-09-30"))
    world.paid(owed, "2025-10-30", AMOUNT)
    assert buckets(aged(world, "2025-09-30")) == before == {Bucket.TO_30: AMOUNT}
    assert aged(world, "2025-10-30").items == ()


def test_age_is_counted_from_the_due_date_whatever_the_invoice_says(world: World, owed: Obligation) -> None:
    """OCA/account-financial-reporting#114: by due date or by invoice date? An invoice starts no term here (Decree 802
    Arts 9, 10), so neither its date nor its absence moves the age."""
    before = aged(world, "2025-09-30")
    payments.record_invoice(world.session, owed.milestone_id, InvoiceNote("04400012", AMOUNT, on("2025-06-20")),
                            actor=world.founder, now=noon("2025-09-29"))
    found = aged(world, "2025-09-30")
    assert [item.days_late for item in found.items] == [item.days_late for item in before.items] == [22]


@pytest.mark.parametrize("day", ["2025-07-31", "2025-09-08", "2025-09-30", "2025-10-31"])
def test_the_aged_balance_of_a_past_day_is_the_receivable_in_the_books(world: World, owed: Obligation,
                                                                       day: str) -> None:
    """OCA/account-payment#386: the ageing of a past day and the balance sheet of that day did not agree."""
    other = world.delivered(world.signed(at="2025-06-20", amounts=(3_000_000,), allocation="principal_first"),
                            "2025-07-15")
    world.paid(other, "2025-09-05", 1_000_000)
    world.paid(owed, "2025-10-10", AMOUNT)
    books = journal.balances(world.session, actor=world.founder, as_of=on(day))
    assert aged(world, day).total_fen == books["receivable"]


# Terms, plans, invoices and money kept apart -----------------------------------------------------------------


def test_whoever_reads_a_demand_reads_when_it_will_be_paid(doors: Doors) -> None:
    """open-contracting/standard#317: payment terms belong on the tender, before anyone bids."""
    def publish(world: World) -> str:
        contract = world.drafted(start_basis="acceptance", term_days=45, acceptance_period_days=7)
        contract.demand.published_at = contract.demand.created_at
        return contract.demand.code

    code = doors.with_world(publish)
    page = text_of(doors.app.test_client().get(f"/demands/{code}", headers={"Accept-Language": "en"}))
    assert "within 45 days (agreed)" in page
    assert "finish acceptance within 7 days of delivery" in page
    terms = doors.call("stranger", "GET", f"/demands/{code}").get_json()["terms"]
    assert (terms["start_basis"], terms["days"], terms["acceptance_period_days"]) == ("acceptance", 45, 7)


def test_planned_payments_have_amounts_and_days(world: World) -> None:
    """open-contracting/standard#438, PR#1000: a milestone of the payment plan carries its value."""
    contract = world.signed(at="2025-06-20", amounts=(2_000_000, 3_000_000))
    for place in (1, 2):
        world.delivered(contract, f"2025-07-{place * 7:02d}", position=place)
    found = ageing.forecast(world.session, actor=world.founder, today=on("2025-08-01"), span=Span.WEEK)
    assert [(one.amount_fen, str(one.due)) for one in found.expected] == [
        (2_000_000, "2025-09-05"), (3_000_000, "2025-09-12")]
    assert found.total_fen == contract.total_fen


def test_an_invoice_is_no_payment_and_a_payment_no_invoice(world: World, owed: Obligation) -> None:
    """open-contracting/standard#1578: invoices and payments in one object with a status gave bad data."""
    _, second = (payments.record_invoice(
        world.session, owed.milestone_id, InvoiceNote(number, fen, on("2025-07-10")), actor=world.founder,
        now=noon("2025-07-10")) for number, fen in (("A-1", 4_000_000), ("A-2", 6_000_000)))
    refuse_invoice(world.session, owed.milestone_id, second.id, reason="税号有误", actor=world.buyer,
                   now=noon("2025-07-11"))
    assert accrual_of(world.statement(owed, "2025-07-31")).principal_left_fen == AMOUNT
    world.paid(owed, "2025-08-01", 7_000_000)  # neither invoice's amount
    assert accrual_of(world.statement(owed, "2025-08-01")).principal_left_fen == 3_000_000
    kept = queries.invoices_of(world.session, [owed.milestone_id])
    assert [(one.number, one.amount_fen) for one in kept] == [("A-1", 4_000_000), ("A-2", 6_000_000)]
    assert owed.due_on == on(DUE)


def test_money_is_there_when_its_founder_says_so_and_never_here(world: World, owed: Obligation) -> None:
    """bountysource/core#1586, ethlance#98: money said to be on its way was shown as there, or held and lost."""
    world.notified(owed, "2025-09-01", AMOUNT)
    books = journal.balances(world.session, actor=world.operator)
    assert (books["cash"], books["receivable"]) == (0, AMOUNT)
    assert world.statement(owed, "2025-09-20").is_overdue
    payments.confirm_payment(world.session, owed.payments[0].id, actor=world.founder, now=noon("2025-09-20"))
    assert not world.statement(owed, "2025-09-20").is_overdue  # it counts from the day it was paid
    books = journal.balances(world.session, actor=world.founder)
    assert (books["cash"], books["receivable"]) == (AMOUNT, 0)
    with pytest.raises(RuleViolation, match=r"not_found"):
        payments.record_receipt(world.session, owed, payments.PaymentNote(1, on("2025-09-20"), "X"),
                                actor=world.operator, now=noon("2025-09-20"))


def test_a_part_that_was_accepted_is_not_held_back_by_the_rest(world: World) -> None:
    """standard#438 again: a plan changes while it is carried out; each part keeps its own amount, day and age."""
    contract = world.signed(at="2025-06-20", start_basis="acceptance", acceptance_period_days=10)
    world.delivered(contract, "2025-07-01")
    kept = parts.record_part_acceptance(
        world.session, contract.milestones[0].id, PartAccepted(7_000_000, on("2025-07-09"), "其余缺核对记录"),
        actor=world.buyer, now=noon("2025-07-09"))  # due 2025-09-08
    found = aged(world, FIRST_LATE)
    assert [(item.obligation.id, item.principal_fen, item.days_late) for item in found.items if item.days_late] == [
        (kept.id, 7_000_000, (on(FIRST_LATE) - kept.due_on).days)]  # type: ignore[operator]
    assert sum(one.amount_fen for one in contract.milestones) == contract.total_fen
