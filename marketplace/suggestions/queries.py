"""Reading suggestions and invitations."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions.models import Invitation, Refresh, Suggestion


def for_demand(session: Session, demand: Demand, limit: int = 50, *, eligible: bool = True,
               after: int = 0) -> list[Suggestion]:
    """The founders suggested for a demand, best first, from the rank behind `after` on; or the vetoed ones."""
    query = select(Suggestion).options(joinedload(Suggestion.profile)).where(
        Suggestion.demand_id == demand.id, Suggestion.eligible.is_(eligible), Suggestion.rank > after)
    return list(session.scalars(query.order_by(Suggestion.rank).limit(limit)))


def for_founder(session: Session, founder_id: int, limit: int = 50, *, now: dt.datetime, eligible: bool = True,
                after: int = 0) -> list[Suggestion]:
    """The demands that still take bids and are suggested to a founder, best first, `after` of them left out.

    With eligible=False those whose hard requirements the founder does not meet.
    """
    query = select(Suggestion).join(Suggestion.profile).join(Suggestion.demand).options(
        joinedload(Suggestion.demand), joinedload(Suggestion.profile)).where(
        CapabilityProfile.founder_id == founder_id, Suggestion.eligible.is_(eligible),
        Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)
    ordered = query.order_by(Suggestion.score.desc(), Suggestion.demand_id)
    return list(session.scalars(ordered.offset(after).limit(limit)))


def invitations_of(session: Session, founder_id: int) -> list[Invitation]:
    """The invitations a founder has received, newest first."""
    query = select(Invitation).options(joinedload(Invitation.demand)).filter_by(founder_id=founder_id)
    return list(session.scalars(query.order_by(Invitation.id.desc())))


def invited(session: Session, demand: Demand) -> dict[int, Invitation]:
    """The invitations of a demand by the founder's organisation id."""
    query = select(Invitation).filter_by(demand_id=demand.id).order_by(Invitation.id)
    return {invitation.founder_id: invitation for invitation in session.scalars(query)}


def refresh_of(session: Session, demand: Demand) -> Refresh | None:
    """When and from what the suggestions of a demand were last computed."""
    return session.get(Refresh, demand.id)


def refreshes(session: Session) -> dict[int, tuple[str, str]]:
    """(inputs hash, engine version) of every demand's last refresh, by demand id."""
    return {row.demand_id: (row.inputs_hash, row.engine_version) for row in session.scalars(select(Refresh))}


def active_demands(session: Session) -> list[Demand]:
    """Every demand that founders are suggested for."""
    return list(session.scalars(select(Demand).filter_by(status=DemandStatus.ACTIVE).order_by(Demand.id)))


def count(session: Session, demand_id: int) -> int:
    """How many suggestions, vetoed ones among them, are stored for a demand."""
    query = select(func.count()).select_from(Suggestion).filter_by(demand_id=demand_id)
    return session.scalar(query) or 0


def waiting_refreshes(session: Session) -> bool:
    """Whether some active demand has not been matched since a profile last changed."""
    last = session.scalar(select(func.max(CapabilityProfile.updated_at)))
    done = {row.demand_id: row.computed_at for row in session.scalars(select(Refresh))}
    active = session.scalars(select(Demand.id).filter_by(status=DemandStatus.ACTIVE))
    return last is not None and any(demand_id not in done or done[demand_id] < last for demand_id in active)
