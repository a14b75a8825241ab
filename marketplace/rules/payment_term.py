"""When an amount is due: start of the payment term, its length, its last day, and why.

Basis: Decree 802 (国务院令第802号, in force 2025-06-01) Arts 3, 9, 10; Decree 728 (in force 2020-09-01) for
contracts signed before; Civil Code 201, 203 for counting days. Where the text is silent the choice is written
where it is made, and made visible as a flag or a warning.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.rules import statutes
from marketplace.rules.dates import Calendar, RolledDay, add_days, roll_forward
from marketplace.rules.payment_facts import PaymentFacts, StartBasis

SME_STATUS_NOT_DECLARED = "SME_STATUS_NOT_DECLARED_REVIEW"
ACCEPTANCE_PERIOD_MISSING = "ACCEPTANCE_PERIOD_MISSING_TERM_RUNS_FROM_DELIVERY"
BUYER_DELAYED_ACCEPTANCE = "BUYER_DELAYED_ACCEPTANCE_TERM_RUNS_FROM_PERIOD_END"
BUYER_DELAYED_SETTLEMENT = "BUYER_DELAYED_SETTLEMENT_TERM_RUNS_FROM_PERIOD_END"
PAY_WHEN_PAID_VOID = "PAY_WHEN_PAID_CLAUSE_VOID"
GOV_TERM_CAPPED = "GOV_TERM_OVER_60_CAPPED"
TERM_JUSTIFIED = "TERM_OVER_60_JUSTIFIED_FLAG"
TERM_UNJUSTIFIED = "TERM_OVER_60_UNJUSTIFIED_TREATED_AS_60"
PRE_802 = "PRE_802_NO_STATUTORY_DEFAULT"
CALENDAR_PROVISIONAL = "CALENDAR_UNPUBLISHED_DUE_DATE_PROVISIONAL"

TERM_NOT_STARTED = "TERM_NOT_STARTED"
ACCEPTANCE_PENDING = "ACCEPTANCE_PENDING_TERM_START_IS_LATEST_POSSIBLE"
SETTLEMENT_PENDING = "SETTLEMENT_PENDING_TERM_START_IS_LATEST_POSSIBLE"
PRE_728 = "CONTRACT_BEFORE_DECREE_728_REVIEW"


@dataclass(frozen=True)
class Step:
    """One line of the answer to "why this date, why this amount".

    `what` is the finding, `article` a key of statutes.ARTICLES, `note_code` the key of its sentence, `facts` fill it.
    """

    what: str
    value: date | int | str | None
    article: str
    note_code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Term:
    """The payment term; dates are None while it has not started or where no law or contract sets its length."""

    acceptance_period_end: date | None
    start: date | None
    days: int | None
    nominal: date | None
    due: date | None
    provisional: bool
    due_if_over_60_void: date | None
    flags: tuple[str, ...]
    warnings: tuple[str, ...]
    steps: tuple[Step, ...]
    settlement_period_end: date | None = None


@dataclass
class _Found:
    """What is gathered on the way, in the order in which it is found."""

    flags: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    rolled: list[RolledDay] = field(default_factory=list)
    settlement_period_end: date | None = None


def payment_term(facts: PaymentFacts, *, as_of: date, calendar: Calendar) -> Term:
    """The term of an obligation that is in scope (see PaymentFacts.in_scope); `as_of` only decides whether a
    buyer who has not finished acceptance is late with it."""
    found = _Found()
    if not facts.sme_declared_at_signing:
        # Art 3 asks the SME to say so and attaches no loss to silence: protected, and shown for review.
        found.flags.append(SME_STATUS_NOT_DECLARED)
    if facts.contract_signed < statutes.DECREE_728_SINCE:
        found.warnings.append(PRE_728)
    period_end, start = _start(facts, as_of, calendar, found)
    days = _days(facts, found)
    if start is None:
        found.warnings.append(TERM_NOT_STARTED)
    nominal = due = void_due = None
    if start is not None and days is not None:
        rolled = _last_day(start, days, calendar, found)
        nominal, due = rolled.nominal, rolled.day
        if GOV_TERM_CAPPED in found.flags:
            default = _public_number(statutes.PUBLIC_DEFAULT_TERM, facts.contract_signed).value
            void_due = roll_forward(add_days(start, default), calendar).day
    provisional = due is not None and any(rolled.provisional for rolled in found.rolled)
    if provisional:
        found.flags.append(CALENDAR_PROVISIONAL)
    return Term(period_end, start, days, nominal, due, provisional, void_due,
                tuple(found.flags), tuple(found.warnings), tuple(found.steps), found.settlement_period_end)


def edition(facts: PaymentFacts, new: str, old: str) -> str:
    """Key of the article in the edition of the decree in force at signing: its number in `new` (802) or `old` (728)."""
    signed_under_802 = facts.contract_signed >= statutes.DECREE_802_SINCE
    return f"CN-802/{new}" if signed_under_802 else f"CN-728/{old}"


def _start(facts: PaymentFacts, as_of: date, calendar: Calendar, found: _Found) -> tuple[date | None, date | None]:
    """(end of the acceptance period, term start)."""
    if facts.start_basis is StartBasis.SETTLEMENT:
        return None, _start_by_settlement(facts, as_of, calendar, found)
    if facts.start_basis is StartBasis.ACCEPTANCE and facts.acceptance_period_days is not None:
        return _start_by_acceptance(facts, as_of, calendar, found)
    start, note = facts.delivered, "term_start.delivered"
    article = edition(facts, "9-1", "8-1") if facts.payer_type.is_public_body else edition(facts, "9-2", "8-2")
    if facts.start_basis is StartBasis.ACCEPTANCE:
        # Art 10(2) requires an agreed period; without one acceptance cannot hold the term back.
        found.flags.append(ACCEPTANCE_PERIOD_MISSING)
        article, note = edition(facts, "10-2", "9"), "term_start.no_acceptance_period"
    found.steps.append(Step("term_start", start, article, note if start else "term_start.not_delivered"))
    return None, start


def _start_by_settlement(facts: PaymentFacts, as_of: date, calendar: Calendar, found: _Found) -> date | None:
    """The day both sides confirmed the amount, at the latest the end of the period agreed for confirming it.

    Basis: Decree 802 Art 9(4). It is silent on a buyer that does not answer a settlement statement; where the
    contract sets a period for the answer, its end starts the term as the end of an acceptance period does (Art 10(2)).
    """
    article, start = edition(facts, "9-4", "8-3"), facts.settlement_confirmed_date
    if facts.settlement_submitted_date is None or facts.settlement_period_days is None:
        note = "term_start.settlement_confirmed" if start else "term_start.settlement_open"
        found.steps.append(Step("term_start", start, article, note))
        return start
    rolled = roll_forward(add_days(facts.settlement_submitted_date, facts.settlement_period_days), calendar)
    found.rolled.append(rolled)
    end = found.settlement_period_end = rolled.day
    found.steps.append(Step("settlement_period_end", end, article, "settlement_period_end.counted",
                            {"submitted": facts.settlement_submitted_date, "days": facts.settlement_period_days,
                             "nominal": rolled.nominal}))
    if start is not None and start <= end:
        found.steps.append(Step("term_start", start, article, "term_start.settlement_confirmed"))
        return start
    if start is None and as_of <= end:
        found.warnings.append(SETTLEMENT_PENDING)
        found.steps.append(Step("term_start", end, article, "term_start.settlement_pending"))
    else:
        found.flags.append(BUYER_DELAYED_SETTLEMENT)
        found.steps.append(Step("term_start", end, edition(facts, "10-2", "9"), "term_start.settlement_deemed"))
    return end


def _start_by_acceptance(facts: PaymentFacts, as_of: date, calendar: Calendar,
                         found: _Found) -> tuple[date | None, date | None]:
    """The earlier of acceptance and the end of the agreed acceptance period. Basis: Decree 802 Art 10."""
    article = edition(facts, "10-2", "9")
    if facts.delivered is None:
        found.steps.append(Step("term_start", None, article, "term_start.not_delivered"))
        return None, None
    rolled = roll_forward(add_days(facts.delivered, facts.acceptance_period_days or 0), calendar)
    found.rolled.append(rolled)
    end, passed = rolled.day, facts.acceptance_passed_date
    found.steps.append(Step("acceptance_period_end", end, article, "acceptance_period_end.counted",
                            {"delivered": facts.delivered, "days": facts.acceptance_period_days,
                             "nominal": rolled.nominal}))
    if passed is not None and passed <= end:
        found.steps.append(Step("term_start", passed, edition(facts, "10-1", "9"), "term_start.accepted"))
        return end, passed
    if passed is None and as_of <= end:
        found.warnings.append(ACCEPTANCE_PENDING)
        note = "term_start.acceptance_pending"
    else:
        found.flags.append(BUYER_DELAYED_ACCEPTANCE)
        note = "term_start.buyer_delayed"
    found.steps.append(Step("term_start", end, article, note))
    return end, end


def _days(facts: PaymentFacts, found: _Found) -> int | None:
    agreed = facts.agreed_term_days
    if facts.pay_when_paid_clause:
        # Named for large firms in Art 9(2); for public bodies Art 7 and the 60-day cap leave it no room either.
        # The clause falls with its day count, so the statutory term steps in.
        found.flags.append(PAY_WHEN_PAID_VOID)
        if facts.payer_type.is_public_body:
            article = edition(facts, "7", "8-1")
        else:
            article = "CN-802/9-2" if facts.contract_signed >= statutes.DECREE_802_SINCE else "CN-SPC-2024-11/1"
        found.steps.append(Step("pay_when_paid_clause", None, article, "term_days.pay_when_paid_void"))
        agreed = None
    if facts.payer_type.is_public_body:
        return _public_days(facts, agreed, found)
    return _large_days(facts, agreed, found)


def _public_number(series: tuple[statutes.Dated[int], ...], signed: date) -> statutes.Dated[int]:
    """In force at signing; before the first edition the first one, under the warning PRE_728."""
    return statutes.in_force(series, signed) or series[0]


def _public_days(facts: PaymentFacts, agreed: int | None, found: _Found) -> int:
    """30 days, the agreed term instead, never over 60. Basis: Decree 802 Art 9(1), Decree 728 Art 8(1)."""
    default = _public_number(statutes.PUBLIC_DEFAULT_TERM, facts.contract_signed)
    longest = _public_number(statutes.PUBLIC_LONGEST_TERM, facts.contract_signed)
    if agreed is None:
        found.steps.append(Step("term_days", default.value, default.source, "term_days.statutory"))
        return default.value
    if agreed > longest.value:
        # Capped, not replaced by the 30 days: the parties did agree on a term. Statement shows 30 beside it.
        found.flags.append(GOV_TERM_CAPPED)
        found.steps.append(Step("term_days", longest.value, longest.source, "term_days.capped", {"agreed": agreed}))
        return longest.value
    found.steps.append(Step("term_days", agreed, longest.source, "term_days.agreed"))
    return agreed


def _large_days(facts: PaymentFacts, agreed: int | None, found: _Found) -> int | None:
    """60 days or the agreed term; over 60 with a recorded reason only. Basis: Decree 802 Art 9(2)."""
    default = statutes.in_force(statutes.LARGE_DEFAULT_TERM, facts.contract_signed)
    review = statutes.in_force(statutes.LARGE_REVIEW_TERM, facts.contract_signed)
    if default is None or review is None:
        if agreed is None:
            found.flags.append(PRE_802)
            found.steps.append(Step("term_days", None, "CN-728/8-2", "term_days.no_statutory_default"))
            return None
        found.steps.append(Step("term_days", agreed, "CN-728/8-2", "term_days.agreed"))
        return agreed
    if agreed is None:
        found.steps.append(Step("term_days", default.value, default.source, "term_days.statutory"))
        return default.value
    note = "term_days.agreed"
    if agreed > review.value:
        justified = facts.over_60_justified
        found.flags.append(TERM_JUSTIFIED if justified else TERM_UNJUSTIFIED)
        note = "term_days.over_60_justified" if justified else "term_days.over_60_unjustified"
    days = review.value if note == "term_days.over_60_unjustified" else agreed
    found.steps.append(Step("term_days", days, review.source, note, {"agreed": agreed}))
    return days


def _last_day(start: date, days: int, calendar: Calendar, found: _Found) -> RolledDay:
    rolled = roll_forward(add_days(start, days), calendar)
    found.rolled.append(rolled)
    found.steps.append(Step("nominal_due_date", rolled.nominal, "CN-CC/201", "nominal_due_date.counted",
                            {"start": start, "days": days}))
    note = "due_date.rolled" if rolled.rest_days else "due_date.working_day"
    found.steps.append(Step("due_date", rolled.day, "CN-CC/203", note,
                            {"nominal": rolled.nominal, "rest_days": len(rolled.rest_days)}))
    return rolled
