"""Publishing with a key of its own, and handing in, replacing and withdrawing a sealed bid."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, SizeClass, User
from marketplace.db import find, lock
from marketplace.demand import operations as demands
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.notices.operations import notify
from marketplace.rules import lifecycle, set_aside
from marketplace.rules.errors import Invalid, NotAllowed, NotFound, WrongState
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.tendering import bids, keys, queries, sealing
from marketplace.tendering.bids import BidForm, Disclosures, PlannedMilestone
from marketplace.tendering.evaluation import award, none_suitable, score_bid
from marketplace.tendering.models import Bid, DemandKey
from marketplace.tendering.opening import close_without_bids, contribute_share, register_attempt

# Who bids is as secret as what they bid: the audit entry names the bidder only at the opening.
SEALED_ACTOR = "bidder:sealed"


@dataclass(frozen=True)
class Receipt:
    """What a founder gets for a bid. `text` is the bid's exact text, None when this request cannot know it:
    the platform keeps no readable copy."""

    bid_id: int
    demand_code: str
    version: int
    status: str
    commitment: str
    received_at: dt.datetime
    text: str | None


def publish_demand(session: Session, demand: Demand, *, bid_deadline: dt.datetime, actor: User,
                   now: dt.datetime) -> Demand:
    """Publish, and make the key bids are sealed with. Raises what demand.operations.publish and
    keys.holders raise."""
    keys.holders(session, demand.buyer_id)
    demand = demands.publish(session, demand, bid_deadline=bid_deadline, actor=actor, now=now)
    keys.create_demand_key(session, demand, actor=actor, now=now)
    return demand


def cancel_demand(session: Session, demand: Demand, *, reason: str, actor: User, now: dt.datetime) -> Demand:
    """Take a demand back, and tell everyone whose bid was live. Raises what demand.operations.cancel raises."""
    live = [*queries.sealed_bids(session, demand), *queries.opened_bids(session, demand)]
    demand = demands.cancel(session, demand, reason=reason, actor=actor, now=now)
    for bid in live:
        notify(session, bid.founder_id, "demand_cancelled", dedupe=f"bid:{bid.id}:cancelled", now=now,
               link=f"/demands/{demand.code}", demand=demand.code, title=demand.title, reason=demand.closed_reason)
    return demand


def submit_bid(session: Session, demand: Demand, form: BidForm, *, actor: User, now: dt.datetime,
               idempotency_key: str | None = None) -> Receipt:
    """Seal a bid; an earlier one of the same founder is superseded and stays sealed for good.

    The same `idempotency_key` again gives the first receipt again. Raises Problems, NotAllowed
    (bid.founders_only, bid.own_demand, bid.set_aside), WrongState (bid.profile_missing, bid.not_accepting,
    bid.past_deadline), Invalid (idempotency.other_request).
    """
    demand = lock(session, Demand, demand.id)
    if idempotency_key is not None:
        earlier = find(session, Bid, founder_id=actor.organisation_id, idempotency_key=idempotency_key)
        if earlier is not None:
            return _same_receipt(earlier, demand, form, key=idempotency_key)
    check_eligible(session, demand, actor=actor)
    _check_open(demand, "bid.past_deadline", now=now)
    bids.check(form, budget_fen=demand.budget_fen)
    text = _text(form, demand, actor.organisation, form.nonce or sealing.new_nonce())
    bid = _replace_live(session, demand, Bid(
        demand=demand, founder=actor.organisation, version=_next_version(session, demand, actor),
        status=BidStatus.SEALED, ciphertext=sealing.seal_bid(text, _public_key(session, demand)),
        commitment=sealing.commitment(text), idempotency_key=idempotency_key, received_at=now))
    audit.record(session, "bid:submit", bid, actor=SEALED_ACTOR, at=now, demand=demand.code,
                 commitment=bid.commitment, version=bid.version)
    return _receipt(bid, text)


def check_eligible(session: Session, demand: Demand, *, actor: User) -> None:
    """Whether this person's company may bid at all; a set-aside demand is for micro and small enterprises.

    Raises NotAllowed (bid.founders_only, bid.own_demand, bid.set_aside), WrongState (bid.profile_missing).
    """
    founder = actor.organisation
    if founder.role != Role.FOUNDER:
        raise NotAllowed("bid.founders_only")
    if founder.id == demand.buyer_id:
        raise NotAllowed("bid.own_demand")
    if demand.set_aside and not set_aside.admits(founder.size_class):
        raise NotAllowed("bid.set_aside", size=SizeClass(founder.size_class))
    if find(session, CapabilityProfile, founder_id=founder.id) is None:
        raise WrongState("bid.profile_missing")


def _check_open(demand: Demand, code: str, *, now: dt.datetime) -> None:
    if demand.status != DemandStatus.ACTIVE:
        raise WrongState("bid.not_accepting", status=DemandStatus(demand.status))
    if not demand.accepts_bids(now=now):
        raise WrongState(code, deadline=bids.exact_moment(demand.bid_deadline), received=bids.exact_moment(now))


def _text(form: BidForm, demand: Demand, founder: Organisation, nonce: str) -> str:
    return sealing.payload_text(bids.payload(form, demand=demand, founder=founder, nonce=nonce))


def _public_key(session: Session, demand: Demand) -> bytes:
    key = session.get(DemandKey, demand.id)
    if key is None:
        raise WrongState("opening.no_key", code=demand.code)
    return key.public_key


def _next_version(session: Session, demand: Demand, actor: User) -> int:
    query = select(func.max(Bid.version)).filter_by(demand_id=demand.id, founder_id=actor.organisation_id)
    return (session.scalar(query) or 0) + 1


def _replace_live(session: Session, demand: Demand, bid: Bid) -> Bid:
    live = queries.bid_of(session, demand, bid.founder.id)
    if live is not None:
        live.status = lifecycle.advance(lifecycle.BID, live.status, "supersede")
        session.flush()  # the database allows one live bid, so the old one goes first
    try:
        with session.begin_nested():
            session.add(bid)
    except IntegrityError as error:
        raise WrongState("bid.changed_meanwhile") from error
    return bid


def _same_receipt(bid: Bid, demand: Demand, form: BidForm, *, key: str) -> Receipt:
    """The receipt of a request that comes again; its text only when the nonce came with it."""
    if bid.demand_id != demand.id:
        raise Invalid("idempotency.other_request", key=key)
    if form.nonce is None:
        return _receipt(bid, None)
    text = _text(form, demand, bid.founder, form.nonce)
    if sealing.commitment(text) != bid.commitment:
        raise Invalid("idempotency.other_request", key=key)
    return _receipt(bid, text)


def _receipt(bid: Bid, text: str | None) -> Receipt:
    return Receipt(bid_id=bid.id, demand_code=bid.demand.code, version=bid.version, status=bid.status,
                   commitment=bid.commitment, received_at=bid.received_at, text=text)


def withdraw_bid(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> Bid:
    """Take back the actor's live bid, until the deadline only; it is never opened.

    Raises NotFound (bid.none_yours), WrongState (bid.not_accepting, bid.past_deadline_withdrawal).
    """
    demand = lock(session, Demand, demand.id)
    bid = queries.bid_of(session, demand, actor.organisation_id)
    if bid is None:
        raise NotFound("bid.none_yours", code=demand.code)
    _check_open(demand, "bid.past_deadline_withdrawal", now=now)
    bid.status = lifecycle.advance(lifecycle.BID, bid.status, "withdraw")
    bid.withdrawn_at = now
    audit.record(session, "bid:withdraw", bid, actor=SEALED_ACTOR, at=now, demand=demand.code, version=bid.version)
    return bid


__all__ = ["BidForm", "Disclosures", "PlannedMilestone", "Receipt", "award", "check_eligible", "close_without_bids",
           "contribute_share", "none_suitable", "publish_demand", "register_attempt", "score_bid",
           "submit_bid", "withdraw_bid"]
