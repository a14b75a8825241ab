"""Where a bid was handed in from: keyed hashes to compare within one demand, kept for a time, then gone.

The key is made of the server's secret and the demand's code: the same office has another hash in every demand, so
nobody can follow it from one to the next. Whoever has the secret and the database can try every address there is
(IPv4 has four thousand million), so the hashes are personal data all the same and are removed when their time is over.
Basis: 个人信息保护法 (in force 2021-11-01) Arts 6, 19 [M]: least data, shortest time.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.audit.operations import SYSTEM
from marketplace.demand.models import Demand
from marketplace.integrity.models import BidTrace
from marketplace.rules.collusion import TRACE_KEPT_DAYS, Trace
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import queries as tendering
from marketplace.tendering.models import Bid

DECIDED = (DemandStatus.COMPLETE, DemandStatus.UNSUCCESSFUL, DemandStatus.CANCELLED)


def keep(session: Session, bid_id: int, *, demand_code: str, address: str | None, agent: str | None,
         secret: str) -> None:
    """Keep where a bid came from, once; a repeated request changes nothing.

    An address of a private network, or of the proxy on this machine, says nothing of the sender and is not kept.
    """
    if session.get(BidTrace, bid_id) is not None:
        return
    key = hmac.digest(secret.encode(), f"bid-trace:{demand_code}".encode(), "sha256")
    session.add(BidTrace(bid_id=bid_id, address_hash=_hashed(key, _public(address)),
                         agent_hash=_hashed(key, f"agent:{agent}" if agent else None)))


def _public(address: str | None) -> str | None:
    """The address as networks are told apart by: one IPv6 network is one household, whatever the device."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if not found.is_global:
        return None
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _hashed(key: bytes, text: str | None) -> str | None:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() if text else None


def of_opened(session: Session, demand: Demand) -> list[Trace]:
    """The traces of the founders whose bids were opened, of every version they handed in."""
    opened = {bid.founder_id: bid.id for bid in tendering.opened_bids(session, demand)}
    query = select(BidTrace, Bid).join(Bid, Bid.id == BidTrace.bid_id).where(
        Bid.demand_id == demand.id, Bid.founder_id.in_(opened))
    return [Trace(opened[bid.founder_id], bid.founder_id, trace.address_hash, trace.agent_hash,
                  int(bid.received_at.timestamp()))
            for trace, bid in session.execute(query.order_by(Bid.id))]


def purge(session: Session, *, now: dt.datetime) -> int:
    """Remove the traces of demands decided longer ago than they may be kept; how many."""
    before = now - dt.timedelta(days=TRACE_KEPT_DAYS.value)
    over = select(Bid.id).join(Demand, Demand.id == Bid.demand_id).where(
        Demand.status.in_(DECIDED), Demand.updated_at < before)
    gone = session.scalars(delete(BidTrace).where(BidTrace.bid_id.in_(over)).returning(BidTrace.bid_id)).all()
    if gone:
        audit.record(session, "bid_trace:purge", ("bid_trace", "round"), actor=SYSTEM, at=now, traces_removed=len(gone),
                     kept_days=TRACE_KEPT_DAYS.value)
    return len(gone)
