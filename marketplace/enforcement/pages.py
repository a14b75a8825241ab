"""What the page of an obligation and the desks show of the ladder."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Role, User
from marketplace.enforcement import queries, texts
from marketplace.enforcement.letters import PaperKind
from marketplace.enforcement.models import EscalationStep, StepAppeal
from marketplace.forms import FormState
from marketplace.i18n import t
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules.escalation_states import AppealStatus, StepEnd, StepStatus
from marketplace.rules.statement import Statement


@dataclass(frozen=True)
class Row:
    """One step as the page prints it; `tone` is that of its badge. `may_appeal`: the reader may appeal against it."""

    on: dt.date
    name: str
    state: str
    tone: str
    note: str
    told: list[str]
    made: list[str]
    step: EscalationStep | None
    may_appeal: bool
    appeals: list[tuple[StepAppeal, AppealStatus]]


def box(session: Session, obligation: Obligation, *, actor: User, today: dt.date,
        form: FormState | None = None) -> dict[str, Any]:
    """The ladder of one obligation as of today: what has happened, what comes next, which papers can be made."""
    found = statement_of(obligation, as_of=today)
    place = queries.position(found, queries.steps_of(session, obligation), today=today)
    buyer = actor.organisation_id == obligation.contract.buyer_id
    founder, operator = actor.organisation_id == obligation.contract.founder_id, actor.role == Role.OPERATOR
    rows = [_row(line, buyer=buyer) for line in place.lines]
    return {
        "summary": _summary(found, place), "due": found.due, "rows": rows, "operator": operator,
        "earlier": [t("enforcement.box.earlier_row", due=step.due_on, step=texts.step(step.step), on=step.taken_on)
                    for step in place.earlier],
        "overdue": found.is_overdue, "may_make": founder and found.is_overdue, "may_read": founder or operator,
        "kinds": [(kind, texts.what(kind)) for kind in PaperKind], "form": form or FormState(),
        "papers": [(paper, texts.what(paper.kind)) for paper in queries.papers_of(session, obligation)]
        if founder or operator else []}


def _summary(found: Statement, place: queries.Position) -> str:
    if not found.in_scope:
        return t("enforcement.box.outside")
    if found.due is None:
        return t("enforcement.box.none")
    if not found.principal_left_fen:
        paid = found.accrual is not None and found.accrual.cleared_on is not None
        return t("enforcement.box.settled" if paid else "enforcement.box.disputed")
    if place.next is None:
        return t("enforcement.box.finished")
    return t("enforcement.box.next", on=place.next.on, step=texts.step(place.next.code))


def _row(line: queries.Line, *, buyer: bool) -> Row:
    step = line.step
    if step is None:
        return Row(line.on, texts.step(line.code), t("enforcement.box.future"), "waiting", "", texts.told(line.rung),
                   texts.made(line.rung), None, False, [])
    status = StepStatus(step.status)
    appeals = [(one, AppealStatus(one.status)) for one in step.appeals]
    waiting = any(status is AppealStatus.OPEN for _, status in appeals)
    return Row(line.on, texts.step(line.code), t(f"enum.StepStatus.{status}"),
               "current" if status is StepStatus.TAKEN else "closed", _note(step),
               texts.told(line.rung) if step.said else [], texts.made(line.rung), step,
               buyer and status is StepStatus.TAKEN and not waiting, appeals)


def _note(step: EscalationStep) -> str:
    said = [] if step.said else [t("enforcement.box.silent")]
    if step.said and step.taken_on != step.reached_on:
        said.append(t("enforcement.box.taken_later", on=step.taken_on))
    if step.closed_on is not None and step.close_reason:
        said.append(t("enforcement.box.closed", on=step.closed_on, reason=StepEnd(step.close_reason)))
    return " ".join(said)


def next_steps(session: Session, owed: Iterable[tuple[Obligation, Statement]], *, today: dt.date) -> dict[int, str]:
    """"Next step on …" of several obligations by their id; those with nothing to come are left out."""
    found = queries.positions(session, owed, today=today)
    return {key: t("enforcement.box.desk_next", on=place.next.on, step=texts.step(place.next.code))
            for key, place in found.items() if place.next is not None}
