"""Demand letter (催告函) and complaint file (投诉材料) as data: everything they say, from the records of one day.

The same records give the same data, so that a file can be made again and compared. What is said about the paper
itself in the audit chain is left out, or making it would change it.
"""
from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.audit import operations as audit
from marketplace.audit.models import AuditEntry
from marketplace.clock import legal_day
from marketplace.enforcement.models import EscalationStep
from marketplace.enforcement.queries import contacts_of, steps_of
from marketplace.payments import queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import facts_json, statement_of, steps_json
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import DisputeStatus, PaymentStatus
from marketplace.rules.statement import Statement

PAY_WITHIN_DAYS = 7  # what the letter asks for; a platform rule, the law names no period for a demand
_ABOUT_PAPERS = "paper:make"
_OPERATORS_OWN = "oversight:"


class PaperKind(StrEnum):
    """Which paper."""

    DEMAND_LETTER = "demand_letter"
    COMPLAINT_FILE = "complaint_file"


@dataclass(frozen=True)
class Party:
    """A side as the register names it."""

    name: str
    uscc: str
    region: str
    email: str


@dataclass(frozen=True)
class Delivered:
    """One delivery and what the buyer answered; `decision` is passed, rejected or None."""

    on: dt.date
    note: str
    decision: str | None
    decided_on: dt.date | None
    reason: str


@dataclass(frozen=True)
class Urged:
    """A step of the ladder as it was taken."""

    on: dt.date
    step: str


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: `what` is a kind (contract, delivery, acceptance, settlement, invoice, payment, notice,
    audit), `detail` what tells it apart, `mark` a number or a hash."""

    what: str
    on: dt.date
    detail: str
    mark: str


@dataclass(frozen=True)
class Case:
    """An overdue obligation at the end of a day, ready to be written down. Amounts are fen.

    `found` is the statement every date and amount comes from.
    """

    kind: PaperKind
    as_of: dt.date
    contract: str
    title: str
    signed_on: dt.date
    text_hash: str
    milestone: str
    creditor: Party
    debtor: Party
    pay_by: dt.date
    deliveries: tuple[Delivered, ...]
    urged: tuple[Urged, ...]
    disputed_fen: int
    evidence: tuple[Evidence, ...]
    found: Statement

    @property
    def digest(self) -> str:
        """SHA-256 of the data: what stands in the footer of every page."""
        return hashlib.sha256(audit.canonical(content(self)).encode()).hexdigest()


def build(session: Session, obligation: Obligation, kind: PaperKind, *, as_of: dt.date) -> Case:
    """The case of an obligation as of a day. Raises WrongState("paper.not_late") unless principal is overdue."""
    found = statement_of(obligation, as_of=as_of)
    if not found.is_overdue:
        raise WrongState("paper.not_late")
    contract, milestone = obligation.contract, obligation.milestone
    assert contract.signed_on is not None
    urged = [step for step in steps_of(session, obligation) if step.taken_on <= as_of and step.said]
    deliveries = tuple(Delivered(
        one.delivered_on, one.note, one.decision if (one.decided_on or as_of) <= as_of else None,
        one.decided_on if (one.decided_on or as_of) <= as_of else None, one.decision_reason or "")
        for one in milestone.deliveries if one.delivered_on <= as_of)
    return Case(
        kind=kind, as_of=as_of, contract=contract.number, title=contract.title, signed_on=contract.signed_on,
        text_hash=contract.text_hash, milestone=milestone.title,
        creditor=_party(contract.founder, _own_address(contract.founder)),
        debtor=_party(contract.buyer, _named_address(session, contract.buyer_id)),
        pay_by=as_of + dt.timedelta(days=PAY_WITHIN_DAYS), deliveries=deliveries,
        urged=tuple(Urged(step.taken_on, step.step) for step in urged),
        disputed_fen=sum(one.disputed_fen for one in obligation.disputes
                         if one.status == DisputeStatus.OPEN and one.opened_on <= as_of),
        evidence=tuple(_evidence(session, obligation, urged, as_of=as_of)), found=found)


def _party(organisation: Organisation, email: str) -> Party:
    return Party(organisation.name, organisation.uscc, organisation.region, email)


def _own_address(organisation: Organisation) -> str:
    return organisation.people[0].email if organisation.people else ""


def _named_address(session: Session, buyer_id: int) -> str:
    """The address the buyer itself named for payments; nobody's sign-in is told to the other side."""
    contact = contacts_of(session, buyer_id).get("finance")
    return contact.email if contact else ""


