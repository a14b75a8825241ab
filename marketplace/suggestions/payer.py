"""The payment record of buyers as a part of a founder's list: counted in the database, weighed by the policy."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.demand.models import Demand
from marketplace.payments.models import Obligation
from marketplace.rules.payer_policy import POLICY


@dataclass(frozen=True)
class PayerPart:
    """A buyer's part of the score: of `known` payments (settled, or overdue now) `on_time` came by the due date."""

    on_time: int
    known: int

    @property
    def value(self) -> float:
        """Log-odds added in a founder's list; 0 without a record."""
        return POLICY.value.contribution(self.on_time, self.known)


def counts(buyers: Any, *, today: dt.date) -> Subquery:
    """(buyer_id, on_time, known) of the buyers of a query. What has no due date under Decree 802 is left out."""
    paid_in_time = and_(Obligation.settled_on.is_not(None), Obligation.settled_on <= Obligation.due_on)
    known = or_(Obligation.settled_on.is_not(None), Obligation.due_on < today)
    return select(
        Contract.buyer_id, func.sum(case((paid_in_time, 1), else_=0)).label("on_time"),
        func.sum(case((known, 1), else_=0)).label("known"),
    ).join(Contract, Contract.id == Obligation.contract_id).where(
        Obligation.due_on.is_not(None), Contract.buyer_id.in_(buyers)).group_by(Contract.buyer_id).subquery()


def value_of(counted: Subquery) -> ColumnElement[float]:
    """The same arithmetic as PayerPart.value, for ordering; the subquery is joined from the outside."""
    policy = POLICY.value
    on_time, known = (func.coalesce(column, 0) for column in (counted.c.on_time, counted.c.known))
    shrunk = (on_time + policy.prior * policy.strength) / (known + float(policy.strength))
    return policy.weight * (shrunk - policy.prior)


def parts_of(session: Session, demands: list[Demand], *, today: dt.date) -> dict[int, PayerPart]:
    """The part of every buyer of some demands, by the buyer's id."""
    buyers = {demand.buyer_id for demand in demands}
    counted = counts(list(buyers), today=today)
    found = {buyer_id: PayerPart(on_time, known) for buyer_id, on_time, known in session.execute(
        select(counted.c.buyer_id, counted.c.on_time, counted.c.known))}
    return {buyer_id: found.get(buyer_id, PayerPart(0, 0)) for buyer_id in buyers}
