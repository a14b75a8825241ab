"""The invitations proposed for a month: assigned over all open demands and founders at once.

Nobody is proposed more often than they can answer; newcomers (no award on this platform yet) get a share, and each
demand has one place that is drawn among them, marked, with the probability of the draw.
"""
from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import SHANGHAI, legal_day
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions import feedback
from marketplace.suggestions.models import Invitation, InvitationRound, ProposedInvitation, Suggestion
from marketplace.tendering.models import Award, Bid
from matching.types import Match

# Platform rules, shown on the page.
PER_DEMAND = 5
DRAWN_PER_DEMAND = 1
MOST_PER_FOUNDER = 3
DAYS_PER_INVITATION = 5  # free days a month that one more invitation is worth
USUAL_PER_FOUNDER = 2  # who has not said how many days are free
NEWCOMER_SHARE = 0.2


@dataclass(frozen=True)
class Round:
    """A month's proposals by demand, and their figures beside those of inviting each demand's best."""

    month: str
    proposed_at: dt.datetime
    report: dict[str, dict[str, float]]
    proposals: dict[int, list[ProposedInvitation]]


def month_of(now: dt.datetime) -> str:
    """The month a moment falls in, in Beijing: "2026-11"."""
    return f"{legal_day(now):%Y-%m}"


