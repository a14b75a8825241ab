"""An objection that is upheld: the award falls, the contract drafted from it with it, in one transaction."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.contracts.models import Contract
from marketplace.demand.models import Demand
from marketplace.evaluation import operations as evaluation
from marketplace.notices.operations import notify
from marketplace.objections import operations as objections
from marketplace.objections import queries
from marketplace.rules import lifecycle
from marketplace.rules.errors import NotAllowed
from marketplace.rules.lifecycle import CONTRACT
from marketplace.rules.objections import Consequence
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries as bids
from marketplace.tendering import revocation
from marketplace.tendering.models import RevokedAward
from marketplace.tendering.revocation import DraftedContract


def uphold(session: Session, objection_id: int, *, reasons: str, consequence: Consequence, actor: User,
           now: dt.datetime) -> RevokedAward:
    """The objection is right: the award falls, and the bids are looked at again or none of them is taken.

    The buyer's answer, or the operator's finding on an objection brought before it, after which only looking again
    is possible. Raises what objections.mark_upheld raises, WrongState (contract.wrong_state: already signed),
    NotAllowed (objection.only_buyer_ends).
    """
    found = queries.for_reader(session, objection_id, actor=actor)
    if actor.role == Role.OPERATOR and consequence is not Consequence.REEVALUATE:
        raise NotAllowed("objection.only_buyer_ends")
    demand = found.standstill.demand
    contract = _locked_draft(session, demand)  # before the standstill, in the order in which signing takes them
    objections.mark_upheld(session, objection_id, reasons=reasons, consequence=consequence, actor=actor, now=now)
    revoked = revocation.revoke(session, demand, cause=reasons.strip(), actor=actor, now=now,
                                contract=_cancel(session, contract, actor=actor, now=now) if contract else None)
    _tell(session, demand, revoked, now=now)
    if consequence is Consequence.NONE_SUITABLE:
        tendering.none_suitable(session, demand, reason=reasons, actor=actor, now=now)
    else:
        evaluation.reopen(session, demand, reason=reasons, actor=actor, now=now)
    return revoked


def _locked_draft(session: Session, demand: Demand) -> Contract | None:
    query = select(Contract).filter_by(demand_id=demand.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _cancel(session: Session, contract: Contract, *, actor: User, now: dt.datetime) -> DraftedContract:
    """A draft nobody is bound by goes with its award; its text and hash are kept with the award."""
    status = lifecycle.advance(CONTRACT, contract.status, "cancel")
    kept = DraftedContract(contract.id, contract.number, contract.text, contract.text_hash)
    audit.record(session, "contract:cancel", contract, actor=actor, at=now, number=contract.number, status=status,
                 text_hash=contract.text_hash)
    for milestone in contract.milestones:
        session.delete(milestone)
    session.flush()
    session.delete(contract)
    session.flush()
    return kept


def _tell(session: Session, demand: Demand, revoked: RevokedAward, *, now: dt.datetime) -> None:
    """Every bidder and the buyer hear that the award fell, and why."""
    told = [demand.buyer_id, *(bid.founder_id for bid in bids.opened_bids(session, demand))]
    for organisation_id in told:
        notify(session, organisation_id, "award_revoked", dedupe=f"award:{revoked.award_id}:revoked", now=now,
               link=f"/demands/{demand.code}", demand=demand.code, title=demand.title, reason=revoked.cause)
