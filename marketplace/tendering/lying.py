"""Closed demands their buyers let lie: reminded in stages, then shown to the operator."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace import reference
from marketplace.accounts.models import Role
from marketplace.accounts.queries import people_of_role
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.notices.operations import notify
from marketplace.rules import decision_clock
from marketplace.rules.decision_clock import Reached, Waiting
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import queries


@dataclass(frozen=True)
class Lying:
    """A demand waiting for its opening or its decision since a day, and the stage it has reached."""

    demand: Demand
    since: dt.date
    reached: Reached
    bids: int

    def days(self, *, today: dt.date) -> int:
        """Calendar days of waiting."""
        return (today - self.since).days


def lying(session: Session, *, today: dt.date, now: dt.datetime, buyer_id: int | None = None) -> list[Lying]:
    """The demands that have reached a stage, the longest waiting first; of one buyer when `buyer_id` is given."""
    query = select(Demand).where(or_(
        (Demand.status == DemandStatus.ACTIVE) & (Demand.bid_deadline < now),
        (Demand.status == DemandStatus.EVALUATION) & (Demand.opened_at < now)))
    if buyer_id is not None:
        query = query.where(Demand.buyer_id == buyer_id)
    found = []
    for demand in session.scalars(query.order_by(Demand.bid_deadline, Demand.id)):
        waiting, since = _since(session, demand)
        stage = decision_clock.reached(waiting, since, reference.calendar(), today=today)
        if stage is not None:
            found.append(Lying(demand, since, stage, queries.bid_count(session, demand)))
    return sorted(found, key=lambda one: (one.since, one.demand.id))


def _since(session: Session, demand: Demand) -> tuple[Waiting, dt.date]:
    """What a demand waits for and since when; after an award that fell the decision is owed anew."""
    if demand.status == DemandStatus.ACTIVE:
        return Waiting.OPENING, legal_day(demand.bid_deadline)
    fell = [gone.revoked_at for gone in queries.revoked_awards(session, demand)]
    return Waiting.DECISION, legal_day(max([demand.opened_at, *fell]))


def run(session: Session, *, today: dt.date, now: dt.datetime) -> int:
    """Say each stage once: to the buyer, the last one to the operator too. How many messages were written."""
    found = lying(session, today=today, now=now)
    late = any(one.reached.operator_sees for one in found)
    operators = sorted({user.organisation_id for user in people_of_role(session, Role.OPERATOR)}) if late else []
    return sum(_say(session, one, operators, today=today, now=now) for one in found)


def _say(session: Session, one: Lying, operators: list[int], *, today: dt.date, now: dt.datetime) -> int:
    demand, waiting = one.demand, one.reached.waiting
    page = "opening" if waiting is Waiting.OPENING else "evaluation"
    told = [(demand.buyer_id, f"{waiting}_owed", f"/demands/{demand.code}/{page}")]
    if one.reached.operator_sees:
        told += [(operator, f"{waiting}_owed_operator", f"/demands/{demand.code}") for operator in operators]
    key = f"demand:{demand.id}:{waiting}:{one.since}:{one.reached.stage}"
    facts = {"demand": demand.code, "title": demand.title, "days": one.days(today=today), "bids": one.bids,
             "since": one.since.isoformat()}
    made = [notify(session, organisation_id, code, dedupe=key, now=now, link=link, **facts)
            for organisation_id, code, link in told]
    return sum(notice is not None for notice in made)
