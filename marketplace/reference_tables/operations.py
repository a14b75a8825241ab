"""Loading a table: what it would change, the new version, and the mark that everything it touches is recomputed."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from marketplace import audit, reference
from marketplace.accounts.models import User
from marketplace.audit.operations import hold_chain
from marketplace.reference import Edition
from marketplace.reference_tables.models import ReferenceEffect, ReferenceTable
from marketplace.rules.dates import Calendar
from marketplace.rules.errors import Invalid, WrongState
from marketplace.rules.lpr import LprTable
from marketplace.rules.reference_tables import (
    Changes,
    Missing,
    TableKind,
    calendar_changes,
    completed,
    lpr_changes,
    missing,
)


@dataclass(frozen=True)
class Draft:
    """A table as it would be after loading: the edition in force, the next one, and what differs between them."""

    before: Edition
    after: Edition
    changes: Changes


def draft(session: Session, kind: TableKind, document: dict[str, Any], *, source: str) -> Draft:
    """What loading a document would make of the table in force.

    Raises Problems with every fault of the document, Invalid("reference.no_source", "reference.nothing_new").
    """
    reference.parse(kind, document)
    if not source.strip():
        raise Invalid("reference.no_source")
    before = reference.in_force(session, kind)
    whole = completed(kind, before.document, document)
    after = Edition(kind, before.version + 1, reference.digest(whole), source.strip(), None, whole,
                    reference.parse(kind, whole))
    changes = differences(before, after)
    if changes.nothing:
        raise Invalid("reference.nothing_new", version=before.version)
    return Draft(before, after, changes)


def differences(before: Edition, after: Edition) -> Changes:
    """What two editions of one table say differently."""
    if isinstance(before.table, Calendar) and isinstance(after.table, Calendar):
        return calendar_changes(before.table, after.table)
    assert isinstance(before.table, LprTable)
    assert isinstance(after.table, LprTable)
    return lpr_changes(before.table, after.table)


def load(session: Session, kind: TableKind, document: dict[str, Any], *, source: str, upon: int,
         actor: User | str, now: dt.datetime) -> ReferenceTable:
    """Put a table into force as the next version, seen by every transaction after this one.

    `upon` is the version the preview was made against. Raises what `draft` does, and
    WrongState("reference.changed_meanwhile") when another version has been loaded since.
    """
    hold_chain(session)  # of two who load at once the second sees the first one's version
    reference.forget(session)
    found = draft(session, kind, document, source=source)
    if found.before.version != upon:
        raise WrongState("reference.changed_meanwhile", seen=upon, version=found.before.version)
    row = ReferenceTable(kind=kind, version=found.after.version, document=found.after.document,
                         source=found.after.source, hash=found.after.hash, loaded_at=now,
                         loaded_by_id=actor.id if isinstance(actor, User) else None)
    session.add(row)
    audit.record(session, "reference_table:load", row, actor=actor, at=now, kind=kind, version=row.version,
                 source=row.source, hash=row.hash)
    reference.forget(session)
    return row


def editions_around(session: Session, row: ReferenceTable) -> tuple[Edition, Edition]:
    """The edition a loaded table replaced, and its own."""
    kind = TableKind(row.kind)
    before = session.scalars(select(ReferenceTable).filter_by(kind=row.kind, version=row.version - 1)).one_or_none()
    return (reference.stored(before) if before else reference.shipped(kind)), reference.stored(row)


def unapplied(session: Session) -> list[int]:
    """Tables whose consequences have not all been drawn yet, in the order in which they were loaded."""
    return list(session.scalars(select(ReferenceTable.id).filter_by(applied_at=None).order_by(ReferenceTable.id)))


def applied(session: Session, row: ReferenceTable, *, now: dt.datetime) -> None:
    """Everything a table touches has been recomputed."""
    if row.applied_at is None:
        row.applied_at = now
        audit.record(session, "reference_table:apply", row, actor="system", at=now, kind=row.kind,
                     version=row.version, obligations=len(effects(session, row.id)))


def versions(session: Session, kind: TableKind) -> list[ReferenceTable]:
    """Every loaded version, newest first."""
    query = select(ReferenceTable).filter_by(kind=kind).options(joinedload(ReferenceTable.loaded_by))
    return list(session.scalars(query.order_by(ReferenceTable.version.desc())))


def effects(session: Session, table_id: int) -> list[ReferenceEffect]:
    """What a table changed, by obligation."""
    query = select(ReferenceEffect).filter_by(table_id=table_id).order_by(ReferenceEffect.obligation_id)
    return list(session.scalars(query))


def effects_on(session: Session, obligation_id: int) -> list[tuple[ReferenceEffect, ReferenceTable]]:
    """What loaded tables changed for one obligation, oldest first."""
    query = select(ReferenceEffect, ReferenceTable).join(
        ReferenceTable, ReferenceTable.id == ReferenceEffect.table_id).where(
        ReferenceEffect.obligation_id == obligation_id)
    return [(effect, table) for effect, table in session.execute(query.order_by(ReferenceTable.id))]


def lacking(*, today: dt.date) -> Missing:
    """Years and months the tables in force ought to have on a day, and do not."""
    return missing(reference.calendar(), reference.lpr_table(), today=today)
