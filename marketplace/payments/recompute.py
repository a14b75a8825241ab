"""What a loaded table of holidays or rates does to obligations: looked at before, carried out after, told to both.

Everything is found by state: the statement under the table before against the statement under the new one. An
obligation is changed and told once for each table, however often this runs or wherever it stopped.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.contracts.models import Contract
from marketplace.db import get
from marketplace.notices.operations import notify
from marketplace.payments import obligations, queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.reference import Edition
from marketplace.reference_tables import operations as tables
from marketplace.reference_tables.models import ReferenceEffect, ReferenceTable
from marketplace.rules import lpr
from marketplace.rules.reference_tables import Changes, TableKind

SYSTEM = "system"
# The longest rest of a published year is nine days; a due date rolls over no more than the rest it falls in.
LONGEST_REST = dt.timedelta(days=15)


@dataclass(frozen=True)
class Moved:
    """One obligation before and after; interest as of the day asked, None without a due date."""

    obligation_id: int
    number: str
    milestone: str
    due_before: dt.date | None
    due_on: dt.date | None
    interest_before_fen: int | None
    interest_fen: int | None

    @property
    def due_moved(self) -> bool:
        return self.due_before != self.due_on

    @property
    def interest_more_fen(self) -> int:
        return (self.interest_fen or 0) - (self.interest_before_fen or 0)


def touched(session: Session, before: Edition, after: Edition, *, as_of: dt.date) -> Iterator[Moved]:
    """Every obligation whose due date, or interest as of a day, the new table changes."""
    for found in _candidates(session, before.kind, tables.differences(before, after)):
        if moved := _moved(found, before, after, as_of=as_of):
            yield moved


def _candidates(session: Session, kind: TableKind, changes: Changes) -> Iterator[Obligation]:
    """Obligations a change can reach: those due at or after the first changed day, or signed at or after it."""
    first, after = changes.first_day, 0
    while first is not None:
        query = select(Obligation).where(Obligation.id > after)
        if kind is TableKind.HOLIDAYS:
            query = query.where(Obligation.nominal_due_on >= first - LONGEST_REST)
        else:
            query = query.join(Contract).where(Contract.signed_on >= first)
        chunk = list(session.scalars(query.order_by(Obligation.id).limit(queries.CHUNK).options(*queries.WHOLE)))
        yield from chunk
        if len(chunk) < queries.CHUNK:
            return
        after = chunk[-1].id


def _moved(obligation: Obligation, before: Edition, after: Edition, *, as_of: dt.date) -> Moved | None:
    with reference.using(before):
        old = statement_of(obligation, as_of=as_of)
    with reference.using(after):
        new = statement_of(obligation, as_of=as_of)
    if (old.due, old.interest_fen) == (new.due, new.interest_fen):
        return None
    return Moved(obligation.id, obligation.contract.number, obligation.milestone.title, old.due, new.due,
                 old.interest_fen, new.interest_fen)


def outstanding(session: Session, row: ReferenceTable, *, today: dt.date) -> list[int]:
    """The obligations a loaded table touches and that have not been told yet."""
    done = {effect.obligation_id for effect in tables.effects(session, row.id)}
    before, after = tables.editions_around(session, row)
    return [moved.obligation_id for moved in touched(session, before, after, as_of=today)
            if moved.obligation_id not in done]


def apply(session: Session, table_id: int, obligation_id: int, *, today: dt.date, now: dt.datetime) -> Moved | None:
    """Recompute one obligation under a loaded table, write it down, and tell both sides old, new and why; once."""
    obligation = obligations.hold(session, obligation_id)
    row = get(session, ReferenceTable, table_id)
    if session.get(ReferenceEffect, (table_id, obligation_id)) is not None:
        return None
    moved = _moved(obligation, *tables.editions_around(session, row), as_of=today)
    if moved is None:
        return None
    obligations.refresh(session, obligation, actor=SYSTEM, now=now)
    session.add(ReferenceEffect(
        table_id=table_id, obligation_id=obligation_id, applied_on=today, due_before=moved.due_before,
        due_on=moved.due_on, interest_before_fen=moved.interest_before_fen, interest_fen=moved.interest_fen))
    audit.record(session, "obligation:new_table", obligation, actor=SYSTEM, at=now, table=row.kind,
                 version=row.version, due_before=moved.due_before, due_on=moved.due_on,
                 interest_before_fen=moved.interest_before_fen, interest_fen=moved.interest_fen)
    for party_id in (obligation.contract.buyer_id, obligation.contract.founder_id):
        notify(session, party_id, f"new_table_{row.kind}", dedupe=f"table:{table_id}:obligation:{obligation_id}",
               now=now, link=f"/payments/{obligation_id}", number=moved.number, milestone=moved.milestone,
               due_before=_iso(moved.due_before), due_on=_iso(moved.due_on), as_of=today.isoformat(),
               interest_before_fen=moved.interest_before_fen or 0, interest_fen=moved.interest_fen or 0,
               version=row.version, source=row.source)
    return moved


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else "—"


def finish(session: Session, table_id: int, *, now: dt.datetime) -> None:
    """After every obligation: the LPR kept with a contract follows the table, and the table counts as applied."""
    row = get(session, ReferenceTable, table_id)
    if row.kind == TableKind.LPR:
        first = tables.differences(*tables.editions_around(session, row)).first_day
        signed = session.scalars(select(Contract).where(Contract.signed_on >= first)) if first else ()
        for contract in signed:
            percent = lpr.at_signing(reference.lpr_table(), contract.signed_on).percent  # type: ignore[arg-type]
            text = None if percent is None else lpr.percent_text(percent)
            if text != contract.lpr_at_signing:
                audit.record(session, "contract:new_lpr", contract, actor=SYSTEM, at=now, version=row.version,
                             lpr_before=contract.lpr_at_signing, lpr_at_signing=text)
                contract.lpr_at_signing = text
    tables.applied(session, row, now=now)
