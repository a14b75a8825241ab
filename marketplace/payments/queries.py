"""Reading obligations, invoices and a buyer's payment record."""
from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Organisation, Role, User
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.payments.models import Dispute, Invoice, Obligation, Payment
from marketplace.payments.statements import statement_of
from marketplace.rules.errors import NotFound

CHUNK = 500
WHOLE = (joinedload(Obligation.contract),
         joinedload(Obligation.milestone).selectinload(Milestone.deliveries).joinedload(Delivery.settlement),
         selectinload(Obligation.payments), selectinload(Obligation.disputes))


@dataclass(frozen=True)
class PayerRecord:
    """How a buyer has paid here, at the end of a day.

    `settled` obligations were paid in full, `on_time` of them by the due date. `overdue_now` are past it with
    principal still owed (`overdue_fen`). `median_days` is from delivery (the start of the term where there is
    none) to the day the principal was cleared; None when nothing is settled yet.
    """

    settled: int
    on_time: int
    overdue_now: int
    overdue_fen: int
    median_days: int | None


def for_party(session: Session, obligation_id: int, *, actor: User) -> Obligation:
    """An obligation of the actor's own contract; the operator sees all. Raises NotFound."""
    obligation = session.get(Obligation, obligation_id, options=WHOLE)
    if obligation is None or not _may_see(obligation.contract, actor):
        raise NotFound("not_found", what="obligation", id=obligation_id)
    return obligation


def _may_see(contract: Contract, actor: User) -> bool:
    return actor.role == Role.OPERATOR or actor.organisation_id in (contract.buyer_id, contract.founder_id)


def payment_of(obligation: Obligation, payment_id: int) -> Payment:
    """One payment of an obligation. Raises NotFound."""
    for payment in obligation.payments:
        if payment.id == payment_id:
            return payment
    raise NotFound("not_found", what="payment", id=payment_id)


def dispute_of(obligation: Obligation, dispute_id: int) -> Dispute:
    """One dispute of an obligation. Raises NotFound."""
    for dispute in obligation.disputes:
        if dispute.id == dispute_id:
            return dispute
    raise NotFound("not_found", what="dispute", id=dispute_id)


def of_milestone(session: Session, milestone_id: int) -> Obligation | None:
    """The obligation of a milestone, None before its first delivery."""
    return session.scalars(select(Obligation).filter_by(milestone_id=milestone_id)).one_or_none()


def of_contracts(session: Session, contract_ids: list[int]) -> list[Obligation]:
    """Every obligation of some contracts, with its rows."""
    query = select(Obligation).where(Obligation.contract_id.in_(contract_ids)).order_by(Obligation.id)
    return list(session.scalars(query.options(*WHOLE)))


def invoices_of(session: Session, milestone_ids: list[int]) -> list[Invoice]:
    """The invoices of some milestones, oldest first."""
    query = select(Invoice).where(Invoice.milestone_id.in_(milestone_ids)).order_by(Invoice.issued_on, Invoice.id)
    return list(session.scalars(query))


def operator_ids(session: Session) -> list[int]:
    """The organisations that run the platform."""
    return list(session.scalars(select(Organisation.id).filter_by(role=Role.OPERATOR).order_by(Organisation.id)))


def overdue(session: Session, *, as_of: dt.date, limit: int = 200) -> list[Obligation]:
    """Obligations on which principal is owed past the due date, longest first."""
    query = select(Obligation).where(Obligation.settled_on.is_(None), Obligation.due_on < as_of)
    found = session.scalars(query.order_by(Obligation.due_on, Obligation.id).limit(limit).options(*WHOLE))
    return [obligation for obligation in found if statement_of(obligation, as_of=as_of).is_overdue]


def of_buyer(session: Session, buyer_id: int) -> list[Obligation]:
    """Every obligation of a buyer, with its rows."""
    query = select(Obligation).join(Contract).where(Contract.buyer_id == buyer_id)
    return list(session.scalars(query.order_by(Obligation.id).options(*WHOLE)))


def settled_of_buyers(session: Session, buyer_ids: list[int]) -> list[Any]:
    """(buyer_id, payee size at signing, term start, nominal last day, settled on, ever disputed) of everything some
    buyers have paid and Decree 802 covers."""
    disputed = exists().where(Dispute.obligation_id == Obligation.id)
    return list(session.execute(select(
        Contract.buyer_id, Contract.payee_size_at_signing, Obligation.term_start, Obligation.nominal_due_on,
        Obligation.settled_on, disputed).join(Contract, Contract.id == Obligation.contract_id).where(
        Contract.buyer_id.in_(buyer_ids), Obligation.settled_on.is_not(None), Obligation.term_start.is_not(None))))


def unsettled_of_buyers(session: Session, buyer_ids: list[int]) -> list[Obligation]:
    """What some buyers owe and have not paid yet, with its rows."""
    query = select(Obligation).join(Contract).where(Contract.buyer_id.in_(buyer_ids), Obligation.settled_on.is_(None))
    return list(session.scalars(query.order_by(Obligation.id).options(*WHOLE)))


def of_organisation(session: Session, organisation_id: int) -> list[Obligation]:
    """Everything one organisation owes or is owed, paid or not, with its rows."""
    query = select(Obligation).join(Contract).where(
        or_(Contract.buyer_id == organisation_id, Contract.founder_id == organisation_id))
    return list(session.scalars(query.order_by(Obligation.id).options(*WHOLE)))


def unsettled_of(session: Session, organisation_id: int) -> list[Obligation]:
    """What one organisation owes or is owed and is not paid yet, with its rows."""
    query = select(Obligation).join(Contract).where(
        Obligation.settled_on.is_(None),
        or_(Contract.buyer_id == organisation_id, Contract.founder_id == organisation_id))
    return list(session.scalars(query.order_by(Obligation.id).options(*WHOLE)))


def payer_record(session: Session, buyer_id: int, *, as_of: dt.date) -> PayerRecord:
    """A buyer's record at the end of a day, from the ledger: nobody types it."""
    settled = on_time = overdue_now = overdue_fen = 0
    days: list[int] = []
    for obligation in of_buyer(session, buyer_id):
        found = statement_of(obligation, as_of=as_of)
        if found.accrual is None:
            continue  # outside Decree 802 there is no statutory day to be on time for
        cleared = found.accrual.cleared_on
        if cleared is not None and found.accrual.principal_left_fen == 0:
            settled += 1
            on_time += found.due is None or cleared <= found.due
            began = found.facts.delivered or (found.term.start if found.term else None)
            if began is not None:
                days.append((cleared - began).days)
        elif found.is_overdue:
            overdue_now += 1
            overdue_fen += found.accrual.principal_left_fen
    return PayerRecord(settled, on_time, overdue_now, overdue_fen, int(statistics.median(days)) if days else None)


__all__ = ["PayerRecord", "dispute_of", "for_party", "invoices_of", "of_buyer", "of_contracts", "of_milestone",
           "operator_ids", "overdue", "payer_record", "payment_of", "statement_of", "unsettled_of"]
