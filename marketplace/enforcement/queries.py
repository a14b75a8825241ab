"""Reading steps, appeals, contacts and papers."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Role, User
from marketplace.contracts.models import Contract
from marketplace.enforcement.models import BuyerContact, EscalationStep, Paper, StepAppeal
from marketplace.payments import ladder
from marketplace.payments.models import Obligation
from marketplace.rules.errors import NotFound
from marketplace.rules.escalation import Product, Rung
from marketplace.rules.escalation_states import AppealStatus, StepStatus
from marketplace.rules.statement import Statement

ROLES = ("finance", "head")
_WITH_CASE = (joinedload(EscalationStep.obligation).joinedload(Obligation.contract).options(
    joinedload(Contract.buyer), joinedload(Contract.founder)),
    joinedload(EscalationStep.obligation).joinedload(Obligation.milestone), selectinload(EscalationStep.appeals))


@dataclass(frozen=True)
class Line:
    """One step of an obligation's ladder: taken (`step` is its row) or still to come."""

    on: dt.date
    code: str
    rung: Rung
    step: EscalationStep | None


@dataclass(frozen=True)
class Position:
    """Where an obligation stands on the ladder as of a day.

    `lines` are the steps of the present due date, `earlier` what was taken for due dates that no longer hold,
    `next` the first line to come; None when nothing more is to come or nothing undisputed is owed.
    """

    lines: tuple[Line, ...]
    earlier: tuple[EscalationStep, ...]
    next: Line | None


def steps_of(session: Session, obligation: Obligation) -> list[EscalationStep]:
    """Every step taken by an obligation, oldest first, whatever became of it."""
    return ladder.steps_of(session, [obligation.id]).get(obligation.id, [])


def position(found: Statement, steps: Iterable[EscalationStep], *, today: dt.date) -> Position:
    """The ladder of an obligation from its statement and the steps it has taken."""
    kept = list(steps)
    lines: list[Line] = []
    current = {step.step: step for step in kept if step.due_on == found.due}
    scheduled = ladder.schedule_of(found, today=today)
    for one in scheduled:
        lines.append(Line(one.on, one.rung.code, one.rung, current.get(one.rung.code)))
    owed = bool(found.principal_left_fen)
    following = next((line for line in lines if line.step is None), None) if owed else None
    earlier = tuple(step for step in kept if step.due_on != found.due)
    return Position(tuple(lines), earlier, following)


def positions(session: Session, owed: Iterable[tuple[Obligation, Statement]], *,
              today: dt.date) -> dict[int, Position]:
    """The ladder of several obligations by their id."""
    pairs = list(owed)
    taken = ladder.steps_of(session, [obligation.id for obligation, _ in pairs])
    return {obligation.id: position(found, taken.get(obligation.id, []), today=today) for obligation, found in pairs}


def in_effect(session: Session, product: Product, *, buyer_id: int | None = None) -> list[EscalationStep]:
    """The steps that bring a product about and hold now: taken, neither ended by payment nor undone by an appeal."""
    codes = {rung.code for edition in ladder.editions() for rung in edition.rungs if product in rung.makes}
    query = select(EscalationStep).where(EscalationStep.status == StepStatus.TAKEN, EscalationStep.step.in_(codes))
    if buyer_id is not None:
        query = query.join(Obligation, Obligation.id == EscalationStep.obligation_id).join(
            Contract, Contract.id == Obligation.contract_id).where(Contract.buyer_id == buyer_id)
    found = session.scalars(query.order_by(EscalationStep.id).options(*_WITH_CASE))
    return [step for step in found if makes(step, product)]


def makes(step: EscalationStep, product: Product) -> bool:
    """Whether the edition the step followed brings the product about."""
    edition = next((one for one in ladder.editions() if one.since == step.edition), None)
    rung = edition.rung(step.step) if edition else None
    return rung is not None and product in rung.makes


def latest_steps(session: Session, *, code: str = "", before: int | None = None,
                 limit: int = 100) -> list[EscalationStep]:
    """The newest steps taken, of one kind where a code is named; `before` is an id to page on from."""
    query = select(EscalationStep).options(*_WITH_CASE)
    if code:
        query = query.where(EscalationStep.step == code)
    if before:
        query = query.where(EscalationStep.id < before)
    order = (EscalationStep.taken_on.desc(), EscalationStep.id.desc()) if code else (EscalationStep.id.desc(),)
    return list(session.scalars(query.order_by(*order).limit(limit)))


def coming_up(session: Session, *, until: dt.date, limit: int = 100) -> list[Obligation]:
    """Obligations the daily round will look at by a day, the earliest first."""
    query = select(Obligation).where(Obligation.next_step_on <= until, Obligation.settled_on.is_(None))
    found = session.scalars(query.order_by(Obligation.next_step_on, Obligation.id).limit(limit).options(
        joinedload(Obligation.contract).options(joinedload(Contract.buyer), joinedload(Contract.founder)),
        joinedload(Obligation.milestone), selectinload(Obligation.payments), selectinload(Obligation.disputes)))
    return list(found)


def open_appeals(session: Session, *, limit: int = 100) -> list[StepAppeal]:
    """Appeals waiting for the operator, oldest first."""
    query = select(StepAppeal).where(StepAppeal.status == AppealStatus.OPEN).order_by(StepAppeal.id)
    return list(session.scalars(query.limit(limit).options(joinedload(StepAppeal.step).options(*_WITH_CASE))))


def count_open_appeals(session: Session) -> int:
    """How many appeals wait."""
    return session.scalar(select(func.count()).select_from(StepAppeal).filter_by(status=AppealStatus.OPEN)) or 0


def step_of(steps: Iterable[EscalationStep], step_id: int) -> EscalationStep:
    """One of an obligation's own steps. Raises NotFound."""
    found = next((step for step in steps if step.id == step_id), None)
    if found is None:
        raise NotFound("not_found", what="escalation_step", id=step_id)
    return found


def contacts_of(session: Session, organisation_id: int) -> dict[str, BuyerContact]:
    """The people a buyer has named, by role."""
    query = select(BuyerContact).filter_by(organisation_id=organisation_id)
    return {contact.role: contact for contact in session.scalars(query)}


def papers_of(session: Session, obligation: Obligation) -> list[Paper]:
    """The papers made about an obligation, newest first."""
    query = select(Paper).filter_by(obligation_id=obligation.id).order_by(Paper.id.desc())
    return list(session.scalars(query))


def paper_for(session: Session, paper_id: int, *, actor: User) -> Paper:
    """A paper its founder or the operator may read. Raises NotFound."""
    paper = session.get(Paper, paper_id)
    mine = paper is not None and paper.obligation.contract.founder_id == actor.organisation_id
    if paper is None or not (mine or actor.role == Role.OPERATOR):
        raise NotFound("not_found", what="enforcement_paper", id=paper_id)
    return paper


def paper_by_hash(session: Session, sha256: str) -> Paper | None:
    """The paper whose file has this hash."""
    return session.scalars(select(Paper).filter_by(sha256=sha256).order_by(Paper.id).limit(1)).one_or_none()
