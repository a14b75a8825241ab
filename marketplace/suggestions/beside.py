"""What stands beside a demand on its page: its hard requirements and similar demands; and that it was opened."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.models import Role, User
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.rules.errors import NotFound
from marketplace.rules.feedback import MatchEventKind, Side
from marketplace.suggestions import conditions, feedback, similar
from marketplace.suggestions.conditions import Requirement
from marketplace.suggestions.feedback import Place
from marketplace.suggestions.similar import SimilarView


@dataclass(frozen=True)
class Beside:
    """`answerable`: the buyer may still say something to the requirements; `similar` is empty for a draft."""

    requirements: list[Requirement]
    confirmed: bool
    answerable: bool
    takes_bids: bool
    similar: list[SimilarView]


def of_demand(session: Session, demand: Demand, *, now: dt.datetime) -> Beside:
    """What any reader of a demand's page may know."""
    published = demand.published_at is not None
    return Beside(conditions.of_demand(demand), conditions.is_confirmed(demand),
                  demand.status in conditions.ANSWERABLE, demand.accepts_bids(now=now),
                  similar.demands_like(session, demand, now=now) if published else [])


def opened_by(session: Session, demand: Demand, viewer: User | None, *, now: dt.datetime) -> list[Place]:
    """A founder's opening of a demand that takes bids, where it is not on record for today yet. Nothing is kept of
    anyone else."""
    if viewer is None or viewer.role != Role.FOUNDER or not demand.accepts_bids(now=now):
        return []
    profile = founders.profile_of(session, viewer.organisation_id)
    if profile is None:
        return []
    return feedback.unseen(session, [Place(demand.id, profile.id, None)], Side.FOUNDER, MatchEventKind.VIEWED,
                           person=viewer, now=now)


def profile_opened_by(session: Session, profile_id: int, code: str, viewer: User, *, now: dt.datetime) -> list[Place]:
    """A buyer's opening of a founder's profile on the way from one of their own demands."""
    if viewer.role != Role.BUYER or not code:
        return []
    try:
        demand = demands.for_buyer(session, code, actor=viewer)
    except NotFound:  # the address names somebody else's demand: there is nothing to keep
        return []
    if not demand.accepts_bids(now=now):
        return []
    return feedback.unseen(session, [Place(demand.id, profile_id, None)], Side.BUYER, MatchEventKind.VIEWED,
                           person=viewer, now=now)
