"""Settlement statements with the obligation that follows: handed in, confirmed, confirmed but for a contested part."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.contracts import settlement
from marketplace.payments import obligations
from marketplace.payments.disputes import open_dispute
from marketplace.payments.models import Obligation
from marketplace.payments.operations import record_settlement


@dataclass(frozen=True)
class Contest:
    """A settlement amount confirmed on a day but for a part, with the reason."""

    settled_on: dt.date
    disputed_fen: int
    reason: str


def record_submission(session: Session, milestone_id: int, *, on: dt.date, note: str, actor: User,
                      now: dt.datetime) -> Obligation:
    """A settlement statement handed in; the period for the answer runs. Raises what settlement.submit raises."""
    statement = settlement.submit(session, milestone_id, on=on, note=note, actor=actor, now=now)
    return obligations.ensure(session, statement.delivery.milestone, actor=actor, now=now)


def record_contest(session: Session, milestone_id: int, contest: Contest, *, actor: User,
                   now: dt.datetime) -> Obligation:
    """The buyer confirms the amount but for a part, which it disputes; the rest is paid on time.

    Basis: Decree 802 Arts 9(4), 15. Raises what confirming and disputing raise.
    """
    obligation = record_settlement(session, milestone_id, on=contest.settled_on, actor=actor, now=now)
    open_dispute(session, obligation, amount_fen=contest.disputed_fen, reason=contest.reason, actor=actor, now=now)
    return obligation
