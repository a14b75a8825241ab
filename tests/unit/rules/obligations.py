"""Facts of an ordinary obligation, for tests to change one thing at a time."""
from __future__ import annotations

from datetime import date
from typing import Any

from marketplace import reference
from marketplace.rules.assess import Tables
from marketplace.rules.payment_facts import Allocation, EnterpriseSize, PayerType, Payment, PaymentFacts
from marketplace.rules.statement import Statement, statement

CALENDAR = reference.calendar()
LPR = reference.lpr_table()
TABLES = Tables(CALENDAR, LPR)

# 10,000 yuan from a large enterprise, signed and delivered under Decree 802, nothing agreed but that payments
# clear principal first:
# 2025-09-15 + 60 days = Friday 2025-11-14; 0.05 percent of 1,000,000 fen is 500 fen a day.
ORDINARY: dict[str, Any] = {
    "payer_type": PayerType.LARGE_ENTERPRISE,
    "payee_size_at_signing": EnterpriseSize.MICRO,
    "contract_signed": date(2025, 9, 1),
    "amount_fen": 1_000_000,
    "delivery_date": date(2025, 9, 15),
    "allocation": Allocation.PRINCIPAL_FIRST,
}
LATER = date(2025, 12, 31)


def obligation(**changed: Any) -> PaymentFacts:
    return PaymentFacts(**ORDINARY | changed)


def stated(as_of: date = LATER, **changed: Any) -> Statement:
    return statement(obligation(**changed), as_of=as_of, calendar=CALENDAR, lpr=LPR)


def paid(day: str, amount_fen: int) -> Payment:
    return Payment(date.fromisoformat(day), amount_fen)