def capacity_of(profile: CapabilityProfile) -> int:
    """How many invitations a month a founder can be expected to answer, by the free days they state."""
    days = profile.capacity_days_per_month
    if days is None:
        return USUAL_PER_FOUNDER
    return min(MOST_PER_FOUNDER, -(-days // DAYS_PER_INVITATION))


def newcomers(session: Session) -> frozenset[int]:
    """The ids of the profiles whose founders have not been awarded anything on this platform."""
    awarded = select(Bid.founder_id).join(Award, Award.bid_id == Bid.id)
    return frozenset(session.scalars(
        select(CapabilityProfile.id).where(CapabilityProfile.founder_id.not_in(awarded))))


def propose(session: Session, *, actor: User | str, now: dt.datetime) -> int:
    """Work out this month's proposals anew from the stored suggestions of all open demands; how many there are.

    Invitations already sent this month count against what a founder can answer and what a demand may send; whoever
    was invited, or was dismissed on either side, is not proposed again.
    """
    from matching import assign  # scipy's solver: only where something is assigned

    month = month_of(now)
    market = _market(session, now)
    floor = assign.assign(market.matches, quota=market.quota, capacity=market.capacity, newcomers=market.newcomers,
                          floor=NEWCOMER_SHARE)
    drawn = _draw(market, floor, month, assign.LEAST_CHANCE)
    simple = assign.greedy(market.matches, quota=PER_DEMAND, newcomers=market.newcomers)
    figures = {name: asdict(assign.report(pairs, market.matches, capacity=market.capacity))
               for name, pairs in (("assigned", [*floor, *(pair for pair, _ in drawn)]), ("greedy", simple))}
    kept = session.get(InvitationRound, month) or InvitationRound(month=month)
    kept.engine_version, kept.report, kept.proposed_at = market.engine_version, figures, now
    session.add(kept)
    session.execute(delete(ProposedInvitation).filter_by(month=month))
    session.flush()
    places: Counter[str] = Counter()
    for pair, propensity in [*((pair, None) for pair in floor), *drawn]:
        places[pair.demand_id] += 1
        session.add(ProposedInvitation(
            month=month, demand_id=int(pair.demand_id), profile_id=int(pair.profile_id),
            position=places[pair.demand_id], probability=pair.probability, newcomer=pair.newcomer,
            explore=propensity is not None, propensity=propensity))
    audit.record(session, "invitation_round:propose", ("invitation_round", month), actor=actor, at=now,
                 proposed=sum(places.values()), drawn=len(drawn))
    return sum(places.values())


@dataclass(frozen=True)
class _Market:
    matches: list[Match]
    quota: Mapping[str, int]
    capacity: Mapping[str, int]
    newcomers: frozenset[str]
    engine_version: str


def _market(session: Session, now: dt.datetime) -> _Market:
    open_now = (Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)
    demands = list(session.scalars(select(Demand.id).where(*open_now)))
    sent = _sent_this_month(session, now)
    gone = feedback.dismissed_pairs(session, demands) | _invited_pairs(session)
    query = select(Suggestion.demand_id, Suggestion.profile_id, Suggestion.score, Suggestion.engine_version).join(
        Demand, Demand.id == Suggestion.demand_id).where(*open_now, Suggestion.eligible.is_(True))
    rows = [row for row in session.execute(query) if (row.demand_id, row.profile_id) not in gone]
    people = session.scalars(select(CapabilityProfile))
    return _Market(
        [Match(str(row.profile_id), str(row.demand_id), row.score, True) for row in rows],
        {str(one): max(PER_DEMAND - DRAWN_PER_DEMAND - sent["demand", one], 0) for one in demands},
        {str(one.id): max(capacity_of(one) - sent["profile", one.id], 0) for one in people},
        frozenset(map(str, newcomers(session))), max((row.engine_version for row in rows), default=""))


def _sent_this_month(session: Session, now: dt.datetime) -> Counter[tuple[str, int]]:
    first = dt.datetime.combine(legal_day(now).replace(day=1), dt.time(), SHANGHAI)
    query = select(Invitation.demand_id, CapabilityProfile.id).join(
        CapabilityProfile, CapabilityProfile.founder_id == Invitation.founder_id).where(Invitation.invited_at >= first)
    counted: Counter[tuple[str, int]] = Counter()
    for demand_id, profile_id in session.execute(query):
        counted["demand", demand_id] += 1
        counted["profile", profile_id] += 1
    return counted


def _invited_pairs(session: Session) -> set[tuple[int, int]]:
    query = select(Invitation.demand_id, CapabilityProfile.id).join(
        CapabilityProfile, CapabilityProfile.founder_id == Invitation.founder_id)
    return {(demand_id, profile_id) for demand_id, profile_id in session.execute(query)}


def _draw(market: _Market, assigned: Sequence, month: str, least: float) -> list[tuple]:
    """One place for each demand, drawn evenly among the newcomers who fit, have room and are not invited anyway.

    The draw depends on the month and the demand alone, so that working it out again gives the same place; its
    propensity is one over the number of those it was drawn from.
    """
    from matching.assign import Pair

    room = dict(market.capacity)
    for pair in assigned:
        room[pair.profile_id] -= 1
    there = {(pair.demand_id, pair.profile_id) for pair in assigned}
    by_demand: dict[str, list[Match]] = {}
    for match in market.matches:
        if match.profile_id in market.newcomers and match.probability >= least:
            by_demand.setdefault(match.demand_id, []).append(match)
    drawn = []
    for demand_id in sorted(by_demand, key=int):
        urn = sorted((m for m in by_demand[demand_id] if room.get(m.profile_id, 0) > 0
                      and (demand_id, m.profile_id) not in there), key=lambda m: m.profile_id)
        if not urn:
            continue
        number = int.from_bytes(hashlib.sha256(f"{month}:{demand_id}".encode()).digest())
        chosen = urn[number % len(urn)]
        room[chosen.profile_id] -= 1
        drawn.append((Pair(demand_id, chosen.profile_id, chosen.probability, True), 1 / len(urn)))
    return drawn


def of_month(session: Session, month: str, *, buyer_id: int | None = None) -> Round | None:
    """A month's proposals, of one buyer's demands or of all; None when none have been worked out."""
    kept = session.get(InvitationRound, month)
    if kept is None:
        return None
    query = select(ProposedInvitation).join(Demand, Demand.id == ProposedInvitation.demand_id).options(
        joinedload(ProposedInvitation.demand), joinedload(ProposedInvitation.profile)).filter(
        ProposedInvitation.month == month)
    if buyer_id is not None:
        query = query.where(Demand.buyer_id == buyer_id)
    found: dict[int, list[ProposedInvitation]] = {}
    for one in session.scalars(query.order_by(ProposedInvitation.demand_id, ProposedInvitation.position)):
        found.setdefault(one.demand_id, []).append(one)
    return Round(month, kept.proposed_at, kept.report, found)


def months(session: Session) -> list[str]:
    """The months with proposals, newest first."""
    return list(session.scalars(select(InvitationRound.month).order_by(InvitationRound.month.desc())))


def propensity_of(session: Session, demand_id: int, profile_id: int, *, month: str) -> float | None:
    """The probability with which this month's drawn place fell to a pair; None where nothing was drawn."""
    query = select(ProposedInvitation.propensity).filter_by(month=month, demand_id=demand_id, profile_id=profile_id)
    return session.scalar(query)


def proposed_count(session: Session, month: str) -> int:
    """How many invitations are proposed in a month."""
    return session.scalar(select(func.count()).select_from(ProposedInvitation).filter_by(month=month)) or 0
