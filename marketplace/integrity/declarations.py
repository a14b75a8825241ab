"""What bidders declare of their relation to the buyer: with the bid, and as an explanation after the opening.

Basis: 招标投标法实施条例 (国务院令第613号, in force 2012-02-01) Art. 34 [M]: whoever has an interest with the buyer
that may affect fairness may not bid. Whether it may is for people to judge; the declaration is what they judge from.
"""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.db import find
from marketplace.demand.models import Demand
from marketplace.integrity.models import RelationDeclaration
from marketplace.rules.errors import NotAllowed, Problem, Problems, WrongState
from marketplace.rules.joint_bid import MemberStatus
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import queries as tendering
from marketplace.tendering.models import BidTeamMember
from marketplace.tendering.operations import SEALED_ACTOR

BIDDING, EXPLANATION = "bidding", "explanation"
MOST_DETAILS = 2000


def stage_of(session: Session, demand: Demand, founder_id: int, *, now: dt.datetime) -> str | None:
    """Which declaration a founder can make at this moment, None when none."""
    if demand.accepts_bids(now=now):
        return BIDDING
    if demand.status not in (DemandStatus.EVALUATION, DemandStatus.COMPLETE):
        return None
    own = tendering.bid_of(session, demand, founder_id)
    opened = (own is not None and own.opened_at is not None) or _in_joint_bid(session, demand, founder_id)
    return EXPLANATION if opened else None


def _in_joint_bid(session: Session, demand: Demand, founder_id: int) -> bool:
    """Whether this founder bids here with others."""
    bound = find(session, BidTeamMember, demand_id=demand.id, founder_id=founder_id, status=MemberStatus.CONFIRMED)
    return bound is not None and bound.entered_at is not None


def declare(session: Session, demand: Demand, *, related: bool, details: str, actor: User,
            now: dt.datetime) -> RelationDeclaration:
    """Say whether there is a relation to the buyer or its people, or explain one after the opening.

    What is said stays; a later declaration stands beside it, the same one again is kept once. Until the opening only
    the founder can read it. Raises NotAllowed (declaration.founders_only), WrongState (declaration.not_now), Problems.
    """
    founder = actor.organisation
    if founder.role != Role.FOUNDER or founder.id == demand.buyer_id:
        raise NotAllowed("declaration.founders_only")
    stage = stage_of(session, demand, founder.id, now=now)
    if stage is None:
        raise WrongState("declaration.not_now", code=demand.code)
    details = details.strip()
    _check(details, needed=related or stage == EXPLANATION)
    earlier = latest(session, demand, founder.id)
    if earlier is not None and (earlier.stage, earlier.related, earlier.details) == (stage, related, details):
        return earlier
    said = RelationDeclaration(demand_id=demand.id, founder_id=founder.id, stage=stage, related=related,
                               details=details, declared_by_id=actor.id, declared_at=now)
    session.add(said)
    # who bids is secret until the opening, so the chain does not say whose declaration this is before it
    audit.record(session, "relation_declaration:make", said, actor=SEALED_ACTOR if stage == BIDDING else actor, at=now,
                 demand=demand.code, declaration_stage=stage)
    return said


def with_bid(session: Session, demand: Demand, *, related: bool | None, details: str, actor: User,
             now: dt.datetime) -> RelationDeclaration | None:
    """What was said with a bid, at whichever door; None lets an earlier declaration stand.

    After the deadline nothing is declared: the bid itself is refused, or a repeated request is answered again.

    Raises Problems (declaration.needed) when nothing was ever declared, and what `declare` raises.
    """
    earlier = latest(session, demand, actor.organisation_id)
    if not demand.accepts_bids(now=now):
        return earlier
    if related is None:
        if earlier is None:
            raise Problems([Problem("related", "declaration.needed")])
        return earlier
    return declare(session, demand, related=related, details=details, actor=actor, now=now)


def _check(details: str, *, needed: bool) -> None:
    if needed and not details:
        raise Problems([Problem("relation_details", "declaration.details_missing")])
    if len(details) > MOST_DETAILS:
        raise Problems([Problem("relation_details", "field.too_long", {"most": MOST_DETAILS, "length": len(details)})])


def of_founder(session: Session, demand: Demand, founder_id: int) -> list[RelationDeclaration]:
    """Everything a founder declared for a demand, oldest first."""
    query = select(RelationDeclaration).filter_by(demand_id=demand.id, founder_id=founder_id)
    return list(session.scalars(query.order_by(RelationDeclaration.id)))


def latest(session: Session, demand: Demand, founder_id: int) -> RelationDeclaration | None:
    """What a founder declared last for a demand."""
    return next(reversed(of_founder(session, demand, founder_id)), None)
