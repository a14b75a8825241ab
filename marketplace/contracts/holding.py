"""How every verb on a milestone begins and ends: held for one side, days and texts looked at, the other side told."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.db import get, lock
from marketplace.notices.operations import notify
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import ContractStatus

MOST_NOTE = 5000


def side_of(contract: Contract, actor: User) -> str:
    """"buyer" or "founder". Raises NotFound for anyone else."""
    if actor.organisation_id == contract.buyer_id:
        return "buyer"
    if actor.organisation_id == contract.founder_id:
        return "founder"
    raise NotFound("not_found", what="contract", id=contract.number)


def held(session: Session, milestone_id: int, *, actor: User, side: str) -> Milestone:
    """The milestone of a signed contract, locked with it, for one side only."""
    milestone = get(session, Milestone, milestone_id)
    contract = lock(session, Contract, milestone.contract_id)
    if side_of(contract, actor) != side:
        raise NotAllowed("contract.other_side", side=side)
    milestone = lock(session, Milestone, milestone_id)
    session.expire(milestone, ["deliveries"])
    if contract.status == ContractStatus.PENDING:
        raise WrongState("contract.not_signed", number=contract.number)
    return milestone


def day_problems(field: str, day: dt.date, *, earliest: dt.date, now: dt.datetime) -> list[Problem]:
    """What is wrong with the day of something that has happened."""
    today = legal_day(now)
    if day > today:
        return [Problem(field, "milestone.day_in_future", {"day": day, "today": today})]
    if day < earliest:
        return [Problem(field, "milestone.day_too_early", {"day": day, "earliest": earliest})]
    return []


def note_problems(field: str, text: str, *, required: bool = False) -> list[Problem]:
    """What is wrong with a text."""
    if required and not text.strip():
        return [Problem(field, "field.required")]
    if len(text) > MOST_NOTE:
        return [Problem(field, "field.too_long", {"most": MOST_NOTE, "length": len(text)})]
    return []


def check(problems: list[Problem]) -> None:
    """Raises Problems when there are any."""
    if problems:
        raise Problems(problems)


def earliest_delivery(milestone: Milestone) -> dt.date:
    """The first day on which a milestone may be delivered: signing, or the last rejection."""
    assert milestone.contract.signed_on is not None  # only milestones of signed contracts are held
    return max([milestone.contract.signed_on, *(d.decided_on for d in milestone.deliveries if d.decided_on)])


def tell(session: Session, milestone: Milestone, organisation_id: int, code: str, delivery: Delivery, *,
         now: dt.datetime) -> None:
    """Tell an organisation, once for each delivery, what became of it."""
    session.flush()
    number = milestone.contract.number
    notify(session, organisation_id, code, dedupe=f"{code}:{delivery.id}", now=now, link=f"/contracts/{number}",
           number=number, milestone=milestone.title)
