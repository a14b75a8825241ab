"""Reading contracts; other people's contracts are not found."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Role, User
from marketplace.contracts.models import ClockEvent, Contract, Delivery, Milestone, SettlementStatement
from marketplace.db import days_between
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import MilestoneStatus
from marketplace.rules.payment_facts import StartBasis

_WHOLE = (joinedload(Contract.buyer), joinedload(Contract.founder), joinedload(Contract.demand),
          selectinload(Contract.milestones).selectinload(Milestone.deliveries))


def for_party(session: Session, number: str, *, actor: User) -> Contract:
    """A contract the actor's organisation is party to; the operator sees all. Raises NotFound."""
    sound = len(number) <= 40 and "\x00" not in number
    query = select(Contract).filter_by(number=number).options(*_WHOLE)
    contract = session.scalars(query).one_or_none() if sound else None
    if contract is None or not may_see(contract, actor):
        raise NotFound("not_found", what="contract", id=number)
    return contract


def may_see(contract: Contract, actor: User) -> bool:
    """Its two parties and the operator."""
    return actor.role == Role.OPERATOR or actor.organisation_id in (contract.buyer_id, contract.founder_id)


def milestone_for(session: Session, number: str, position: int, *, actor: User) -> Milestone:
    """A milestone of a contract the actor may see, by its number in the contract. Raises NotFound."""
    contract = for_party(session, number, actor=actor)
    for milestone in contract.milestones:
        if milestone.position == position:
            return milestone
    raise NotFound("not_found", what="milestone", id=position)


def of_party(session: Session, organisation_id: int, *, before: int | None = None, limit: int = 50) -> list[Contract]:
    """The contracts of a buyer or founder, newest first; `before` is an id to page on from."""
    query = select(Contract).where(or_(Contract.buyer_id == organisation_id, Contract.founder_id == organisation_id))
    return _newest(session, query, before, limit)


def everyone(session: Session, *, before: int | None = None, limit: int = 50) -> list[Contract]:
    """All contracts, for the operator, newest first."""
    return _newest(session, select(Contract), before, limit)


def _newest(session: Session, query: object, before: int | None, limit: int) -> list[Contract]:
    query = query.order_by(Contract.id.desc()).limit(limit).options(*_WHOLE)  # type: ignore[attr-defined]
    return list(session.scalars(query.where(Contract.id < before) if before else query))


def of_demand(session: Session, demand_id: int) -> Contract | None:
    """The contract made for a demand."""
    return session.scalars(select(Contract).filter_by(demand_id=demand_id)).one_or_none()


def unanswered_acceptances(session: Session, *, today: dt.date) -> list[Milestone]:
    """Milestones whose acceptance period is over by the calendar, undecided, and not written down as such yet."""
    query = select(Milestone).join(Contract).join(Delivery, Delivery.milestone_id == Milestone.id).where(
        Contract.start_basis == StartBasis.ACCEPTANCE, Milestone.status == MilestoneStatus.DELIVERED,
        Delivery.decision.is_(None), days_between(today, Delivery.delivered_on) > Contract.acceptance_period_days,
        ~exists().where(ClockEvent.delivery_id == Delivery.id))
    return list(session.scalars(query.order_by(Milestone.id)))


def unanswered_settlements(session: Session, *, today: dt.date) -> list[Milestone]:
    """The same of settlement statements that the buyer has not confirmed."""
    query = select(Milestone).join(Contract).join(Delivery, Delivery.milestone_id == Milestone.id).join(
        SettlementStatement, SettlementStatement.delivery_id == Delivery.id).where(
        Contract.start_basis == StartBasis.SETTLEMENT, Milestone.settlement_confirmed_on.is_(None),
        Milestone.status.in_((MilestoneStatus.DELIVERED, MilestoneStatus.MET)),
        or_(Delivery.decision.is_(None), Delivery.decision == "passed"),
        days_between(today, SettlementStatement.submitted_on) > Contract.settlement_period_days,
        ~exists().where(and_(ClockEvent.delivery_id == Delivery.id, ClockEvent.kind == "settlement")))
    return list(session.scalars(query.order_by(Milestone.id)))
