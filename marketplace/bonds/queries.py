"""Reading bonds."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from marketplace.accounts.models import User
from marketplace.bonds.models import Bond
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import BondStatus

HELD = (BondStatus.PROVIDED, BondStatus.RETURN_NOTIFIED)
FOUNDERS_TURN = (BondStatus.REQUIRED, BondStatus.RETURN_NOTIFIED)


def of_contract(session: Session, contract_id: int) -> list[Bond]:
    """The bonds of a contract, oldest first."""
    return list(session.scalars(select(Bond).filter_by(contract_id=contract_id).order_by(Bond.id)))


def for_party(session: Session, number: str, bond_id: int, *, actor: User) -> Bond:
    """One bond of a contract the actor may see. Raises NotFound."""
    contract = contracts.for_party(session, number, actor=actor)
    bond = session.get(Bond, bond_id)
    if bond is None or bond.contract_id != contract.id:
        raise NotFound("not_found", what="bond", id=bond_id)
    return bond


def to_return(session: Session, *, by: dt.date) -> list[Bond]:
    """Bonds the founder does not have back that are due for return by a day."""
    query = select(Bond).where(Bond.status.in_(HELD), Bond.return_by <= by).order_by(Bond.return_by, Bond.id)
    return list(session.scalars(query.options(joinedload(Bond.contract))))


def waiting_for(session: Session, organisation_id: int, *, by: dt.date) -> list[Bond]:
    """Bonds on which one organisation acts next, the earliest return first.

    Its founder provides what is asked for and answers a return; its buyer gives back what is due by a day.
    """
    theirs = and_(Contract.founder_id == organisation_id, Bond.status.in_(FOUNDERS_TURN))
    ours = and_(Contract.buyer_id == organisation_id, Bond.status == BondStatus.PROVIDED, Bond.return_by <= by)
    query = select(Bond).join(Contract, Bond.contract_id == Contract.id).where(or_(theirs, ours))
    return list(session.scalars(query.order_by(Bond.return_by, Bond.id).options(contains_eager(Bond.contract))))
