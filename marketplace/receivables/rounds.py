"""The daily round over what a buyer has to answer: silences written down, bonds and receivables called for; once each.

The days are the platform's, the deadlines the law's (Decree 802 Arts 9(4), 10(2), 13, 16(2)).
"""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.bonds import rounds as bonds
from marketplace.notices.operations import notify
from marketplace.payments import queries as payments
from marketplace.payments import silence
from marketplace.receivables import queries
from marketplace.receivables.models import Receivable

REMIND_DAYS_BEFORE = 7


def run(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """One round for a business day: {"silences", "bonds", "receivables"} as counts of what was written."""
    return {"silences": silence.run(session, today=today, now=now),
            "bonds": bonds.run(session, today=today, now=now),
            "receivables": _receivables(session, today=today, now=now)}


def _receivables(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    horizon, operators = today + dt.timedelta(days=REMIND_DAYS_BEFORE), payments.operator_ids(session)
    return sum(_remind(session, row, operators, today=today, now=now) for row in queries.waiting(session, by=horizon))


def _remind(session: Session, row: Receivable, operators: list[int], *, today: dt.date, now: dt.datetime) -> int:
    contract, late = row.obligation.contract, today > row.answer_by
    code = "receivable_overdue" if late else "receivable_ending"
    told = [contract.buyer_id, contract.founder_id, *operators] if late else [contract.buyer_id]
    made = [notify(session, organisation_id, code, dedupe=f"{code}:{row.id}", now=now, link=f"/receivables/{row.id}",
                   number=contract.number, milestone=row.obligation.milestone.title, amount_fen=row.amount_fen,
                   answer_by=row.answer_by.isoformat()) for organisation_id in told]
    return sum(notice is not None for notice in made)
