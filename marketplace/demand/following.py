"""Who hears of a change to a demand: everyone who follows it, and by bidding, asking or being invited one follows."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.db import insert_new
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DemandFollow
from marketplace.notices.operations import notify
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.tendering.models import Bid


def follow(session: Session, demand: Demand, organisation_id: int, *, now: dt.datetime) -> None:
    """Tell this organisation of every change from now on; following twice is following once.

    Leaves no audit entry: it would name a bidder in the second of a sealed bid.
    """
    session.flush()
    insert_new(session, DemandFollow, [
        {"demand_id": demand.id, "organisation_id": organisation_id, "since": now}])


def unfollow(session: Session, demand: Demand, organisation_id: int) -> None:
    """Tell this organisation no more of what everyone is told."""
    session.execute(delete(DemandFollow).filter_by(demand_id=demand.id, organisation_id=organisation_id))


def followers(session: Session, demand: Demand) -> list[int]:
    """Who follows a demand and whoever's bid is live, by id. For telling them only: nobody is shown the list."""
    following = select(DemandFollow.organisation_id).filter_by(demand_id=demand.id)
    bidding = select(Bid.founder_id).where(
        Bid.demand_id == demand.id, Bid.status.in_((BidStatus.SEALED, BidStatus.OPENED)))
    return sorted({*session.scalars(following), *session.scalars(bidding)})


def follows(session: Session, demand: Demand, organisation_id: int) -> bool:
    """Whether this organisation follows the demand."""
    return session.get(DemandFollow, (demand.id, organisation_id)) is not None


def followed_by(session: Session, organisation_id: int) -> list[Demand]:
    """What an organisation follows: the demand whose bidding closes first on top, closed ones by number below."""
    query = (select(Demand).join(DemandFollow, DemandFollow.demand_id == Demand.id)
             .where(DemandFollow.organisation_id == organisation_id)
             .order_by(Demand.status != DemandStatus.ACTIVE, Demand.bid_deadline, Demand.id.desc()))
    return list(session.scalars(query))


def tell(session: Session, demand: Demand, code: str, *, dedupe: str, now: dt.datetime,
         without: set[int] | None = None, **facts: Any) -> None:
    """Tell every follower but those `without`, with the demand's number and title; see notices.notify."""
    for organisation_id in followers(session, demand):
        if organisation_id not in (without or set()):
            notify(session, organisation_id, code, dedupe=dedupe, now=now, link=f"/demands/{demand.code}",
                   demand=demand.code, title=demand.title, **facts)
