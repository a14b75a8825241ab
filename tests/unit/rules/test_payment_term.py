"""When an amount is due. Weekdays and holidays of the dates are noted beside them."""
from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.rules import payment_term as flag
from marketplace.rules import statutes
from marketplace.rules.payment_facts import EnterpriseSize, PayerType, StartBasis
from marketplace.rules.statement import OUT_OF_SCOPE
from tests.unit.rules.obligations import stated

GOVERNMENT = PayerType.GOVERNMENT
INSTITUTION = PayerType.PUBLIC_INSTITUTION
BEFORE_802 = date(2025, 5, 31)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("what", "facts", "days", "due", "flags"), [
    ("Art 9(2): large enterprise, nothing agreed", {}, 60, "2025-11-14", ()),
    ("Art 9(1): public body, nothing agreed", {"payer_type": GOVERNMENT}, 30, "2025-10-15", ()),
    ("a public institution is a public body", {"payer_type": INSTITUTION}, 30, "2025-10-15", ()),
    ("an agreed term stands", {"agreed_term_days": 45}, 45, "2025-10-30", ()),
    ("payment on the day of delivery may be agreed", {"agreed_term_days": 0}, 0, "2025-09-15", ()),
    ("public body: 60 days is still allowed", {"payer_type": GOVERNMENT, "agreed_term_days": 60},
     60, "2025-11-14", ()),
    ("public body: the 61st day is cut off", {"payer_type": GOVERNMENT, "agreed_term_days": 61},
     60, "2025-11-14", (flag.GOV_TERM_CAPPED,)),
    ("a public body has no reason that helps over 60",
     {"payer_type": INSTITUTION, "agreed_term_days": 90, "over_60_justified": True},
     60, "2025-11-14", (flag.GOV_TERM_CAPPED,)),
    # 2025-09-15 + 61 = Saturday 2025-11-15, Monday is the 17th
    ("large enterprise over 60 with a recorded reason", {"agreed_term_days": 61, "over_60_justified": True},
     61, "2025-11-17", (flag.TERM_JUSTIFIED,)),
    ("large enterprise over 60 without one", {"agreed_term_days": 61}, 60, "2025-11-14", (flag.TERM_UNJUSTIFIED,)),
    ("a reason is not asked for within 60", {"agreed_term_days": 60, "over_60_justified": True},
     60, "2025-11-14", ()),
    ("pay when paid is void, with its day count", {"agreed_term_days": 20, "pay_when_paid_clause": True},
     60, "2025-11-14", (flag.PAY_WHEN_PAID_VOID,)),
    ("… for a public body the 30 days step in",
     {"payer_type": GOVERNMENT, "agreed_term_days": 90, "pay_when_paid_clause": True},
     30, "2025-10-15", (flag.PAY_WHEN_PAID_VOID,)),
    ("an SME that kept silent is protected all the same", {"sme_declared_at_signing": False},
     60, "2025-11-14", (flag.SME_STATUS_NOT_DECLARED,)),
])
def test_length_of_the_term(what, facts, days, due, flags):
    found = stated(**facts)
    assert (found.term.days, found.due, found.flags) == (days, day(due), flags), what


@pytest.mark.parametrize(("what", "facts", "days", "due", "flags"), [
    ("large enterprise before 2025-06-01: no number in the law", {}, None, None, (flag.PRE_802,)),
    # 2025-09-15 + 90 = Sunday 2025-12-14
    ("… an agreed term stands, also over 60", {"agreed_term_days": 90}, 90, "2025-12-15", ()),
    ("… a void clause leaves no agreed term", {"agreed_term_days": 30, "pay_when_paid_clause": True},
     None, None, (flag.PAY_WHEN_PAID_VOID, flag.PRE_802)),
    ("public body: 30 days in the 2020 edition too", {"payer_type": GOVERNMENT}, 30, "2025-10-15", ()),
    ("public body: 60 at most in the 2020 edition too", {"payer_type": GOVERNMENT, "agreed_term_days": 61},
     60, "2025-11-14", (flag.GOV_TERM_CAPPED,)),
])
def test_contracts_signed_before_decree_802_follow_their_edition(what, facts, days, due, flags):
    found = stated(contract_signed=BEFORE_802, **facts)
    assert (found.term.days, found.due, found.flags) == (days, due and day(due), flags), what
    cited = {step.article.split("/")[0] for step in found.steps if step.what in {"in_scope", "term_days"}}
    assert cited == {"CN-728"}


def test_without_a_statutory_default_nothing_is_late_and_the_price_is_still_owed():
    found = stated(contract_signed=BEFORE_802)
    assert (found.overdue_days, found.interest_fen, found.principal_left_fen) == (None, None, 1_000_000)


