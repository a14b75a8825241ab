"""Reading suggestions and invitations."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Milestone
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.feedback import Side
from marketplace.rules.lifecycle import ContractStatus, DemandStatus, MilestoneStatus
from marketplace.suggestions import feedback, payer
from marketplace.suggestions.models import Invitation, Refresh, Suggestion


def for_demand(session: Session, demand: Demand, limit: int = 50, *, eligible: bool = True, after: int = 0,
               dismissed: bool = False) -> list[Suggestion]:
    """The founders suggested for a demand, best first, from the rank behind `after` on; or the vetoed ones.

    Whom the buyer dismissed is left out; with dismissed=True only they are given.
    """
    gone = feedback.is_dismissed(Side.BUYER)
    query = select(Suggestion).options(joinedload(Suggestion.profile)).where(
        Suggestion.demand_id == demand.id, Suggestion.eligible.is_(eligible), Suggestion.rank > after,
        gone if dismissed else ~gone)
    return list(session.scalars(query.order_by(Suggestion.rank).limit(limit)))


def for_founder(session: Session, founder_id: int, limit: int = 50, *, now: dt.datetime, eligible: bool = True,
                after: int = 0, dismissed: bool = False) -> list[Suggestion]:
    """The demands that still take bids and are suggested to a founder, best first, `after` of them left out.

    The order is the score and, as a part of its own, the buyer's payment record (rules.payer_policy).
    With eligible=False those whose hard requirements the founder does not meet. What the founder dismissed is left
    out; with dismissed=True only that is given.
    """
    gone = feedback.is_dismissed(Side.FOUNDER)
    query = select(Suggestion).join(Suggestion.profile).join(Suggestion.demand).options(
        joinedload(Suggestion.demand), joinedload(Suggestion.profile)).where(
        CapabilityProfile.founder_id == founder_id, Suggestion.eligible.is_(eligible),
        Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now, gone if dismissed else ~gone)
    counted = payer.counts(query.with_only_columns(Demand.buyer_id).options().distinct(), today=legal_day(now))
    ordered = query.outerjoin(counted, counted.c.buyer_id == Demand.buyer_id).order_by(
        (Suggestion.score + payer.value_of(counted)).desc(), Suggestion.demand_id)
    return list(session.scalars(ordered.offset(after).limit(limit)))


def invitations_of(session: Session, founder_id: int) -> list[Invitation]:
    """The invitations a founder has received, newest first."""
    query = select(Invitation).options(joinedload(Invitation.demand)).filter_by(founder_id=founder_id)
    return list(session.scalars(query.order_by(Invitation.id.desc())))


def invited(session: Session, demand: Demand) -> dict[int, Invitation]:
    """The invitations of a demand by the founder's organisation id."""
    query = select(Invitation).filter_by(demand_id=demand.id).order_by(Invitation.id)
    return {invitation.founder_id: invitation for invitation in session.scalars(query)}


def work_in_hand(session: Session, founder_ids: Iterable[int]) -> dict[int, int]:
    """How many contracts of each founder still have work to deliver; founders with none are left out.

    A fact for the buyer's eye and no veto: how many days a contract still takes is nowhere stated.
    """
    unfinished = exists().where(Milestone.contract_id == Contract.id, Milestone.status.in_(
        (MilestoneStatus.SCHEDULED, MilestoneStatus.REJECTED)))
    query = select(Contract.founder_id, func.count()).where(
        Contract.founder_id.in_(list(founder_ids)), unfinished,
        Contract.status.in_((ContractStatus.PENDING, ContractStatus.ACTIVE))).group_by(Contract.founder_id)
    return dict(session.execute(query).all())


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
