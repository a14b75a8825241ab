"""What lateness costs. The ordinary obligation is 1,000,000 fen due 2025-11-14; 500 fen a day without a rate."""
from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules import late_interest as rules
from marketplace.rules import lpr as lpr_rules
from marketplace.rules import statement as flag
from marketplace.rules.errors import Problems
from marketplace.rules.late_interest import RateBasis
from marketplace.rules.money import round_half_up
from marketplace.rules.payment_facts import AgreedRate, Allocation, Dispute, Instrument, Payment, RateUnit
from tests.unit.rules.obligations import LPR, paid, stated

YEARLY, DAILY = RateUnit.PERCENT_PER_YEAR, RateUnit.PERCENT_PER_DAY
INTEREST_FIRST, PRINCIPAL_FIRST = Allocation.INTEREST_FIRST, Allocation.PRINCIPAL_FIRST


def rate(value: str, unit: RateUnit = YEARLY) -> AgreedRate:
    return AgreedRate(Decimal(value), unit)


@pytest.mark.parametrize(("what", "agreed", "basis", "interest", "flags"), [
    # 10 days late, paid 2025-11-24; LPR at signing (2025-09-01) is 3.00
    ("Art 17: nothing agreed, 0.05 percent a day: 10 x 500", None, RateBasis.STATUTORY, 5000, ()),
    ("agreed 6 percent: 1,000,000 x 0.06 / 365 x 10 = 1643.8", rate("6"), RateBasis.AGREED, 1644, ()),
    ("agreed exactly the LPR: 821.9", rate("3.00"), RateBasis.AGREED, 822, ()),
    ("a hair under the LPR is raised to it", rate("2.99"), RateBasis.LPR_FLOOR, 822, (rules.RATE_BELOW_LPR,)),
    ("agreed nothing at all is raised to it", rate("0"), RateBasis.LPR_FLOOR, 822, (rules.RATE_BELOW_LPR,)),
    ("0.01 percent a day is 3.65 a year: 10 x 100", rate("0.01", DAILY), RateBasis.AGREED, 1000, ()),
    ("0.008 percent a day is 2.92 a year", rate("0.008", DAILY), RateBasis.LPR_FLOOR, 822, (rules.RATE_BELOW_LPR,)),
])
def test_rate(what, agreed, basis, interest, flags):
    found = stated(agreed_rate=agreed, payments=(paid("2025-11-24", 1_000_000),))
    assert (found.rate.basis, found.interest_fen, found.flags) == (basis, interest, flags), what


def test_where_the_floor_replaced_a_rate_the_other_reading_is_shown():
    payments = (paid("2025-11-24", 1_000_000),)
    assert stated(agreed_rate=rate("2.5"), payments=payments).interest_if_unagreed_fen == 5000
    assert stated(agreed_rate=rate("5"), payments=payments).interest_if_unagreed_fen is None


def test_where_a_pay_when_paid_clause_fell_the_lpr_reading_is_shown():
    # 1,000,000 x 0.03 / 365 x 10 days
    found = stated(pay_when_paid_clause=True, payments=(paid("2025-11-24", 1_000_000),))
    assert (found.interest_fen, found.interest_at_lpr_fen) == (5000, 822)


@pytest.mark.parametrize(("signed", "percent", "higher_of_two"), [
    ("2025-05-19", "3.10", False),
    ("2025-05-20", "3.10", True),  # fell to 3.00 that morning; the hour of signing is not known
    ("2025-05-21", "3.00", False),
    ("2024-10-21", "3.35", True),
    ("2019-08-20", "4.25", False),  # the first quote there is
])
def test_lpr_on_its_publication_day_is_the_higher_of_the_two(signed, percent, higher_of_two):
    found = lpr_rules.at_signing(LPR, date.fromisoformat(signed))
    assert (found.percent, found.on_publication_day) == (Decimal(percent), higher_of_two)


def test_a_rise_on_the_day_of_signing_counts():
    rising = lpr_rules.LprTable(((date(2027, 1, 20), Decimal("3.0")), (date(2027, 2, 20), Decimal("3.2"))),
                                date(2027, 2, 20), "made up")
    assert lpr_rules.at_signing(rising, date(2027, 2, 20)).percent == Decimal("3.2")


@pytest.mark.parametrize(("signed", "stale"), [("2026-10-19", False), ("2026-10-20", True), ("2027-03-01", True)])
def test_a_signing_day_after_the_next_unread_quote_is_a_visible_warning(signed, stale):
    found = stated(contract_signed=date.fromisoformat(signed))
    assert (rules.LPR_TABLE_STALE in found.warnings) is stale
    assert not found.flags


def test_before_the_first_quote_no_floor_is_guessed():
    found = stated(contract_signed=date(2019, 8, 19), agreed_term_days=60, agreed_rate=rate("0.5"))
    assert found.rate.basis is RateBasis.AGREED
    assert rules.LPR_UNKNOWN in found.warnings


