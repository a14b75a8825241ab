"""What an operator may ask of the desk: filters that combine, their conditions in SQL, and their address."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, bindparam, false, or_, true

from marketplace.payments.turns import Turn
from marketplace.rules.red_flags import Flag

DUE_SOON = dt.timedelta(days=7)
ANY_FLAG = "any"
ME, NOBODY = "me", "nobody"
Condition = ColumnElement[bool]


class View(StrEnum):
    """The standing views of the desk."""

    LATE = "late"
    DUE_SOON = "due_soon"
    AWARDS = "awards"
    DISPUTED = "disputed"
    SETTLED = "settled"
    WATCHED = "watched"
    MINE = "mine"
    ALL = "all"


class Sort(StrEnum):
    """The order of the lines."""

    LATE = "late"
    DUE = "due"
    AMOUNT = "amount"
    NEWEST = "newest"


class Layout(StrEnum):
    """One line for each milestone, or each contract with its milestones inside."""

    LINES = "lines"
    CONTRACTS = "contracts"


@dataclass(frozen=True)
class Filters:
    """Every filter narrows; empty ones do not. Amounts are fen, both ends of a range belong to it.

    `buyer` and `founder` are parts of a name (a buyer's USCC also finds it); `assigned` is "me", "nobody" or the
    id of a person; `flag` holds identifiers of red flags, or "any".
    """

    view: View = View.ALL
    q: str = ""
    buyer: str = ""
    founder: str = ""
    payer_type: str = ""
    turn: tuple[Turn, ...] = ()
    stage: tuple[str, ...] = ()
    late_min: int | None = None
    late_max: int | None = None
    amount_min: int | None = None
    amount_max: int | None = None
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    flag: tuple[str, ...] = ()
    disputed: bool = False
    provisional: bool = False
    assigned: str = ""
    sort: Sort = Sort.LATE
    layout: Layout = Layout.LINES

    @property
    def flags(self) -> frozenset[Flag]:
        """The red flags asked for; empty when none is."""
        return frozenset(Flag) if ANY_FLAG in self.flag else frozenset(Flag(one) for one in self.flag)

    @property
    def narrowing(self) -> list[str]:
        """The names of the filters that are in use, besides view, order and layout."""
        plain = {"view", "sort", "layout"}
        return [name for name, _ in self.pairs() if name not in plain]

    def pairs(self) -> list[tuple[str, str]]:
        """The filters as an address carries them, in a fixed order; defaults are left out, except the view."""
        found: list[tuple[str, str]] = [("view", self.view.value)]
        for one in fields(self):
            held = getattr(self, one.name)
            if one.name == "view" or held == one.default:
                continue
            found += [(one.name, _typed(one.name, item)) for item in (held if isinstance(held, tuple) else (held,))]
        return found


def _typed(name: str, held: Any) -> str:
    if isinstance(held, bool):
        return "1"
    if name.startswith("amount_"):
        return f"{held // 100}.{held % 100:02d}" if held % 100 else str(held // 100)
    return held.value if isinstance(held, StrEnum) else str(held)


@dataclass(frozen=True)
class Raised:
    """The ids of what carries the red flags that are asked for."""

    contracts: frozenset[int] = frozenset()
    milestones: frozenset[int] = frozenset()


def conditions(filters: Filters, line: Subquery, *, as_of: dt.date, viewer_id: int,
               raised: Raised | None = None) -> Condition:
    """The filters as one condition over the rows; `raised` is needed where red flags are asked for."""
    column = line.c
    found = [view_condition(filters.view, line, as_of=as_of, viewer_id=viewer_id)]
    if filters.q:
        found.append(_contains(filters.q, column.title, column.code, column.number, column.buyer, column.founder,
                               column.milestone))
    if filters.buyer:
        found.append(or_(_contains(filters.buyer, column.buyer), column.buyer_uscc == filters.buyer.upper()))
    if filters.founder:
        found.append(_contains(filters.founder, column.founder))
    if filters.payer_type:
        found.append(column.payer_type == filters.payer_type)
    if filters.turn:
        found.append(column.turn.in_(filters.turn))
    if filters.stage:
        found.append(column.stage.in_(filters.stage))
    found += _ranges(filters, column)
    if filters.disputed:
        found.append(column.disputed_fen > 0)
    if filters.provisional:
        found.append(column.provisional == 1)
    if filters.assigned:
        found.append(_assigned(filters.assigned, column.assigned_to_id, viewer_id))
    if filters.flag and raised is not None:
        found.append(or_(_among(column.contract_id, raised.contracts), _among(column.milestone_id, raised.milestones)))
    return and_(*found)


def _ranges(filters: Filters, column: Any) -> list[Condition]:
    bounds = ((column.late_days, filters.late_min, filters.late_max),
              (column.amount_fen, filters.amount_min, filters.amount_max),
              (column.due_on, filters.due_from, filters.due_to))
    found = []
    for held, least, most in bounds:
        if least is not None:
            found.append(held >= least)
        if most is not None:
            found.append(held <= most)
    return found


def _contains(text: str, *columns: Any) -> Condition:
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _assigned(who: str, column: Any, viewer_id: int) -> Condition:
    if who == NOBODY:
        return column.is_(None)
    return column == (viewer_id if who == ME else int(who))


def _among(column: Any, ids: frozenset[int]) -> Condition:
    # Written into the statement: a database has a limit for the number of parameters, not for these.
    return column.in_(bindparam(None, sorted(ids), expanding=True, literal_execute=True)) if ids else false()


def view_condition(view: View, line: Subquery, *, as_of: dt.date, viewer_id: int) -> Condition:
    """What a standing view shows."""
    column = line.c
    if view is View.LATE:
        return column.late_days > 0
    if view is View.DUE_SOON:
        return and_(column.turn == Turn.PAY, column.until >= as_of, column.until <= as_of + DUE_SOON)
    if view is View.AWARDS:
        return column.turn.in_([Turn.OPEN_BIDS, Turn.EVALUATE, Turn.CONFIRM_CONTRACT])
    if view is View.DISPUTED:
        return column.disputed_fen > 0
    if view is View.SETTLED:
        return column.paid_on.is_not(None)
    if view is View.WATCHED:
        return column.watched == 1
    return column.assigned_to_id == viewer_id if view is View.MINE else true()
