"""Terms before anything is signed: what is refused, what needs a reason, in the order of the articles."""
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from marketplace.rules.payment_facts import AgreedRate, PayerType, RateUnit, StartBasis
from marketplace.rules.screening import Bond, Decision, Terms, screen
from tests.unit.rules.obligations import LPR

GOVERNMENT, LARGE = PayerType.GOVERNMENT, PayerType.LARGE_ENTERPRISE
SIGNED = date(2025, 9, 9)


def looked_at(payer=LARGE, **terms):
    found = screen(Terms(payer, **{"contract_signed": SIGNED} | terms), table=LPR)
    return found.decision, [f.label for f in found.reasons], [f.label for f in found.warnings]


def rate(value: str) -> AgreedRate:
    return AgreedRate(Decimal(value), RateUnit.PERCENT_PER_YEAR)


def test_silent_terms_are_lawful():
    assert looked_at() == (Decision.ACCEPT, [], [])


@pytest.mark.parametrize(("payer", "days", "expected"), [
    (GOVERNMENT, 60, (Decision.ACCEPT, [], [])),
    (GOVERNMENT, 61, (Decision.REJECT, ["ART9_TERM_OVER_60"], [])),
    (PayerType.PUBLIC_INSTITUTION, 75, (Decision.REJECT, ["ART9_TERM_OVER_60"], [])),
    (LARGE, 60, (Decision.ACCEPT, [], [])),
    (LARGE, 75, (Decision.REVIEW, [], ["ART9_TERM_OVER_60"])),
])
def test_60_days_bind_a_public_body_and_ask_a_large_firm_for_a_reason(payer, days, expected):
    assert looked_at(payer, agreed_term_days=days) == expected


def test_the_article_shown_for_the_term_is_the_payers():
    for payer, key in ((GOVERNMENT, "CN-802/9-1"), (LARGE, "CN-802/9-2")):
        found = screen(Terms(payer, agreed_term_days=75), table=LPR)
        assert (found.reasons + found.warnings)[0].article(payer) == key


@pytest.mark.parametrize(("terms", "reason"), [
    ({"pay_when_paid_clause": True}, "ART9_2_PAY_WHEN_PAID"),
    ({"start_basis": StartBasis.ACCEPTANCE}, "ART10_ACCEPTANCE_PERIOD_MISSING"),
    ({"agreed_rate": rate("2.99")}, "ART17_RATE_BELOW_LPR"),
    ({"non_cash_forced": True}, "ART11_FORCED_NON_CASH"),
])
def test_refused_of_every_payer(terms, reason):
    for payer in (GOVERNMENT, LARGE):
        assert looked_at(payer, **terms) == (Decision.REJECT, [reason], [])


def test_what_stands_just_inside_the_law_is_accepted():
    assert looked_at(start_basis=StartBasis.ACCEPTANCE, acceptance_period_days=0, agreed_rate=rate("3"),
                     bonds=(Bond("bid", Decimal(2)), Bond("performance", Decimal(10)), Bond("quality", Decimal(3)),
                            Bond("migrant_wage", Decimal(3)))) == (Decision.ACCEPT, [], [])


@pytest.mark.parametrize(("payer", "state_owned", "refused"), [
    (GOVERNMENT, False, True), (LARGE, True, True), (LARGE, False, False)])
def test_audit_as_settlement_basis_is_closed_to_the_state(payer, state_owned, refused):
    decision, reasons, _ = looked_at(payer, state_owned=state_owned, audit_as_settlement_basis=True)
    assert (decision, reasons) == ((Decision.REJECT, ["ART12_AUDIT_AS_SETTLEMENT_BASIS"]) if refused
                                   else (Decision.ACCEPT, []))


@pytest.mark.parametrize(("bond", "reasons"), [
    (Bond("bid", Decimal("2.01")), ["ART13_BOND_OVER_CAP:bid"]),
    (Bond("performance", Decimal("10.5")), ["ART13_BOND_OVER_CAP:performance"]),
    (Bond("quality", Decimal(5), cash_only=True), ["ART13_BOND_OVER_CAP:quality", "ART13_CASH_ONLY_BOND:quality"]),
    (Bond("goodwill", Decimal(1), cash_only=True),
     ["ART13_BOND_KIND_NOT_ALLOWED:goodwill", "ART13_CASH_ONLY_BOND:goodwill"]),
])
def test_bonds(bond, reasons):
    assert looked_at(bonds=(bond,)) == (Decision.REJECT, reasons, [])


def test_findings_come_in_the_order_of_the_format_and_a_reason_outweighs_a_warning():
    terms = {"agreed_term_days": 75, "start_basis": StartBasis.ACCEPTANCE, "agreed_rate": rate("1"),
             "pay_when_paid_clause": True, "non_cash_forced": True, "audit_as_settlement_basis": True,
             "bonds": (Bond("quality", Decimal(5)), Bond("loyalty"))}
    middle = ["ART10_ACCEPTANCE_PERIOD_MISSING", "ART17_RATE_BELOW_LPR", "ART11_FORCED_NON_CASH"]
    bonds = ["ART13_BOND_OVER_CAP:quality", "ART13_BOND_KIND_NOT_ALLOWED:loyalty"]
    assert looked_at(GOVERNMENT, **terms) == (Decision.REJECT, [
        "ART9_2_PAY_WHEN_PAID", "ART9_TERM_OVER_60", *middle, "ART12_AUDIT_AS_SETTLEMENT_BASIS", *bonds], [])
    assert looked_at(LARGE, **terms) == (Decision.REJECT, ["ART9_2_PAY_WHEN_PAID", *middle, *bonds],
                                         ["ART9_TERM_OVER_60"])


def test_an_sme_buyer_is_outside_the_decree():
    found = screen(Terms(PayerType.SME, agreed_term_days=365, pay_when_paid_clause=True), table=LPR)
    assert (found.in_scope, found.decision) == (False, Decision.ACCEPT)


def test_a_floor_that_may_be_out_of_date_is_said():
    terms = Terms(LARGE, contract_signed=date(2026, 11, 20), agreed_rate=rate("3"))
    assert screen(terms, table=LPR).notices == ("LPR_TABLE_STALE",)
