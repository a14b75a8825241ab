"""Reading receivables; a lender reaches one by its link only."""
from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Role, User
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.payments.models import Obligation
from marketplace.receivables.models import Receivable, ReceivableLink
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import ReceivableStatus

_WHOLE = (joinedload(Receivable.obligation).joinedload(Obligation.contract), selectinload(Receivable.links))
LONGEST_TOKEN = 100


def for_party(session: Session, receivable_id: int, *, actor: User) -> Receivable:
    """A receivable of the actor's own contract; the operator sees all. Raises NotFound."""
    found = session.get(Receivable, receivable_id, options=_WHOLE)
    if found is None or not contracts.may_see(found.obligation.contract, actor):
        raise NotFound("not_found", what="receivable", id=receivable_id)
    return found


def link_of(receivable: Receivable, link_id: int) -> ReceivableLink:
    """One link of a receivable. Raises NotFound."""
    for link in receivable.links:
        if link.id == link_id:
            return link
    raise NotFound("not_found", what="receivable_link", id=link_id)


def of_obligation(session: Session, obligation_id: int) -> list[Receivable]:
    """Every request about an obligation, newest first."""
    query = select(Receivable).filter_by(obligation_id=obligation_id).order_by(Receivable.id.desc())
    return list(session.scalars(query.options(*_WHOLE)))


def of_actor(session: Session, actor: User, *, before: int | None = None, limit: int = 50) -> list[Receivable]:
    """A party's receivables, all of them for the operator; newest first, `before` is an id to page on from."""
    query = select(Receivable).join(Obligation).join(Contract).order_by(Receivable.id.desc()).limit(limit)
    if actor.role != Role.OPERATOR:
        own = actor.organisation_id
        query = query.where(or_(Contract.buyer_id == own, Contract.founder_id == own))
    if before is not None:
        query = query.where(Receivable.id < before)
    return list(session.scalars(query.options(*_WHOLE)))


def waiting(session: Session, *, by: dt.date) -> list[Receivable]:
    """Requests without an answer whose 30 days end by a day."""
    query = select(Receivable).where(Receivable.status == ReceivableStatus.REQUESTED, Receivable.answer_by <= by)
    return list(session.scalars(query.order_by(Receivable.answer_by, Receivable.id).options(*_WHOLE)))


def waiting_for(session: Session, buyer_id: int) -> list[Receivable]:
    """Requests one buyer has not answered, the earliest day first."""
    query = select(Receivable).join(Obligation).join(Contract).where(
        Contract.buyer_id == buyer_id, Receivable.status == ReceivableStatus.REQUESTED)
    return list(session.scalars(query.order_by(Receivable.answer_by, Receivable.id).options(*_WHOLE)))


def token_digest(token: str) -> str:
    """What is stored of a link's token; it is 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(session: Session, token: str) -> ReceivableLink:
    """The link a lender holds, revoked or not. Raises NotFound."""
    sound = len(token) <= LONGEST_TOKEN and token.isascii()
    query = select(ReceivableLink).filter_by(token_hash=token_digest(token)) if sound else None
    link = session.scalars(query.options(joinedload(ReceivableLink.receivable))).one_or_none() \
        if query is not None else None
    if link is None:
        raise NotFound("receivable.unknown_link")
    return link
