"""Publishing with a key of its own, and handing in, replacing and withdrawing a sealed bid."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, User
from marketplace.db import find, get, lock
from marketplace.demand import following, review
from marketplace.demand import operations as demands
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DemandReview
from marketplace.notices.operations import notify
from marketplace.rules import lifecycle
from marketplace.rules.errors import Invalid, NotFound, WrongState
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.tendering import attachments, bids, eligibility, evaluation, keys, queries, sealing, teams
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


def submit_demand(session: Session, demand: Demand, *, unclassified: bool, actor: User, now: dt.datetime,
                  bid_deadline: dt.datetime | None = None, bidding_days: int | None = None) -> DemandReview:
    """Hand a draft in for review once bids could be sealed for it. Raises what keys.holders and review.submit raise."""
    keys.holders(session, demand.buyer_id)
    return review.submit(session, demand, bid_deadline=bid_deadline, bidding_days=bidding_days,
                         unclassified=unclassified, actor=actor, now=now)


def publish_demand(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> Demand:
    """The operator publishes what was handed in, and the key bids are sealed with is made.

    Raises what review.approve and keys.holders raise.
    """
    keys.holders(session, demand.buyer_id)
    demand = review.approve(session, demand, actor=actor, now=now)
    keys.create_demand_key(session, demand, actor=actor, now=now)
    return demand


def cancel_demand(session: Session, demand: Demand, *, reason: str, actor: User, now: dt.datetime) -> Demand:
    """Take a demand back, and tell everyone who bid or follows. Raises what demand.operations.cancel raises."""
    live = [bid.founder_id for bid in (*queries.sealed_bids(session, demand), *queries.opened_bids(session, demand))]
    others = set(following.followers(session, demand)) - {*live}
    demand = demands.cancel(session, demand, reason=reason, actor=actor, now=now)
    evaluation.keep_ranking(session, demand, queries.opened_bids(session, demand), now=now)
    told = [("demand_cancelled", one) for one in live] + [("followed_cancelled", one) for one in sorted(others)]
    for code, organisation_id in told:
        notify(session, organisation_id, code, dedupe=f"demand:{demand.id}:cancelled", now=now,
               link=f"/demands/{demand.code}", demand=demand.code, title=demand.title, reason=demand.closed_reason)
    return demand


def submit_bid(session: Session, demand: Demand, form: BidForm, *, actor: User, now: dt.datetime,
               idempotency_key: str | None = None) -> Receipt:
    """Seal a bid; an earlier one of the same founder is superseded and stays sealed for good.

    The same `idempotency_key` again gives the first receipt again. The team the actor leads (teams.propose) bids
    with it. Raises Problems, NotAllowed (bid.founders_only, bid.own_demand, bid.set_aside), WrongState
    (bid.profile_missing, bid.not_accepting, bid.past_deadline, teams.entering), Invalid (idempotency.other_request).
    """
    demand = lock(session, Demand, demand.id)
    if idempotency_key is not None:
        earlier = find(session, Bid, founder_id=actor.organisation_id, idempotency_key=idempotency_key)
        if earlier is not None:
            return _same_receipt(session, earlier, demand, form, key=idempotency_key)
    check_eligible(session, demand, actor=actor)
    _check_open(demand, "bid.past_deadline", now=now)
    bids.check(form, budget_fen=demand.budget_fen)
    founder = get(session, Organisation, actor.organisation_id)
    team = teams.entering(session, demand, founder)
    files = attachments.own_rows(session, demand, founder.id, form.attachments)
    form = replace(form, team=teams.as_sealed(team), format=bids.FORMAT)
    text = _text(form, demand, founder, form.nonce or sealing.new_nonce())
    bid = _replace_live(session, demand, Bid(
        demand=demand, founder=founder, version=_next_version(session, demand, actor),
        status=BidStatus.SEALED, ciphertext=sealing.seal_bid(text, _public_key(session, demand)),
        commitment=sealing.commitment(text), idempotency_key=idempotency_key, received_at=now))
    attachments.use(session, bid, files)
    if team is not None:
        teams.enter(session, team, bid, now=now)
    following.follow(session, demand, actor.organisation_id, now=now)
    audit.record(session, "bid:submit", bid, actor=SEALED_ACTOR, at=now, demand=demand.code,
                 commitment=bid.commitment, version=bid.version)
    return _receipt(bid, text)


def check_eligible(session: Session, demand: Demand, *, actor: User) -> None:
    """Whether this person's company may bid at all. Raises what eligibility.check raises."""
    eligibility.check(session, demand, actor.organisation)


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


def _same_receipt(session: Session, bid: Bid, demand: Demand, form: BidForm, *, key: str) -> Receipt:
    """The receipt of a request that comes again; its text only when the nonce came with it."""
    if bid.demand_id != demand.id:
        raise Invalid("idempotency.other_request", key=key)
    if form.nonce is None:
        return _receipt(bid, None)
    team = teams.as_sealed(teams.of_bid(session, bid), entered=True)
    text = _text(replace(form, team=team, format=bids.FORMAT), demand, bid.founder, form.nonce)
    if sealing.commitment(text) != bid.commitment:
        raise Invalid("idempotency.other_request", key=key)
    return _receipt(bid, text)


def _receipt(bid: Bid, text: str | None) -> Receipt:
    return Receipt(bid_id=bid.id, demand_code=bid.demand.code, version=bid.version, status=bid.status,
                   commitment=bid.commitment, received_at=bid.received_at, text=text)


def withdraw_bid(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> Bid:
    """Take back the actor's live bid, until the deadline only; it is never opened, and its team is free again.

    Raises NotFound (bid.none_yours), WrongState (bid.not_accepting, bid.past_deadline_withdrawal).
    """
    demand = lock(session, Demand, demand.id)
    bid = queries.bid_of(session, demand, actor.organisation_id)
    if bid is None:
        raise NotFound("bid.none_yours", code=demand.code)
    _check_open(demand, "bid.past_deadline_withdrawal", now=now)
    bid.status = lifecycle.advance(lifecycle.BID, bid.status, "withdraw")
    bid.withdrawn_at = now
    if teams.of_bid(session, bid) is not None:
        teams.free(session, demand, actor.organisation_id, now=now)
    audit.record(session, "bid:withdraw", bid, actor=SEALED_ACTOR, at=now, demand=demand.code, version=bid.version)
    return bid


__all__ = ["BidForm", "Disclosures", "PlannedMilestone", "Receipt", "award", "check_eligible", "close_without_bids",
           "contribute_share", "none_suitable", "publish_demand", "register_attempt", "score_bid",
           "submit_bid", "submit_demand", "withdraw_bid"]
