"""What a page about a demand says first: whose turn it is, what they have to do, and until when."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.rules import micro_orders
from marketplace.rules.lifecycle import DemandStatus


@dataclass(frozen=True)
class Turn:
    """`key` names the texts demand.turn.<key>.whose and .what; `mine` when the reader is the one to act."""

    key: str
    until: dt.datetime | None
    mine: bool


def turn_of(demand: Demand, *, viewer: User | None, now: dt.datetime) -> Turn:
    """Whose turn it is on a demand, as `viewer` sees it."""
    own = viewer is not None and viewer.organisation_id == demand.buyer_id
    role = viewer.role if viewer is not None else None
    if demand.status == DemandStatus.PLANNING:
        return Turn("publish", None, own)
    if demand.status == DemandStatus.REVIEW:
        return Turn("review", None, role == Role.OPERATOR)
    if demand.status == DemandStatus.ACTIVE and demand.accepts_bids(now=now):
        return Turn("bid", demand.bid_deadline, role == Role.FOUNDER)
    if demand.status == DemandStatus.ACTIVE:
        return Turn("open", None, own or role == Role.OPERATOR)
    if demand.status == DemandStatus.EVALUATION:
        return Turn("evaluate", None, own)
    return Turn(str(demand.status), None, False)


@dataclass(frozen=True)
class Desk:
    """A buyer's demands by what has to happen next."""

    drafts: list[Demand]
    in_review: list[Demand]
    to_open: list[Demand]
    to_evaluate: list[Demand]
    bidding: list[Demand]
    closed: list[Demand]


def desk_of(demands: Sequence[Demand], *, now: dt.datetime) -> Desk:
    """Sort a buyer's demands; those taking bids by their deadline."""
    active = [demand for demand in demands if demand.status == DemandStatus.ACTIVE]
    done = (DemandStatus.COMPLETE, DemandStatus.UNSUCCESSFUL, DemandStatus.CANCELLED)
    return Desk(
        drafts=[demand for demand in demands if demand.status == DemandStatus.PLANNING],
        in_review=[demand for demand in demands if demand.status == DemandStatus.REVIEW],
        to_open=[demand for demand in active if not demand.accepts_bids(now=now)],
        to_evaluate=[demand for demand in demands if demand.status == DemandStatus.EVALUATION],
        bidding=sorted((demand for demand in active if demand.accepts_bids(now=now)),
                       key=lambda demand: (demand.bid_deadline, demand.id)),
        closed=[demand for demand in demands if demand.status in done])


def by_month(demands: Sequence[Demand]) -> list[tuple[dt.date, list[Demand]]]:
    """Demands, newest first, by the month (its first day, Beijing) in which they were published."""
    def month(demand: Demand) -> dt.date:
        return legal_day(demand.published_at or demand.created_at).replace(day=1)

    return [(first, list(found)) for first, found in groupby(demands, key=month)]


def micro_of(demands: Sequence[Demand], *, today: dt.date) -> set[int]:
    """The ids of those that are small orders (微单)."""
    return {demand.id for demand in demands
            if micro_orders.is_micro(demand.budget_fen, demand.minimum_batch, on=today)}
