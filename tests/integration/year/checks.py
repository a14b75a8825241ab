"""What must be true of the market on any evening, and what it looks like as a whole."""
from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, LargeBinary, Table, event, func, inspect, select
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Milestone
from marketplace.db import Base
from marketplace.enforcement.models import EscalationStep
from marketplace.ledger.models import JournalEntry, JournalLine
from marketplace.payments import ladder, queries
from marketplace.payments.models import Obligation, Payment
from marketplace.payments.statements import accrual_of, open_fen, statement_of
from marketplace.rules import escalation_states, lifecycle, remedies
from marketplace.rules.lifecycle import Lifecycle
from marketplace.rules.statement import Statement

# Keys are drawn by chance, and everything that is said about them or hashed over them follows.
BY_CHANCE = {"audit_entry": {"hash", "previous_hash"}, "audit_head": {"hash"}, "opening_key": {"wrapping"}}
_TABLES: dict[str, Lifecycle] = {
    table.name: table for table in (*lifecycle.ALL, *remedies.ALL, escalation_states.STEP, escalation_states.APPEAL)}
_NAMES = {"payment_plan": "plan", "public_listing": "listing", "retaliation_lead": "lead"}


# States -----------------------------------------------------------------------------------------------


@dataclass
class Watch:
    """Every change of a status that was written: (object, before, after)."""

    moves: set[tuple[str, str, str]] = field(default_factory=set)

    def note(self, session: Session, *_: Any) -> None:
        for row in session.dirty:
            name = _NAMES.get(row.__tablename__, row.__tablename__)
            if name not in _TABLES:
                continue
            said = inspect(row).attrs.status.history
            if said.added and said.deleted and said.added != said.deleted:
                self.moves.add((name, str(said.deleted[0]), str(said.added[0])))


@contextmanager
def watching(engine: Engine) -> Iterator[Watch]:
    """Watch every session on an engine."""
    watch = Watch()

    def note(session: Session, *_: Any) -> None:
        if session.get_bind() is engine:
            watch.note(session)

    event.listen(Session, "before_flush", note)
    try:
        yield watch
    finally:
        event.remove(Session, "before_flush", note)


def allowed_moves() -> set[tuple[str, str, str]]:
    """(object, before, after) as the tables of states have them."""
    return {(name, str(before), str(after)) for name, table in _TABLES.items()
            for (before, _), after in table.moves.items()}


# Money ------------------------------------------------------------------------------------------------


def every_obligation(session: Session) -> list[Obligation]:
    """All of them with everything a statement needs."""
    return list(session.scalars(select(Obligation).order_by(Obligation.id).options(*queries.WHOLE)))


def unbalanced_entries(session: Session) -> list[int]:
    """Entries whose lines do not add up to nothing."""
    query = select(JournalLine.entry_id).group_by(JournalLine.entry_id).having(func.sum(JournalLine.amount_fen) != 0)
    return list(session.scalars(query))


def account_totals(session: Session) -> dict[str, int]:
    """What all entries together say, by account."""
    query = select(JournalLine.account, func.sum(JournalLine.amount_fen)).join(JournalEntry).group_by(
        JournalLine.account)
    return {str(account): int(fen) for account, fen in session.execute(query)}


def totals_by_the_statements(session: Session, *, today: dt.date) -> dict[str, int]:
    """The same figures from the obligations, payments and disputes alone."""
    found: dict[str, int] = defaultdict(int)
    for obligation in every_obligation(session):
        statement = statement_of(obligation, as_of=today)
        accrual = accrual_of(statement)
        found["cash"] += sum(payment.amount_fen for payment in obligation.payments if payment.status == "confirmed")
        found["receivable"] += accrual.principal_left_fen
        found["disputed"] += sum(one.disputed_fen for one in obligation.disputes if one.status == "open")
        found["write_off"] += sum(one.disputed_fen - (one.upheld_fen or 0) for one in obligation.disputes
                                  if one.status != "open")
        found["contract_value"] -= obligation.milestone.amount_fen
    return dict(found)


def contracts_that_do_not_add_up(session: Session) -> list[str]:
    """Contracts whose milestones are not worth what was awarded."""
    worth = select(func.sum(Milestone.amount_fen)).where(Milestone.contract_id == Contract.id).scalar_subquery()
    return [contract.number for contract, fen in session.execute(select(Contract, worth)).all()
            if not fen == contract.total_fen == contract.award.bid.price_fen]


