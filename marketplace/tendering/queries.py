"""Reading bids, openings and results. What is sealed is never read here: only counted."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.models import Role, User
from marketplace.demand.models import Demand
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.tendering.models import Award, Bid, ClosedRanking, KeyShare, OpeningKey, RevokedAward, Score

LIVE = (BidStatus.SEALED, BidStatus.OPENED, BidStatus.AWARDED, BidStatus.UNSUCCESSFUL)
READ = (BidStatus.OPENED, BidStatus.AWARDED, BidStatus.UNSUCCESSFUL)


def bid_of(session: Session, demand: Demand, founder_id: int) -> Bid | None:
    """A founder's live bid for a demand: not superseded, not withdrawn."""
    query = select(Bid).where(Bid.demand_id == demand.id, Bid.founder_id == founder_id, Bid.status.in_(LIVE))
    return session.scalars(query).one_or_none()


def versions(session: Session, demand: Demand, founder_id: int) -> list[Bid]:
    """Every version of a founder's bid for a demand, newest first."""
    query = select(Bid).filter_by(demand_id=demand.id, founder_id=founder_id).order_by(Bid.version.desc())
    return list(session.scalars(query))


def latest_of(session: Session, demand: Demand, founder_id: int) -> Bid | None:
    """A founder's newest bid for a demand, withdrawn or not."""
    return next(iter(versions(session, demand, founder_id)), None)


def bids_of_founder(session: Session, founder_id: int) -> list[Bid]:
    """The newest version of each of a founder's bids, newest first."""
    newest = select(func.max(Bid.id)).filter_by(founder_id=founder_id).group_by(Bid.demand_id)
    query = select(Bid).where(Bid.id.in_(newest)).options(selectinload(Bid.demand))
    return list(session.scalars(query.order_by(Bid.received_at.desc(), Bid.id.desc())))


def bid_count(session: Session, demand: Demand) -> int:
    """How many live bids a demand has: all that anyone may know before the opening."""
    query = select(func.count()).select_from(Bid).where(Bid.demand_id == demand.id, Bid.status.in_(LIVE))
    return session.scalar(query) or 0


def bid_count_for(session: Session, demand: Demand, viewer: User | None, *, now: dt.datetime) -> int | None:
    """How many live bids there are; None while bidding is open for everyone but the buyer and the operator.

    Basis: 招标投标法 Art. 22 (in force 2000-01-01): how many are competing may not be told to others.
    """
    knows = viewer is not None and (viewer.role == Role.OPERATOR or viewer.organisation_id == demand.buyer_id)
    return bid_count(session, demand) if knows or not demand.accepts_bids(now=now) else None


def sealed_bids(session: Session, demand: Demand) -> list[Bid]:
    """The live bids still sealed, in the order of receipt; after the opening, those that could not be read."""
    query = select(Bid).filter_by(demand_id=demand.id, status=BidStatus.SEALED)
    return list(session.scalars(query.order_by(Bid.received_at, Bid.id)))


def opened_bids(session: Session, demand: Demand) -> list[Bid]:
    """The bids that were opened and read, in the order of receipt."""
    query = select(Bid).where(Bid.demand_id == demand.id, Bid.status.in_(READ)).options(
        selectinload(Bid.scores).selectinload(Score.criterion), selectinload(Bid.founder))
    return list(session.scalars(query.order_by(Bid.received_at, Bid.id)))


def opened_bid(session: Session, demand: Demand, bid_id: int) -> Bid:
    """One opened bid of this demand. Raises NotFound."""
    found = session.get(Bid, bid_id) if 0 < bid_id < 2**31 else None
    if found is None or found.demand_id != demand.id or found.status not in READ:
        raise NotFound("not_found", what="bid", id=bid_id)
    return found


@dataclass(frozen=True)
class Contribution:
    """What is known of one holder's share. `at` None: not yet contributed."""

    holder: str
    at: dt.datetime | None


def contributions(session: Session, demand: Demand) -> list[Contribution]:
    """Which holder has contributed when, in the order buyer, operator, escrow; empty when there is no key."""
    query = select(KeyShare).filter_by(demand_id=demand.id).order_by(KeyShare.number)
    shares = session.scalars(query.options(selectinload(KeyShare.opening_key)))
    return [Contribution(share.opening_key.holder, share.contributed_at) for share in shares]


@dataclass(frozen=True)
class WaitingOpening:
    """A demand past its deadline whose bids are not open yet."""

    demand: Demand
    bids: int
    contributions: Sequence[Contribution]


def waiting_openings(session: Session, *, now: dt.datetime, buyer_id: int | None = None) -> list[WaitingOpening]:
    """The demands waiting for their opening, longest waiting first; of one buyer when `buyer_id` is given."""
    query = select(Demand).where(Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline < now)
    if buyer_id is not None:
        query = query.where(Demand.buyer_id == buyer_id)
    return [WaitingOpening(demand, bid_count(session, demand), contributions(session, demand))
            for demand in session.scalars(query.order_by(Demand.bid_deadline, Demand.id))]


def holders_of(session: Session, demand: Demand, actor: User) -> list[str]:
    """For which holders of this demand's key a person may act; empty for everyone else."""
    query = select(OpeningKey).join(KeyShare).where(
        KeyShare.demand_id == demand.id, OpeningKey.organisation_id == actor.organisation_id)
    return [key.holder for key in session.scalars(query.order_by(KeyShare.number))]


def award_of(session: Session, demand: Demand) -> Award | None:
    """The award of a demand, if there is one."""
    return session.scalars(select(Award).filter_by(demand_id=demand.id)).one_or_none()


def revoked_awards(session: Session, demand: Demand) -> list[RevokedAward]:
    """The awards of a demand that fell, the first one first."""
    query = select(RevokedAward).filter_by(demand_id=demand.id).order_by(RevokedAward.round)
    return list(session.scalars(query))


def award_round(session: Session, demand: Demand) -> int:
    """Which award of this demand stands or is to be made: 1, and one more for each that fell."""
    query = select(func.count()).select_from(RevokedAward).filter_by(demand_id=demand.id)
    return 1 + (session.scalar(query) or 0)


def revoked_contract(session: Session, number: str, *, actor: User) -> RevokedAward | None:
    """The award whose draft contract had this number and went with it, for its two parties and the operator."""
    if len(number) > 40 or "\x00" in number:
        return None
    found = session.scalars(select(RevokedAward).filter_by(contract_number=number)).one_or_none()
    if found is None or (actor.role != Role.OPERATOR
                         and actor.organisation_id not in (found.demand.buyer_id, found.founder_id)):
        return None
    return found


@dataclass(frozen=True)
class Result:
    """What a bidder learns of the evaluation: their own rank, of how many, and their own parts.

    `total` and the parts' `points` and `score` in hundredths; `parts` as frozen in Award.ranking. `rank` is None when
    the bid was out of the ranking: `out` says why, `below_minimum` names the criteria.
    """

    rank: int | None
    bids: int
    total: int
    parts: list[dict[str, Any]]
    out: str | None = None
    below_minimum: Sequence[str] = ()


def result_of(session: Session, bid: Bid) -> Result | None:
    """A bid's own result after the decision; None before it, or when the evaluation ended before all were scored."""
    decided = session.scalars(select(Award).filter_by(demand_id=bid.demand_id)).one_or_none() or session.get(
        ClosedRanking, bid.demand_id)
    rows = decided.ranking if decided is not None else []
    own = next((row for row in rows if row["bid_id"] == bid.id), None)
    return Result(own["rank"], len(rows), own["total"], own["parts"], own.get("out"),
                  own.get("below_minimum", ())) if own else None
