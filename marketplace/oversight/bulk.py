"""Bulk actions of the operator: every row gets its own outcome and its own audit entry, the batch gets one more.

A batch is one transaction and is carried out once, however often its form is sent.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.notices.operations import notify
from marketplace.oversight import queries
from marketplace.oversight.models import DeskBatch, FlagAcknowledgement, Oversight, OversightNote
from marketplace.oversight.queries import Desk, Line
from marketplace.payments.turns import SIDE, Turn
from marketplace.rules.errors import NotFound, Problem, Problems

MOST_ROWS, MOST_TEXT = 500, 1000


class BulkAction(StrEnum):
    """What can be done to many rows at once."""

    REMIND = "remind"
    ASSIGN = "assign"
    NOTE = "note"
    WATCH = "watch"
    UNWATCH = "unwatch"
    ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True)
class Order:
    """What an operator orders: `reason` is always given; `text` is the reminder or the note; `person_id` is whom
    the rows are assigned to, None for nobody."""

    action: BulkAction
    row_ids: tuple[int, ...]
    reason: str
    token: str
    text: str = ""
    person_id: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a row. `why` is a code when nothing was done; `done` counts what was (notices, flags)."""

    row_id: int
    title: str
    number: str
    done: int
    why: str = ""


def carry_out(session: Session, order: Order, *, actor: User, now: dt.datetime) -> DeskBatch:
    """Do what is ordered to each row and record it. The same token gives the batch made before.

    Raises Problems (rows, reason, text, person_id) before anything is done.
    """
    known = session.scalars(select(DeskBatch).filter_by(token=order.token)).one_or_none()
    if known is not None:
        return known
    _check(session, order, actor)
    batch = DeskBatch(token=order.token, action=order.action, reason=order.reason.strip(), outcome=[],
                      made_by_id=actor.id, made_at=now)
    try:
        with session.begin_nested():
            session.add(batch)  # of two at once the second waits here, then finds the first
    except IntegrityError:
        return session.scalars(select(DeskBatch).filter_by(token=order.token)).one()
    lines = Desk(session, as_of=legal_day(now), viewer_id=actor.id).of_rows(order.row_ids)
    work = _Work(session, order, batch, actor, now)
    outcomes = [work.do(lines.get(row_id), row_id) for row_id in dict.fromkeys(order.row_ids)]
    batch.outcome = [asdict(one) for one in outcomes]
    audit.record(session, "desk_batch:make", batch, actor=actor, at=now, kind=order.action, reason=batch.reason,
                 rows=len(outcomes), done=sum(1 for one in outcomes if not one.why))
    return batch


def batch_of(session: Session, batch_id: int) -> DeskBatch:
    """A batch made before. Raises NotFound."""
    batch = session.get(DeskBatch, batch_id)
    if batch is None:
        raise NotFound("not_found", what="desk_batch", id=batch_id)
    return batch


def latest(session: Session, *, limit: int = 20) -> list[DeskBatch]:
    """The newest batches."""
    return list(session.scalars(select(DeskBatch).order_by(DeskBatch.id.desc()).limit(limit)))


def _check(session: Session, order: Order, actor: User) -> None:
    problems = []
    if not order.row_ids:
        problems.append(Problem("rows", "desk.no_rows", {}))
    if len(order.row_ids) > MOST_ROWS:
        problems.append(Problem("rows", "desk.too_many_rows", {"most": MOST_ROWS}))
    needed = [("reason", order.reason)]
    if order.action in (BulkAction.REMIND, BulkAction.NOTE):
        needed.append(("text", order.text))
    for name, text in needed:
        if not text.strip():
            problems.append(Problem(name, "field.required", {}))
        elif len(text) > MOST_TEXT:
            problems.append(Problem(name, "field.too_long", {"most": MOST_TEXT, "length": len(text)}))
    people = {user.id for user in queries.colleagues(session, actor.organisation_id)}
    if order.action is BulkAction.ASSIGN and order.person_id is not None and order.person_id not in people:
        problems.append(Problem("person_id", "field.not_a_choice", {}))
    if problems:
        raise Problems(problems)


