"""The only way a bid deadline moves: later, with a cause that stays on the demand's page, and everyone told."""
from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.db import lock
from marketplace.demand import following
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DeadlineChange
from marketplace.notices.operations import notify
from marketplace.rules.errors import Invalid, WrongState
from marketplace.rules.lifecycle import DemandStatus


def extend(session: Session, demand: Demand, to: dt.datetime, *, cause: str, facts: dict[str, Any],
           actor: User | str, now: dt.datetime, told: Collection[int] = ()) -> None:
    """Move the bid deadline to a later moment and tell every follower, and the buyer when another moved it.

    `cause` is a text key under deadline_cause, `facts` (JSON) fill it. `told` are organisations that the caller tells
    of it in fuller words. Bids handed in stay sealed and stand. Raises WrongState("deadline.not_active"),
    Invalid("deadline.not_later"), also for a moment that is past.
    """
    demand = lock(session, Demand, demand.id)
    if demand.status != DemandStatus.ACTIVE or demand.bid_deadline is None:
        raise WrongState("deadline.not_active", code=demand.code, status=DemandStatus(demand.status))
    before = demand.bid_deadline
    if to <= max(before, now):
        raise Invalid("deadline.not_later", before=before, wanted=to)
    change = DeadlineChange(demand_id=demand.id, before=before, after=to, cause=cause, facts=facts, at=now)
    session.add(change)
    demand.bid_deadline, demand.updated_at = to, now
    audit.record(session, "demand:extend_deadline", demand, actor=actor, at=now, deadline_before=before,
                 bid_deadline=to, cause=cause, cause_facts=facts)
    said = {"before": before.isoformat(), "deadline": to.isoformat(), "because": [f"deadline_cause.{cause}", facts]}
    following.tell(session, demand, "deadline_extended", dedupe=f"deadline_change:{change.id}", now=now,
                   without={*told}, **said)
    if isinstance(actor, str) or actor.organisation_id != demand.buyer_id:
        notify(session, demand.buyer_id, "deadline_extended", dedupe=f"deadline_change:{change.id}", now=now,
               link=f"/demands/{demand.code}", demand=demand.code, title=demand.title, **said)


def changes(session: Session, demand: Demand) -> list[DeadlineChange]:
    """Every move of a demand's bid deadline, the first first."""
    return list(session.scalars(select(DeadlineChange).filter_by(demand_id=demand.id).order_by(DeadlineChange.id)))