def test_a_rate_over_four_times_the_lpr_is_shown_for_review_and_counted():
    assert rules.RATE_EXCESSIVE in stated(agreed_rate=rate("12.01")).warnings
    assert rules.RATE_EXCESSIVE not in stated(agreed_rate=rate("12")).warnings


def test_the_day_of_payment_still_counts_and_the_due_date_does_not():
    found = stated(payments=(paid("2025-11-15", 1_000_000),))
    assert (found.overdue_days, found.interest_fen) == (1, 500)
    assert [(s.first, s.last) for s in found.accrual.segments] == [(date(2025, 11, 15), date(2025, 11, 15))]


def test_payment_before_or_on_the_due_date_costs_nothing():
    for day in ("2025-09-01", "2025-11-14"):
        found = stated(payments=(paid(day, 1_000_000),))
        assert (found.overdue_days, found.interest_fen, found.principal_left_fen) == (0, 0, 0)


def test_interest_survives_the_principal():
    found = stated(date(2026, 12, 31), payments=(paid("2025-11-24", 1_000_000),), allocation=PRINCIPAL_FIRST)
    assert (found.principal_left_fen, found.interest_unpaid_fen) == (0, 5000)


def test_interest_first_part_payments():
    """10 days: 5000 interest, 395,000 to principal, 605,000 left; 10 more days x 302.5 = 3025."""
    found = stated(date(2025, 12, 14), allocation=INTEREST_FIRST,
                   payments=(paid("2025-11-24", 400_000), paid("2025-12-04", 3_000)))
    assert [(x.to_interest_fen, x.to_principal_fen, x.principal_left_fen) for x in found.accrual.ledger] == [
        (5000, 395_000, 605_000), (3000, 0, 605_000)]
    # 5000 + 20 days x 302.5 = 11,050; 8,000 paid
    assert (found.interest_fen, found.interest_unpaid_fen, found.overdue_days) == (11_050, 3050, 30)


def test_principal_first_the_rest_of_a_payment_goes_to_interest():
    """10 days x 500 and 10 x 250 = 7500; the last payment clears 500,000 of principal and 4,000 of interest."""
    found = stated(allocation=PRINCIPAL_FIRST, payments=(paid("2025-11-24", 500_000), paid("2025-12-04", 504_000)))
    assert [(x.to_interest_fen, x.to_principal_fen) for x in found.accrual.ledger] == [(0, 500_000), (4000, 500_000)]
    assert (found.interest_fen, found.interest_unpaid_fen, found.accrual.cleared_on) == (7500, 3500, date(2025, 12, 4))


def test_what_exceeds_principal_and_interest_is_overpaid():
    found = stated(payments=(paid("2025-11-24", 1_005_700),))
    assert (found.interest_unpaid_fen, found.principal_left_fen, found.accrual.overpaid_fen) == (0, 0, 700)


def test_two_payments_of_one_day_are_taken_as_given():
    found = stated(allocation=INTEREST_FIRST, payments=(paid("2025-11-24", 5_000), paid("2025-11-24", 1_000_000)))
    assert [(x.to_interest_fen, x.to_principal_fen) for x in found.accrual.ledger] == [(5000, 0), (0, 1_000_000)]


def test_payments_handed_in_out_of_order_count_on_their_days():
    early, late = paid("2025-11-24", 400_000), paid("2025-12-04", 605_000)
    assert stated(payments=(late, early)).accrual == stated(payments=(early, late)).accrual


def test_a_part_interest_that_was_rounded_up_is_not_charged_twice():
    """333 fen for 3 days is 0.4995 fen: rounds to 0; for 4 days 0.666: rounds to 1, paid, nothing more is open."""
    three = stated(amount_fen=333, payments=(paid("2025-11-17", 333),), allocation=INTEREST_FIRST)
    assert (three.interest_fen, three.principal_left_fen) == (0, 0)
    four = stated(amount_fen=333, payments=(paid("2025-11-18", 334),), allocation=INTEREST_FIRST)
    assert (four.interest_fen, four.interest_unpaid_fen, four.principal_left_fen) == (1, 0, 0)


@pytest.mark.parametrize(("amount", "rounded"), [(Fraction(1, 2), 1), (Fraction(3, 2), 2), (Fraction(49, 100), 0),
                                                 (Fraction(-1, 2), -1)])
def test_half_a_fen_is_rounded_up(amount, rounded):
    assert round_half_up(amount) == rounded