class _Work:
    """One batch being carried out."""

    def __init__(self, session: Session, order: Order, batch: DeskBatch, actor: User, now: dt.datetime) -> None:
        self.session, self.order, self.batch, self.actor, self.now = session, order, batch, actor, now
        self.reason, self.noted = batch.reason, set[int]()
        self.verbs: dict[BulkAction, Callable[[Line], tuple[int, str]]] = {
            BulkAction.REMIND: self._remind, BulkAction.ASSIGN: self._assign, BulkAction.NOTE: self._note,
            BulkAction.WATCH: self._watch, BulkAction.UNWATCH: self._watch,
            BulkAction.ACKNOWLEDGE: self._acknowledge}

    def do(self, line: Line | None, row_id: int) -> Outcome:
        """One row: done, or why not."""
        if line is None:
            return Outcome(row_id, "", "", 0, "gone")
        done, why = self.verbs[self.order.action](line)
        return Outcome(row_id, line.title, line.number or line.code, done, why)

    def _record(self, verb: str, line: Line, **facts: Any) -> None:
        about = ("contract", line.contract_id) if line.contract_id else ("demand", line.demand_id)
        audit.record(self.session, f"oversight:{verb}", about, actor=self.actor, at=self.now, batch=self.batch.id,
                     reason=self.reason, **facts)

    def _remind(self, line: Line) -> tuple[int, str]:
        side = SIDE[line.turn]
        told = {"buyer": [line.buyer_id], "founder": [line.founder_id], "both": [line.buyer_id, line.founder_id]}
        if side not in told:
            return 0, "nobodys_turn" if line.turn is Turn.NOBODY else "your_turn"
        link = f"/contracts/{line.number}" if line.number else f"/demands/{line.code}"
        made = [notify(self.session, organisation, "operator_reminder", now=self.now, link=link,
                       dedupe=f"batch:{self.batch.id}:{line.row_id}", number=line.number or line.code,
                       title=line.milestone or line.title, text=self.order.text.strip()) for organisation in told[side]]
        self._record("remind", line, milestone=line.milestone_id, turn=line.turn, text=self.order.text.strip())
        return sum(one is not None for one in made), ""

    def _kept(self, line: Line) -> Oversight:
        kept = self.session.get(Oversight, line.demand_id, with_for_update=True)
        if kept is None:
            kept = Oversight(demand_id=line.demand_id, watched=False, assigned_to_id=None, updated_at=self.now)
            self.session.add(kept)
        return kept

    def _assign(self, line: Line) -> tuple[int, str]:
        kept = self._kept(line)
        if kept.assigned_to_id == self.order.person_id:
            return 0, "as_before"
        before, kept.assigned_to_id, kept.updated_at = kept.assigned_to_id, self.order.person_id, self.now
        self._record("assign", line, assigned_before=before, assigned_to=self.order.person_id)
        return 1, ""

    def _note(self, line: Line) -> tuple[int, str]:
        text = self.order.text.strip()
        if line.demand_id in self.noted:
            return 0, "as_before"  # another milestone of the same contract is in the batch
        self.noted.add(line.demand_id)
        self.session.add(OversightNote(demand_id=line.demand_id, author_id=self.actor.id, text=text,
                                       written_at=self.now))
        self._record("note", line, text=text)
        return 1, ""

    def _watch(self, line: Line) -> tuple[int, str]:
        wanted = self.order.action is BulkAction.WATCH
        kept = self._kept(line)
        if kept.watched == wanted:
            return 0, "as_before"
        kept.watched, kept.updated_at = wanted, self.now
        self._record("watch" if wanted else "unwatch", line)
        return 1, ""

    def _acknowledge(self, line: Line) -> tuple[int, str]:
        if not line.flags:
            return 0, "no_flags"
        done = 0
        for one in line.flags:
            known = {"flag": one.flag, "object_type": one.object_type, "object_id": one.object_id,
                     "grounds_hash": one.found.fingerprint}
            if self.session.scalar(select(FlagAcknowledgement.id).filter_by(**known)) is not None:
                continue  # a flag of the whole contract, acknowledged with another milestone of this batch
            self.session.add(FlagAcknowledgement(**known, reason=self.reason, acknowledged_by_id=self.actor.id,
                                                 acknowledged_at=self.now))
            self.session.flush()
            done += 1
            self._record("acknowledge", line, flag=one.flag, grounds=one.found.grounds)
        return done, "" if done else "as_before"
