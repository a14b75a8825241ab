"""Reading the journal: entries of a party, balances, and the check of the books by themselves."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Integer, Select, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Role, User
from marketplace.audit import operations as audit
from marketplace.audit.models import AuditEntry
from marketplace.contracts.models import Contract
from marketplace.ledger.models import JournalEntry, JournalLine
from marketplace.ledger.operations import POST, said_of
from marketplace.rules.errors import Invalid, NotFound
from marketplace.rules.ledger import Account, check

CHUNK = 500
Source = tuple[str, int]
_WHOLE = (selectinload(JournalEntry.lines), joinedload(JournalEntry.contract).joinedload(Contract.buyer),
          joinedload(JournalEntry.contract).joinedload(Contract.founder))


@dataclass(frozen=True)
class Fault:
    """Something wrong in the books: `reason` is unbalanced, header, changed, unaudited, removed or differs.

    `entry_id` or `obligation_id` says where; `booked_fen` and `expected_fen` where two figures disagree.
    """

    reason: str
    entry_id: int | None = None
    obligation_id: int | None = None
    account: Account | None = None
    booked_fen: int | None = None
    expected_fen: int | None = None


def _seen_by(actor: User) -> Select[tuple[JournalEntry]]:
    query = select(JournalEntry)
    if actor.role == Role.OPERATOR:
        return query
    own = actor.organisation_id
    return query.join(Contract, JournalEntry.contract_id == Contract.id).where(
        or_(Contract.buyer_id == own, Contract.founder_id == own))


def entries(session: Session, *, actor: User, contract: str = "", obligation_id: int | None = None,
            before: int | None = None, limit: int = 50) -> list[JournalEntry]:
    """The newest entries the actor may see, of one contract (its number) or obligation where one is named."""
    query = _seen_by(actor)
    if contract:
        query = query.where(JournalEntry.contract.has(Contract.number == contract.replace("\x00", "")))
    if obligation_id is not None:
        query = query.where(JournalEntry.obligation_id == obligation_id)
    if before is not None:
        query = query.where(JournalEntry.id < before)
    return list(session.scalars(query.order_by(JournalEntry.id.desc()).limit(limit).options(*_WHOLE)))


def entry_for(session: Session, entry_id: int, *, actor: User) -> JournalEntry:
    """One entry of the actor's own contracts; the operator sees all. Raises NotFound."""
    query = _seen_by(actor).where(JournalEntry.id == entry_id).options(*_WHOLE)
    entry = session.scalars(query).one_or_none()
    if entry is None:
        raise NotFound("not_found", what="journal_entry", id=entry_id)
    return entry


def balances(session: Session, *, actor: User, contract: str = "", obligation_id: int | None = None,
             as_of: dt.date | None = None, known_at: dt.datetime | None = None) -> dict[Account, int]:
    """The balance of every account, fen, of entries effective by the end of `as_of` and written by `known_at`."""
    seen = _seen_by(actor)
    if contract:
        seen = seen.where(JournalEntry.contract.has(Contract.number == contract.replace("\x00", "")))
    if obligation_id is not None:
        seen = seen.where(JournalEntry.obligation_id == obligation_id)
    if as_of is not None:
        seen = seen.where(JournalEntry.effective_on <= as_of)
    if known_at is not None:
        seen = seen.where(JournalEntry.recorded_at <= known_at)
    ids = seen.with_only_columns(JournalEntry.id)
    query = select(JournalLine.account, func.sum(JournalLine.amount_fen)).where(
        JournalLine.entry_id.in_(ids)).group_by(JournalLine.account)
    found = {account: int(fen) for account, fen in session.execute(query)}
    return {account: found.get(account, 0) for account in Account}


def posted(session: Session, obligation_id: int) -> dict[Source, dict[Account, int]]:
    """What has been written about each document of one obligation."""
    query = select(JournalEntry.source_type, JournalEntry.source_id, JournalLine.account,
                   func.sum(JournalLine.amount_fen)).join(JournalLine).where(
        JournalEntry.obligation_id == obligation_id).group_by(
        JournalEntry.source_type, JournalEntry.source_id, JournalLine.account)
    found: dict[Source, dict[Account, int]] = {}
    for kind, number, account, fen in session.execute(query):
        found.setdefault((kind, number), {})[Account(account)] = int(fen)
    return found


def first_of(session: Session, obligation_id: int, source: Source) -> int | None:
    """The id of the first entry about a document."""
    return session.scalar(select(func.min(JournalEntry.id)).filter_by(
        obligation_id=obligation_id, source_type=source[0], source_id=source[1]))


def size(session: Session) -> int:
    """How many entries the journal holds."""
    return session.scalar(select(func.count()).select_from(JournalEntry)) or 0


def faults(session: Session) -> Iterator[Fault]:
    """Every entry that does not balance, does not say what its audit entry says, or is missing from the journal."""
    after = 0
    while chunk := list(session.scalars(select(JournalEntry).where(JournalEntry.id > after).order_by(
            JournalEntry.id).limit(CHUNK).options(selectinload(JournalEntry.lines)))):
        written = _written(session, [entry.id for entry in chunk])
        for entry in chunk:
            yield from _faults_of(entry, written.get(str(entry.id)))
        after = chunk[-1].id
    yield from _removed(session)


def _written(session: Session, ids: list[int]) -> dict[str, str]:
    query = select(AuditEntry.object_id, AuditEntry.facts).where(
        AuditEntry.object_type == JournalEntry.__tablename__, AuditEntry.object_id.in_([str(one) for one in ids]),
        AuditEntry.action == POST)
    return dict(session.execute(query).all())  # type: ignore[arg-type]


def _faults_of(entry: JournalEntry, written: str | None) -> Iterator[Fault]:
    lines = {Account(line.account): line.amount_fen for line in entry.lines}
    try:
        if check(lines) != entry.debit_fen:
            yield Fault("header", entry.id, entry.obligation_id, None, entry.debit_fen, check(lines))
    except Invalid:
        yield Fault("unbalanced", entry.id, entry.obligation_id, None, sum(lines.values()), 0)
    if written is None:
        yield Fault("unaudited", entry.id, entry.obligation_id)
    elif written != audit.canonical(said_of(entry)):
        yield Fault("changed", entry.id, entry.obligation_id)


def _removed(session: Session) -> Iterator[Fault]:
    """Entries the audit chain knows and the journal does not hold any more."""
    kept = select(JournalEntry.id).where(JournalEntry.id == cast(AuditEntry.object_id, Integer)).exists()
    query = select(AuditEntry.object_id).where(AuditEntry.object_type == JournalEntry.__tablename__,
                                               AuditEntry.action == POST, ~kept).order_by(AuditEntry.seq)
    yield from (Fault("removed", int(object_id)) for object_id in session.scalars(query))