class TestBillsAndVouchers:
    """Art 11: a bill is money when it is cashed."""

    @staticmethod
    def bill(given: str, cashed: str | None, instrument: Instrument = Instrument.COMMERCIAL_BILL) -> Payment:
        return Payment(date.fromisoformat(given), 1_000_000, instrument, cashed and date.fromisoformat(cashed))

    def test_a_bill_given_in_time_and_cashed_late_is_late(self):
        found = stated(date(2026, 6, 30), payments=(self.bill("2025-11-10", "2026-02-10"),))
        # 2025-11-14 to 2026-02-10: 16 + 31 + 31 + 10 = 88 days x 500
        assert (found.overdue_days, found.interest_fen) == (88, 44_000)
        assert found.flags == (flag.NON_CASH_EXTENSION,)

    def test_a_voucher_cashed_by_the_due_date_is_no_extension(self):
        found = stated(payments=(self.bill("2025-10-01", "2025-11-14", Instrument.E_VOUCHER),))
        assert (found.overdue_days, found.flags) == (0, ())

    def test_before_it_is_cashed_the_whole_price_is_owed(self):
        found = stated(date(2025, 12, 14), payments=(self.bill("2025-11-10", "2026-02-10"),))
        assert (found.principal_left_fen, found.overdue_days, found.interest_fen) == (1_000_000, 30, 15_000)

    def test_a_bill_without_a_cash_day_is_not_money(self):
        found = stated(payments=(self.bill("2025-11-10", None),))
        assert (found.principal_left_fen, found.flags) == (1_000_000, (flag.NON_CASH_EXTENSION,))
        assert flag.NON_CASH_NOT_CASHED in found.warnings
        assert stated(date(2025, 11, 14), payments=(self.bill("2025-11-10", None),)).flags == ()

    def test_a_bill_given_after_the_day_of_the_statement_is_not_known_then(self):
        found = stated(date(2025, 11, 20), payments=(self.bill("2025-12-01", "2026-02-10"),))
        assert found.flags == ()


class TestDisputes:
    """Art 15: the undisputed part is paid in time; what is upheld was owed from the original due date."""

    def test_the_disputed_part_does_not_accrue_while_it_is_open(self):
        found = stated(date(2025, 12, 14), disputes=(Dispute(300_000),))
        # 700,000 x 0.0005 x 30
        assert (found.interest_fen, found.principal_left_fen) == (10_500, 700_000)
        assert found.flags == (flag.DISPUTED_NOT_ACCRUING,)

    def test_what_is_upheld_accrues_from_the_original_due_date(self):
        dispute = Dispute(300_000, date(2025, 12, 4), 200_000)
        before, after = stated(date(2025, 12, 3), disputes=(dispute,)), stated(date(2025, 12, 14), disputes=(dispute,))
        assert (before.interest_fen, before.flags) == (6_650, (flag.DISPUTED_NOT_ACCRUING,))  # 19 x 350
        assert (after.interest_fen, after.principal_left_fen, after.flags) == (13_500, 900_000, ())  # 30 x 450

    def test_a_decision_counts_from_its_own_day(self):
        found = stated(date(2025, 12, 4), disputes=(Dispute(300_000, date(2025, 12, 4), 300_000),))
        assert (found.principal_left_fen, found.flags) == (1_000_000, ())

    def test_what_is_dismissed_was_never_owed(self):
        found = stated(date(2025, 12, 14), disputes=(Dispute(300_000, date(2025, 12, 4), 0),))
        assert (found.interest_fen, found.principal_left_fen, found.flags) == (10_500, 700_000, ())

    def test_nothing_is_overdue_while_everything_is_in_dispute(self):
        found = stated(disputes=(Dispute(1_000_000),))
        assert (found.overdue_days, found.is_overdue, found.interest_fen) == (0, False, 0)

    def test_two_disputes_are_decided_each_for_itself(self):
        disputes = (Dispute(100_000, date(2025, 12, 1), 100_000), Dispute(200_000))
        found = stated(date(2025, 12, 14), disputes=disputes)
        assert (found.principal_left_fen, found.flags) == (800_000, (flag.DISPUTED_NOT_ACCRUING,))

    def test_the_principal_is_cleared_when_the_upheld_part_is_paid_too(self):
        found = stated(allocation=PRINCIPAL_FIRST, disputes=(Dispute(300_000, date(2025, 12, 1), 300_000),),
                       payments=(paid("2025-11-14", 700_000), paid("2025-12-04", 300_000)))
        assert (found.accrual.cleared_on, found.overdue_days, found.interest_fen) == (date(2025, 12, 4), 20, 3000)


def test_facts_that_contradict_each_other_are_all_named():
    with pytest.raises(Problems) as refused:
        stated(disputes=(Dispute(2_000_000, date(2025, 12, 1), 3_000_000),), redelivery_date=date(2025, 9, 1),
               payments=(Payment(date(2025, 12, 1), 1, Instrument.E_VOUCHER, date(2025, 11, 1)),))
    assert [problem.code for problem in refused.value] == [
        "facts.disputed_more_than_amount", "facts.upheld_more_than_disputed", "facts.before_delivery",
        "facts.cashed_before_given"]


@pytest.mark.parametrize(("day", "note"), [("2025-11-14", "interest.none"), ("2025-11-17", "interest.simple")])
def test_interest_is_told_as_running_only_where_it_ran(day, note):
    found = stated(payments=(paid(day, 1_000_000),))
    assert [step.note_code for step in found.steps if step.what == "interest"] == [note]
