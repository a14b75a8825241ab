"""What must hold of every obligation, amount, code and ranking, not only of the examples."""
from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.rules import dates, money, uscc
from marketplace.rules.assess import assess_case
from marketplace.rules.errors import Invalid
from marketplace.rules.evaluation import Criterion, CriterionKind, OpenedBid, rank
from marketplace.rules.late_interest import CashIn, accrue
from marketplace.rules.payment_facts import (
    AgreedRate,
    Allocation,
    Dispute,
    EnterpriseSize,
    Instrument,
    PayerType,
    Payment,
    PaymentFacts,
    RateUnit,
    StartBasis,
)
from marketplace.rules.statement import statement
from tests.unit.rules.obligations import CALENDAR, LPR, TABLES

quick = settings(max_examples=100, deadline=None)
DUE = date(2025, 11, 14)
days = st.dates(date(2025, 6, 1), date(2026, 12, 31))
amounts = st.integers(1, 10**9)
rates = st.sampled_from([Fraction(5, 10_000), Fraction(3, 36_500), Fraction(7, 36_500), Fraction(1, 7_000)])
allocations = st.sampled_from(Allocation)
cash = st.lists(st.builds(CashIn, days, st.integers(1, 10**8)), max_size=5)


def by_hand(principal, *, daily, payments, allocation, as_of):
    """The same debt counted one day at a time: each day after the due date costs what is owed that morning."""
    left, interest, paid = principal, Fraction(0), 0
    day = min([DUE, *(p.on for p in payments)])
    while day <= as_of:
        if day > DUE:
            interest += left * daily
        for payment in (p for p in payments if p.on == day):
            money_left = payment.amount_fen
            for what in (("interest", "principal") if allocation is Allocation.INTEREST_FIRST
                         else ("principal", "interest")):
                if what == "principal":
                    part = min(money_left, left)
                    left -= part
                else:
                    part = min(money_left, money.round_half_up(interest) - paid)
                    paid += part
                money_left -= part
        day += timedelta(days=1)
    return left, interest, paid


@quick
@given(amounts, rates, cash, allocations, days)
def test_interest_is_the_same_counted_day_by_day(principal, daily, payments, allocation, as_of):
    found = accrue(principal, due=DUE, daily=daily, payments=payments, allocation=allocation, as_of=as_of)
    assert (found.principal_left_fen, found.interest, found.interest_paid_fen) == by_hand(
        principal, daily=daily, payments=payments, allocation=allocation, as_of=as_of)


@quick
@given(amounts, rates, cash, allocations, days)
def test_a_ledger_splits_every_payment_without_remainder(principal, daily, payments, allocation, as_of):
    found = accrue(principal, due=DUE, daily=daily, payments=payments, allocation=allocation, as_of=as_of)
    counted = [p for p in payments if p.on <= as_of]
    assert sum(p.amount_fen for p in counted) == sum(
        line.to_interest_fen + line.to_principal_fen + line.unallocated_fen for line in found.ledger)
    assert principal == found.principal_left_fen + sum(line.to_principal_fen for line in found.ledger)
    assert found.interest_fen == found.interest_unpaid_fen + found.interest_paid_fen
    assert found.interest == sum(segment.interest for segment in found.segments)
    assert min(found.principal_left_fen, found.interest_unpaid_fen, found.overpaid_fen) >= 0
    assert (found.principal_left_fen == 0) is (found.cleared_on is not None)


@quick
@given(amounts, rates, cash, allocations, days, st.integers(0, 400))
def test_interest_never_falls_with_time(principal, daily, payments, allocation, as_of, more):
    early, late = (accrue(principal, due=DUE, daily=daily, payments=payments, allocation=allocation, as_of=day)
                   for day in (as_of, as_of + timedelta(days=more)))
    assert early.interest <= late.interest


@quick
@given(amounts, amounts, rates, days)
def test_more_principal_costs_more_interest(one, other, daily, as_of):
    less, more = (accrue(fen, due=DUE, daily=daily, payments=(), allocation=Allocation.PRINCIPAL_FIRST, as_of=as_of)
                  for fen in sorted((one, other)))
    assert less.interest <= more.interest


