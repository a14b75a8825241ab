"""Reading bank lines and what they may have paid."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.models import User
from marketplace.banking.models import BankLine, BankMatch, BankStatement
from marketplace.banking.operations import IN, left_fen
from marketplace.clock import legal_day
from marketplace.payments import queries as payables
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, statement_of, waiting
from marketplace.rules.bank_matching import Claim, Line, Notice, Suggestion, suggest
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import PaymentStatus


class LineState(StrEnum):
    """Where a line stands: to be matched (wholly or in part), matched, or set aside."""

    OPEN = "open"
    MATCHED = "matched"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Shown:
    """A line, what is left of it, and what it may have paid."""

    line: BankLine
    left_fen: int
    state: LineState
    suggestions: tuple[Suggestion, ...] = ()


def lines(session: Session, *, actor: User, state: LineState | None = None, before: int | None = None,
          limit: int = 100) -> list[BankLine]:
    """The newest lines of the actor's organisation, those of one state where it is named."""
    query = select(BankLine).filter_by(organisation_id=actor.organisation_id).order_by(BankLine.id.desc()).options(
        selectinload(BankLine.matches).joinedload(BankMatch.payment))
    if before is not None:
        query = query.where(BankLine.id < before)
    if state is LineState.SET_ASIDE:
        query = query.where(BankLine.set_aside_at.is_not(None))
    found: list[BankLine] = []
    for line in session.scalars(query):
        if state is None or state_of(line) is state:
            found.append(line)
        if len(found) == limit:
            break
    return found


def state_of(line: BankLine) -> LineState:
    """Where a line stands; it is matched when nothing of it is left."""
    if line.set_aside_at is not None:
        return LineState.SET_ASIDE
    return LineState.OPEN if left_fen(line) else LineState.MATCHED


def line_for(session: Session, line_id: int, *, actor: User) -> BankLine:
    """A line of the actor's own organisation. Raises NotFound."""
    line = session.get(BankLine, line_id)
    if line is None or line.organisation_id != actor.organisation_id:
        raise NotFound("not_found", what="bank_line", id=line_id)
    return line


def uploads(session: Session, *, actor: User, limit: int = 10) -> list[BankStatement]:
    """The newest uploads of the actor's organisation."""
    query = select(BankStatement).filter_by(organisation_id=actor.organisation_id)
    return list(session.scalars(query.order_by(BankStatement.id.desc()).limit(limit)))


def count_open(session: Session, *, actor: User) -> int:
    """How many lines nobody has decided anything about."""
    touched = select(BankMatch.id).where(BankMatch.line_id == BankLine.id).exists()
    query = select(func.count()).select_from(BankLine).where(
        BankLine.organisation_id == actor.organisation_id, BankLine.set_aside_at.is_(None), ~touched)
    return session.scalar(query) or 0


def claims(session: Session, *, actor: User, now: dt.datetime) -> list[Obligation]:
    """What the actor's organisation may still pay or be paid: principal open, or interest, or a payment to answer."""
    today = legal_day(now)
    return [obligation for obligation in payables.of_organisation(session, actor.organisation_id)
            if obligation.settled_on is None or _open(obligation, today) or waiting(obligation)]


def _open(obligation: Obligation, day: dt.date) -> int:
    found = accrual_of(statement_of(obligation, as_of=day))
    return found.principal_left_fen + found.interest_unpaid_fen


def with_suggestions(session: Session, found: list[BankLine], *, actor: User, now: dt.datetime) -> list[Shown]:
    """Lines with what each may have paid; each is judged alone, what is booked for one is open no more for the next."""
    owed = claims(session, actor=actor, now=now) if any(state_of(line) is LineState.OPEN for line in found) else []
    invoices: dict[int, list[str]] = {}
    for one in payables.invoices_of(session, [obligation.milestone_id for obligation in owed]):
        invoices.setdefault(one.milestone_id, []).append(one.number)
    shown = []
    for line in found:
        left, state = left_fen(line), state_of(line)
        made: list[Suggestion] = []
        if state is LineState.OPEN:
            asked = Line(line.booked_on, left, line.counterparty, line.remark, line.reference)
            made = suggest(asked, [_claim(one, line, tuple(invoices.get(one.milestone_id, ()))) for one in owed])
        shown.append(Shown(line, left, state, tuple(made)))
    return shown


def _claim(obligation: Obligation, line: BankLine, invoices: tuple[str, ...]) -> Claim:
    """An obligation as the matching rules read it, on the line's day. What waits for an answer is not open for the
    buyer any more; for the founder it is what the line probably is."""
    contract = obligation.contract
    also = waiting(obligation) if line.direction != IN else []
    found = accrual_of(statement_of(obligation, as_of=line.booked_on, also=also))
    deliveries = obligation.milestone.deliveries
    notices = tuple(Notice(payment.id, payment.amount_fen, payment.bank_reference) for payment in obligation.payments
                    if payment.status == PaymentStatus.NOTIFIED) if line.direction == IN else ()
    other = contract.buyer if line.direction == IN else contract.founder
    return Claim(
        obligation.id, contract.number, other.name,
        deliveries[0].delivered_on if deliveries else legal_day(obligation.created_at), obligation.due_on,
        found.principal_left_fen, max(found.interest_unpaid_fen, 0), invoices, notices)
