"""What lateness costs, whatever the debt: never less with more days or money, and the same however it is cut up."""
from __future__ import annotations

import dataclasses
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from marketplace.rules import money
from marketplace.rules.late_interest import CashIn, accrue
from marketplace.rules.payment_facts import Allocation, Dispute, PaymentFacts
from marketplace.rules.statement import Statement, statement
from tests.property.test_rules import DUE, allocations, amounts, cash, days, obligations, rates
from tests.unit.rules.obligations import CALENDAR, LPR

quick = settings(max_examples=100, deadline=None)


def found_on(facts: PaymentFacts, day: date) -> Statement:
    return statement(facts, as_of=day, calendar=CALENDAR, lpr=LPR)


@quick
@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any), rates, days)
def test_the_interest_of_the_parts_is_the_interest_of_the_whole(total, weights, daily, as_of):
    """An instalment plan or a delivery in parts makes lateness neither dearer nor cheaper, to the last fraction."""
    whole, *parts = (accrue(fen, due=DUE, daily=daily, payments=(), allocation=Allocation.PRINCIPAL_FIRST, as_of=as_of)
                     for fen in (total, *money.split(total, weights)))
    assert sum(part.interest for part in parts) == whole.interest
    assert sum(part.principal_left_fen for part in parts) == whole.principal_left_fen


@quick
@given(amounts, rates, st.integers(0, 300), st.integers(0, 300))
def test_interest_of_two_stretches_adds_up(principal, daily, first, more):
    until = DUE + timedelta(days=first)
    early, late, rest = (
        accrue(principal, due=due, daily=daily, payments=(), allocation=Allocation.PRINCIPAL_FIRST, as_of=day)
        for due, day in ((DUE, until), (DUE, until + timedelta(days=more)), (until, until + timedelta(days=more))))
    assert early.interest + rest.interest == late.interest


@quick
@given(amounts, rates, cash, allocations, days, st.randoms())
def test_payments_are_set_off_by_their_days_however_they_were_written_down(principal, daily, payments, allocation,
                                                                           as_of, order):
    by_day = {payment.on: payment for payment in payments}  # of one day: the order in which the bank had them
    shuffled = list(by_day.values())
    order.shuffle(shuffled)
    one, other = (accrue(principal, due=DUE, daily=daily, payments=given_order, allocation=allocation, as_of=as_of)
                  for given_order in (list(by_day.values()), shuffled))
    assert one == other


@quick
@given(amounts, rates, cash, allocations, days, days, amounts)
def test_no_payment_makes_anything_dearer(principal, daily, payments, allocation, as_of, on, more):
    without, with_it = (accrue(principal, due=DUE, daily=daily, payments=paid, allocation=allocation, as_of=as_of)
                        for paid in (payments, [*payments, CashIn(on, more)]))
    # each payment rounds the interest it clears to a whole fen, so what it clears of the principal may shift by one
    assert with_it.interest <= without.interest + len(payments)
    assert with_it.principal_left_fen <= without.principal_left_fen + len(payments)


@quick
@given(obligations(), days, st.integers(0, 400))
def test_a_buyer_that_does_not_pay_owes_more_every_day(facts, as_of, later):
    unpaid = dataclasses.replace(facts, payments=(), disputes=())
    early, late = found_on(unpaid, as_of), found_on(unpaid, as_of + timedelta(days=later))
    assume(early.due is not None and early.due == late.due)  # a period of the buyer's may still have been running
    assert (early.interest_fen or 0) <= (late.interest_fen or 0)
    assert (early.overdue_days or 0) <= (late.overdue_days or 0)
    if early.accrual is not None:
        assert early.principal_left_fen == late.principal_left_fen == unpaid.amount_fen


@quick
@given(obligations(), days, st.integers(1, 10**9))
def test_a_dispute_that_was_lost_was_worth_nothing(facts, as_of, fen):
    """What is upheld bears interest from the original due date (Decree 802 Arts 15, 17), as if it had never been in
    dispute."""
    resolved = Dispute(min(fen, facts.amount_fen), as_of, min(fen, facts.amount_fen))
    disputed, plain = (found_on(dataclasses.replace(facts, disputes=disputes), as_of) for disputes in ((resolved,), ()))
    for finding in ("due", "overdue_days", "interest_fen", "interest_unpaid_fen", "principal_left_fen"):
        assert getattr(disputed, finding) == getattr(plain, finding)


@quick
@given(obligations(), days, st.integers(1, 10**9))
def test_a_dispute_that_was_won_leaves_the_rest_as_if_it_had_been_the_price(facts, as_of, fen):
    assume(facts.amount_fen > fen)
    won, smaller = (found_on(changed, as_of) for changed in (
        dataclasses.replace(facts, disputes=(Dispute(fen, as_of, 0),)),
        dataclasses.replace(facts, amount_fen=facts.amount_fen - fen, disputes=())))
    for finding in ("due", "overdue_days", "interest_fen", "interest_unpaid_fen", "principal_left_fen"):
        assert getattr(won, finding) == getattr(smaller, finding)


@quick
@given(obligations(), days)
def test_what_is_in_dispute_makes_no_day_later(facts, as_of):
    """Decree 802 Art 15: the undisputed part is due on its day, whatever is argued about."""
    argued, plain = (found_on(dataclasses.replace(facts, disputes=disputes), as_of)
                     for disputes in ((Dispute(facts.amount_fen),), ()))
    assert argued.due == plain.due