def test_the_60_day_default_binds_contracts_signed_on_the_first_day_of_decree_802():
    assert stated(contract_signed=date(2025, 6, 1)).due == day("2025-11-14")


@pytest.mark.parametrize(("signed", "article"), [("2025-05-31", "CN-728/8-1"), ("2025-06-01", "CN-802/9-1")])
def test_the_article_cited_is_that_of_the_edition_in_force_at_signing(signed, article):
    found = stated(payer_type=GOVERNMENT, contract_signed=day(signed))
    assert [step.article for step in found.steps if step.what == "term_days"] == [article]


def test_a_capped_term_shows_the_30_days_that_the_other_reading_gives():
    capped = stated(payer_type=GOVERNMENT, agreed_term_days=90)
    assert capped.term.due_if_over_60_void == day("2025-10-15")
    assert stated(payer_type=GOVERNMENT, agreed_term_days=60).term.due_if_over_60_void is None


def acceptance(as_of: str = "2025-12-31", **facts):
    """Delivered Wednesday 2025-09-24 with 10 days to accept: 10-04 is in National Day, so until Thursday 10-09."""
    return stated(day(as_of), start_basis=StartBasis.ACCEPTANCE,
                  **{"delivery_date": day("2025-09-24"), "acceptance_period_days": 10} | facts)


@pytest.mark.parametrize(("what", "facts", "start", "flags"), [
    ("passed in time", {"acceptance_passed_date": day("2025-09-26")}, "2025-09-26", ()),
    ("the last day, rolled off the holiday, is in time", {"acceptance_passed_date": day("2025-10-09")},
     "2025-10-09", ()),
    ("a day late: from the end of the period", {"acceptance_passed_date": day("2025-10-10")},
     "2025-10-09", (flag.BUYER_DELAYED_ACCEPTANCE,)),
    ("never passed: from the end of the period", {}, "2025-10-09", (flag.BUYER_DELAYED_ACCEPTANCE,)),
    # redelivered Saturday 2025-10-11, a working day: + 10 = Tuesday 10-21
    ("a new delivery starts the period anew",
     {"redelivery_date": day("2025-10-11"), "acceptance_passed_date": day("2025-10-20")}, "2025-10-20", ()),
    ("… and silence after it ends with that period", {"redelivery_date": day("2025-10-11")},
     "2025-10-21", (flag.BUYER_DELAYED_ACCEPTANCE,)),
    ("no acceptance period: acceptance cannot hold the term back",
     {"acceptance_period_days": None, "acceptance_passed_date": day("2025-11-20")},
     "2025-09-24", (flag.ACCEPTANCE_PERIOD_MISSING,)),
    ("acceptance on delivery is a period of no days", {"acceptance_period_days": 0},
     "2025-09-24", (flag.BUYER_DELAYED_ACCEPTANCE,)),
])
def test_start_by_acceptance(what, facts, start, flags):
    found = acceptance(**facts)
    assert (found.term.start, found.flags) == (day(start), flags), what


def test_a_buyer_still_inside_the_acceptance_period_is_not_late_with_it():
    last_day, day_after = acceptance("2025-10-09"), acceptance("2025-10-10")
    assert (last_day.flags, last_day.warnings) == ((), (flag.ACCEPTANCE_PENDING,))
    assert (day_after.flags, day_after.warnings) == ((flag.BUYER_DELAYED_ACCEPTANCE,), ())
    assert last_day.due == day_after.due, "the latest possible due date does not move when it becomes certain"


def test_the_clock_stands_still_until_the_settlement_amount_is_confirmed():
    found = stated(start_basis=StartBasis.SETTLEMENT)
    assert (found.term.start, found.due, found.overdue_days, found.interest_fen) == (None, None, None, None)
    assert found.warnings == (flag.TERM_NOT_STARTED,)


def test_settlement_confirmed_starts_the_term_whenever_it_was_delivered():
    found = stated(start_basis=StartBasis.SETTLEMENT, settlement_confirmed_date=day("2025-10-20"))
    # 2025-10-20 + 60 = Friday 2025-12-19
    assert found.due == day("2025-12-19")