@quick
@given(amounts, rates, cash, allocations, days, st.integers(1, 200))
def test_paying_earlier_never_costs_more(principal, daily, payments, allocation, as_of, earlier):
    moved = [CashIn(p.on - timedelta(days=earlier), p.amount_fen) for p in payments]
    late, early = (accrue(principal, due=DUE, daily=daily, payments=p, allocation=allocation, as_of=as_of)
                   for p in (payments, moved))
    # each payment rounds the interest it clears to a whole fen
    assert early.interest <= late.interest + len(payments)


@st.composite
def obligations(draw) -> PaymentFacts:
    amount = draw(amounts)
    disputed = draw(st.integers(0, amount))
    delivered = draw(days)
    later = st.dates(delivered, date(2027, 6, 30))
    payments = st.builds(lambda on, fen, instrument, wait: Payment(
        on, fen, instrument, on + timedelta(days=wait) if instrument else None),
        later, amounts, st.none() | st.sampled_from(Instrument), st.integers(0, 200))
    resolved = draw(st.none() | later)
    submitted = draw(st.none() | later)
    return PaymentFacts(
        draw(st.sampled_from(PayerType)), draw(st.sampled_from(EnterpriseSize)),
        draw(st.dates(date(2019, 1, 1), date(2026, 12, 31))), amount,
        start_basis=draw(st.sampled_from(StartBasis)), sme_declared_at_signing=draw(st.booleans()),
        delivery_date=delivered, acceptance_period_days=draw(st.none() | st.integers(0, 60)),
        acceptance_passed_date=draw(st.none() | later), settlement_confirmed_date=draw(st.none() | later),
        settlement_submitted_date=submitted, settlement_period_days=draw(st.none() | st.integers(0, 60)),
        agreed_term_days=draw(st.none() | st.integers(0, 180)), over_60_justified=draw(st.booleans()),
        pay_when_paid_clause=draw(st.booleans()),
        agreed_rate=draw(st.none() | st.builds(
            AgreedRate, st.decimals(0, 30, places=3), st.just(RateUnit.PERCENT_PER_YEAR))),
        allocation=draw(allocations),
        disputes=(Dispute(disputed, resolved, disputed if resolved else 0),) if disputed else (),
        payments=tuple(draw(st.lists(payments, max_size=4))))


@quick
@given(obligations(), days)
def test_a_statement_of_a_day_is_never_changed_by_later_events(facts, as_of):
    known_then = PaymentFacts(**{name: getattr(facts, name) for name in facts.__dataclass_fields__} | {
        "payments": tuple(p for p in facts.payments if p.date <= as_of),
        "disputes": tuple(d if not d.is_open(as_of) else Dispute(d.amount_fen) for d in facts.disputes)})
    after, then = (statement(f, as_of=as_of, calendar=CALENDAR, lpr=LPR) for f in (facts, known_then))
    for finding in ("due", "overdue_days", "interest_fen", "interest_unpaid_fen", "principal_left_fen", "flags",
                    "warnings"):
        assert getattr(after, finding) == getattr(then, finding)


@quick
@given(obligations(), days)
def test_a_due_date_is_a_working_day_never_before_the_nominal_one(facts, as_of):
    found = statement(facts, as_of=as_of, calendar=CALENDAR, lpr=LPR)
    if found.due is not None:
        assert not CALENDAR.is_rest_day(found.due)
        assert found.term.start <= found.term.nominal <= found.due
        assert found.remind_on < found.term.nominal
        assert not CALENDAR.is_rest_day(found.remind_on)


@quick
@given(obligations(), days)
def test_nothing_late_owes_nothing_and_late_principal_owes_something(facts, as_of):
    found = statement(facts, as_of=as_of, calendar=CALENDAR, lpr=LPR)
    if found.due is not None and as_of <= found.due:
        assert (found.overdue_days, found.interest_fen, found.is_overdue) == (0, 0, False)
    if found.is_overdue:
        assert found.rate.daily == 0 or found.accrual.interest > 0


@quick
@given(st.dates(date(2019, 1, 1), date(2060, 12, 31)), st.integers(1, 40))
def test_working_days_are_counted_one_by_one(start, count):
    last = dates.add_working_days(start, count, CALENDAR).day
    between = [start + timedelta(days=n) for n in range(1, (last - start).days + 1)]
    assert sum(not CALENDAR.is_rest_day(day) for day in between) == count
    assert not CALENDAR.is_rest_day(last)


@quick
@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_a_split_adds_up_and_is_off_by_less_than_a_fen(total, weights):
    parts = money.split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@quick
