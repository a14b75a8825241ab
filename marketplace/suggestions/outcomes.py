"""What became of suggestions, as the matching is trained on it: one line for each thing that happened to a pair.

Seen and said is kept in match_event; invitations, bids, awards and payment are read from where they happened. Who
has bid is told only once the bid deadline has passed.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.clock import legal_day
from marketplace.contracts.models import Contract
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.payments.models import Obligation
from marketplace.rules.feedback import MatchEventKind
from marketplace.suggestions.models import Invitation, MatchEvent, ProposedInvitation
from marketplace.tendering.models import Award, Bid

# Taking back what was said is no outcome of its own.
TOLD = (MatchEventKind.SHOWN, MatchEventKind.VIEWED, MatchEventKind.SAVED, MatchEventKind.SHORTLISTED,
        MatchEventKind.DISMISSED)


@dataclass(frozen=True)
class Outcome:
    """One thing that happened to a pair, on a legal day. Ids are those `export demands` and `export profiles` write.

    event: shown, viewed, saved, shortlisted, dismissed, invited, bid, awarded or paid_on_time. position: where the
    pair stood on the page; propensity: the chance with which a drawn place fell to it; None where unknown.
    """

    demand_id: str
    profile_id: str
    position: int | None
    propensity: float | None
    event: str
    on: dt.date

    def as_row(self) -> dict[str, Any]:
        """As a line of JSON."""
        return {"demand_id": self.demand_id, "profile_id": self.profile_id, "position": self.position,
                "propensity": self.propensity, "event": self.event, "on": self.on.isoformat()}


def all_outcomes(session: Session, *, now: dt.datetime) -> list[Outcome]:
    """Everything that happened so far, by day, then pair, then event."""
    drawn = _propensities(session)
    found = [*_events(session), *_invited(session, drawn), *_bids(session, now), *_awards(session),
             *_paid_on_time(session)]
    return sorted(found, key=lambda one: (one.on, int(one.demand_id), int(one.profile_id), one.event,
                                          one.position or 0))


def _propensities(session: Session) -> dict[tuple[int, int], float]:
    query = select(ProposedInvitation.demand_id, ProposedInvitation.profile_id, ProposedInvitation.propensity).where(
        ProposedInvitation.propensity.is_not(None)).order_by(ProposedInvitation.month)
    return {(demand_id, profile_id): value for demand_id, profile_id, value in session.execute(query)}


def _events(session: Session) -> Iterator[Outcome]:
    query = select(MatchEvent.demand_id, MatchEvent.profile_id, MatchEvent.position, MatchEvent.propensity,
                   MatchEvent.kind, MatchEvent.happened_on).where(MatchEvent.kind.in_(TOLD))
    for demand_id, profile_id, position, propensity, kind, on in session.execute(query.order_by(MatchEvent.id)):
        yield Outcome(str(demand_id), str(profile_id), position, propensity, str(kind), on)


def _invited(session: Session, drawn: dict[tuple[int, int], float]) -> Iterator[Outcome]:
    query = select(Invitation.demand_id, CapabilityProfile.id, Invitation.invited_at).join(
        CapabilityProfile, CapabilityProfile.founder_id == Invitation.founder_id)
    for demand_id, profile_id, at in session.execute(query):
        yield Outcome(str(demand_id), str(profile_id), None, drawn.get((demand_id, profile_id)), "invited",
                      legal_day(at))


def _bids(session: Session, now: dt.datetime) -> Iterator[Outcome]:
    query = select(Bid.demand_id, CapabilityProfile.id, func.min(Bid.received_at)).join(
        CapabilityProfile, CapabilityProfile.founder_id == Bid.founder_id).join(
        Demand, Demand.id == Bid.demand_id).where(Bid.withdrawn_at.is_(None), Demand.bid_deadline < now)
    for demand_id, profile_id, at in session.execute(query.group_by(Bid.demand_id, CapabilityProfile.id)):
        yield Outcome(str(demand_id), str(profile_id), None, None, "bid", legal_day(at))


def _won() -> Select[Any]:
    """(demand id, profile id, award) of every award."""
    return select(Award.demand_id, CapabilityProfile.id, Award).join(Bid, Award.bid_id == Bid.id).join(
        CapabilityProfile, CapabilityProfile.founder_id == Bid.founder_id)


def _awards(session: Session) -> Iterator[Outcome]:
    for demand_id, profile_id, award in session.execute(_won()):
        yield Outcome(str(demand_id), str(profile_id), None, None, "awarded", legal_day(award.awarded_at))


def _paid_on_time(session: Session) -> Iterator[Outcome]:
    """Contracts of which everything due so far has been settled by its due date, on the day of the last settlement."""
    query = select(Contract.demand_id, Obligation.due_on, Obligation.settled_on).join(
        Obligation, Obligation.contract_id == Contract.id)
    settled: dict[int, list[tuple[dt.date | None, dt.date | None]]] = {}
    for demand_id, due, paid in session.execute(query):
        settled.setdefault(demand_id, []).append((due, paid))
    for demand_id, profile_id, _ in session.execute(_won()):
        owed = settled.get(demand_id, [])
        if owed and all(due is not None and paid is not None and paid <= due for due, paid in owed):
            last = max(paid for _, paid in owed if paid is not None)
            yield Outcome(str(demand_id), str(profile_id), None, None, "paid_on_time", last)


def published(session: Session) -> Iterable[Demand]:
    """Every demand that was ever published, for the file that goes with the outcomes."""
    return session.scalars(select(Demand).where(Demand.published_at.is_not(None)).order_by(Demand.id))