@pytest.mark.parametrize(("confirmed", "as_of", "start", "due", "said"), [
    # handed in on 2025-09-18, 10 days for the answer: 2025-09-28 is a make-up working Sunday
    ("2025-09-25", "2025-10-01", "2025-09-25", "2025-11-24", None),
    (None, "2025-09-28", "2025-09-28", "2025-11-27", flag.SETTLEMENT_PENDING),
    (None, "2025-09-29", "2025-09-28", "2025-11-27", flag.BUYER_DELAYED_SETTLEMENT),
    ("2025-10-20", "2025-10-21", "2025-09-28", "2025-11-27", flag.BUYER_DELAYED_SETTLEMENT),
])
def test_a_buyer_who_does_not_answer_a_settlement_gains_nothing(confirmed, as_of, start, due, said):
    """Art 9(4) is silent; the period agreed for the answer is treated as an acceptance period is by Art 10(2)."""
    found = stated(start_basis=StartBasis.SETTLEMENT, settlement_submitted_date=day("2025-09-18"),
                   settlement_period_days=10, settlement_confirmed_date=day(confirmed) if confirmed else None,
                   as_of=day(as_of))
    assert (found.term.settlement_period_end, found.term.start, found.due) == (
        day("2025-09-28"), day(start), day(due))
    assert found.flags + found.warnings == ((said,) if said else ())


def test_a_period_without_a_statement_starts_nothing():
    assert stated(start_basis=StartBasis.SETTLEMENT, settlement_period_days=10).due is None


def test_a_rejected_delivery_does_not_start_the_term():
    assert stated(redelivery_date=day("2025-09-22")).due == day("2025-11-21")


@pytest.mark.parametrize(("payer", "payee", "inside"), [
    (PayerType.LARGE_ENTERPRISE, EnterpriseSize.MEDIUM, True),
    (PayerType.SME, EnterpriseSize.MICRO, False),
    (PayerType.GOVERNMENT, EnterpriseSize.LARGE, False),
])
def test_the_decree_protects_small_from_large_by_size_at_signing(payer, payee, inside):
    found = stated(payer_type=payer, payee_size_at_signing=payee, sme_declared_at_signing=False)
    assert found.in_scope is inside
    if not inside:
        assert (found.flags, found.due, found.overdue_days, found.interest_fen) == ((OUT_OF_SCOPE,), None, None, None)


@pytest.mark.parametrize(("delivered", "nominal", "due"), [
    # New Year 2027-01-01 is a Friday
    ("2026-12-02", "2027-01-01", "2027-01-04"),
    # Spring Festival 2027 begins on Saturday 02-06, its eve and days 1-3 rest
    ("2027-01-06", "2027-02-05", "2027-02-09"),
    # an ordinary Wednesday of an unpublished year is provisional too: it may become a day off
    ("2027-02-08", "2027-03-10", "2027-03-10"),
])
def test_a_due_date_in_an_unpublished_year_is_provisional(delivered, nominal, due):
    found = stated(date(2027, 6, 1), payer_type=GOVERNMENT, contract_signed=date(2026, 9, 1),
                   delivery_date=day(delivered))
    assert (found.term.nominal, found.due) == (day(nominal), day(due))
    assert found.term.provisional
    assert found.flags == (flag.CALENDAR_PROVISIONAL,)


def test_the_last_day_of_the_last_published_year_is_certain():
    # 2026-12-01 + 30 = Thursday 2026-12-31
    found = stated(payer_type=GOVERNMENT, delivery_date=date(2026, 12, 1))
    assert (found.due, found.term.provisional) == (date(2026, 12, 31), False)


def test_the_payer_is_reminded_on_the_working_day_before_the_nominal_day():
    # nominal Sunday 2025-10-05 inside National Day, the last working day before it is Tuesday 09-30
    found = stated(payer_type=GOVERNMENT, delivery_date=date(2025, 9, 5))
    assert (found.term.nominal, found.due, found.remind_on) == (day("2025-10-05"), day("2025-10-09"),
                                                               day("2025-09-30"))


def test_every_line_of_the_answer_names_an_article_on_record():
    for found in (stated(), acceptance(), stated(contract_signed=BEFORE_802, pay_when_paid_clause=True)):
        assert found.steps[0].what == "in_scope"
        for step in found.steps:
            assert statutes.article(step.article).citation.startswith("《")


def test_flags_stand_in_the_order_in_which_they_are_found():
    found = acceptance(payer_type=GOVERNMENT, sme_declared_at_signing=False, agreed_term_days=90,
                       delivery_date=day("2026-12-01"), contract_signed=day("2026-09-01"), as_of="2027-06-01")
    assert found.flags == (flag.SME_STATUS_NOT_DECLARED, flag.BUYER_DELAYED_ACCEPTANCE, flag.GOV_TERM_CAPPED,
                           flag.CALENDAR_PROVISIONAL)


def test_due_today_is_not_overdue():
    due = date(2025, 11, 14)
    assert (stated(due).overdue_days, stated(due).is_overdue) == (0, False)
    tomorrow = stated(due + timedelta(days=1))
    assert (tomorrow.overdue_days, tomorrow.is_overdue, tomorrow.interest_fen) == (1, True, 500)
