"""Appeals against steps, the buyer's contacts, and papers handed out.

`steps_of`, `in_effect` and `undo` are what later folders build on: whether a step holds is asked, never stored twice.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import standing
from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.contracts import operations as contracts
from marketplace.db import find, lock
from marketplace.enforcement import queries
from marketplace.enforcement.models import BuyerContact, EscalationStep, Paper, StepAppeal
from marketplace.enforcement.queries import in_effect, steps_of
from marketplace.notices.operations import notify
from marketplace.payments import obligations
from marketplace.payments.models import Obligation
from marketplace.payments.queries import operator_ids
from marketplace.rules import lifecycle
from marketplace.rules.errors import NotAllowed, Problem, Problems, WrongState
from marketplace.rules.escalation import Product
from marketplace.rules.escalation_states import APPEAL, STEP, StepEnd, StepStatus
from marketplace.rules.remedies import LiftReason

MOST_TEXT = 2000


@dataclass(frozen=True)
class ContactNote:
    """One contact as the buyer names it; all blank: nobody."""

    role: str
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "zh"


@dataclass(frozen=True)
class PaperNote:
    """A paper as it was printed: its data, its pages, and the SHA-256 of the file."""

    kind: str
    language: str
    as_of: dt.date
    content: dict[str, Any]
    pages: dict[str, Any]
    sha256: str


def appeal(session: Session, obligation: Obligation, step_id: int, *, reason: str, actor: User,
           now: dt.datetime) -> StepAppeal:
    """The buyer says why a step is wrong; the step stands until the operator decides.

    Raises NotAllowed (another side), NotFound, Problems (appeal_reason), WrongState (the step holds no more, or an
    appeal is open).
    """
    obligation = obligations.hold(session, obligation.id)
    if contracts.side_of(obligation.contract, actor) != "buyer":
        raise NotAllowed("step.not_buyer")
    step = queries.step_of(steps_of(session, obligation), step_id)
    _check_text("appeal_reason", reason)
    if step.status != StepStatus.TAKEN:
        raise WrongState("escalation_step.wrong_state", status=StepStatus(step.status))
    row = StepAppeal(step_id=step.id, reason=reason.strip(), opened_by_id=actor.id, opened_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise WrongState("step_appeal.one_is_open") from error
    session.expire(step, ["appeals"])
    audit.record(session, "appeal:open", row, actor=actor, at=now, step=step.step, obligation=obligation.id,
                 reason=row.reason)
    for told in [obligation.contract.founder_id, *operator_ids(session)]:
        _tell(session, row, step, told, "step_appealed", now=now, reason=row.reason)
    return row


def decide_appeal(session: Session, appeal_id: int, *, upheld: bool, note: str, actor: User,
                  now: dt.datetime) -> StepAppeal:
    """The operator upholds an appeal, which undoes the step, or dismisses it, with a reason either way.

    Raises NotAllowed, NotFound, Problems (decision_note), WrongState.
    """
    if actor.role != Role.OPERATOR:
        raise NotAllowed("step_appeal.only_operator")
    row = lock(session, StepAppeal, appeal_id)
    obligations.hold(session, row.step.obligation_id)
    session.refresh(row)
    following = lifecycle.advance(APPEAL, row.status, "uphold" if upheld else "dismiss")
    _check_text("decision_note", note)
    row.status, row.decided_at, row.decided_by_id, row.decision_note = following, now, actor.id, note.strip()
    audit.record(session, "appeal:decide", row, actor=actor, at=now, step=row.step.step, upheld=upheld,
                 obligation=row.step.obligation_id, note=row.decision_note)
    if upheld:
        undo(session, row.step, actor=actor, now=now)
    contract = row.step.obligation.contract
    for told in (contract.buyer_id, contract.founder_id):
        _tell(session, row, row.step, told, f"appeal_{following}", now=now, note=row.decision_note)
    return row


def undo(session: Session, step: EscalationStep, *, actor: User | str, now: dt.datetime) -> EscalationStep:
    """Take back what a step brought about, for good: it is not taken again for the same due date. Raises WrongState."""
    step.status = lifecycle.advance(STEP, step.status, "undo")
    step.closed_on, step.close_reason = legal_day(now), StepEnd.APPEAL
    audit.record(session, "step:undo", ("obligation", step.obligation_id), actor=actor, at=now, step=step.step,
                 round=step.round)
    if queries.makes(step, Product.PUBLISHING_BLOCK):
        standing.lift(session, step.obligation_id, reason=LiftReason.APPEAL_UPHELD, actor=actor, now=now)
    return step


def save_contacts(session: Session, notes: list[ContactNote], *, actor: User, now: dt.datetime) -> None:
    """Keep the people a buyer names; a blank one is taken away.

    Raises NotAllowed, Problems (<role>_name, <role>_email: one without the other).
    """
    if actor.role != Role.BUYER:
        raise NotAllowed("contact.buyer_only")
    problems = [Problem(f"{note.role}_{'email' if note.name else 'name'}", "contact.incomplete")
                for note in notes if bool(note.name) != bool(note.email) or (note.phone and not note.name)]
    if problems:
        raise Problems(problems)
    for note in notes:
        kept = find(session, BuyerContact, organisation_id=actor.organisation_id, role=note.role, locked=True)
        if not note.name:
            if kept is not None:
                session.delete(kept)
        elif kept is None:
            session.add(BuyerContact(organisation_id=actor.organisation_id, role=note.role, name=note.name,
                                     email=note.email, phone=note.phone, language=note.language, updated_at=now))
        else:
            kept.name, kept.email, kept.phone, kept.language = note.name, note.email, note.phone, note.language
            kept.updated_at = now
    audit.record(session, "contact:save", ("organisation", actor.organisation_id), actor=actor, at=now,
                 named=[note.role for note in notes if note.name])


def note_paper(session: Session, obligation: Obligation, note: PaperNote, *, actor: User, now: dt.datetime) -> Paper:
    """Keep a paper that is handed out. The same paper again is the same row. Raises NotAllowed."""
    if contracts.side_of(obligation.contract, actor) != "founder":
        raise NotAllowed("paper.only_founder")
    same = {"obligation_id": obligation.id, "kind": note.kind, "language": note.language, "sha256": note.sha256}
    kept = find(session, Paper, **same)
    if kept is not None:
        return kept
    row = Paper(**same, as_of=note.as_of, content=note.content, pages=note.pages, made_by_id=actor.id, made_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # asked for twice at the same moment
        made = find(session, Paper, **same)
        assert made is not None
        return made
    audit.record(session, "paper:make", ("obligation", obligation.id), actor=actor, at=now, kind=note.kind,
                 language=note.language, as_of=note.as_of, sha256=note.sha256)
    return row


def _check_text(field: str, text: str) -> None:
    if not text.strip():
        raise Problems([Problem(field, "field.required")])
    if len(text) > MOST_TEXT:
        raise Problems([Problem(field, "field.too_long", {"most": MOST_TEXT, "length": len(text)})])


def _tell(session: Session, row: StepAppeal, step: EscalationStep, organisation_id: int, code: str, *,
          now: dt.datetime, **facts: Any) -> None:
    obligation = step.obligation
    notify(session, organisation_id, code, dedupe=f"{code}:{row.id}", now=now, link=f"/payments/{obligation.id}",
           number=obligation.contract.number, milestone=obligation.milestone.title, step=step.step, **facts)


__all__ = ["ContactNote", "PaperNote", "appeal", "decide_appeal", "in_effect", "note_paper", "save_contacts",
           "steps_of", "undo"]
