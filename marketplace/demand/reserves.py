"""The ledger of what buyers reserve for small and micro enterprises, and giving up a reserve nobody answers."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, User
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.demand import deadlines
from marketplace.demand.models import Demand, SetAsideRelease
from marketplace.notices.operations import notify
from marketplace.rules import set_aside
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.rules.set_aside import Entry, Line, Quarter
from marketplace.tendering.models import Award, Bid, KeyShare

LEAST_DAYS, MOST_DAYS = 5, 366


@dataclass(frozen=True)
class BuyerLedger:
    """A buyer and its ledger, the newest quarter first."""

    buyer: Organisation
    lines: list[Line]


def ledgers(session: Session, *, buyer_id: int | None = None) -> list[BuyerLedger]:
    """The ledger of one buyer, or of every buyer that has published, by name."""
    query = (select(Demand, SetAsideRelease.demand_id, Bid.price_fen, Organisation.size_class)
             .outerjoin(SetAsideRelease, SetAsideRelease.demand_id == Demand.id)
             .outerjoin(Award, Award.demand_id == Demand.id).outerjoin(Bid, Bid.id == Award.bid_id)
             .outerjoin(Organisation, Organisation.id == Bid.founder_id)
             .where(Demand.published_at.is_not(None), Demand.status != DemandStatus.CANCELLED))
    if buyer_id is not None:
        query = query.where(Demand.buyer_id == buyer_id)
    buyers: dict[int, Organisation] = {}
    entries: dict[int, list[Entry]] = {}
    for demand, released, price_fen, size in session.execute(query):
        buyers[demand.buyer_id] = demand.buyer
        entries.setdefault(demand.buyer_id, []).append(Entry(
            Quarter.of(legal_day(demand.published_at)), demand.budget_fen, demand.set_aside or released is not None,
            released is not None, price_fen, size))
    return [BuyerLedger(buyer, set_aside.ledger(entries[number]))
            for number, buyer in sorted(buyers.items(), key=lambda pair: (pair[1].name, pair[0]))]


def release_of(session: Session, demand: Demand) -> SetAsideRelease | None:
    """How the demand's reserve was given up, None where it was not."""
    return session.get(SetAsideRelease, demand.id)


def may_release(session: Session, demand: Demand, *, now: dt.datetime) -> bool:
    """Whether the reserve can be given up now: bidding is over and too few qualified companies have bid.

    Only who is admitted can bid on a reserved demand, so every live bid is a qualified one.
    """
    return (demand.set_aside and demand.status == DemandStatus.ACTIVE and not demand.accepts_bids(now=now)
            and _bids(session, demand) < set_aside.needed_bidders(legal_day(now)) and not _opening(session, demand))


def _bids(session: Session, demand: Demand) -> int:
    query = select(func.count()).select_from(Bid).filter_by(demand_id=demand.id, status=BidStatus.SEALED)
    return session.scalar(query) or 0


def _opening(session: Session, demand: Demand) -> bool:
    """Whether a key holder has begun to open the bids."""
    query = select(KeyShare.id).where(KeyShare.demand_id == demand.id, KeyShare.contributed_at.is_not(None)).limit(1)
    return session.scalar(query) is not None


def release(session: Session, demand: Demand, *, bid_deadline: dt.datetime, reason: str, actor: User,
            now: dt.datetime) -> SetAsideRelease:
    """Open a reserved demand to everyone and let bidding go on; bids handed in stay sealed and stand.

    Everyone who has bid or follows is told. Raises Problems (reason, deadline), WrongState("set_aside.not_releasable").
    """
    demand = lock(session, Demand, demand.id)
    if not may_release(session, demand, now=now):
        raise WrongState("set_aside.not_releasable", code=demand.code,
                         needed=set_aside.needed_bidders(legal_day(now)))
    found = [] if reason.strip() else [Problem("reason", "set_aside.reason_missing")]
    days = (legal_day(bid_deadline) - legal_day(now)).days
    if not LEAST_DAYS <= days <= MOST_DAYS:
        found.append(Problem("bid_deadline", "set_aside.deadline", {"least": LEAST_DAYS, "most": MOST_DAYS}))
    if found:
        raise Problems(found)
    made = SetAsideRelease(demand_id=demand.id, bids=_bids(session, demand), reason=reason.strip(), released_at=now,
                           needed=set_aside.needed_bidders(legal_day(now)), deadline_before=demand.bid_deadline)
    session.add(made)
    demand.set_aside = False
    audit.record(session, "demand:release_set_aside", demand, actor=actor, at=now, bids=made.bids, needed=made.needed,
                 deadline_before=made.deadline_before, bid_deadline=bid_deadline, reason=made.reason)
    bidders = session.scalars(select(Bid.founder_id).filter_by(demand_id=demand.id, status=BidStatus.SEALED)).all()
    deadlines.extend(session, demand, bid_deadline, cause="set_aside_released", actor=actor, now=now, told=bidders,
                     facts={"bids": made.bids, "needed": made.needed})
    for founder_id in bidders:
        notify(session, founder_id, "set_aside_released", dedupe=f"demand:{demand.id}:set_aside_released", now=now,
               link=f"/demands/{demand.code}", demand=demand.code, title=demand.title, needed=made.needed,
               deadline=bid_deadline.isoformat(), reason=made.reason)
    return made
