"""What people say to a suggestion, and what they have been shown: rows of match_event, only ever added."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules import feedback
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.feedback import Mark, MatchEventKind, Side
from marketplace.suggestions.models import MatchEvent, Suggestion

LONGEST_NOTE = 500
# How long what was shown is looked back at for a position.
REMEMBERED = dt.timedelta(days=30)


@dataclass(frozen=True)
class Place:
    """Where a pair stood on a page; `propensity` only where the place was drawn at random."""

    demand_id: int
    profile_id: int
    position: int | None
    propensity: float | None = None


def mark(session: Session, demand: Demand, profile: CapabilityProfile, side: Side, action: str, *, actor: User,
         now: dt.datetime, reason: str | None = None, note: str = "") -> Mark:
    """keep, release, dismiss or restore a suggestion for the actor's organisation; how it stands afterwards.

    A dismissal needs a reason of that side. Saying the same twice changes nothing. Raises Problems, WrongState.
    """
    known = {str(one) for one in feedback.REASONS[side]}
    if action == "dismiss" and reason not in known:
        raise Problems([Problem("reason", "mark.reason_missing")])
    before = feedback.mark_after(_last_kind(session, demand.id, profile.id, side))
    kind = feedback.event_for(before, action, side)
    if kind is None:
        return before
    session.add(MatchEvent(
        demand_id=demand.id, profile_id=profile.id, side=side, kind=kind, person_id=actor.id,
        position=position_of(session, demand.id, profile.id, side, now=now), happened_on=legal_day(now), at=now,
        reason=reason if action == "dismiss" else None, note=note.strip()[:LONGEST_NOTE]))
    audit.record(session, f"suggestion:{action}", ("demand", demand.id), actor=actor, at=now, side=side,
                 profile_id=profile.id, reason=reason if action == "dismiss" else None)
    return feedback.mark_after(kind)


def _last_kind(session: Session, demand_id: int, profile_id: int, side: Side) -> str | None:
    query = select(MatchEvent.kind).where(
        MatchEvent.demand_id == demand_id, MatchEvent.profile_id == profile_id, MatchEvent.side == side,
        MatchEvent.kind.in_(feedback.MARKING))
    return session.scalar(query.order_by(MatchEvent.id.desc()).limit(1))


def position_of(session: Session, demand_id: int, profile_id: int, side: Side, *, now: dt.datetime) -> int | None:
    """Where the pair was last shown to that side, None when it has not been lately."""
    query = select(MatchEvent.position).where(
        MatchEvent.demand_id == demand_id, MatchEvent.profile_id == profile_id, MatchEvent.side == side,
        MatchEvent.kind == MatchEventKind.SHOWN, MatchEvent.at >= now - REMEMBERED)
    return session.scalar(query.order_by(MatchEvent.id.desc()).limit(1))


def _last_marks(side: Side) -> Select[tuple[int]]:
    return select(func.max(MatchEvent.id)).where(
        MatchEvent.side == side, MatchEvent.kind.in_(feedback.MARKING)).group_by(
        MatchEvent.demand_id, MatchEvent.profile_id)


def is_dismissed(side: Side) -> ColumnElement[bool]:
    """Whether a row of `suggestion` has been dismissed on that side and not brought back, for a WHERE."""
    return exists().where(
        MatchEvent.id.in_(_last_marks(side)), MatchEvent.kind == MatchEventKind.DISMISSED,
        MatchEvent.demand_id == Suggestion.demand_id, MatchEvent.profile_id == Suggestion.profile_id)


def marks_of_founder(session: Session, profile_id: int) -> dict[int, Mark]:
    """How each demand the founder said something to stands with them, by demand id."""
    query = select(MatchEvent.demand_id, MatchEvent.kind).where(
        MatchEvent.id.in_(_last_marks(Side.FOUNDER)), MatchEvent.profile_id == profile_id)
    return {demand_id: feedback.mark_after(kind) for demand_id, kind in session.execute(query)}


def marks_of_demand(session: Session, demand_id: int) -> dict[int, Mark]:
    """How each founder the buyer said something to stands with them, by profile id."""
    query = select(MatchEvent.profile_id, MatchEvent.kind).where(
        MatchEvent.id.in_(_last_marks(Side.BUYER)), MatchEvent.demand_id == demand_id)
    return {profile_id: feedback.mark_after(kind) for profile_id, kind in session.execute(query)}


def dismissed_pairs(session: Session, demand_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(demand id, profile id) that one side or the other has dismissed: nobody is proposed there."""
    latest = [_last_marks(side) for side in Side]
    query = select(MatchEvent.demand_id, MatchEvent.profile_id).where(
        MatchEvent.demand_id.in_(list(demand_ids)), MatchEvent.kind == MatchEventKind.DISMISSED,
        MatchEvent.id.in_(latest[0]) | MatchEvent.id.in_(latest[1]))
    return {(demand_id, profile_id) for demand_id, profile_id in session.execute(query)}


def unseen(session: Session, places: Iterable[Place], side: Side, kind: MatchEventKind, *, person: User,
           now: dt.datetime) -> list[Place]:
    """Of some places those not yet noted for this person today."""
    wanted = list(places)
    if not wanted:
        return []
    query = select(MatchEvent.demand_id, MatchEvent.profile_id).where(
        MatchEvent.person_id == person.id, MatchEvent.side == side, MatchEvent.kind == kind,
        MatchEvent.happened_on == legal_day(now))
    done = {(demand_id, profile_id) for demand_id, profile_id in session.execute(query)}
    return [one for one in wanted if (one.demand_id, one.profile_id) not in done]


def note_seen(session: Session, places: Iterable[Place], side: Side, kind: MatchEventKind, *, person: User,
              now: dt.datetime) -> int:
    """Note what a signed-in person was shown or opened, once for each pair and day; how many were new."""
    fresh = unseen(session, places, side, kind, person=person, now=now)
    noted = 0
    for one in fresh:
        position = one.position
        if position is None:
            position = position_of(session, one.demand_id, one.profile_id, side, now=now)
        try:
            with session.begin_nested():
                session.add(MatchEvent(
                    demand_id=one.demand_id, profile_id=one.profile_id, side=side, kind=kind, person_id=person.id,
                    position=position, propensity=one.propensity, happened_on=legal_day(now), at=now))
            noted += 1
        except IntegrityError:
            continue  # noted at the same moment from another window
    return noted
