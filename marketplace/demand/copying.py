"""A new draft from an old posting: what was asked and on which terms, none of what became of it."""
from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.demand import records
from marketplace.demand.models import Demand


def copy(session: Session, source: Demand, *, actor: User, now: dt.datetime) -> Demand:
    """A draft that says what `source` says; `source` may be in any state and stays as it is.

    Dates, deadline, edition, bids, the buyer's own number, the slice and what was said to its requirements stay
    behind. The terms are copied as they stood: whether they are lawful today is looked at before publication.
    """
    draft = dataclasses.replace(records.draft_of(source), external_ref=None)
    demand = records.add(session, source.buyer, draft, now=now)
    demand.copied_from = source.code
    audit.record(session, "demand:copy", demand, actor=actor, at=now, copied_from=source.code, title=demand.title,
                 budget_fen=demand.budget_fen)
    return demand
