"""Double entry: the accounts of a claim, what each document says on them, and the check that nothing is one-sided.

Seen from the payee: a debit is positive fen, a credit negative. Money is recorded here, never held: "cash" is money
that reached the payee's own bank account and was confirmed by it.
Interest accrues from day to day in the statement (Decree 802 Art 17, in force 2025-06-01) and is not stored daily.
It is booked when a payment is set against it, and in full once the principal is cleared and it can grow no more.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from marketplace.rules.errors import Invalid


class Account(StrEnum):
    """Where a claim stands. `contract_value` and `interest_income` are the counters of what is claimed."""

    RECEIVABLE = "receivable"
    DISPUTED = "disputed"
    WRITE_OFF = "write_off"
    INTEREST_RECEIVABLE = "interest_receivable"
    CASH = "cash"
    OVERPAID = "overpaid"
    CONTRACT_VALUE = "contract_value"
    INTEREST_INCOME = "interest_income"


class EntryKind(StrEnum):
    """Why an entry was written."""

    CLAIM = "claim"
    PAYMENT = "payment"
    INTEREST = "interest"
    DISPUTE = "dispute"
    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"


Lines = Mapping[Account, int]


def claim(amount_fen: int) -> Lines:
    """The price of a delivered milestone is owed."""
    return {Account.RECEIVABLE: amount_fen, Account.CONTRACT_VALUE: -amount_fen}


def payment(to_principal_fen: int, to_interest_fen: int, unallocated_fen: int) -> Lines:
    """A confirmed payment, set against principal and interest in the order of Civil Code 561 or of the contract."""
    return _without_zeros({
        Account.CASH: to_principal_fen + to_interest_fen + unallocated_fen, Account.RECEIVABLE: -to_principal_fen,
        Account.INTEREST_RECEIVABLE: -to_interest_fen, Account.OVERPAID: -unallocated_fen})


def interest(recognised_fen: int) -> Lines:
    """Interest that is booked: what payments cleared of it, or all of it once the principal is cleared."""
    return _without_zeros({Account.INTEREST_RECEIVABLE: recognised_fen, Account.INTEREST_INCOME: -recognised_fen})


def dispute(disputed_fen: int, upheld_fen: int | None) -> Lines:
    """A part in dispute (`upheld_fen` None), or what became of it. Basis: Decree 802 Art 15."""
    if upheld_fen is None:
        return {Account.DISPUTED: disputed_fen, Account.RECEIVABLE: -disputed_fen}
    lost = disputed_fen - upheld_fen
    return _without_zeros({Account.WRITE_OFF: lost, Account.RECEIVABLE: -lost})


def difference(wanted: Lines, posted: Lines) -> dict[Account, int]:
    """What still has to be written so that `posted` becomes `wanted`; empty when they agree."""
    return _without_zeros({account: wanted.get(account, 0) - posted.get(account, 0) for account in Account})


def total(many: Iterable[Lines]) -> dict[Account, int]:
    """The balances of several documents together, accounts at zero left out."""
    sums = dict.fromkeys(Account, 0)
    for lines in many:
        for account, fen in lines.items():
            sums[account] += fen
    return _without_zeros(sums)


def check(lines: Lines) -> int:
    """The debit total of an entry, fen. Raises Invalid: ledger.empty, ledger.unbalanced (`off_fen`)."""
    if not lines or not all(lines.values()):
        raise Invalid("ledger.empty")
    if off := sum(lines.values()):
        raise Invalid("ledger.unbalanced", off_fen=off)
    return sum(fen for fen in lines.values() if fen > 0)


def _without_zeros(lines: Lines) -> dict[Account, int]:
    return {account: fen for account, fen in lines.items() if fen}