@given(st.integers(1, money.MAX_FEN))
def test_money_shown_is_money_read(fen):
    assert money.parse_yuan(money.format_fen(fen)) == fen


@quick
@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text):
    try:
        fen = money.parse_yuan(text)
    except Invalid:
        return
    assert 0 < fen <= money.MAX_FEN


@quick
@given(st.text(uscc.ALPHABET, min_size=16, max_size=16), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_one_mistyped_character_of_a_code_is_always_found(prefix, place, typed):
    code = uscc.complete(prefix)
    mistyped = code[:place] + typed + code[place + 1:]
    if mistyped == code:
        assert uscc.check(mistyped) == code
        return
    try:
        uscc.check(mistyped)
    except Invalid:
        return
    raise AssertionError(f"{mistyped} passed for {code}")


CRITERIA = (Criterion("price", "价格", CriterionKind.PRICE, 37), Criterion("a", "甲", CriterionKind.QUALITY, 33),
            Criterion("b", "乙", CriterionKind.QUALITY, 30))
points = st.integers(0, 100)


@quick
@given(st.lists(st.tuples(st.integers(1, 5), points, points), min_size=1, max_size=8), st.randoms())
def test_a_ranking_adds_up_and_does_not_depend_on_the_order_of_reading(rows, random):
    start = datetime(2026, 3, 2, tzinfo=UTC)
    bids = [OpenedBid(n, price * 1000, start + timedelta(seconds=n), {"a": a, "b": b})
            for n, (price, a, b) in enumerate(rows)]
    ranked = rank(CRITERIA, bids)
    shuffled = list(bids)
    random.shuffle(shuffled)
    assert rank(CRITERIA, shuffled) == ranked
    assert [r.rank for r in ranked] == list(range(1, len(bids) + 1))
    for one in ranked:
        assert one.total == sum(part.score for part in one.parts) <= 10_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=12)
    | st.sampled_from(["2025-09-01", "2025-12-31", "large_enterprise", "micro", "delivery", "3.0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["date", "amount_fen", "value", "unit", "kind", "percent", "ref", "upheld_fen"]), inner, max_size=4),
    max_leaves=6)
FIELDS = ["payer_type", "payee_size_at_signing", "contract_signed", "amount_fen", "start_basis", "delivery_date",
          "acceptance_period_days", "agreed_term_days", "agreed_rate", "disputed_fen", "dispute_resolution", "payments",
          "as_of", "clock", "event_date", "bonds", "report_year", "contracts", "regime", "start_date", "paid_date",
          "amount_minor", "reference_rate_percent", "term_days", "day_basis"]
GOOD = {"payer_type": "government", "payee_size_at_signing": "micro", "contract_signed": "2025-09-01",
        "amount_fen": 100, "delivery_date": "2025-09-15", "as_of": "2025-12-31", "clock": "art25_handle",
        "event_date": "2025-09-01", "report_year": 2025, "contracts": [], "regime": "US-PPA",
        "start_date": "2025-09-01", "paid_date": "2025-12-31", "amount_minor": 5, "reference_rate_percent": "4"}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["payment", "clock", "screening", "disclosure", "foreign"]),
       st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=3))
def test_any_facts_are_assessed_or_refused_by_name(kind, facts):
    found = assess_case({"id": "X", "kind": kind, "facts": GOOD | facts}, TABLES)
    assert found["id"] == "X"
    assert "error" not in found or found["error"].keys() == {"code", "field", "message"}
    json.dumps(found)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_anything_at_all_in_place_of_a_case_is_answered(case):
    json.dumps(assess_case(case, TABLES)["error"]["message"])


@quick
@given(st.decimals(0, 20, places=4), st.dates(date(2019, 8, 20), date(2026, 9, 20)))
def test_interest_never_falls_below_that_of_the_lpr_at_signing(percent, signed):
    """Art 17: whatever rate is agreed."""
    facts = PaymentFacts(PayerType.GOVERNMENT, EnterpriseSize.MICRO, signed, 10**9, delivery_date=date(2026, 1, 5),
                         agreed_rate=AgreedRate(Decimal(percent), RateUnit.PERCENT_PER_YEAR))
    found = statement(facts, as_of=date(2026, 12, 31), calendar=CALENDAR, lpr=LPR)
    assert found.accrual.interest >= 10**9 * Fraction(found.rate.lpr.percent) / 36_500 * found.overdue_days
