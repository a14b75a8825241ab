"""The aged balance as of any day, and the cash to be expected: both from the statements of single instalments."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import Organisation, Role, User
from marketplace.contracts.models import Contract
from marketplace.payments import queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, open_fen, statement_of
from marketplace.rules.ageing import Bucket, Period, Span, bucket, periods, usual_lateness


@dataclass(frozen=True)
class Item:
    """One instalment with principal open at the end of a day; amounts are fen."""

    obligation: Obligation
    due: dt.date | None
    days_late: int
    bucket: Bucket
    principal_fen: int
    interest_fen: int
    disputed_fen: int

    @property
    def contract(self) -> Contract:
        return self.obligation.contract


@dataclass
class Party:
    """What one buyer owes one founder side, by bucket, fen."""

    organisation: Organisation
    by_bucket: dict[Bucket, int] = field(default_factory=lambda: dict.fromkeys(Bucket, 0))
    interest_fen: int = 0

    @property
    def total_fen(self) -> int:
        return sum(self.by_bucket.values())


@dataclass(frozen=True)
class Ageing:
    """The aged balance at the end of `as_of`: what was paid since was open then. Longest late first."""

    as_of: dt.date
    items: tuple[Item, ...]
    parties: tuple[Party, ...]
    by_bucket: dict[Bucket, int]
    interest_fen: int
    disputed_fen: int

    @property
    def total_fen(self) -> int:
        return sum(self.by_bucket.values())


def aged(session: Session, *, actor: User, as_of: dt.date, buyer_id: int | None = None) -> Ageing:
    """The aged balance of a founder by buyer, of a buyer by founder, of everybody by buyer for the operator.

    `buyer_id` narrows it to one buyer. Days count from the due date of each instalment, never from an invoice.
    """
    items = [item for obligation in _open_on(session, as_of, actor=actor, buyer_id=buyer_id)
             if (item := _item(obligation, as_of)) is not None]
    items.sort(key=lambda item: (-item.days_late, item.due or dt.date.max, item.obligation.id))
    parties: dict[int, Party] = {}
    totals = dict.fromkeys(Bucket, 0)
    for item in items:
        other = item.contract.founder if actor.role == Role.BUYER else item.contract.buyer
        party = parties.setdefault(other.id, Party(other))
        party.by_bucket[item.bucket] += item.principal_fen
        party.interest_fen += item.interest_fen
        totals[item.bucket] += item.principal_fen
    return Ageing(as_of, tuple(items), tuple(sorted(parties.values(), key=lambda one: -one.total_fen)), totals,
                  sum(item.interest_fen for item in items), sum(item.disputed_fen for item in items))


def _open_on(session: Session, day: dt.date, *, actor: User, buyer_id: int | None = None) -> Iterator[Obligation]:
    """Obligations of the actor's side delivered by a day and not settled by its end, in chunks."""
    after = 0
    while True:
        query = select(Obligation).join(Contract).where(
            Obligation.id > after, or_(Obligation.settled_on.is_(None), Obligation.settled_on > day))
        if actor.role == Role.BUYER:
            query = query.where(Contract.buyer_id == actor.organisation_id)
        elif actor.role == Role.FOUNDER:
            query = query.where(Contract.founder_id == actor.organisation_id)
        if buyer_id is not None:
            query = query.where(Contract.buyer_id == buyer_id)
        chunk = list(session.scalars(query.order_by(Obligation.id).limit(queries.CHUNK).options(
            *queries.WHOLE, joinedload(Obligation.contract).joinedload(Contract.buyer),
            joinedload(Obligation.contract).joinedload(Contract.founder))))
        if not chunk:
            return
        yield from chunk
        after = chunk[-1].id


