"""Days that wait for somebody and were counted on the calendar, counted anew when a table of holidays is loaded.

A bond's return, the answer to a receivable, the answer to a mediation, the reply to a proposed public entry: each is
stored when its period begins. What is answered or done stays as it was. Running it again changes nothing.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.bonds.models import Bond
from marketplace.clock import legal_day
from marketplace.complaints.models import Mediation, PublicListing
from marketplace.contracts.models import Contract
from marketplace.notices.operations import notify
from marketplace.payments.models import Obligation
from marketplace.receivables.models import Receivable
from marketplace.rules import bonds as bond_law
from marketplace.rules import remedy_policy
from marketplace.rules.bonds import BondKind
from marketplace.rules.clocks import Clock, deadline
from marketplace.rules.lifecycle import BondStatus, ReceivableStatus
from marketplace.rules.remedies import ListingStatus, MediationStatus

SYSTEM = "system"


def recount(session: Session, table_id: int, *, now: dt.datetime) -> int:
    """Bring every waiting day in line with the calendar in force, and tell both sides; how many have moved."""
    moved = 0
    for row, name, contract, link, found in _waiting(session):
        before = getattr(row, name)
        if (before, row.provisional) == (found.day, found.provisional):
            continue
        setattr(row, name, found.day)
        row.provisional = found.provisional
        kind = row.__tablename__
        audit.record(session, f"{kind}:recount", row, actor=SYSTEM, at=now, day_before=before, day_now=found.day,
                     provisional=found.provisional)
        if before == found.day:
            continue
        moved += 1
        for party_id in (contract.buyer_id, contract.founder_id):
            notify(session, party_id, f"recount_{kind}", dedupe=f"table:{table_id}:{kind}:{row.id}", now=now, link=link,
                   number=contract.number, day_before=before.isoformat(), day_now=found.day.isoformat())
    return moved


def _waiting(session: Session) -> Iterator[tuple[Any, str, Contract, str, Any]]:
    """(row, the column of its day, its contract, its page, the day counted on the calendar in force)."""
    calendar = reference.calendar()
    held = select(Bond).where(Bond.status.not_in((BondStatus.RETURNED, BondStatus.WAIVED)))
    for bond in session.scalars(held.order_by(Bond.id)):
        yield (bond, "return_by", bond.contract, f"/contracts/{bond.contract.number}/bonds",
               bond_law.return_by(BondKind(bond.kind), bond.ends_on, calendar=calendar))
    asked = select(Receivable).filter_by(status=ReceivableStatus.REQUESTED)
    for receivable in session.scalars(asked.order_by(Receivable.id)):
        yield (receivable, "answer_by", receivable.obligation.contract, f"/receivables/{receivable.id}",
               deadline(Clock.RECEIVABLE_CONFIRMATION, receivable.requested_on, calendar=calendar))
    invited = select(Mediation).filter_by(status=MediationStatus.REQUESTED)
    for mediation in session.scalars(invited.order_by(Mediation.id)):
        yield (mediation, "answer_until", *_of(mediation.obligation),
               remedy_policy.mediation_answer_until(legal_day(mediation.requested_at), calendar=calendar))
    proposed = select(PublicListing).filter_by(status=ListingStatus.PROPOSED)
    for listing in session.scalars(proposed.order_by(PublicListing.id)):
        yield (listing, "reply_until", *_of(listing.obligation),
               remedy_policy.reply_until(listing.proposed_on, calendar=calendar))


def _of(obligation: Obligation) -> tuple[Contract, str]:
    return obligation.contract, f"/payments/{obligation.id}"
