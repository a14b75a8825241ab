"""Writing and checking the audit chain."""
from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEntry, AuditHead

GENESIS = "0" * 64
SYSTEM = "system"


@dataclass(frozen=True)
class Verdict:
    """What verifying found. `seq` is the first bad entry, `reason` one of the codes below, None when intact.

    changed: the entry's content does not match its hash. removed: numbers are missing before `seq`.
    reordered: the entry does not follow the one before it. truncated: entries are missing at the end.
    """

    entries: int
    head: str
    seq: int | None = None
    reason: str | None = None

    @property
    def intact(self) -> bool:
        return self.reason is None


def record(session: Session, action: str, obj: Any, *, actor: User | str, at: dt.datetime, **facts: Any) -> AuditEntry:
    """Append one entry about `obj` ("bid:open"), in the transaction of the change itself.

    `obj` is a mapped row with an `id`, or (type, id). `actor` is a person, or a name such as "system".
    """
    session.flush()  # the object's id must exist before it is written down
    object_type, object_id = obj if isinstance(obj, tuple) else (obj.__tablename__, obj.id)
    head = _locked_head(session)
    entry = AuditEntry(
        seq=head.seq + 1, at=at.astimezone(dt.UTC).replace(microsecond=0), actor=_actor_name(actor), action=action,
        object_type=object_type, object_id=str(object_id), facts=canonical(facts), previous_hash=head.hash, hash="")
    entry.hash = digest(entry)
    head.seq, head.hash = entry.seq, entry.hash
    session.add(entry)
    session.flush()
    return entry


@dataclass(frozen=True)
class Change:
    """One change to be recorded together with others: see `record`."""

    action: str
    object_type: str
    object_id: Any
    facts: dict[str, Any]


def hold_chain(session: Session) -> None:
    """Take the chain's end before other locks: whoever records many things at once waits for nobody afterwards."""
    _locked_head(session)


def record_all(session: Session, changes: Iterable[Change], *, actor: User | str, at: dt.datetime) -> None:
    """Append one entry for each change, in their order, written in one statement."""
    session.flush()
    head, name, moment = _locked_head(session), _actor_name(actor), at.astimezone(dt.UTC).replace(microsecond=0)
    rows: list[dict[str, Any]] = []
    for change in changes:
        row = {"seq": head.seq + 1, "at": moment, "actor": name, "action": change.action,
               "object_type": change.object_type, "object_id": str(change.object_id),
               "facts": canonical(change.facts), "previous_hash": head.hash}
        row["hash"] = _hashed(row.values())
        head.seq, head.hash = row["seq"], row["hash"]
        rows.append(row)
    if rows:
        session.connection().execute(insert(AuditEntry.__table__), rows)  # type: ignore[arg-type]
        session.flush()


def _locked_head(session: Session) -> AuditHead:
    head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is not None:
        return head
    try:
        with session.begin_nested():
            session.add(AuditHead(id=1, seq=0, hash=GENESIS))
    except IntegrityError:
        pass  # another writer was first
    return session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)


def _actor_name(actor: User | str) -> str:
    return actor if isinstance(actor, str) else f"user:{actor.id}"


def canonical(facts: Any) -> str:
    """JSON with sorted keys and no spaces, so that the same facts always have the same text."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def digest(entry: AuditEntry) -> str:
    """SHA-256 over the previous hash and everything the entry says."""
    return _hashed([entry.seq, entry.at, entry.actor, entry.action, entry.object_type, entry.object_id,
                    entry.facts, entry.previous_hash])


def _hashed(said: Iterable[Any]) -> str:
    """Of seq, moment, actor, action, object type and id, facts and the hash before, in this order."""
    return hashlib.sha256(canonical(list(said)).encode()).hexdigest()


def verify(session: Session, *, anchor: tuple[int, str] | None = None) -> Verdict:
    """Walk the whole chain. `anchor` is a (seq, hash) kept outside, which the chain must still contain."""
    previous, expected = GENESIS, 1
    for entry in _chain(session):
        if entry.seq != expected:
            return Verdict(expected - 1, previous, entry.seq, "removed")
        if entry.previous_hash != previous:
            return Verdict(expected - 1, previous, entry.seq, "reordered")
        if digest(entry) != entry.hash:
            return Verdict(expected - 1, previous, entry.seq, "changed")
        if anchor and anchor[0] == entry.seq and anchor[1] != entry.hash:
            return Verdict(expected - 1, previous, entry.seq, "changed")
        previous, expected = entry.hash, expected + 1
    head = session.get(AuditHead, 1)
    known_end = max(head.seq if head else 0, anchor[0] if anchor else 0)
    if known_end != expected - 1 or (head and head.hash != previous):
        return Verdict(expected - 1, previous, expected, "truncated")
    return Verdict(expected - 1, previous)


def _chain(session: Session) -> Iterator[AuditEntry]:
    query = select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=500)
    yield from session.scalars(query)


def history(session: Session, object_type: str, object_id: Any) -> list[AuditEntry]:
    """Every entry about one object, oldest first."""
    query = select(AuditEntry).filter_by(object_type=object_type, object_id=str(object_id))
    return list(session.scalars(query.order_by(AuditEntry.seq)))


def latest(session: Session, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """The newest entries, for the operator; `before` is a seq to page on from."""
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)
    return list(session.scalars(query.where(AuditEntry.seq < before) if before else query))


def actor_names(session: Session, entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Who the actors "user:ID" of some entries are; programs and unknown people are left out."""
    ids = {int(entry.actor[5:]) for entry in entries if entry.actor.startswith("user:") and entry.actor[5:].isdigit()}
    people = session.scalars(select(User).where(User.id.in_(ids)))
    return {f"user:{user.id}": f"{user.display_name}, {user.organisation.name}" for user in people}


def size(session: Session) -> int:
    """How many entries the chain holds."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0
