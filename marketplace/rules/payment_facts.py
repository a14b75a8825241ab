"""The facts of one payment obligation, as the payment-term rules read them.

Money is integer fen, days are calendar days in Asia/Shanghai, rates are exact decimals.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from marketplace.rules.errors import Problem


class PayerType(StrEnum):
    """Who pays. Public institutions follow the rules for government. Basis: Decree 802 Art 2."""

    GOVERNMENT = "government"
    PUBLIC_INSTITUTION = "public_institution"
    LARGE_ENTERPRISE = "large_enterprise"
    SME = "sme"

    @property
    def is_public_body(self) -> bool:
        return self in (PayerType.GOVERNMENT, PayerType.PUBLIC_INSTITUTION)


class EnterpriseSize(StrEnum):
    """Size by 工信部联企业〔2011〕300号, fixed at signing. Basis: Decree 802 Art 3."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class StartBasis(StrEnum):
    """What the payment term runs from. Basis: Decree 802 Art 9(1), 9(2) delivery, 9(4) settlement, 10 acceptance."""

    DELIVERY = "delivery"
    ACCEPTANCE = "acceptance"
    SETTLEMENT = "settlement"


class RateUnit(StrEnum):
    """Unit of an agreed late-interest rate; a yearly rate is counted by actual days over 365."""

    PERCENT_PER_YEAR = "percent_per_year"
    PERCENT_PER_DAY = "percent_per_day"


class Allocation(StrEnum):
    """What a part payment clears first. Basis: Civil Code 561 (interest first) unless the contract says otherwise."""

    INTEREST_FIRST = "interest_first"
    PRINCIPAL_FIRST = "principal_first"


class Instrument(StrEnum):
    """Means of payment that are not cash until they are cashed. Basis: Decree 802 Art 11."""

    COMMERCIAL_BILL = "commercial_bill"
    E_VOUCHER = "e_voucher"


@dataclass(frozen=True)
class AgreedRate:
    """Late-interest rate written in the contract."""

    value: Decimal
    unit: RateUnit


@dataclass(frozen=True)
class Payment:
    """One payment. With an instrument, it is money only on `cash_date` (None: not cashed yet)."""

    date: date
    amount_fen: int
    instrument: Instrument | None = None
    cash_date: date | None = None

    @property
    def counts_on(self) -> date | None:
        """The day it clears debt."""
        return self.date if self.instrument is None else self.cash_date


@dataclass(frozen=True)
class Dispute:
    """A disputed part of the price; once resolved, `upheld_fen` of it is owed after all."""

    amount_fen: int
    resolved_on: date | None = None
    upheld_fen: int = 0

    def is_open(self, as_of: date) -> bool:
        return self.resolved_on is None or self.resolved_on > as_of


@dataclass(frozen=True)
class PaymentFacts:
    """Everything that decides when an amount is due and what lateness costs; None means absent or not yet."""

    payer_type: PayerType
    payee_size_at_signing: EnterpriseSize
    contract_signed: date
    amount_fen: int
    start_basis: StartBasis = StartBasis.DELIVERY
    sme_declared_at_signing: bool = True
    delivery_date: date | None = None
    redelivery_date: date | None = None
    acceptance_period_days: int | None = None
    acceptance_passed_date: date | None = None
    settlement_confirmed_date: date | None = None
    settlement_submitted_date: date | None = None
    settlement_period_days: int | None = None
    agreed_term_days: int | None = None
    over_60_justified: bool = False
    pay_when_paid_clause: bool = False
    agreed_rate: AgreedRate | None = None
    allocation: Allocation = Allocation.INTEREST_FIRST
    disputes: tuple[Dispute, ...] = ()
    payments: tuple[Payment, ...] = ()

    @property
    def in_scope(self) -> bool:
        """Decree 802 protects an SME (by its size at signing) against a payer that is not one. Basis: Arts 2, 3."""
        return self.payer_type is not PayerType.SME and self.payee_size_at_signing is not EnterpriseSize.LARGE

    @property
    def delivered(self) -> date | None:
        """The delivery that counts: the new one after a rejected delivery."""
        return self.redelivery_date or self.delivery_date

    @property
    def undisputed_fen(self) -> int:
        """What is not and was not in dispute. Basis: Decree 802 Art 15."""
        return self.amount_fen - sum(dispute.amount_fen for dispute in self.disputes)

    def owed_fen(self, as_of: date) -> int:
        """The undisputed part and what disputes resolved by `as_of` upheld."""
        return self.undisputed_fen + sum(d.upheld_fen for d in self.disputes if not d.is_open(as_of))


def contradictions(facts: PaymentFacts) -> Iterable[Problem]:
    """Facts that cannot all be true; field names are those of the assess format."""
    if facts.undisputed_fen < 0:
        yield Problem("disputed_fen", "facts.disputed_more_than_amount", {"amount_fen": facts.amount_fen})
    for dispute in facts.disputes:
        if dispute.upheld_fen > dispute.amount_fen:
            yield Problem("dispute_resolution.upheld_fen", "facts.upheld_more_than_disputed",
                          {"disputed_fen": dispute.amount_fen})
    if facts.delivery_date and facts.redelivery_date and facts.redelivery_date < facts.delivery_date:
        yield Problem("redelivery_date", "facts.before_delivery", {"delivery_date": facts.delivery_date})
    passed = facts.acceptance_passed_date
    if facts.start_basis is StartBasis.ACCEPTANCE and passed and facts.delivered and passed < facts.delivered:
        yield Problem("acceptance_passed_date", "facts.before_delivery", {"delivery_date": facts.delivered})
    for place, payment in enumerate(facts.payments):
        if payment.instrument and payment.cash_date and payment.cash_date < payment.date:
            yield Problem(f"payments[{place}].cash_date", "facts.cashed_before_given", {"date": payment.date})
