"""The bid opening: two of three holders give their share of the demand's key, then every bid is read."""
from __future__ import annotations

import datetime as dt
import logging

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.audit.operations import SYSTEM
from marketplace.db import get, lock
from marketplace.demand.models import Demand
from marketplace.notices.operations import notify
from marketplace.rules import joint_bid, lifecycle
from marketplace.rules.errors import NotAllowed, RuleViolation, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import bids, keys, queries, sealing, secret_sharing
from marketplace.tendering.models import Bid, DemandKey, KeyShare, OpeningAttempt, OpeningKey

MOST_ATTEMPTS = 5
ATTEMPT_WINDOW = dt.timedelta(minutes=15)
UNDECRYPTABLE, OTHER_COMMITMENT, UNREADABLE = "undecryptable", "other_commitment", "unreadable"
TWICE = "founder_twice"  # Implementing Regulation of the Tendering and Bidding Law Art. 37(3), in force 2012-02-01

log = logging.getLogger(__name__)


class TooManyAttempts(NotAllowed):
    """An opening key was tried too often; the answer is the same whether or not the next try would be right."""

    status = 429


def register_attempt(session: Session, demand: Demand, *, holder: str, actor: User | str, now: dt.datetime) -> None:
    """Write down that a holder's secret is about to be tried, in a transaction of its own before the try.

    Raises TooManyAttempts (opening.too_many_attempts) after five tries within 15 minutes that did not succeed,
    and whatever makes the try pointless (see contribute_share).
    """
    key = lock(session, OpeningKey, _waiting_share(session, demand, holder, actor=actor, now=now).opening_key_id)
    since = now - ATTEMPT_WINDOW
    recent = select(func.count()).select_from(OpeningAttempt).where(
        OpeningAttempt.opening_key_id == key.id, OpeningAttempt.attempted_at > since)
    if (session.scalar(recent) or 0) >= MOST_ATTEMPTS:
        raise TooManyAttempts("opening.too_many_attempts", most=MOST_ATTEMPTS,
                              minutes=int(ATTEMPT_WINDOW.total_seconds() // 60))
    session.add(OpeningAttempt(opening_key_id=key.id, attempted_by=_name(actor), attempted_at=now))
    session.flush()


def contribute_share(session: Session, demand: Demand, *, holder: str, secret: str, actor: User | str,
                     now: dt.datetime) -> int:
    """Give a holder's share; the second one opens every bid in the same transaction. Returns how many are given.

    `holder` is buyer, operator or escrow; `secret` its passphrase, or the escrow key's printed text. Doors call
    `register_attempt` first. Raises WrongState (opening.before_deadline, opening.not_waiting, opening.given_already,
    opening.no_key, opening.key_mismatch), NotAllowed (opening.not_a_holder, opening.wrong_passphrase,
    opening.wrong_escrow_key), Invalid (opening.escrow_key_malformed).
    """
    demand = lock(session, Demand, demand.id)
    share = _waiting_share(session, demand, holder, actor=actor, now=now)
    private_key = keys.unlock(share.opening_key, secret)
    try:
        share.opened = sealing.unseal(share.sealed, private_key)
    except sealing.CannotOpen as error:
        raise WrongState("opening.key_mismatch", code=demand.code) from error
    share.contributed_by, share.contributed_at = _name(actor), now
    session.execute(delete(OpeningAttempt).where(OpeningAttempt.opening_key_id == share.opening_key_id))
    given = [other for other in get(session, DemandKey, demand.id).shares if other.opened is not None]
    audit.record(session, "opening:contribute", demand, actor=actor, at=now, holder=holder, given=len(given))
    if len(given) >= secret_sharing.THRESHOLD:
        _open(session, demand, given, actor=actor, now=now)
    else:
        _ask_the_others(session, demand, share, now=now)
    return len(given)


def close_without_bids(session: Session, demand: Demand, *, actor: User | str, now: dt.datetime) -> Demand:
    """End a demand nobody bid on; no key is needed for it. Raises WrongState, NotAllowed (opening.not_a_holder)."""
    demand = lock(session, Demand, demand.id)
    _check_due(demand, now=now)
    _check_holder(session, demand, actor)
    if bids_waiting := queries.bid_count(session, demand):
        raise WrongState("opening.bids_waiting", count=bids_waiting)
    demand.status = lifecycle.advance(lifecycle.DEMAND, demand.status, "close_without_bids")
    demand.updated_at = now
    audit.record(session, "demand:close_without_bids", demand, actor=actor, at=now)
    notify(session, demand.buyer_id, "closed_without_bids", dedupe=f"demand:{demand.id}:closed", now=now,
           link=f"/demands/{demand.code}", demand=demand.code, title=demand.title)
    return demand


def _waiting_share(session: Session, demand: Demand, holder: str, *, actor: User | str, now: dt.datetime) -> KeyShare:
    """A holder's share that can be given now by this person."""
    _check_due(demand, now=now)
    _check_holder(session, demand, actor, holder)
    share = keys.share_held(session, demand, holder)
    if share.contributed_at is not None:
        raise WrongState("opening.given_already", at=share.contributed_at)
    return share


def _check_due(demand: Demand, *, now: dt.datetime) -> None:
    if demand.status != DemandStatus.ACTIVE:
        raise WrongState("opening.not_waiting", status=DemandStatus(demand.status))
    if now <= demand.bid_deadline:
        raise WrongState("opening.before_deadline", deadline=bids.exact_moment(demand.bid_deadline),
                         now=bids.exact_moment(now))


def _check_holder(session: Session, demand: Demand, actor: User | str, holder: str | None = None) -> None:
    """A program at the operator's shell (named by a text) acts for any holder whose secret it has."""
    if isinstance(actor, str):
        return
    held = queries.holders_of(session, demand, actor)
    if not held or (holder is not None and holder not in held):
        raise NotAllowed("opening.not_a_holder")


def _name(actor: User | str) -> str:
    return actor if isinstance(actor, str) else f"user:{actor.id}"


def _ask_the_others(session: Session, demand: Demand, given: KeyShare, *, now: dt.datetime) -> None:
    """Tell the organisations of the other holders that one more share opens the bids."""
    for share in get(session, DemandKey, demand.id).shares:
        organisation_id = share.opening_key.organisation_id
        if organisation_id != given.opening_key.organisation_id:
            notify(session, organisation_id, "opening_share_wanted", dedupe=f"demand:{demand.id}:share_wanted",
                   now=now, link=f"/demands/{demand.code}/opening", demand=demand.code, title=demand.title)


def _open(session: Session, demand: Demand, given: list[KeyShare], *, actor: User | str, now: dt.datetime) -> None:
    private_key = _private_key(session, demand, given)
    waiting = queries.sealed_bids(session, demand)
    if not waiting:
        close_without_bids(session, demand, actor=actor, now=now)
    else:
        demand.status = lifecycle.advance(lifecycle.DEMAND, demand.status, "open_bids")
        demand.opened_at = demand.updated_at = now
        found = {bid.id: _read(bid, private_key) for bid in waiting}
        twice = joint_bid.clashes({bid.id: _bidders(bid, found[bid.id][1]) for bid in waiting})
        for bid in waiting:
            _open_one(session, bid, *((TWICE, None) if bid.id in twice else found[bid.id]), now=now)
        unread = sum(bid.opening_problem is not None for bid in waiting)
        audit.record(session, "demand:open_bids", demand, actor=actor, at=now, bids=len(waiting), unread=unread)
        notify(session, demand.buyer_id, "bids_opened", dedupe=f"demand:{demand.id}:opened", now=now,
               link=f"/demands/{demand.code}/evaluation", demand=demand.code, title=demand.title,
               count=len(waiting), unread=unread)
    for share in given:  # superseded and withdrawn bids stay sealed: without both holders nobody has the key again
        share.opened = None
    session.flush()


def _private_key(session: Session, demand: Demand, given: list[KeyShare]) -> bytes:
    public_key = get(session, DemandKey, demand.id).public_key
    try:
        private_key = secret_sharing.combine({share.number: share.opened for share in given[:2]})
    except ValueError as error:
        raise WrongState("opening.key_mismatch", code=demand.code) from error
    if sealing.public_key_of(private_key) != public_key:
        raise WrongState("opening.key_mismatch", code=demand.code)
    return private_key


def _bidders(bid: Bid, form: bids.BidForm | None) -> set[str]:
    """Every founder of a bid by USCC; an unreadable one binds nobody."""
    return set() if form is None else {bid.founder.uscc, *(one["uscc"] for one in form.team)}


def _open_one(session: Session, bid: Bid, problem: str | None, form: bids.BidForm | None, *, now: dt.datetime) -> None:
    """Write down what a bid says, or why it is not read; one bad bid never stands in the way of the others."""
    bid.opening_problem = problem
    if form is not None:
        bid.status, bid.opened_at = lifecycle.advance(lifecycle.BID, bid.status, "open"), now
        said = bids.contents(form)
        bid.price_fen, bid.plan = form.price_fen, form.plan
        bid.milestones, bid.disclosures = said["milestones"], said["disclosures"]
        bid.team, bid.attachments = said.get("team", []), said.get("attachments", [])
    else:
        log.error("bid %s of demand %s could not be opened: %s", bid.id, bid.demand.code, bid.opening_problem)
    audit.record(session, "bid:open", bid, actor=SYSTEM, at=now, demand=bid.demand.code,
                 founder_id=bid.founder_id, commitment=bid.commitment, problem=bid.opening_problem)
    notify(session, bid.founder_id, "bid_unreadable" if form is None else "bid_opened",
           dedupe=f"bid:{bid.id}:opened", now=now, link=f"/demands/{bid.demand.code}/bid", demand=bid.demand.code,
           title=bid.demand.title)


def _read(bid: Bid, private_key: bytes) -> tuple[str | None, bids.BidForm | None]:
    """(why it cannot be read, the bid): one of the two is None."""
    try:
        text = sealing.unseal_bid(bid.ciphertext, private_key)
    except sealing.CannotOpen:
        return UNDECRYPTABLE, None
    if sealing.commitment(text) != bid.commitment:
        return OTHER_COMMITMENT, None
    try:
        said = sealing.read_payload(text)
        form = bids.from_payload(said)
        bids.check(form, budget_fen=bid.demand.budget_fen)
        if (said["demand"], said["founder_uscc"]) != (bid.demand.code, bid.founder.uscc):
            return OTHER_COMMITMENT, None
    except (sealing.CannotOpen, KeyError, TypeError, ValueError, RuleViolation):
        return UNREADABLE, None
    return None, form
