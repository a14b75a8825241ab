"""Reading the desk: pages of lines or contracts, counters, totals; everything is filtered in the database."""
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import Role, User
from marketplace.contracts.models import Contract
from marketplace.oversight import filters as asked
from marketplace.oversight import flags
from marketplace.oversight.filters import Filters, Layout, Sort, View
from marketplace.oversight.models import Oversight, OversightNote
from marketplace.oversight.rows import rows
from marketplace.payments import queries as payments
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, statement_of
from marketplace.payments.turns import Turn
from marketplace.rules.payment_facts import Allocation

PAGE = 50
FAR = dt.date(9999, 12, 31)


@dataclass
class Line:
    """One row of the desk as of a day: `row` holds the columns of rows.rows, by attribute too.

    `open_fen` is principal not paid and `interest_fen` what lateness has cost and is not paid, both to the fen.
    `flags` are those nobody has acknowledged, `acknowledged` the others.
    """

    row: RowMapping
    open_fen: int = 0
    interest_fen: int = 0
    flags: list[flags.Raised] = field(default_factory=list)
    acknowledged: list[flags.Raised] = field(default_factory=list)
    notes: int = 0
    assigned_to: str = ""

    def __getattr__(self, name: str) -> Any:
        try:
            return self.row[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def turn(self) -> Turn:
        return Turn(self.row["turn"])

    @property
    def key(self) -> str:
        """The name of the row in forms."""
        return str(self.row["row_id"])


@dataclass(frozen=True)
class Found:
    """A page of lines in order, and where the next page begins ("" at the end)."""

    lines: list[Line]
    after: str


@dataclass(frozen=True)
class Totals:
    """Of the whole market at the end of a day: overdue payments, their principal, the longest lateness."""

    late: int
    late_fen: int
    longest: int


class Desk:
    """The market at the end of one day, as one operator looks at it."""

    def __init__(self, session: Session, *, as_of: dt.date, viewer_id: int) -> None:
        self.session, self.as_of, self.viewer_id = session, as_of, viewer_id
        self.line = rows(as_of)

    def find(self, filters: Filters, *, after: str = "", limit: int = PAGE) -> Found:
        """A page of lines (Layout.LINES) or of whole contracts (Layout.CONTRACTS: `limit` counts contracts)."""
        if filters.layout is Layout.CONTRACTS:
            return self._contracts(filters, after, limit)
        key, column = _order(filters.sort, self.line), self.line.c.row_id
        query = select(self.line, key.label("sort_key")).where(self._where(filters))
        if cursor := _cursor(after, filters.sort):
            query = query.where(or_(key > cursor[0], and_(key == cursor[0], column > cursor[1])))
        found = list(self.session.execute(query.order_by(key, column).limit(limit + 1)).mappings())
        following = f"{found[limit - 1]['sort_key']}~{found[limit - 1]['row_id']}" if len(found) > limit else ""
        return Found(self.completed(found[:limit]), following)

    def every(self, filters: Filters, *, chunk: int = 500) -> Iterator[Line]:
        """All lines in order, for a file: what every page together shows."""
        after = ""
        while True:
            found = self.find(filters, after=after, limit=chunk)
            yield from found.lines
            after = found.after
            if not after:
                return

    def of_rows(self, row_ids: Iterable[int]) -> dict[int, Line]:
        """The lines with these ids."""
        query = select(self.line).where(self.line.c.row_id.in_(list(row_ids)))
        return {line.row["row_id"]: line for line in self.completed(self.session.execute(query).mappings())}

    def counts(self, asked_for: Mapping[Any, Filters]) -> dict[Any, int]:
        """How many lines each of some filters shows, counted in one pass."""
        parts = [func.sum(case((self._where(one), 1), else_=0)) for one in asked_for.values()]
        if not parts:
            return {}
        found = self.session.execute(select(*parts).select_from(self.line)).one()
        return {name: int(count or 0) for name, count in zip(asked_for, found, strict=True)}

    def totals(self) -> Totals:
        """Overdue payments of the whole market. Where interest was paid first, cash alone does not say what is left
        of the principal: these few are computed one by one."""
        column = self.line.c
        overdue = column.stage == "overdue"
        query = select(func.count(), func.sum(column.open_fen), func.max(column.late_days)).where(overdue)
        late, summed, longest = self.session.execute(query).one()
        apart = select(column.obligation_id, column.contract_id, column.open_fen).join(
            Contract, Contract.id == column.contract_id).where(
            overdue, column.cash_fen > 0, Contract.allocation == Allocation.INTEREST_FIRST)
        partly = self.session.execute(apart).all()
        exact = self._owed({one.contract_id for one in partly})
        corrected = sum(accrual_of(statement_of(exact[one.obligation_id], as_of=self.as_of)).principal_left_fen
                        - one.open_fen for one in partly)
        return Totals(late, int(summed or 0) + corrected, longest or 0)

    def completed(self, found: Iterable[RowMapping]) -> list[Line]:
        """Rows with what only the law's arithmetic and the operator's own notes can say."""
        lines = [Line(row) for row in found]
        contracts = {line.row["contract_id"] for line in lines if line.row["contract_id"]}
        owed = self._owed(contracts)
        raised: dict[int, list[flags.Raised]] = defaultdict(list)
        for one in flags.raised(self.session, as_of=self.as_of, contract_ids=contracts):
            raised[one.contract_id].append(one)
        notes, people = self._notes(lines), self._people(lines)
        for line in lines:
            row = line.row
            if row["obligation_id"] and row["delivered_on"]:
                statement = statement_of(owed[row["obligation_id"]], as_of=self.as_of)
                line.open_fen = 0 if row["paid_on"] else accrual_of(statement).principal_left_fen
                line.interest_fen = statement.interest_unpaid_fen or 0  # it survives the principal
            own = [one for one in raised.get(row["contract_id"], [])
                   if one.object_type == flags.CONTRACT or one.object_id == row["milestone_id"]]
            line.flags = flags.standing(own)
            line.acknowledged = [one for one in own if one.acknowledged]
            line.notes, line.assigned_to = notes.get(row["demand_id"], 0), people.get(row["demand_id"], "")
        return lines

    def _where(self, filters: Filters) -> ColumnElement[bool]:
        raised = None
        if filters.flag:
            found = flags.standing(flags.raised(self.session, as_of=self.as_of, only=filters.flags))
            raised = asked.Raised(
                frozenset(one.object_id for one in found if one.object_type == flags.CONTRACT),
                frozenset(one.object_id for one in found if one.object_type == flags.MILESTONE))
        return asked.conditions(filters, self.line, as_of=self.as_of, viewer_id=self.viewer_id, raised=raised)

    def _contracts(self, filters: Filters, after: str, limit: int) -> Found:
        """Contracts (and demands without one) of which a row is found; all their rows are given."""
        column = self.line.c
        first = func.min(_order(filters.sort, self.line)).label("sort_key")
        query = select(column.demand_id, first).where(self._where(filters)).group_by(column.demand_id)
        if cursor := _cursor(after, filters.sort):
            query = query.having(or_(first > cursor[0], and_(first == cursor[0], column.demand_id > cursor[1])))
        found = self.session.execute(query.order_by(first, column.demand_id).limit(limit + 1)).all()
        place = {one.demand_id: at for at, one in enumerate(found[:limit])}
        inside = self.session.execute(select(self.line).where(column.demand_id.in_(place))).mappings()
        ordered = sorted(inside, key=lambda row: (place[row["demand_id"]], row["position"] or 0))
        following = f"{found[limit - 1].sort_key}~{found[limit - 1].demand_id}" if len(found) > limit else ""
        return Found(self.completed(ordered), following)

    def _owed(self, contract_ids: set[int]) -> dict[int, Obligation]:
        if not contract_ids:
            return {}
        return {one.id: one for one in payments.of_contracts(self.session, sorted(contract_ids))}

    def _notes(self, lines: list[Line]) -> dict[int, int]:
        query = select(OversightNote.demand_id, func.count()).where(
            OversightNote.demand_id.in_({line.row["demand_id"] for line in lines}))
        return {one.demand_id: one[1] for one in self.session.execute(query.group_by(OversightNote.demand_id))}

    def _people(self, lines: list[Line]) -> dict[int, str]:
        assigned = {line.row["demand_id"] for line in lines if line.row["assigned_to_id"]}
        if not assigned:
            return {}
        query = select(Oversight).where(Oversight.demand_id.in_(assigned)).options(joinedload(Oversight.assigned_to))
        return {one.demand_id: one.assigned_to.display_name for one in self.session.scalars(query) if one.assigned_to}


def _order(sort: Sort, line: Subquery) -> ColumnElement[Any]:
    """What the lines are ordered by, smallest first; the row's id decides between equals."""
    if sort is Sort.DUE:
        return func.coalesce(line.c.due_on, FAR)
    if sort is Sort.AMOUNT:
        return -line.c.amount_fen
    return -line.c.late_days if sort is Sort.LATE else -line.c.demand_id


def _cursor(text: str, sort: Sort) -> tuple[Any, int] | None:
    """Where a page begins; a cursor that is none begins at the start."""
    key, _, place = text.partition("~")
    try:
        return (dt.date.fromisoformat(key) if sort is Sort.DUE else int(key)), int(place)
    except ValueError:
        return None


def colleagues(session: Session, organisation_id: int) -> list[User]:
    """The operator's people."""
    query = select(User).filter_by(organisation_id=organisation_id).order_by(User.display_name, User.id)
    return [user for user in session.scalars(query) if user.role == Role.OPERATOR]


def notes_of(session: Session, demand_id: int) -> list[OversightNote]:
    """What operators have noted about a demand and its contract, newest first."""
    query = select(OversightNote).filter_by(demand_id=demand_id).options(joinedload(OversightNote.author))
    return list(session.scalars(query.order_by(OversightNote.id.desc())))


def standing_views() -> dict[View, Filters]:
    """Every standing view as filters."""
    return {view: Filters(view=view) for view in View}
