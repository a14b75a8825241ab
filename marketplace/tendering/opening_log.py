"""The public log of an opening: bid by bid when it came and when it was opened, and nobody's name.

The commitment is public from the opening on: with the nonce in it, it tells nothing of a bid, and its founder, who has
it on the receipt, sees that the bid was there.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.rules.lifecycle import BidStatus
from marketplace.tendering import queries
from marketplace.tendering.models import Bid


@dataclass(frozen=True)
class Line:
    """One bid, `number` counting from 1 in the order of receipt. `problem` says why it could not be read."""

    number: int
    received_at: dt.datetime
    opened_at: dt.datetime | None
    problem: str | None
    commitment: str


@dataclass(frozen=True)
class Log:
    """Every bid that lay sealed at the deadline; how many versions had been replaced and withdrawn before it."""

    opened_at: dt.datetime
    lines: Sequence[Line]
    superseded: int
    withdrawn: int


def of(session: Session, demand: Demand) -> Log | None:
    """The log of a demand's opening, None before it: until the deadline even the number of bids is secret.

    Basis: 招标投标法 Arts 22 and 36 (in force 2000-01-01).
    """
    if demand.opened_at is None:
        return None
    lay = [*queries.opened_bids(session, demand), *queries.sealed_bids(session, demand)]
    lay.sort(key=lambda bid: (bid.received_at, bid.id))
    query = select(Bid.status, func.count()).filter_by(demand_id=demand.id).group_by(Bid.status)
    counted: dict[str, int] = dict(session.execute(query).all())  # type: ignore[arg-type]
    return Log(demand.opened_at, [
        Line(number, bid.received_at, bid.opened_at, bid.opening_problem, bid.commitment)
        for number, bid in enumerate(lay, 1)],
        counted.get(BidStatus.SUPERSEDED, 0), counted.get(BidStatus.WITHDRAWN, 0))
