"""A buyer refuses an invoice, with its reason; the founder may record another. No date of payment moves by it."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts import operations as contracts
from marketplace.db import lock
from marketplace.notices.operations import notify
from marketplace.payments.models import Invoice, InvoiceRefusal
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState

MOST_REASON = 1000


def refuse_invoice(session: Session, milestone_id: int, invoice_id: int, *, reason: str, actor: User,
                   now: dt.datetime) -> InvoiceRefusal:
    """The buyer refuses an invoice. Basis: none needed, none given: Decree 802 Arts 9 and 10 (in force 2025-06-01)
    tie the term to delivery or acceptance, so the due date stays where it is.

    Raises NotFound, NotAllowed("contract.other_side"), Problems (refusal_reason), WrongState("invoice.refused_before").
    """
    invoice = session.get(Invoice, invoice_id)
    if invoice is None or invoice.milestone_id != milestone_id:
        raise NotFound("not_found", what="invoice", id=invoice_id)
    invoice, contract, reason = lock(session, Invoice, invoice_id), invoice.milestone.contract, reason.strip()
    if contracts.side_of(contract, actor) != "buyer":
        raise NotAllowed("contract.other_side", side="buyer")
    if not reason:
        raise Problems([Problem("refusal_reason", "field.required", {})])
    if len(reason) > MOST_REASON:
        raise Problems([Problem("refusal_reason", "field.too_long", {"most": MOST_REASON, "length": len(reason)})])
    row = InvoiceRefusal(invoice_id=invoice_id, reason=reason, refused_on=legal_day(now), refused_by_id=actor.id,
                         recorded_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise WrongState("invoice.refused_before", number=invoice.number) from error
    audit.record(session, "invoice:refuse", invoice, actor=actor, at=now, number=invoice.number, reason=reason)
    notify(session, contract.founder_id, "invoice_refused", dedupe=f"invoice_refused:{invoice.id}", now=now,
           link=f"/contracts/{contract.number}", number=contract.number, invoice=invoice.number, reason=reason)
    return row


def refusals_of(session: Session, milestone_ids: list[int]) -> dict[int, InvoiceRefusal]:
    """The refused invoices of some milestones, {invoice id: refusal}."""
    query = select(InvoiceRefusal).join(Invoice).where(Invoice.milestone_id.in_(milestone_ids))
    return {refusal.invoice_id: refusal for refusal in session.scalars(query)}
