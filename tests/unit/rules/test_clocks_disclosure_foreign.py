"""Complaint and receivable clocks, the yearly disclosure, and the other countries' laws."""
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from marketplace.rules.clocks import Clock, deadline
from marketplace.rules.disclosure import disclosure
from marketplace.rules.foreign import ForeignFacts, Regime, assess_foreign
from marketplace.rules.payment_facts import Dispute, PayerType
from tests.unit.rules.obligations import CALENDAR, LPR, obligation, paid


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("clock", "event", "last", "latest"), [
    # the Friday before Spring Festival 2026: 02-14 (make-up Saturday) 1, 02-24..27 2-5, 02-28 (make-up) 6, 03-02..05
    (Clock.COMPLAINT_TRANSFER, "2026-02-13", "2026-03-05", None),
    # received on a Saturday: Monday to Friday twice
    (Clock.COMPLAINT_TRANSFER, "2025-11-15", "2025-11-28", None),
    # + 30 = Sunday 2025-10-05 in National Day; + 90 = Thursday 2025-12-04
    (Clock.COMPLAINT_RESULT, "2025-09-05", "2025-10-09", "2025-12-04"),
    # + 30 = Thursday 2025-11-06
    (Clock.RECEIVABLE_CONFIRMATION, "2025-10-07", "2025-11-06", None),
    # + 30 = make-up working Saturday 2025-10-11
    (Clock.RECEIVABLE_CONFIRMATION, "2025-09-11", "2025-10-11", None),
])
def test_deadline(clock, event, last, latest):
    found = deadline(clock, day(event), calendar=CALENDAR)
    assert (found.day, found.latest, found.provisional) == (day(last), latest and day(latest), False)


def test_a_deadline_that_reaches_an_unpublished_year_is_provisional():
    # 2026-12-24 Thursday: 25, 28-31 are five, 2027-01-01 rests, 01-04..08 are ten
    found = deadline(Clock.COMPLAINT_TRANSFER, day("2026-12-24"), calendar=CALENDAR)
    assert (found.day, found.provisional) == (day("2027-01-08"), True)


def disclosed(**contracts):
    return disclosure(2025, list(contracts.items()), calendar=CALENDAR, lpr=LPR)


def test_disclosure_lists_what_was_overdue_and_unpaid_on_31_december():
    found = disclosed(
        unpaid=obligation(),
        part_paid=obligation(payments=(paid("2025-12-01", 400_000),)),
        paid_late=obligation(payments=(paid("2025-12-31", 1_000_000),)),
        paid_next_year=obligation(payments=(paid("2026-01-05", 1_000_000),)),
        # 2025-11-01 + 60 = Wednesday 2025-12-31
        due_on_the_day=obligation(delivery_date=day("2025-11-01")),
        due_the_day_before=obligation(delivery_date=day("2025-10-31")),
        undisputed_part_paid=obligation(disputes=(Dispute(300_000),), payments=(paid("2025-12-01", 700_000),)),
        only_undisputed_counts=obligation(disputes=(Dispute(300_000, day("2026-01-10"), 300_000),)),
        from_an_sme=obligation(payer_type=PayerType.SME),
        no_due_date=obligation(contract_signed=day("2025-05-31")),
    )
    assert found.refs == ["unpaid", "part_paid", "paid_next_year", "due_the_day_before", "only_undisputed_counts"]
    assert found.principal_fen == 1_000_000 + 600_000 + 1_000_000 + 1_000_000 + 700_000
    assert found.publish_by == day("2026-03-31")


def test_nothing_overdue_is_a_disclosure_too():
    assert (disclosed().refs, disclosed().principal_fen) == ([], 0)


def foreign(paid_on: str, **changed):
    return assess_foreign(ForeignFacts(**{
        "regime": Regime.UK_1998, "start_date": day("2025-07-07"), "paid_date": day(paid_on),
        "amount_minor": 250_000, "reference_rate_percent": Decimal("4.25"), "fixed_compensation_minor": 7000,
    } | changed))


def test_paid_on_the_due_date_owes_neither_interest_nor_the_fixed_sum():
    found = foreign("2025-08-06")
    assert (found.overdue_days, found.interest_minor, found.fixed_compensation_minor) == (0, 0, 0)


def test_one_day_late_owes_both():
    # 250,000 x 12.25 percent / 365 = 83.9
    found = foreign("2025-08-07")
    assert (found.overdue_days, found.interest_minor, found.fixed_compensation_minor) == (1, 84, 7000)


@pytest.mark.parametrize(("roll", "due", "days"), [(False, "2025-08-09", 11), (True, "2025-08-11", 9)])
def test_a_last_day_on_a_weekend_rolls_only_where_that_is_asked(roll, due, days):
    # 2025-07-10 + 30 = Saturday 2025-08-09
    found = foreign("2025-08-20", start_date=day("2025-07-10"), roll_weekend=roll)
    assert (found.due_date, found.overdue_days) == (day(due), days)


def test_prompt_payment_act_counts_360_days_and_no_margin():
    # 1,000,000 x 4.5 percent x 20 / 360 = 2500
    found = foreign("2025-08-26", regime=Regime.US_PPA, amount_minor=1_000_000,
                    reference_rate_percent=Decimal("4.5"), fixed_compensation_minor=0)
    assert (found.due_date, found.overdue_days, found.interest_minor) == (day("2025-08-06"), 20, 2500)


def test_stated_terms_replace_the_regimes_own():
    # EU: 60 days, ECB 2.15 + 8 = 10.15 percent: 100,000 x 0.1015 x 10 / 365 = 278.08
    found = foreign("2025-09-15", regime=Regime.EU_2011_7, term_days=60, amount_minor=100_000,
                    reference_rate_percent=Decimal("2.15"), margin_points=Decimal(8), day_basis=365,
                    fixed_compensation_minor=4000)
    assert (found.due_date, found.interest_minor, found.fixed_compensation_minor) == (day("2025-09-05"), 278, 4000)
