"""What a contract and its deliveries say to the payment-term rules, and the term that follows."""
from __future__ import annotations

import datetime as dt
from decimal import Decimal

from marketplace import reference
from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.rules.dates import add_days, roll_forward
from marketplace.rules.payment_facts import (
    AgreedRate,
    Allocation,
    EnterpriseSize,
    PayerType,
    PaymentFacts,
    RateUnit,
    StartBasis,
)
from marketplace.rules.payment_term import Term, payment_term
from marketplace.rules.screening import Screening, Terms, screen

PASSED, REJECTED = "passed", "rejected"


def agreed_rate(contract: Contract) -> AgreedRate | None:
    """The late-interest rate written in the contract, None for the statutory one."""
    if contract.late_rate_value is None:
        return None
    return AgreedRate(Decimal(contract.late_rate_value), RateUnit(contract.late_rate_unit))


def screening(contract: Contract, *, on: dt.date) -> Screening:
    """The contract's terms under the law, as if signed on a day. Basis: Decree 802 Arts 9-13, 17."""
    return screen(Terms(
        payer_type=PayerType(contract.payer_type), contract_signed=on, state_owned=contract.buyer.state_owned,
        agreed_term_days=contract.term_days, start_basis=StartBasis(contract.start_basis),
        acceptance_period_days=contract.acceptance_period_days, agreed_rate=agreed_rate(contract),
        pay_when_paid_clause=contract.pay_when_paid_clause), table=reference.lpr_table())


def known_deliveries(milestone: Milestone, as_of: dt.date) -> list[Delivery]:
    """The deliveries made by the end of a day, oldest first."""
    return [delivery for delivery in milestone.deliveries if delivery.delivered_on <= as_of]


def facts_of(milestone: Milestone, *, as_of: dt.date) -> PaymentFacts:
    """The facts of a signed contract's milestone at the end of a day; what happened later is not seen.

    A rejected delivery counts for nothing until the next one; then both days are told (Decree 802 Art 10).
    """
    contract = milestone.contract
    deliveries = known_deliveries(milestone, as_of)
    last = deliveries[-1] if deliveries else None
    decision = last.decision if last and last.decided_on and last.decided_on <= as_of else None
    stands = last is not None and decision != REJECTED
    settled = milestone.settlement_confirmed_on
    by_settlement = contract.start_basis == StartBasis.SETTLEMENT
    submitted = settlement_seen_on(last) if last and stands and by_settlement else None
    return PaymentFacts(
        payer_type=PayerType(contract.payer_type),
        payee_size_at_signing=EnterpriseSize(contract.payee_size_at_signing),
        contract_signed=contract.signed_on, amount_fen=milestone.amount_fen,  # type: ignore[arg-type]
        start_basis=StartBasis(contract.start_basis), sme_declared_at_signing=contract.sme_declared_at_signing,
        delivery_date=deliveries[0].delivered_on if stands else None,
        redelivery_date=last.delivered_on if last and stands and len(deliveries) > 1 else None,
        acceptance_period_days=contract.acceptance_period_days,
        acceptance_passed_date=last.decided_on if last and decision == PASSED else None,
        settlement_confirmed_date=settled if settled and settled <= as_of else None,
        settlement_submitted_date=submitted if submitted and submitted <= as_of else None,
        settlement_period_days=contract.settlement_period_days,
        agreed_term_days=contract.term_days, over_60_justified=bool(contract.over_60_reason),
        pay_when_paid_clause=contract.pay_when_paid_clause, agreed_rate=agreed_rate(contract),
        allocation=Allocation(contract.allocation))


def settlement_seen_on(delivery: Delivery) -> dt.date | None:
    """The day from which the buyer has to answer a settlement statement: it was handed in, and could be read here."""
    statement = delivery.settlement
    return max(statement.submitted_on, legal_day(statement.recorded_at)) if statement else None


def term_of(milestone: Milestone, *, as_of: dt.date) -> Term | None:
    """The payment term as known on a day; None where Decree 802 does not cover the contract."""
    facts = facts_of(milestone, as_of=as_of)
    return payment_term(facts, as_of=as_of, calendar=reference.calendar()) if facts.in_scope else None


def rejection_until(milestone: Milestone, *, as_of: dt.date) -> dt.date | None:
    """The last day on which the standing delivery may be rejected; None: no day limits it.

    Once the acceptance period is over the term runs (Decree 802 Art 10(2)) and a rejection could only stretch it:
    what is wrong then is a dispute about a part (Art 15). The buyer always has the whole period from the day it
    could see the delivery here. Without an agreed period the due date is the limit.
    """
    last = milestone.deliveries[-1]
    period = milestone.contract.acceptance_period_days
    if period is None:
        term = term_of(milestone, as_of=as_of)
        return term.due if term else None
    seen = max(last.delivered_on, legal_day(last.recorded_at))
    return roll_forward(add_days(seen, period), reference.calendar()).day