def _item(obligation: Obligation, as_of: dt.date) -> Item | None:
    """An instalment as of a day; None when it was not delivered yet or nothing of it was open."""
    if not any(delivery.delivered_on <= as_of for delivery in obligation.milestone.deliveries):
        return None
    found = statement_of(obligation, as_of=as_of)
    left = accrual_of(found)
    disputed = sum(one.amount_fen for one in found.facts.disputes if one.is_open(as_of))
    if not left.principal_left_fen and not disputed:
        return None
    late = max((as_of - found.due).days, 0) if found.due and left.principal_left_fen else 0
    return Item(obligation, found.due, late, bucket(found.due, as_of=as_of), left.principal_left_fen,
                max(found.interest_unpaid_fen or 0, 0), disputed)


@dataclass(frozen=True)
class Expected:
    """One amount to come: by its due date, and by the buyer's habit (`usual_on`; None while no habit is known)."""

    obligation: Obligation
    amount_fen: int
    due: dt.date | None
    usual_on: dt.date | None


@dataclass(frozen=True)
class Column:
    """One period of a forecast, fen by due date and by habit."""

    period: Period
    due_fen: int
    usual_fen: int


@dataclass(frozen=True)
class Forecast:
    """What is to come in (founder) or go out (buyer) from `today` on.

    Principal and the interest that has run until today. `late_...` should have come already, `later_...` comes after
    the last period, `undated_fen` has no due date yet. `habits`: buyer → (median days late or None, how many paid).
    """

    today: dt.date
    span: Span
    columns: tuple[Column, ...]
    late_due_fen: int
    late_usual_fen: int
    later_due_fen: int
    later_usual_fen: int
    undated_fen: int
    expected: tuple[Expected, ...]
    habits: tuple[tuple[Organisation, int | None, int], ...]

    @property
    def total_fen(self) -> int:
        return sum(one.amount_fen for one in self.expected)


def forecast(session: Session, *, actor: User, today: dt.date, span: Span) -> Forecast:
    """The cash a founder may expect, or a buyer has to find, by due date and by the buyer's own median lateness."""
    habits: dict[int, tuple[Organisation, int | None, int]] = {}
    expected = []
    for obligation in _open_on(session, today, actor=actor):
        buyer = obligation.contract.buyer
        if buyer.id not in habits:
            habits[buyer.id] = (buyer, *_habit(session, buyer.id, today))
        found = statement_of(obligation, as_of=today)
        amount, lateness = open_fen(found), habits[buyer.id][1]
        if amount > 0:
            due = obligation.due_on
            expected.append(Expected(obligation, amount, due, due + dt.timedelta(days=lateness or 0) if due else None))
    expected.sort(key=lambda one: (one.due or dt.date.max, one.obligation.id))
    spans = periods(span, today=today)
    columns = tuple(Column(one, _sum(expected, "due", max(one.first, today), one.last),
                           _sum(expected, "usual_on", max(one.first, today), one.last)) for one in spans)
    before, after = today - dt.timedelta(days=1), spans[-1].last + dt.timedelta(days=1)
    return Forecast(
        today, span, columns,
        _sum(expected, "due", dt.date.min, before), _sum(expected, "usual_on", dt.date.min, before),
        _sum(expected, "due", after, dt.date.max), _sum(expected, "usual_on", after, dt.date.max),
        sum(one.amount_fen for one in expected if one.due is None), tuple(expected), tuple(habits.values()))


def _sum(expected: list[Expected], which: str, first: dt.date, last: dt.date) -> int:
    return sum(one.amount_fen for one in expected
               if (day := getattr(one, which)) is not None and first <= day <= last)


def _habit(session: Session, buyer_id: int, today: dt.date) -> tuple[int | None, int]:
    """(median days late, how many) of what a buyer has paid here."""
    paid = session.execute(select(Obligation.settled_on, Obligation.due_on).join(Contract).where(
        Contract.buyer_id == buyer_id, Obligation.settled_on <= today, Obligation.due_on.is_not(None))).all()
    late = [(settled - due).days for settled, due in paid]
    return usual_lateness(late), len(late)
