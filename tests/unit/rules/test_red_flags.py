"""Red flags P1 to P7: raised, not raised, and the day or the number on which they tip."""
from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from marketplace.rules import red_flags as rules
from marketplace.rules.payment_facts import PayerType
from marketplace.rules.red_flags import THRESHOLDS, Flag
from marketplace.rules.statutes import ARTICLES

DAY = date(2026, 3, 2)
LARGE, PUBLIC, SME = PayerType.LARGE_ENTERPRISE, PayerType.GOVERNMENT, PayerType.SME


def term(days: int | None, payer: PayerType = LARGE, signed: date = DAY, reason: bool = False):
    return rules.term_over_cap(payer_type=payer, term_days=days, signed_on=signed, has_reason=reason)


@pytest.mark.parametrize(("payer", "article"), [(LARGE, "CN-802/9-2"), (PUBLIC, "CN-802/9-1")])
def test_p1_sixty_days_are_allowed_and_sixty_one_are_not(payer, article) -> None:
    assert term(60, payer) is None
    found = term(61, payer)
    assert (found.flag, found.basis, found.grounds["term_days"], found.grounds["cap_days"]) == ("P1", article, 61, 60)


def test_p1_is_silent_without_an_agreed_term_and_where_the_decree_does_not_reach() -> None:
    assert term(None) is None
    assert term(90, SME) is None
    assert term(90, LARGE, signed=date(2025, 5, 31)) is None, "the 2020 edition gave large enterprises no number"
    assert term(61, PUBLIC, signed=date(2025, 5, 31)).basis == "CN-728/8-1"


def test_p1_says_whether_a_reason_was_given() -> None:
    assert term(75, reason=True).grounds["has_reason"] is True


def stalled(as_of: date, *, period_end: date | None = None, decided: bool = False, delivered: date | None = DAY):
    return rules.acceptance_stalled(delivered_on=delivered, decided=decided, period_end=period_end, as_of=as_of)


def test_p2_begins_on_the_day_after_the_acceptance_period() -> None:
    end = DAY + timedelta(days=15)
    assert stalled(end, period_end=end) is None
    found = stalled(end + timedelta(days=1), period_end=end)
    assert (found.basis, found.measured) == ("CN-802/10-2", {"days": 1})


def test_p2_without_an_agreed_period_begins_after_thirty_days() -> None:
    assert stalled(DAY + timedelta(days=30)) is None
    found = stalled(DAY + timedelta(days=31))
    assert (found.basis, found.measured) == (rules.PLATFORM_RULE, {"days": 1})


def test_p2_is_silent_once_answered_or_before_any_delivery() -> None:
    assert stalled(DAY + timedelta(days=90), decided=True) is None
    assert stalled(DAY + timedelta(days=90), delivered=None) is None


def test_the_grounds_stay_the_same_while_the_days_run() -> None:
    """An acknowledged flag must not come back every morning."""
    today, tomorrow = stalled(DAY + timedelta(days=40)), stalled(DAY + timedelta(days=41))
    assert today.fingerprint == tomorrow.fingerprint
    assert today.measured != tomorrow.measured
    assert stalled(DAY + timedelta(days=41), delivered=DAY + timedelta(days=1)).fingerprint != today.fingerprint


def moved(*days: int):
    line = [DAY + timedelta(days=day) for day in days]
    return rules.due_date_moved(list(pairwise(line)), as_of=DAY)


def test_p3_needs_two_moves_to_a_later_day() -> None:
    assert moved(30, 40) is None
    found = moved(30, 40, 55)
    assert found.grounds == {"times": 2, "first": DAY + timedelta(days=30), "last": DAY + timedelta(days=55),
                             "days": 25}


def test_p3_does_not_count_what_moved_in_the_payees_favour() -> None:
    assert moved(30, 20, 10) is None
    assert moved(30, 40, 20) is None
    assert moved(30, 40, 20, 50).grounds["days"] == 40


def refused(numbers: dict[str, date], again: list[date]):
    return rules.invoice_refused(refused=list(numbers.items()), asked_again=again, as_of=DAY)


def test_p4_needs_a_refusal_and_another_invoice_after_it() -> None:
    assert refused({}, [DAY]) is None
    assert refused({"1": DAY}, []) is None
    assert refused({"1": DAY}, [DAY - timedelta(days=1)]) is None, "recorded before the refusal: not asked again"
    assert refused({"1": DAY}, [DAY]).grounds == {"refused": 1, "numbers": ["1"], "first_on": DAY}


@pytest.mark.parametrize(("non_cash", "paid", "raised"), [
    (0, 100, False), (50, 100, False), (51, 100, True), (100, 100, True), (0, 0, False)])
def test_p5_tips_above_half_of_what_was_paid(non_cash, paid, raised) -> None:
    found = rules.non_cash_share(non_cash_fen=non_cash, paid_fen=paid, as_of=DAY)
    assert (found is not None) is raised
    assert found is None or found.basis == "CN-802/11"


@pytest.mark.parametrize(("won", "awards", "raised"), [
    (2, 2, False), (3, 3, True), (3, 5, False), (3, 4, True), (6, 10, False), (7, 10, True)])
def test_p6_needs_three_awards_and_more_than_three_fifths_of_them(won, awards, raised) -> None:
    assert (rules.same_winner(won=won, awards=awards, as_of=DAY) is not None) is raised


def silent(days: int, *, planned: int | None = 10, payments: int = 0):
    first = DAY + timedelta(days=planned) if planned is not None else None
    return rules.no_payment_record(awarded_on=DAY, first_planned_on=first, payments=payments,
                                   as_of=DAY + timedelta(days=days))


def test_p7_begins_on_the_ninety_first_day_after_the_award() -> None:
    assert silent(90) is None
    assert silent(91).measured == {"days": 91}


def test_p7_waits_for_the_first_planned_delivery_and_any_payment_silences_it() -> None:
    assert silent(120, planned=120) is None
    assert silent(121, planned=120) is not None
    assert silent(200, planned=None).grounds["first_planned_on"] is None
    assert silent(200, payments=1) is None


def test_every_flag_names_its_thresholds_and_a_basis_that_can_be_looked_up() -> None:
    assert set(THRESHOLDS) == set(Flag)
    for named in THRESHOLDS.values():
        for _, series in named:
            assert series
            assert all(one.source == rules.PLATFORM_RULE or one.source in ARTICLES for one in series)
