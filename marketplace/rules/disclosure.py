"""The yearly disclosure of what is overdue and unpaid to SMEs.

Basis: Decree 802 Art 18(1) (in force 2025-06-01): public bodies publish last year's overdue-unpaid contracts by
31 March; Art 18(2): large enterprises put them in the annual report.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.rules.dates import Calendar
from marketplace.rules.lpr import LprTable
from marketplace.rules.payment_facts import PayerType, PaymentFacts
from marketplace.rules.statement import Statement, statement
from marketplace.rules.statutes import DECREE_802_SINCE


@dataclass(frozen=True)
class Disclosure:
    """Contracts in scope with principal past its due date at the end of 31 December, in the order given."""

    as_of: date
    publish_by: date
    overdue: tuple[tuple[str, Statement], ...]

    @property
    def refs(self) -> list[str]:
        return [ref for ref, _ in self.overdue]

    @property
    def principal_fen(self) -> int:
        return sum(found.principal_left_fen or 0 for _, found in self.overdue)


def disclosure(report_year: int, contracts: Sequence[tuple[str, PaymentFacts]], *, calendar: Calendar,
               lpr: LprTable) -> Disclosure:
    """The disclosure of a year from (reference, facts) pairs; what was paid after 31 December still counts as owed."""
    as_of = date(report_year, 12, 31)
    statements = ((ref, statement(facts, as_of=as_of, calendar=calendar, lpr=lpr)) for ref, facts in contracts)
    overdue = tuple((ref, found) for ref, found in statements if found.is_overdue)
    return Disclosure(as_of, date(report_year + 1, 3, 31), overdue)


class DisclosureForm(StrEnum):
    """What a buyer publishes: public bodies a list of their own, large enterprises fields of the annual report."""

    PUBLIC_LIST = "public_list"
    ANNUAL_REPORT = "annual_report"


@dataclass(frozen=True)
class Duty:
    """Which form, by when, and by which article."""

    form: DisclosureForm
    publish_by: date
    article: str
    source: str


# Art 18(2) names no day: the annual report is due by 30 June.
_ANNUAL_REPORT_UNTIL = (6, 30)
_ANNUAL_REPORT_SOURCE = "《企业信息公示暂行条例》（2014-10-01起施行）第八条"


def duty(payer_type: PayerType, report_year: int) -> Duty | None:
    """What Decree 802 Art 18 (in force 2025-06-01) asks of a payer for a year; None where it asks nothing."""
    if payer_type is PayerType.SME or report_year + 1 <= DECREE_802_SINCE.year:
        return None
    if payer_type.is_public_body:
        return Duty(DisclosureForm.PUBLIC_LIST, date(report_year + 1, 3, 31), "CN-802/18-1", "")
    return Duty(DisclosureForm.ANNUAL_REPORT, date(report_year + 1, *_ANNUAL_REPORT_UNTIL), "CN-802/18-2",
                _ANNUAL_REPORT_SOURCE)
