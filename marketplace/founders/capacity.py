"""The capacity calendar of a founder: what the profile offers, the days away, and the contracts won."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace import audit, reference
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Milestone
from marketplace.founders import queries
from marketplace.founders.models import CapabilityProfile, TimeAway
from marketplace.rules import capacity as rules
from marketplace.rules.capacity import Away, Booking, Week
from marketplace.rules.errors import NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import ContractStatus, MilestoneStatus

LONGEST_AWAY = 366
MOST_AWAY = 60
AT_WORK = (ContractStatus.PENDING, ContractStatus.ACTIVE)
TO_DELIVER = (MilestoneStatus.SCHEDULED, MilestoneStatus.REJECTED)


@dataclass(frozen=True)
class CapacityView:
    """`weeks` is None where the founder has not said how many days a month they offer. `free` are the free days of the
    next eight weeks, `unknown` how many bookings nobody has put into days."""

    weeks: list[Week] | None
    bookings: list[Booking]
    away: list[TimeAway]
    free: int | None
    unknown: int


def of_founder(session: Session, founder_id: int, *, today: dt.date) -> CapacityView:
    """The next 26 weeks of one founder."""
    return of_founders(session, [founder_id], today=today)[founder_id]


def of_founders(session: Session, founder_ids: Iterable[int], *, today: dt.date) -> dict[int, CapacityView]:
    """The same of several, in four queries."""
    ids = list(dict.fromkeys(founder_ids))
    profiles = {one.founder_id: one for one in session.scalars(
        select(CapabilityProfile).where(CapabilityProfile.founder_id.in_(ids)))}
    away: dict[int, list[TimeAway]] = {one: [] for one in ids}
    for block in session.scalars(select(TimeAway).where(
            TimeAway.founder_id.in_(ids), TimeAway.last_day >= today).order_by(TimeAway.first_day, TimeAway.id)):
        away[block.founder_id].append(block)
    booked: dict[int, list[Booking]] = {one: [] for one in ids}
    query = select(Contract).options(joinedload(Contract.demand), selectinload(Contract.milestones)).where(
        Contract.founder_id.in_(ids), Contract.status.in_(AT_WORK))
    for contract in session.scalars(query.order_by(Contract.id)):
        profile = profiles.get(contract.founder_id)
        booked[contract.founder_id] += bookings_of(contract, profile.day_rate_fen if profile else None, today=today)
    return {one: _view(profiles.get(one), booked[one], away[one], today=today) for one in ids}


def bookings_of(contract: Contract, day_rate_fen: int | None, *, today: dt.date) -> list[Booking]:
    """What a contract still takes: its work days by the milestones' amounts, each between the due day before and its
    own.

    The days are the buyer's, stated with the demand; else the contract's value at the founder's own day rate; else
    nobody knows.
    """
    days = contract.demand.work_days
    if days is None and day_rate_fen:
        days = -(-contract.total_fen // day_rate_fen)
    milestones = sorted(contract.milestones, key=lambda one: one.position)
    shares = rules.shared_out(days, [one.amount_fen for one in milestones]) if days else [None] * len(milestones)
    first = contract.signed_on or today
    found = []
    for milestone, share in zip(milestones, shares, strict=True):
        due = _due(milestone, today)
        if milestone.status in TO_DELIVER:
            found.append(Booking(min(first, due), due, share, f"{contract.title} · {milestone.title}", contract.number))
        first = max(first, due + rules.DAY)
    return found


def add_away(session: Session, first: dt.date, last: dt.date, *, note: str, actor: User, now: dt.datetime) -> TimeAway:
    """Enter days on which the actor's company takes no work. Raises Problems (first_day, last_day), WrongState."""
    today = legal_day(now)
    problems = []
    if last < first:
        problems.append(Problem("last_day", "time_away.ends_before_it_begins", {"first_day": first}))
    elif last < today:
        problems.append(Problem("last_day", "time_away.over", {"last_day": last}))
    elif (last - first).days >= LONGEST_AWAY:
        problems.append(Problem("last_day", "time_away.too_long", {"most": LONGEST_AWAY}))
    if problems:
        raise Problems(problems)
    standing = select(TimeAway.id).where(TimeAway.founder_id == actor.organisation_id, TimeAway.last_day >= today)
    if len(session.scalars(standing).all()) >= MOST_AWAY:
        raise WrongState("time_away.too_many", most=MOST_AWAY)
    row = TimeAway(founder_id=actor.organisation_id, first_day=first, last_day=last, note=note.strip(), created_at=now)
    session.add(row)
    audit.record(session, "time_away:add", row, actor=actor, at=now, first_day=first, last_day=last)
    return row


def remove_away(session: Session, away_id: int, *, actor: User, now: dt.datetime) -> None:
    """Take an entry out again. Raises NotFound for anyone else's."""
    row = session.get(TimeAway, away_id) if 0 < away_id <= queries.MAX_ID else None
    if row is None or row.founder_id != actor.organisation_id:
        raise NotFound("not_found", what="time_away", id=str(away_id)[:20])
    audit.record(session, "time_away:remove", row, actor=actor, at=now, first_day=row.first_day, last_day=row.last_day)
    session.delete(row)
    session.flush()


def _due(milestone: Milestone, today: dt.date) -> dt.date:
    return milestone.planned_on or today + dt.timedelta(days=milestone.planned_days)


def _view(profile: CapabilityProfile | None, bookings: list[Booking], away: list[TimeAway], *,
          today: dt.date) -> CapacityView:
    unknown = sum(one.days is None for one in bookings)
    if profile is None or profile.capacity_days_per_month is None:
        return CapacityView(None, bookings, away, None, unknown)
    gone = [Away(one.first_day, one.last_day) for one in away]
    if profile.available_from is not None and profile.available_from > today:
        gone.append(Away(today, profile.available_from - rules.DAY))
    weeks = rules.calendar_of(profile.capacity_days_per_month, gone, bookings, today=today,
                              calendar=reference.calendar())
    return CapacityView(weeks, bookings, away, rules.free_days(weeks[:rules.WEEKS_TOLD]), unknown)
