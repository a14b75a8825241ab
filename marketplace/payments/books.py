"""What the journal must say about an obligation, and writing the difference.

Every document (the obligation, each payment, each dispute, the interest) has the lines its present state asks for;
what is not in the journal yet is written as one balanced entry for each. So a payment confirmed late, an amount that
changed or a day that moved corrects what was booked before by a further entry, and the books follow the statement.
"""
from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.audit import operations as chain
from marketplace.clock import legal_day
from marketplace.ledger import operations as ledger
from marketplace.ledger import queries as journal
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.queries import Fault, Source
from marketplace.payments import queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, counted_payments, paid, statement_of
from marketplace.rules import ledger as rules
from marketplace.rules.ledger import Account, EntryKind, Lines
from marketplace.rules.lifecycle import DisputeStatus
from marketplace.rules.statement import Statement

OBLIGATION, PAYMENT, DISPUTE, INTEREST = "obligation", "payment", "dispute", "interest"
_FIRST = {OBLIGATION: EntryKind.CLAIM, PAYMENT: EntryKind.PAYMENT, DISPUTE: EntryKind.DISPUTE,
          INTEREST: EntryKind.INTEREST}
_NO_LINES: Lines = {}


@dataclass(frozen=True)
class Document:
    """The lines a document asks for, and the day they are about."""

    on: dt.date
    lines: Lines


def documents(obligation: Obligation, found: Statement) -> dict[Source, Document]:
    """What the journal must say, by document, as the statement `found` of today knows it."""
    accrual, today = accrual_of(found), found.as_of
    deliveries = obligation.milestone.deliveries
    first = deliveries[0].delivered_on if deliveries else legal_day(obligation.created_at)
    wanted = {(OBLIGATION, obligation.id): Document(first, rules.claim(found.facts.amount_fen))}
    cash = [(counts_on, payment) for payment in counted_payments(obligation)
            if (counts_on := paid(payment).counts_on) is not None and max(counts_on, payment.paid_on) <= today]
    cash.sort(key=lambda pair: pair[0])  # stable, as the statement sets them off
    for (_, payment), line in zip(cash, accrual.ledger, strict=True):
        wanted[PAYMENT, payment.id] = Document(line.date, rules.payment(
            line.to_principal_fen, line.to_interest_fen, line.unallocated_fen))
    for dispute in obligation.disputes:
        upheld = None if dispute.status == DisputeStatus.OPEN else dispute.upheld_fen or 0
        wanted[DISPUTE, dispute.id] = Document(dispute.resolved_on or dispute.opened_on,
                                               rules.dispute(dispute.disputed_fen, upheld))
    wanted[INTEREST, obligation.id] = Document(today, rules.interest(_recognised(obligation, found)))
    return wanted


def _recognised(obligation: Obligation, found: Statement) -> int:
    """Interest that is booked: all of it once the principal is cleared and nothing is in dispute, for it can grow no
    more; before that what payments were set against."""
    accrual = accrual_of(found)
    in_dispute = any(dispute.status == DisputeStatus.OPEN for dispute in obligation.disputes)
    return accrual.interest_paid_fen if accrual.principal_left_fen or in_dispute else accrual.interest_fen


def book(session: Session, obligation: Obligation, *, actor: User | str, now: dt.datetime,
         found: Statement | None = None) -> list[JournalEntry]:
    """Write what the journal does not say yet about an obligation that is held; nothing when it says it all."""
    session.flush()
    wanted = documents(obligation, found or statement_of(obligation, as_of=legal_day(now)))
    state = digest(wanted)
    if obligation.booked == state:
        return []
    said = journal.posted(session, obligation.id)
    made = [_write(session, obligation, source, wanted.get(source), said.get(source, _NO_LINES), actor=actor, now=now)
            for source in [*wanted, *(source for source in said if source not in wanted)]]
    obligation.booked = state
    session.flush()
    return [entry for entry in made if entry is not None]


def keep_up(session: Session, obligation: Obligation, found: Statement, *, actor: User | str, now: dt.datetime) -> None:
    """The same for an obligation that stands in the journal already; one from before the journal waits for `book`."""
    if obligation.booked is not None:
        book(session, obligation, actor=actor, now=now, found=found)


def _write(session: Session, obligation: Obligation, source: Source, wanted: Document | None, said: Lines, *,
           actor: User | str, now: dt.datetime) -> JournalEntry | None:
    lines = rules.difference(wanted.lines if wanted else _NO_LINES, said)
    if not lines:
        return None
    kind, reverses = EntryKind.ADJUSTMENT, None
    if wanted is None:
        kind, reverses = EntryKind.REVERSAL, journal.first_of(session, obligation.id, source)
    elif not said or source[0] in (INTEREST, DISPUTE):
        kind = _FIRST[source[0]]
    on = wanted.on if wanted and kind is not EntryKind.ADJUSTMENT else legal_day(now)
    return ledger.post(session, obligation.contract, ledger.Posting(
        kind, source[0], source[1], obligation.id, on, lines, reverses), actor=actor, now=now)


def digest(wanted: dict[Source, Document]) -> str:
    """SHA-256 of what the journal must say; days do not enter, for a day alone moves no money."""
    said = [[kind, number, {str(account): fen for account, fen in document.lines.items()}]
            for (kind, number), document in sorted(wanted.items()) if document.lines]
    return hashlib.sha256(chain.canonical(said).encode()).hexdigest()


def book_all(session: Session, *, actor: User | str, now: dt.datetime) -> int:
    """Bring every obligation from before the journal into it; how many there were."""
    count = 0
    for obligation in _chunks(session, only_missing=True):
        book(session, obligation, actor=actor, now=now)
        count += 1
    if count:
        audit.record(session, "ledger:book_all", ("journal_entry", 0), actor=actor, at=now, obligations=count)
    return count


def faults(session: Session, *, today: dt.date) -> Iterator[Fault]:
    """Everything wrong in the books: in the journal itself, and where it and the statements of today differ."""
    yield from journal.faults(session)
    for obligation in _chunks(session):
        yield from faults_of(session, obligation, today=today)


def faults_of(session: Session, obligation: Obligation, *, today: dt.date) -> Iterator[Fault]:
    """Accounts of one obligation on which the journal and its statement differ."""
    wanted = documents(obligation, statement_of(obligation, as_of=today))
    expected = rules.total(document.lines for document in wanted.values())
    booked = rules.total(journal.posted(session, obligation.id).values())
    for account in Account:
        if expected.get(account, 0) != booked.get(account, 0):
            yield Fault("differs", None, obligation.id, account, booked.get(account, 0), expected.get(account, 0))


def _chunks(session: Session, *, only_missing: bool = False) -> Iterator[Obligation]:
    after = 0
    while True:
        query = select(Obligation).where(Obligation.id > after)
        if only_missing:
            query = query.where(Obligation.booked.is_(None))
        chunk = list(session.scalars(query.order_by(Obligation.id).limit(queries.CHUNK).options(*queries.WHOLE)))
        if not chunk:
            return
        yield from chunk
        after = chunk[-1].id
