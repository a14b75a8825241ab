"""Every document is balanced by itself, and what is one-sided is refused."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules import ledger
from marketplace.rules.errors import Invalid
from marketplace.rules.ledger import Account

FEN = st.integers(0, 10**15)
LINES = st.one_of(
    FEN.filter(bool).map(ledger.claim), st.builds(ledger.payment, FEN, FEN, FEN), FEN.map(ledger.interest),
    st.tuples(FEN.filter(bool), st.none() | st.integers(0, 100)).map(
        lambda pair: ledger.dispute(pair[0], None if pair[1] is None else pair[0] * pair[1] // 100)))


@given(LINES, LINES)
def test_whatever_is_written_balances(wanted: ledger.Lines, posted: ledger.Lines) -> None:
    assert sum(wanted.values()) == 0
    step = ledger.difference(wanted, posted)
    assert sum(step.values()) == 0
    assert ledger.total([posted, step]) == ledger.total([wanted])
    assert ledger.difference(wanted, wanted) == {}


def test_a_payment_goes_to_principal_interest_and_what_is_too_much() -> None:
    assert ledger.payment(700, 50, 1) == {Account.CASH: 751, Account.RECEIVABLE: -700,
                                          Account.INTEREST_RECEIVABLE: -50, Account.OVERPAID: -1}


@pytest.mark.parametrize(("upheld", "lines"), [
    (None, {Account.DISPUTED: 300, Account.RECEIVABLE: -300}),
    (100, {Account.WRITE_OFF: 200, Account.RECEIVABLE: -200}),
    (0, {Account.WRITE_OFF: 300, Account.RECEIVABLE: -300}), (300, {})])
def test_a_dispute_ends_with_the_claim_or_without_it(upheld: int | None, lines: dict[Account, int]) -> None:
    assert ledger.dispute(300, upheld) == lines


@pytest.mark.parametrize(("lines", "code"), [
    ({}, "ledger.empty"), ({Account.CASH: 1, Account.RECEIVABLE: 0}, "ledger.empty"),
    ({Account.CASH: 2, Account.RECEIVABLE: -1}, "ledger.unbalanced")])
def test_what_is_one_sided_is_refused(lines: ledger.Lines, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        ledger.check(lines)
