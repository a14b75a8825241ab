"""Reading awards as they are made public, and objections; other people's objections are only counted."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from marketplace.accounts.models import Organisation, Role, User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.objections import standstill
from marketplace.objections.models import Objection, StandstillPeriod
from marketplace.rules.errors import NotFound
from marketplace.rules.objections import WAITING, ObjectionStatus
from marketplace.rules.standstill import Standstill
from marketplace.tendering import queries as tendering
from marketplace.tendering.models import RevokedAward


@dataclass(frozen=True)
class AwardNotice:
    """What everyone may read of an award: winner, price, reason, every total without the other names.

    `totals` in hundredths, best first, None for a bid that was out of the ranking. `answer_by` is the earliest last day
    for an answer to an objection that waits for its buyer; `by_operator` when all that wait are before the operator.
    `period` and `found` None for an award of before standstills were kept.
    """

    demand: Demand
    winner: Organisation
    price_fen: int
    reason: str
    awarded_at: dt.datetime
    totals: list[tuple[int, int | None, bool]]
    period: StandstillPeriod | None
    found: Standstill | None
    objections: int
    waiting: int
    answer_by: dt.date | None
    by_operator: bool
    revoked: list[RevokedAward]

    def may_be_signed(self, *, today: dt.date) -> bool:
        """Whether nothing of the standstill stands in the way of signing."""
        return self.found is None or (self.found.over(today=today) and not self.waiting)


def notice_of(session: Session, demand: Demand, *, now: dt.datetime) -> AwardNotice | None:
    """The award of a demand as it is made public, None where none stands."""
    award = tendering.award_of(session, demand)
    if award is None:
        return None
    period = standstill.standing(session, demand.id)
    open_ones = standstill.waiting(period) if period else []
    return AwardNotice(
        demand=demand, winner=award.bid.founder, price_fen=award.bid.price_fen or 0, reason=award.reason,
        awarded_at=award.awarded_at, totals=[_total(row, award.bid_id) for row in award.ranking], period=period,
        found=standstill.counted(period, today=legal_day(now)) if period else None,
        objections=sum(len(one.objections) for one in standstill.all_of(session, demand.id)),
        waiting=len(open_ones), by_operator=standstill.by_operator(open_ones),
        answer_by=min((one.answer_by for one in open_ones if one.status == ObjectionStatus.OPEN), default=None),
        revoked=tendering.revoked_awards(session, demand))


def _total(row: dict[str, Any], winner_bid: int) -> tuple[int, int | None, bool]:
    return row["rank"], row.get("total"), row["bid_id"] == winner_bid


def of_demand(session: Session, demand: Demand, *, actor: User | None) -> list[Objection]:
    """The objections to a demand's awards this reader may read: the buyer and the operator all, a bidder its own,
    nobody else any."""
    if actor is None:
        return []
    found = [one for period in standstill.all_of(session, demand.id) for one in period.objections]
    if actor.role == Role.OPERATOR or actor.organisation_id == demand.buyer_id:
        return found
    return [one for one in found if one.founder_id == actor.organisation_id]


def for_reader(session: Session, objection_id: int, *, actor: User) -> Objection:
    """One objection, for the buyer, its objector and the operator. Raises NotFound."""
    found = session.get(Objection, objection_id) if 0 < objection_id < 2**31 else None
    if found is None or (actor.role != Role.OPERATOR and actor.organisation_id not in (
            found.founder_id, found.standstill.demand.buyer_id)):
        raise NotFound("not_found", what="objection", id=objection_id)
    return found


def listed(session: Session, demand: Demand, *, actor: User) -> list[Objection]:
    """The same for a program. Raises NotFound for who neither posted the demand, nor bid on it, nor runs the house."""
    concerned = actor.role == Role.OPERATOR or actor.organisation_id == demand.buyer_id or (
        tendering.bid_of(session, demand, actor.organisation_id) is not None)
    if not concerned:
        raise NotFound("not_found", what="objection", id=demand.code)
    return of_demand(session, demand, actor=actor)


def of_demand_by_id(session: Session, demand: Demand, objection_id: int, *, actor: User) -> Objection:
    """One objection to an award of this demand. Raises NotFound."""
    found = for_reader(session, objection_id, actor=actor)
    if found.standstill.demand_id != demand.id:
        raise NotFound("not_found", what="objection", id=objection_id)
    return found


def concerning(session: Session, *, actor: User, limit: int = 100) -> list[Objection]:
    """The objections a reader has to do with, those that wait first, the earliest last day for an answer on top."""
    query = select(Objection).join(Objection.standstill).join(StandstillPeriod.demand).options(
        contains_eager(Objection.standstill).contains_eager(StandstillPeriod.demand), joinedload(Objection.founder))
    if actor.role == Role.BUYER:
        query = query.where(Demand.buyer_id == actor.organisation_id)
    elif actor.role == Role.FOUNDER:
        query = query.where(Objection.founder_id == actor.organisation_id)
    order = (Objection.status.not_in(WAITING), Objection.answer_by, Objection.id)
    return list(session.scalars(query.order_by(*order).limit(limit)))


def waiting_for(session: Session, buyer_id: int) -> list[Objection]:
    """The objections a buyer has to answer, the earliest last day first."""
    query = select(Objection).join(Objection.standstill).join(StandstillPeriod.demand).where(
        Demand.buyer_id == buyer_id, Objection.status == ObjectionStatus.OPEN).options(
        contains_eager(Objection.standstill).contains_eager(StandstillPeriod.demand), joinedload(Objection.founder))
    return list(session.scalars(query.order_by(Objection.answer_by, Objection.id)))


def all_waiting(session: Session) -> list[Objection]:
    """Every objection nobody has decided, the earliest last day for an answer first."""
    query = select(Objection).where(Objection.status.in_(WAITING)).options(
        joinedload(Objection.standstill).joinedload(StandstillPeriod.demand), joinedload(Objection.founder))
    return list(session.scalars(query.order_by(Objection.answer_by, Objection.id)))


def running(session: Session) -> list[StandstillPeriod]:
    """The standstills whose end nobody has been told of: neither signed nor revoked, the oldest award first."""
    query = select(StandstillPeriod).filter_by(signed_at=None, revoked_at=None, ended_told_at=None).options(
        joinedload(StandstillPeriod.demand))
    return list(session.scalars(query.order_by(StandstillPeriod.id)))
