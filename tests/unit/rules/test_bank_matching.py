"""Which claim a transfer paid: named and fitting is nearly certain, little is possible, nothing is never guessed."""
from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from marketplace.rules.bank_matching import Claim, Confidence, Line, Notice, Part, Reason, same_party, suggest

DAY = date(2026, 3, 2)
CLAIM = Claim(7, "JB-2026-000123", "江南水务股份有限公司", date(2026, 1, 5), date(2026, 3, 6), 5_000_000, 0,
              invoices=("25442000001",))
OTHER = dataclasses.replace(CLAIM, obligation_id=8, contract_number="JB-2026-000200",
                            counterparty="北方重工集团有限公司", principal_fen=3_000_000, invoices=())


def first(line: Line, *claims: Claim):
    return (suggest(line, claims) or [None])[0]


@pytest.mark.parametrize(("remark", "counterparty", "amount", "confidence", "reasons"), [
    ("支付JB-2026-000123第一期", "江南水务股份有限公司", 5_000_000, Confidence.SURE,
     {Reason.CONTRACT_NUMBER, Reason.AMOUNT_PRINCIPAL, Reason.COUNTERPARTY, Reason.AFTER_DELIVERY}),
    ("jb 2026 000123", "", 5_000_000, Confidence.SURE,
     {Reason.CONTRACT_NUMBER, Reason.AMOUNT_PRINCIPAL, Reason.AFTER_DELIVERY}),
    ("发票25442000001", "", 2_000_000, Confidence.LIKELY, {Reason.INVOICE_NUMBER, Reason.PART, Reason.AFTER_DELIVERY}),
    ("货款", "江南水务", 5_000_000, Confidence.LIKELY,
     {Reason.COUNTERPARTY, Reason.AMOUNT_PRINCIPAL, Reason.AFTER_DELIVERY}),
    ("货款", "江南水务股份有限公司", 1_234_500, Confidence.POSSIBLE,
     {Reason.COUNTERPARTY, Reason.PART, Reason.AFTER_DELIVERY}),
    ("货款", "某某公司", 5_000_000, Confidence.POSSIBLE, {Reason.AMOUNT_PRINCIPAL, Reason.AFTER_DELIVERY}),
])
def test_what_speaks_for_a_claim_is_said(remark: str, counterparty: str, amount: int, confidence: Confidence,
                                         reasons: set[Reason]) -> None:
    found = first(Line(DAY, amount, counterparty, remark), CLAIM)
    assert found is not None
    assert (found.confidence, set(found.reasons), found.parts) == (confidence, reasons, (Part(7, amount),))


def test_money_that_fits_nothing_is_not_guessed() -> None:
    assert suggest(Line(DAY, 4_999_900, "水电费", "三月电费"), [CLAIM, OTHER]) == []
    assert suggest(Line(date(2025, 12, 1), 5_000_000, "某某公司", "货款"), [CLAIM]) == []  # before there was a claim


def test_principal_with_interest_and_interest_alone_are_told_apart() -> None:
    late = dataclasses.replace(CLAIM, interest_fen=50_000)
    reasons = {amount: first(Line(DAY, amount, "江南水务股份有限公司"), late).reasons
               for amount in (5_050_000, 5_000_000, 50_000)}
    assert Reason.AMOUNT_WITH_INTEREST in reasons[5_050_000]
    assert Reason.AMOUNT_PRINCIPAL in reasons[5_000_000]
    assert Reason.AMOUNT_INTEREST in reasons[50_000]


def test_a_notified_payment_is_recognised_and_confirmed_rather_than_recorded_twice() -> None:
    noticed = dataclasses.replace(CLAIM, notices=(Notice(31, 2_000_000, "ICBC202603010001"),))
    found = first(Line(DAY, 2_000_000, "", "", "ICBC202603010001"), noticed)
    assert (found.parts, found.confidence) == ((Part(7, 2_000_000, 31),), Confidence.SURE)


def test_one_transfer_pays_several_milestones_of_one_buyer_only() -> None:
    second = dataclasses.replace(CLAIM, obligation_id=9, principal_fen=1_500_000, due=date(2026, 4, 1))
    line = Line(DAY, 6_500_000, "江南水务股份有限公司", "货款")
    found = first(line, CLAIM, second, OTHER)
    assert found.parts == (Part(7, 5_000_000), Part(9, 1_500_000))
    assert (found.confidence, Reason.AMOUNT_TOGETHER in found.reasons) == (Confidence.LIKELY, True)
    foreign = dataclasses.replace(second, counterparty=OTHER.counterparty)
    assert all(len(one.parts) == 1 for one in suggest(line, [CLAIM, foreign]))


def test_no_suggestion_is_ever_more_than_the_transfer_or_the_claim() -> None:
    for amount in (1, 49_999, 5_000_000, 9_999_999):
        for one in suggest(Line(DAY, amount, "江南水务股份有限公司", "JB-2026-000123"), [CLAIM, OTHER]):
            assert sum(part.amount_fen for part in one.parts) <= amount
            assert all(part.amount_fen <= 5_000_000 for part in one.parts)


@pytest.mark.parametrize(("written", "name", "same"), [
    ("江南水务股份有限公司", "江南水务股份有限公司", True), ("江南水务", "江南水务股份有限公司", True),
    ("江南水务（股份）有限公司", "江南水务股份有限公司", True), ("水务", "江南水务股份有限公司", False),
    ("", "江南水务股份有限公司", False), ("北方重工", "江南水务股份有限公司", False),
])
def test_banks_cut_names_short(written: str, name: str, same: bool) -> None:
    assert same_party(written, name) is same