# What was known when ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What was open of an obligation at the end of a day, and what of its delivery was on record then."""

    obligation_id: int
    day: dt.date
    open_fen: int
    facts: tuple[Any, ...]


def known_today(session: Session, *, today: dt.date) -> list[Known]:
    """Of every obligation."""
    return [Known(one.id, today, open_fen(statement_of(one, as_of=today)), _facts(one))
            for one in every_obligation(session)]


def _facts(obligation: Obligation) -> tuple[Any, ...]:
    milestone = obligation.milestone
    return (milestone.amount_fen, milestone.settlement_confirmed_on, tuple(
        (one.id, one.delivered_on, one.decision, one.decided_on, one.settlement is not None)
        for one in milestone.deliveries))


def remembered_otherwise(session: Session, known: list[Known]) -> Iterator[tuple[Known, int, int]]:
    """(known, open as it was known then, open by what is known now) where either differs from what was said then.

    The second is only compared where no money of that day was confirmed, reversed or argued about since. What was
    delivered, accepted or split since is another obligation's story.
    """
    rows = {one.id: one for one in every_obligation(session)}
    for one in known:
        obligation = rows[one.obligation_id]
        if _facts(obligation) != one.facts:
            continue
        then = open_fen(statement_of(obligation, as_of=one.day, known_on=one.day))
        now = open_fen(statement_of(obligation, as_of=one.day)) if _quiet_since(obligation, one.day) else one.open_fen
        if (then, now) != (one.open_fen, one.open_fen):
            yield one, then, now


def _quiet_since(obligation: Obligation, day: dt.date) -> bool:
    """Nothing about money up to a day was written down after it; payments of later days do not matter."""
    return not obligation.disputes and not any(_written_after(payment, day) for payment in obligation.payments)


def _written_after(payment: Payment, day: dt.date) -> bool:
    if payment.status not in ("confirmed", "reversed") or (payment.cash_on or payment.paid_on) > day:
        return False
    assert payment.answered_at is not None
    return payment.status == "reversed" or legal_day(payment.answered_at) > day


# The ladder ---------------------------------------------------------------------------------------------


def steps_not_taken(session: Session, *, today: dt.date) -> list[tuple[int, str]]:
    """Steps whose day has come for what is owed today, and that nobody took."""
    steps = ladder.steps_of(session, session.scalars(select(Obligation.id)))
    found = []
    for obligation in every_obligation(session):
        statement = statement_of(obligation, as_of=today)
        if statement.due is None or not statement.principal_left_fen:
            continue
        _, taken = ladder.round_of(steps.get(obligation.id, []), statement.due)
        found += [(obligation.id, one.rung.code) for one in ladder.schedule_of(statement, today=today)
                  if one.on <= today and one.rung.code not in taken]
    return found


def steps_by_round(session: Session) -> dict[tuple[int, int], list[EscalationStep]]:
    """Steps by (obligation, round), in the order in which they were taken."""
    found: dict[tuple[int, int], list[EscalationStep]] = defaultdict(list)
    for step in session.scalars(select(EscalationStep).order_by(EscalationStep.id)):
        found[step.obligation_id, step.round].append(step)
    return found


def overdue(session: Session, *, today: dt.date) -> list[tuple[Obligation, Statement]]:
    """What is late today."""
    found = [(one, statement_of(one, as_of=today)) for one in every_obligation(session)]
    return [(one, statement) for one, statement in found if statement.is_overdue]


# All of it ----------------------------------------------------------------------------------------------


def digest(engine: Engine) -> str:
    """SHA-256 of everything stored, but for the keys drawn by chance: two years alike have one digest."""
    said = hashlib.sha256()
    with engine.connect() as connection:
        for table in sorted(Base.metadata.tables.values(), key=lambda one: one.name):
            columns = [column for column in table.columns if not isinstance(column.type, LargeBinary)
                       and column.name not in BY_CHANCE.get(table.name, ())]
            for row in connection.execute(select(*columns).order_by(*table.primary_key.columns)):
                said.update(audit.canonical([table.name, *_without_keys(table, row)]).encode())
    return said.hexdigest()


def _without_keys(table: Table, row: Any) -> list[Any]:
    if table.name == "audit_entry" and row.action in ("opening_key:create", "demand_key:create"):
        return [row.seq, row.action, row.object_id]
    return list(row)
