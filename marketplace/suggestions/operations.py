"""Computing suggestions and inviting founders."""
from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.audit.operations import SYSTEM, canonical
from marketplace.db import find, get, lock
from marketplace.demand import following
from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.notices.operations import notify
from marketplace.rules import set_aside
from marketplace.rules.errors import NotAllowed, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions import pairing, queries, teams
from marketplace.suggestions.models import Invitation, Refresh, Suggestion
from matching import types
from matching.types import Match

if TYPE_CHECKING:
    from matching.engine import Engine

KEPT = 50
# Who may bid on a set-aside demand; nobody is invited who could not.


def refresh(session: Session, demand_id: int, *, now: dt.datetime) -> int:
    """Recompute the suggestions of one demand unless nothing they depend on has changed; how many are stored.

    The best KEPT eligible founders and the best KEPT vetoed ones are kept, the latter with what they fail. A demand
    that takes no bids is left as it is. Raises NotFound.
    """
    demand = get(session, Demand, demand_id)
    if demand.status != DemandStatus.ACTIVE:
        return queries.count(session, demand_id)
    pool = pairing.pool(session)
    inputs = inputs_hash(demand, pool.fingerprint)
    done = session.get(Refresh, demand_id)
    if done is not None and (done.inputs_hash, done.engine_version) == (inputs, pool.version):
        return queries.count(session, demand_id)
    engine, facts = pool.around(session, demand)
    matches, staffing = judged(engine, facts), teams.content_of(engine, facts)
    lock(session, Demand, demand_id)  # of two refreshes at once the second waits, and writes the same again
    done = session.get(Refresh, demand_id, populate_existing=True) or Refresh(demand_id=demand_id)
    done.inputs_hash, done.engine_version, done.computed_at = inputs, pool.version, now
    session.execute(delete(Suggestion).filter_by(demand_id=demand_id))
    session.add(done)
    session.add_all(
        Suggestion(demand_id=demand_id, profile_id=int(match.profile_id), rank=rank, score=match.score,
                   eligible=match.eligible, explanation=pairing.explanation_of(match),
                   engine_version=pool.version, computed_at=now)
        for rank, match in enumerate(matches, start=1))
    teams.store(session, demand_id, staffing, now=now)
    audit.record(session, "suggestion:refresh", ("demand", demand_id), actor=SYSTEM, at=now, inputs=inputs,
                 engine=pool.version, suggested=sum(match.eligible for match in matches),
                 vetoed=sum(not match.eligible for match in matches))
    return len(matches)


def judged(engine: Engine, facts: types.Demand) -> list[Match]:
    """The eligible founders best first, explained; after them the vetoed ones, best first."""
    vetoed = [match for match in engine.rank_profiles(facts, include_vetoed=True, explained=False)
              if not match.eligible]
    return engine.rank_profiles(facts, depth=KEPT) + vetoed[:KEPT]


def inputs_hash(demand: Demand, fingerprint: str) -> str:
    """SHA-256 of everything but the engine that decides a demand's suggestions."""
    facts = asdict(pairing.demand_facts(demand)) | {"buyer": demand.buyer.uscc, "profiles": fingerprint}
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def stale_demands(session: Session) -> list[int]:
    """The active demands whose suggestions are missing or were computed from other content or by another engine."""
    demands = queries.active_demands(session)
    if not demands:
        return []
    pool = pairing.pool(session)
    done = queries.refreshes(session)
    return [demand.id for demand in demands
            if done.get(demand.id) != (inputs_hash(demand, pool.fingerprint), pool.version)]


def warm(session: Session) -> None:
    """Build the engine ahead, so that no write transaction waits for it."""
    pairing.pool(session)


def is_stale(session: Session, demand: Demand) -> bool:
    """Whether the stored suggestions of an active demand are missing or no longer say what its content asks."""
    if demand.status != DemandStatus.ACTIVE:
        return False
    done = session.get(Refresh, demand.id)
    return done is None or done.inputs_hash != inputs_hash(demand, founders.fingerprint(session))


def invite(session: Session, demand: Demand, profile_id: int, *, note: str, actor: User,
           now: dt.datetime) -> Invitation:
    """Ask a founder to bid and tell them so.

    Raises NotFound, WrongState (the demand takes no bids; invited before), NotAllowed (conflict of interest; the
    demand is set aside for smaller firms). Other vetoes are the engine's reading of a text: the buyer may know better.
    """
    demand = lock(session, Demand, demand.id)
    if not demand.accepts_bids(now=now):
        raise WrongState("invitation.not_accepting", code=demand.code, deadline=demand.bid_deadline)
    profile = founders.by_id(session, profile_id)
    founder = profile.founder
    if pairing.organisation_code(demand.buyer.uscc) in pairing.interests(profile):
        raise NotAllowed("invitation.conflict", founder=founder.name)
    if demand.set_aside and not set_aside.admits(founder.size_class):
        raise NotAllowed("invitation.set_aside", founder=founder.name)
    invitation = Invitation(demand_id=demand.id, founder_id=founder.id, invited_by_id=actor.id, note=note,
                            invited_at=now)
    if find(session, Invitation, demand_id=demand.id, founder_id=founder.id):
        raise WrongState("invitation.already", founder=founder.name)
    try:
        with session.begin_nested():
            session.add(invitation)
    except IntegrityError as error:  # a colleague invited the same founder at the same moment
        raise WrongState("invitation.already", founder=founder.name) from error
    following.follow(session, demand, founder.id, now=now)
    audit.record(session, "demand:invite", demand, actor=actor, at=now, founder_id=founder.id,
                 profile_id=profile.id, invitation_id=invitation.id)
    notify(session, founder.id, "invitation", dedupe=f"invitation:{invitation.id}", now=now,
           link=f"/demands/{demand.code}", buyer=demand.buyer.name, title=demand.title)
    return invitation