def _evidence(session: Session, obligation: Obligation, urged: Iterable[EscalationStep], *,
              as_of: dt.date) -> Iterator[Evidence]:
    """Contract, delivery, acceptance, settlement, invoices, payments, notices, and the audit entries behind them."""
    contract, milestone = obligation.contract, obligation.milestone
    assert contract.signed_on is not None
    yield Evidence("contract", contract.signed_on, contract.number, contract.text_hash)
    for one in milestone.deliveries:
        if one.delivered_on <= as_of:
            yield Evidence("delivery", one.delivered_on, milestone.title, f"D-{one.id}")
        if one.decision and one.decided_on and one.decided_on <= as_of:
            yield Evidence("acceptance", one.decided_on, one.decision, f"D-{one.id}")
    settled = milestone.settlement_confirmed_on
    if settled is not None and settled <= as_of:
        yield Evidence("settlement", settled, milestone.title, f"M-{milestone.id}")
    for invoice in queries.invoices_of(session, [milestone.id]):
        if invoice.issued_on <= as_of:
            yield Evidence("invoice", invoice.issued_on, "", invoice.number)
    for payment in obligation.payments:
        if payment.status == PaymentStatus.CONFIRMED and payment.paid_on <= as_of:
            yield Evidence("payment", payment.paid_on, "", payment.bank_reference)
    for step in urged:
        yield Evidence("notice", step.taken_on, step.step, f"S-{step.id}")
    for entry in _entries(session, obligation):
        if legal_day(entry.at) <= as_of:
            yield Evidence("audit", legal_day(entry.at), entry.action, f"{entry.seq} {entry.hash}")


def _entries(session: Session, obligation: Obligation) -> list[AuditEntry]:
    """The audit entries about the obligation and what it rests on, in the order of the chain.

    What the operator notes for itself (watching, assigning, remarks) is no evidence and not for the other side's eyes.
    """
    about = [("contract", obligation.contract_id), ("obligation", obligation.id)]
    about += [("delivery", one.id) for one in obligation.milestone.deliveries]
    about += [("payment", one.id) for one in obligation.payments]
    about += [("dispute", one.id) for one in obligation.disputes]
    found = {entry.seq: entry for name, key in about for entry in audit.history(session, name, key)}
    return [found[seq] for seq in sorted(found)
            if found[seq].action != _ABOUT_PAPERS and not found[seq].action.startswith(_OPERATORS_OWN)]


def content(case: Case) -> dict[str, Any]:
    """The paper as JSON: plain values, days as ISO text, amounts in fen; exact interest as text."""
    found = case.found
    plain = {name: getattr(case, name) for name in (
        "kind", "as_of", "contract", "title", "signed_on", "text_hash", "milestone", "pay_by", "disputed_fen")}
    accrual = found.accrual
    assert accrual is not None
    plain |= {
        "creditor": asdict(case.creditor), "debtor": asdict(case.debtor),
        "deliveries": [asdict(one) for one in case.deliveries], "urged": [asdict(one) for one in case.urged],
        "evidence": [asdict(one) for one in case.evidence], "facts": facts_json(found.facts),
        "basis": steps_json(found.steps), "flags": [*found.flags, *found.warnings], "due_on": found.due,
        "days_late": found.overdue_days, "principal_left_fen": found.principal_left_fen,
        "interest_fen": found.interest_fen, "interest_unpaid_fen": found.interest_unpaid_fen,
        "segments": [{"first": one.first, "last": one.last, "days": one.days, "principal_fen": one.principal_fen,
                      "daily": str(one.daily), "interest": str(one.interest)} for one in accrual.segments],
        "ledger": [asdict(line) for line in accrual.ledger]}
    return _plain(plain)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
