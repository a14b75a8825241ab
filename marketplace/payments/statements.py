"""From rows to the statement of an obligation: the same facts, day and tables give the same answer."""
from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from enum import Enum
from fractions import Fraction
from typing import Any

from marketplace import reference
from marketplace.clock import legal_day
from marketplace.contracts import terms
from marketplace.payments.models import Dispute, Obligation, Payment
from marketplace.rules import payment_facts as law
from marketplace.rules.late_interest import Accrual, CashIn, accrue
from marketplace.rules.lifecycle import PaymentStatus
from marketplace.rules.payment_term import Step
from marketplace.rules.statement import Statement, statement

TRANSFER = "transfer"
INSTRUMENTS = (TRANSFER, *(str(kind) for kind in law.Instrument))


def facts_of(obligation: Obligation, *, as_of: dt.date, also: Iterable[law.Payment] = (),
             known_on: dt.date | None = None) -> law.PaymentFacts:
    """The facts of an obligation at the end of a day: confirmed payments, and disputes opened by then.

    `also` are payments to be counted as if they were confirmed. Without `known_on` everything known today about that
    day counts: a payment reversed since is not in it (the money never stood). With `known_on` it is what the books
    said at the end of that day: payments confirmed and not yet reversed by then, disputes as they stood then.
    """
    counted = [paid(payment) for payment in counted_payments(obligation, known_on=known_on)]
    known = min(as_of, known_on or as_of)
    return dataclasses.replace(
        terms.facts_of(obligation.milestone, as_of=as_of),
        payments=tuple(payment for payment in (*counted, *also) if payment.date <= as_of),
        disputes=tuple(_disputed(dispute, known_on=known_on) for dispute in obligation.disputes
                       if dispute.opened_on <= known))


def counted_payments(obligation: Obligation, *, known_on: dt.date | None = None) -> list[Payment]:
    """The payments that count, in the order of their days; with `known_on` those that counted as known that day."""
    if known_on is None:
        return [payment for payment in obligation.payments if payment.status == PaymentStatus.CONFIRMED]
    return [payment for payment in obligation.payments if _stood(payment, known_on)]


def _stood(payment: Payment, day: dt.date) -> bool:
    """Whether a payment was confirmed and not reversed at the end of a day."""
    if payment.status not in (PaymentStatus.CONFIRMED, PaymentStatus.REVERSED) or payment.answered_at is None:
        return False
    reversed_on = payment.reversal.reversed_on if payment.reversal else None
    return legal_day(payment.answered_at) <= day and (reversed_on is None or reversed_on > day)


def paid(payment: Payment) -> law.Payment:
    """A payment as the rules read it."""
    instrument = None if payment.instrument == TRANSFER else law.Instrument(payment.instrument)
    return law.Payment(payment.paid_on, payment.amount_fen, instrument, payment.cash_on)


def _disputed(dispute: Dispute, *, known_on: dt.date | None) -> law.Dispute:
    if known_on is not None and dispute.resolved_on is not None and dispute.resolved_on > known_on:
        return law.Dispute(dispute.disputed_fen)
    return law.Dispute(dispute.disputed_fen, dispute.resolved_on, dispute.upheld_fen or 0)


def statement_of(obligation: Obligation, *, as_of: dt.date, also: Iterable[law.Payment] = (),
                 known_on: dt.date | None = None) -> Statement:
    """What is due when, how late it is and what lateness costs, at the end of `as_of`; `known_on` as in facts_of."""
    return statement(facts_of(obligation, as_of=as_of, also=also, known_on=known_on), as_of=as_of,
                     calendar=reference.calendar(), lpr=reference.lpr_table())


def waiting(obligation: Obligation) -> list[law.Payment]:
    """Payments the buyer has notified and the founder has not answered."""
    return [paid(payment) for payment in obligation.payments if payment.status == PaymentStatus.NOTIFIED]


def accrual_of(found: Statement) -> Accrual:
    """What is left of the debt; outside Decree 802 the principal only, because no interest is computed there."""
    if found.accrual is not None:
        return found.accrual
    facts = found.facts
    cash = [CashIn(payment.counts_on, payment.amount_fen) for payment in facts.payments if payment.counts_on]
    return accrue(facts.owed_fen(found.as_of), due=None, daily=Fraction(0), payments=cash,
                  allocation=facts.allocation, as_of=found.as_of)


def open_fen(found: Statement) -> int:
    """Principal and interest that may still be paid."""
    left = accrual_of(found)
    return left.principal_left_fen + left.interest_unpaid_fen


def facts_json(facts: law.PaymentFacts) -> dict[str, Any]:
    """The facts as `payment-term assess` reads them, without payments and disputes."""
    names = {"contract_signed", "delivery_date", "redelivery_date", "acceptance_passed_date", "payer_type",
             "settlement_confirmed_date", "payee_size_at_signing", "amount_fen", "start_basis", "allocation",
             "sme_declared_at_signing", "acceptance_period_days", "agreed_term_days", "over_60_justified",
             "settlement_submitted_date", "settlement_period_days",
             "pay_when_paid_clause"}
    plain = {name: _plain(getattr(facts, name)) for name in sorted(names)}
    rate = facts.agreed_rate
    return plain | {"agreed_rate": {"value": f"{rate.value:f}", "unit": str(rate.unit)} if rate else None}


def steps_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The steps of "why this date" as they are stored with the obligation."""
    return [{"what": step.what, "value": _plain(step.value), "article": step.article, "note": step.note_code,
             "facts": {name: _plain(value) for name, value in step.facts.items()}} for step in steps]


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
