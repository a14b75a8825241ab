"""After publication a demand changes by addendum only: numbered, with a reason, shown field by field, told to everyone.

What may change and how much bidding time must be left is in `rules/addendum`. Payment terms only ever get better for
the founder: to ask whether anybody has bid yet would tell the buyer whether anybody has.
"""
from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, User
from marketplace.clock import SHANGHAI, legal_day
from marketplace.db import lock
from marketplace.demand import changes, deadlines, following, guard, operations, records, terms
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DemandAddendum
from marketplace.notices.operations import notify
from marketplace.rules import addendum as rules
from marketplace.rules import splitting
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.payment_facts import PayerType

LONGEST_REASON = 2000
LONGEST_BIDDING = dt.timedelta(days=366)


def issue(session: Session, demand: Demand, said: Mapping[str, Any], *, reason: str, actor: User, now: dt.datetime,
          bid_deadline: dt.datetime | None = None, after: int | None = None) -> DemandAddendum:
    """Change a published demand while bids come in. `said` holds the new values of changeable fields, as a draft does.

    A material change shortly before the deadline moves it by rule. Bids handed in stay sealed and stand; every
    follower and bidder is told. `after` is the number of the last addendum the writer had read, 0 for none. Raises
    Problems, WrongState (addendum.not_open, addendum.meanwhile).
    """
    demand = lock(session, Demand, demand.id)
    if not demand.accepts_bids(now=now) or demand.bid_deadline is None:
        raise WrongState("addendum.not_open", code=demand.code, status=DemandStatus(demand.status))
    last = count(session, demand)
    if after is not None and after != last:
        raise WrongState("addendum.meanwhile", number=last)
    old = changes.content_of(demand)
    found = list(_problems(demand, said, reason=reason, bid_deadline=bid_deadline, now=now))
    if not found:
        with session.no_autoflush:
            _write(demand, said)
            found = [*operations.publication_problems(demand, now=now),
                     *guard.problems(session, guard.subject_of(demand), today=legal_day(now))]
    differs = changes.between(old, changes.content_of(demand))
    wished = max(demand.bid_deadline, bid_deadline or demand.bid_deadline)
    if not found and not differs and wished == demand.bid_deadline:
        found = [Problem("", "addendum.nothing_changed")]
    if found:
        session.expire(demand)
        raise Problems(found)
    deadline = max(wished, by_rule(demand, now=now)) if rules.is_material(differs) else wished
    made = DemandAddendum(
        demand_id=demand.id, number=last + 1, fields=differs, reason=reason.strip(), at=now,
        material=rules.is_material(differs), by_rule=deadline > wished, by_id=actor.id,
        deadline_before=demand.bid_deadline if deadline > demand.bid_deadline else None,
        deadline_after=deadline if deadline > demand.bid_deadline else None)
    session.add(made)
    demand.updated_at = now
    audit.record(session, "demand:amend", demand, actor=actor, at=now, number=made.number, fields=differs,
                 reason=made.reason, bid_deadline=deadline)
    _announce(session, demand, made, deadline, actor=actor, now=now)
    return made


def _problems(demand: Demand, said: Mapping[str, Any], *, reason: str, bid_deadline: dt.datetime | None,
              now: dt.datetime) -> Iterator[Problem]:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        yield Problem("reason", "addendum.reason_missing", {"most": LONGEST_REASON})
    for name in said:
        if name not in rules.CHANGEABLE:
            yield Problem(name, "addendum.not_changeable", {"field": name})
    if bid_deadline is not None and demand.bid_deadline is not None and bid_deadline < demand.bid_deadline:
        yield Problem("bid_deadline", "addendum.deadline_earlier", {"deadline": demand.bid_deadline})
    elif bid_deadline is not None and bid_deadline > now + LONGEST_BIDDING:
        yield Problem("bid_deadline", "demand.deadline_too_far", {"days": LONGEST_BIDDING.days})
    budget = said.get("budget_fen", demand.budget_fen)
    if budget < demand.budget_fen:
        yield Problem("budget_fen", "addendum.budget_lower", {"budget_fen": demand.budget_fen})
    elif budget > demand.budget_fen and demand.slice_id is not None:
        yield Problem("budget_fen", "addendum.slice_budget", {"title": demand.title})
    yield from _worse_terms(demand, said)


