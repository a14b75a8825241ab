"""The statement of one payment obligation as of a day: due when and why, how late, what is owed.

Pure: the same facts, day and tables give the same statement. Basis: see payment_term and late_interest.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from marketplace.rules.dates import DAY, Calendar, working_day_before
from marketplace.rules.errors import Problems
from marketplace.rules.late_interest import (
    Accrual,
    CashIn,
    Rate,
    RateBasis,
    accrue,
    daily_rate,
    late_rate,
    unagreed_daily_rate,
)
from marketplace.rules.lpr import LprTable
from marketplace.rules.payment_facts import AgreedRate, PaymentFacts, RateUnit, contradictions
from marketplace.rules.payment_term import PAY_WHEN_PAID_VOID, Step, Term, edition, payment_term

OUT_OF_SCOPE = "OUT_OF_SCOPE_802"
DISPUTED_NOT_ACCRUING = "DISPUTED_PART_NOT_YET_ACCRUING"
NON_CASH_EXTENSION = "NON_CASH_DISGUISED_EXTENSION"
NON_CASH_NOT_CASHED = "NON_CASH_NOT_CASHED_YET"


@dataclass(frozen=True)
class Statement:
    """What is known of an obligation at the end of a day.

    Out of scope: `term`, `rate` and `accrual` are None. Without a due date nothing is late and `overdue_days`,
    `interest_fen` and `interest_unpaid_fen` are None. `interest_at_...` are the amounts under the other reading
    where the law is silent.
    """

    facts: PaymentFacts
    as_of: date
    in_scope: bool
    term: Term | None
    rate: Rate | None
    accrual: Accrual | None
    interest_if_unagreed_fen: int | None
    interest_at_lpr_fen: int | None
    remind_on: date | None
    flags: tuple[str, ...]
    warnings: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def due(self) -> date | None:
        return self.term.due if self.term else None

    @property
    def overdue_from(self) -> date | None:
        """The first interest day."""
        return self.due + DAY if self.due else None

    @property
    def principal_left_fen(self) -> int | None:
        """Undisputed and upheld principal not paid yet; None out of scope."""
        return self.accrual.principal_left_fen if self.accrual else None

    @property
    def overdue_days(self) -> int | None:
        """Days from the due date to the day the principal was cleared, else to `as_of`; never negative."""
        if self.due is None or self.accrual is None:
            return None
        if self.accrual.principal_left_fen == 0 and self.accrual.cleared_on is None:
            return 0  # everything is in dispute: nothing has been owed yet
        return max(((self.accrual.cleared_on or self.as_of) - self.due).days, 0)

    @property
    def is_overdue(self) -> bool:
        """Principal is owed and its last day is past; due today is not overdue."""
        return bool(self.overdue_days) and bool(self.principal_left_fen)

    @property
    def interest_fen(self) -> int | None:
        return self.accrual.interest_fen if self.accrual and self.due else None

    @property
    def interest_unpaid_fen(self) -> int | None:
        return self.accrual.interest_unpaid_fen if self.accrual and self.due else None


def statement(facts: PaymentFacts, *, as_of: date, calendar: Calendar, lpr: LprTable) -> Statement:
    """The statement at the end of `as_of`; payments and dispute results after it change nothing.

    Raises Problems naming every contradiction in the facts.
    """
    if found := list(contradictions(facts)):
        raise Problems(found)
    if not facts.in_scope:
        step = Step("in_scope", "no", edition(facts, "2", "2"), "scope.outside", {"payer_type": str(facts.payer_type)})
        return Statement(facts, as_of, False, None, None, None, None, None, None, (OUT_OF_SCOPE,), (), (step,))
    term = payment_term(facts, as_of=as_of, calendar=calendar)
    rate = late_rate(facts.agreed_rate, facts.contract_signed, lpr)
    accrual = _accrual(facts, term.due, rate.daily, as_of)
    if_unagreed = at_lpr = None
    if term.due and rate.basis is RateBasis.LPR_FLOOR:
        other = unagreed_daily_rate(facts.contract_signed)
        if_unagreed = _accrual(facts, term.due, other, as_of).interest_fen
    if term.due and PAY_WHEN_PAID_VOID in term.flags and rate.basis is RateBasis.STATUTORY and rate.lpr.percent:
        # The court's reply of 2024-08-27 points to the LPR where the clause falls and no rate was agreed.
        at_lpr = _accrual(facts, term.due, daily_rate(_yearly(rate.lpr.percent)), as_of).interest_fen
    flags, warnings = list(term.flags + rate.flags), list(term.warnings + rate.warnings)
    if any(dispute.amount_fen and dispute.is_open(as_of) for dispute in facts.disputes):
        flags.append(DISPUTED_NOT_ACCRUING)
    _look_at_non_cash(facts, term.due, as_of, flags, warnings)
    remind_on = working_day_before(term.nominal, calendar) if term.nominal else None
    return Statement(facts, as_of, True, term, rate, accrual, if_unagreed, at_lpr, remind_on,
                     tuple(flags), tuple(warnings), _steps(facts, as_of, term, rate, accrual))


def _accrual(facts: PaymentFacts, due: date | None, daily: Fraction, as_of: date) -> Accrual:
    cash = [CashIn(payment.counts_on, payment.amount_fen) for payment in facts.payments if payment.counts_on]
    return accrue(facts.owed_fen(as_of), due=due, daily=daily, payments=cash, allocation=facts.allocation,
                  as_of=as_of)


def _yearly(percent: Decimal) -> AgreedRate:
    return AgreedRate(percent, RateUnit.PERCENT_PER_YEAR)


def _look_at_non_cash(facts: PaymentFacts, due: date | None, as_of: date, flags: list[str],
                      warnings: list[str]) -> None:
    """A bill or e-voucher whose cash comes after the due date stretches the term. Basis: Decree 802 Art 11."""
    for payment in facts.payments:
        if payment.instrument is None or payment.date > as_of:
            continue
        if payment.cash_date is None and NON_CASH_NOT_CASHED not in warnings:
            warnings.append(NON_CASH_NOT_CASHED)
        cash_at_the_earliest = payment.cash_date or as_of
        if due is not None and cash_at_the_earliest > due and NON_CASH_EXTENSION not in flags:
            flags.append(NON_CASH_EXTENSION)


def _steps(facts: PaymentFacts, as_of: date, term: Term, rate: Rate, accrual: Accrual) -> tuple[Step, ...]:
    """Scope, term, rate, disputed part and interest, each with its article."""
    steps = [Step("in_scope", "yes", edition(facts, "2", "2"), "scope.inside", {
        "payer_type": str(facts.payer_type), "payee_size": str(facts.payee_size_at_signing)}), *term.steps]
    agreed = facts.agreed_rate
    steps.append(Step("rate", str(rate.basis), rate.article, f"rate.{rate.basis.name.lower()}", {
        "agreed": f"{agreed.value:f}" if agreed else None, "unit": str(agreed.unit) if agreed else None,
        "lpr_percent": str(rate.lpr.percent) if rate.lpr.percent is not None else None,
        "lpr_quoted_on": rate.lpr.quoted_on}))
    if facts.disputes:
        steps.append(Step("undisputed_due_fen", facts.undisputed_fen, "CN-802/15", "undisputed.payable",
                          {"disputed_fen": facts.amount_fen - facts.undisputed_fen,
                           "upheld_fen": facts.owed_fen(as_of) - facts.undisputed_fen}))
    if term.due is not None:
        steps.append(Step("interest", accrual.interest_fen, rate.article,
                          "interest.simple" if accrual.segments else "interest.none",
                          {"segments": len(accrual.segments), "from": term.due + DAY, "to": as_of}))
    if accrual.ledger:
        steps.append(Step("allocation", str(facts.allocation), "CN-CC/561", f"allocation.{facts.allocation}"))
    return tuple(steps)
