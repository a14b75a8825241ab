"""Terms looked at before anything is signed: what the law forbids, and what needs a published reason.

Basis: Decree 802 Arts 9-13, 17 (in force 2025-06-01).
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from marketplace.rules import lpr, statutes
from marketplace.rules.late_interest import LPR_TABLE_STALE, below_lpr
from marketplace.rules.payment_facts import AgreedRate, PayerType, StartBasis

PAY_WHEN_PAID = "ART9_2_PAY_WHEN_PAID"
TERM_OVER_60 = "ART9_TERM_OVER_60"
ACCEPTANCE_PERIOD_MISSING = "ART10_ACCEPTANCE_PERIOD_MISSING"
RATE_BELOW_LPR = "ART17_RATE_BELOW_LPR"
FORCED_NON_CASH = "ART11_FORCED_NON_CASH"
AUDIT_AS_BASIS = "ART12_AUDIT_AS_SETTLEMENT_BASIS"
BOND_KIND = "ART13_BOND_KIND_NOT_ALLOWED"
BOND_OVER_CAP = "ART13_BOND_OVER_CAP"
BOND_CASH_ONLY = "ART13_CASH_ONLY_BOND"

# The article that each finding rests on.
ARTICLE_OF = {
    PAY_WHEN_PAID: "CN-802/9-2", TERM_OVER_60: "CN-802/9-1", ACCEPTANCE_PERIOD_MISSING: "CN-802/10-2",
    RATE_BELOW_LPR: "CN-802/17", FORCED_NON_CASH: "CN-802/11", AUDIT_AS_BASIS: "CN-802/12",
    BOND_KIND: "CN-802/13", BOND_OVER_CAP: "CN-802/13", BOND_CASH_ONLY: "CN-802/13",
}


class Decision(StrEnum):
    """REVIEW: may be published with a recorded reason. REJECT: may not."""

    ACCEPT = "ACCEPT"
    REVIEW = "REVIEW"
    REJECT = "REJECT"


@dataclass(frozen=True)
class Bond:
    """Money the supplier must leave as security; `percent` of the base its kind has, None where not stated."""

    kind: str
    percent: Decimal | None = None
    cash_only: bool = False


@dataclass(frozen=True)
class Terms:
    """Payment terms as proposed. `contract_signed` is the day on which signing is planned."""

    payer_type: PayerType
    contract_signed: date | None = None
    state_owned: bool = False
    agreed_term_days: int | None = None
    start_basis: StartBasis = StartBasis.DELIVERY
    acceptance_period_days: int | None = None
    agreed_rate: AgreedRate | None = None
    pay_when_paid_clause: bool = False
    non_cash_forced: bool = False
    audit_as_settlement_basis: bool = False
    bonds: tuple[Bond, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing found: `code`, the bond kind it is about where it is about one, and its article."""

    code: str
    about: str | None = None

    @property
    def label(self) -> str:
        return f"{self.code}:{self.about}" if self.about else self.code

    def article(self, payer_type: PayerType) -> str:
        """Key in statutes.ARTICLES; the term of a large enterprise is Art 9(2), of a public body 9(1)."""
        if self.code == TERM_OVER_60 and not payer_type.is_public_body:
            return "CN-802/9-2"
        return ARTICLE_OF[self.code]


@dataclass(frozen=True)
class Screening:
    """`reasons` each reject, `warnings` each ask for review; `notices` concern our own tables."""

    decision: Decision
    reasons: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    in_scope: bool
    notices: tuple[str, ...] = ()


def screen(terms: Terms, *, table: lpr.LprTable) -> Screening:
    """Decide on terms, findings in the order of the articles as the format lists them.

    A payer that is itself an SME is outside Decree 802: nothing to reject, `in_scope` is False.
    """
    if terms.payer_type is PayerType.SME:
        return Screening(Decision.ACCEPT, (), (), False)
    found = list(_findings(terms, table))
    reasons = tuple(finding for finding, rejects in found if rejects)
    warnings = tuple(finding for finding, rejects in found if not rejects)
    decision = Decision.REJECT if reasons else Decision.REVIEW if warnings else Decision.ACCEPT
    stale = terms.agreed_rate is not None and terms.contract_signed is not None \
        and lpr.at_signing(table, terms.contract_signed).stale
    return Screening(decision, reasons, warnings, True, (LPR_TABLE_STALE,) if stale else ())


def _findings(terms: Terms, table: lpr.LprTable) -> Iterator[tuple[Finding, bool]]:
    """(finding, whether it rejects)."""
    public = terms.payer_type.is_public_body
    if terms.pay_when_paid_clause:
        # Named for large firms; for public bodies Art 7 and the cap of Art 9(1) leave it no room either.
        yield Finding(PAY_WHEN_PAID), True
    longest = statutes.PUBLIC_LONGEST_TERM if public else statutes.LARGE_REVIEW_TERM
    if terms.agreed_term_days is not None and terms.agreed_term_days > longest[-1].value:
        yield Finding(TERM_OVER_60), public
    if terms.start_basis is StartBasis.ACCEPTANCE and terms.acceptance_period_days is None:
        yield Finding(ACCEPTANCE_PERIOD_MISSING), True
    if terms.agreed_rate is not None and terms.contract_signed is not None \
            and below_lpr(terms.agreed_rate, lpr.at_signing(table, terms.contract_signed).percent):
        yield Finding(RATE_BELOW_LPR), True
    if terms.non_cash_forced:
        yield Finding(FORCED_NON_CASH), True
    if terms.audit_as_settlement_basis and (public or terms.state_owned):
        yield Finding(AUDIT_AS_BASIS), True
    for bond in terms.bonds:
        for finding in _bond_findings(bond):
            yield finding, True


def _bond_findings(bond: Bond) -> Iterator[Finding]:
    """Art 13 speaks of works; the platform holds services to the same list."""
    if bond.kind not in statutes.BOND_KINDS:
        yield Finding(BOND_KIND, bond.kind)
    caps = statutes.BOND_CAPS.get(bond.kind)
    if caps and bond.percent is not None and bond.percent > caps[-1].value:
        yield Finding(BOND_OVER_CAP, bond.kind)
    if bond.cash_only:
        yield Finding(BOND_CASH_ONLY, bond.kind)
