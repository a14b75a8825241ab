"""Taking an award back: it is kept as it stood, its row goes, and the bids are opened bids again."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.rules import lifecycle
from marketplace.rules.errors import NotFound
from marketplace.tendering import queries
from marketplace.tendering.models import RevokedAward


@dataclass(frozen=True)
class DraftedContract:
    """The contract drafted from the award, as it stood before it was taken back with it."""

    id: int
    number: str
    text: str
    text_hash: str


def revoke(session: Session, demand: Demand, *, cause: str, contract: DraftedContract | None, actor: User | str,
           now: dt.datetime) -> RevokedAward:
    """The demand is in evaluation again with every bid that was read. `contracts.revoking` is what doors call: it
    takes the draft contract away first.

    Raises WrongState (demand.wrong_state), NotFound (award.none).
    """
    demand = lock(session, Demand, demand.id)
    status = lifecycle.advance(lifecycle.DEMAND, demand.status, "revoke")
    award = queries.award_of(session, demand)
    if award is None:
        raise NotFound("award.none", code=demand.code)
    kept = RevokedAward(
        demand_id=demand.id, round=queries.award_round(session, demand), award_id=award.id, bid_id=award.bid_id,
        founder_id=award.bid.founder_id, reason=award.reason, ranking=award.ranking,
        awarded_by_id=award.awarded_by_id, awarded_at=award.awarded_at, revoked_at=now,
        revoked_by=actor if isinstance(actor, str) else f"user:{actor.id}", cause=cause)
    if contract is not None:
        kept.contract_id, kept.contract_number = contract.id, contract.number
        kept.contract_text, kept.contract_text_hash = contract.text, contract.text_hash
    for bid in queries.opened_bids(session, demand):
        bid.status = lifecycle.advance(lifecycle.BID, bid.status, "revoke")
    session.delete(award)
    session.add(kept)
    demand.status, demand.updated_at = status, now
    audit.record(session, "demand:revoke_award", demand, actor=actor, at=now, bid=kept.bid_id,
                 founder_id=kept.founder_id, award=kept.award_id, round=kept.round, cause=cause)
    return kept
