"""Down to the audit entries: everything that was recorded about a contract and whatever hangs under it."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Table, and_, func, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEntry
from marketplace.contracts.models import Contract, Milestone
from marketplace.db import Base
from marketplace.rules.lifecycle import BidStatus
from marketplace.tendering.models import Bid

# What a contract grew from; their own branches (other bids, criteria, keys) are not the contract's story.
ROOTS = ("demand", "award")
# Rows under a contract that point to it without being part of its story.
APART = frozenset({"flag_acknowledgement", "oversight", "oversight_note", "saved_view", "desk_batch", "notice"})


@dataclass(frozen=True)
class Bidding:
    """How many bids a demand had: handed in (each founder once), withdrawn, opened."""

    received: int
    withdrawn: int
    opened: int


@dataclass(frozen=True)
class Trail:
    """The entries under a contract, oldest first, and the rows they are about: {table: ids}."""

    entries: list[AuditEntry]
    objects: dict[str, set[str]]
    bidding: Bidding


def trail(session: Session, contract: Contract) -> Trail:
    """Every entry about a contract, its demand and award, and every row that refers to it, directly or through others.

    Tables are followed along their foreign keys, so that what is added to the schema later is found too.
    """
    objects = under(session, contract)
    objects["demand"] = {str(contract.demand_id)}
    objects["award"] = {str(contract.award_id)}
    about = [and_(AuditEntry.object_type == table, AuditEntry.object_id.in_(ids)) for table, ids in objects.items()]
    entries = list(session.scalars(select(AuditEntry).where(or_(*about)).order_by(AuditEntry.seq)))
    return Trail(entries, objects, _bidding(session, contract.demand_id))


def under(session: Session, contract: Contract) -> dict[str, set[str]]:
    """The rows that hang under a contract, {"contract": {"7"}, "milestone": {…}, "payment": {…}, …}."""
    known: dict[str, set[int]] = defaultdict(set, {Contract.__tablename__: {contract.id}})
    waiting = [Contract.__tablename__]
    while waiting:
        parent = waiting.pop()
        for child, column in _children(parent):
            key = child.primary_key.columns.values()[0]
            found = set(session.scalars(select(key).where(child.c[column].in_(known[parent]))))
            if found - known[child.name]:
                known[child.name] |= found
                waiting.append(child.name)
    return {table: {str(one) for one in ids} for table, ids in known.items()}


def _children(parent: str) -> list[tuple[Table, str]]:
    """The tables that refer to one, each with the referring column; only those with one plain key have entries."""
    found = []
    for table in Base.metadata.sorted_tables:
        if table.name in APART or table.name in ROOTS or len(table.primary_key.columns) != 1:
            continue
        found += [(table, key.parent.name) for key in table.foreign_keys
                  if key.column.table.name == parent and table.name != parent]
    return found


def _bidding(session: Session, demand_id: int) -> Bidding:
    query = select(
        func.count(Bid.founder_id.distinct()),
        func.count().filter(Bid.status == BidStatus.WITHDRAWN),
        func.count().filter(Bid.opened_at.is_not(None))).where(Bid.demand_id == demand_id)
    received, withdrawn, opened = session.execute(query).one()
    return Bidding(received, withdrawn, opened)


def contract_of(session: Session, contract_id: int) -> Contract | None:
    """A contract by its id."""
    return session.get(Contract, contract_id)


def planned(session: Session, contract_id: int) -> dict[str, str]:
    """What the objects under a contract are called, for people: {"milestone:3": "1. 接口"}."""
    query = select(Milestone.id, Milestone.position, Milestone.title).filter_by(contract_id=contract_id)
    return {f"milestone:{key}": f"{position}. {title}" for key, position, title in session.execute(query)}
