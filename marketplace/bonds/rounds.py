"""The daily round over bonds: both sides hear before the return is due, when it is, and that it is late; once each."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.bonds import queries
from marketplace.bonds.models import Bond
from marketplace.notices.operations import notify
from marketplace.rules.lifecycle import BondStatus

REMIND_DAYS_BEFORE = 7
LATE_STEPS = (1, 7, 30)


def run(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    """How many messages were written."""
    horizon = today + dt.timedelta(days=REMIND_DAYS_BEFORE)
    return sum(_remind(session, bond, today=today, now=now) for bond in queries.to_return(session, by=horizon))


def _remind(session: Session, bond: Bond, *, today: dt.date, now: dt.datetime) -> int:
    late = (today - bond.return_by).days
    if bond.status == BondStatus.RETURN_NOTIFIED:
        return 0  # the founder's turn to answer, and told so
    step = f"late_{max(n for n in LATE_STEPS if n <= late)}" if late > 0 else "due" if late == 0 else "before"
    code = "bond_return_late" if late > 0 else "bond_return_due"
    contract = bond.contract
    made = [notify(session, organisation_id, code, dedupe=f"bond:{bond.id}:{bond.return_by}:{step}", now=now,
                   link=f"/contracts/{contract.number}/bonds", number=contract.number, amount_fen=bond.amount_fen,
                   return_by=bond.return_by.isoformat(), days=max(late, 0))
            for organisation_id in (contract.buyer_id, contract.founder_id)]
    return sum(notice is not None for notice in made)