def _worse_terms(demand: Demand, said: Mapping[str, Any]) -> Iterator[Problem]:
    """The payment term in force, agreed or statutory, and the acceptance period may only become shorter."""
    draft = dataclasses.replace(records.draft_of(demand), **{
        name: said[name] for name in rules.DOWNWARDS if name in said})
    old, new = terms.summary(demand, demand.buyer), terms.summary(draft, demand.buyer)
    for name, before, after in (("term_days", old.days, new.days),
                                ("acceptance_period_days", old.acceptance_period_days, new.acceptance_period_days)):
        if after != before and (before is not None and (after is None or after > before)):
            yield Problem(name, "addendum.terms_worse", {"days": before})


def _write(demand: Demand, said: Mapping[str, Any]) -> None:
    """Only what differs is set: a JSON list set anew counts as changed."""
    for name, value in said.items():
        plain = list(value) if isinstance(value, tuple) else value
        if getattr(demand, name) != plain:
            setattr(demand, name, plain)


def by_rule(demand: Demand, *, now: dt.datetime) -> dt.datetime:
    """The deadline a material change published now would leave standing or lead to; the hour stays."""
    assert demand.bid_deadline is not None
    local = demand.bid_deadline.astimezone(SHANGHAI)
    day = rules.latest_closing(local.date(), legal_day(now), tender_law=under_tender_law(demand, now=now))
    return dt.datetime.combine(day, local.time(), SHANGHAI).astimezone(dt.UTC)


def under_tender_law(demand: Demand, *, now: dt.datetime) -> bool:
    """Whether what is bought as one reaches a tender threshold that binds the buyer."""
    subject = guard.subject_of(demand)
    return splitting.reaches(
        subject.budget_fen, payer=PayerType(demand.buyer.payer_type), state_owned=demand.buyer.state_owned,
        text=f"{subject.title} {subject.description}", today=legal_day(now))


def _announce(session: Session, demand: Demand, made: DemandAddendum, deadline: dt.datetime, *, actor: User,
              now: dt.datetime) -> None:
    told = following.followers(session, demand)
    if made.deadline_after is not None:
        cause = "addendum_late" if made.by_rule else "addendum"
        rule = rules.time_left(under_tender_law(demand, now=now), legal_day(now))
        deadlines.extend(session, demand, deadline, cause=cause, actor=actor, now=now, told=told,
                         facts={"number": made.number, "days": rule.value, "basis": rule.source})
    operators = session.scalars(select(Organisation.id).filter_by(role=Role.OPERATOR))
    for organisation_id in dict.fromkeys([*told, *operators]):
        notify(session, organisation_id, "demand_addendum", dedupe=f"addendum:{made.id}", now=now,
               link=f"/demands/{demand.code}#addenda", demand=demand.code, title=demand.title, number=made.number,
               reason=made.reason, deadline=deadline.isoformat())


def count(session: Session, demand: Demand) -> int:
    """How many addenda a demand has; they are numbered from 1."""
    return session.scalar(select(func.count()).select_from(DemandAddendum).filter_by(demand_id=demand.id)) or 0


def of_demand(session: Session, demand: Demand) -> list[DemandAddendum]:
    """Every addendum, the newest first."""
    query = select(DemandAddendum).filter_by(demand_id=demand.id).order_by(DemandAddendum.number.desc())
    return list(session.scalars(query))


def last_of(session: Session, demand_ids: set[int]) -> dict[int, DemandAddendum]:
    """The newest addendum of each demand that has one."""
    query = select(DemandAddendum).where(DemandAddendum.demand_id.in_(demand_ids)).order_by(DemandAddendum.number)
    return {one.demand_id: one for one in session.scalars(query)}
