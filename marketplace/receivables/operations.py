"""Receivable verbs: ask, withdraw, confirm, refuse, and links for lenders.

Basis: Decree 802 Art 16(2) (in force 2025-06-01): a payer confirms within 30 days of the request. Confirming is
never a condition of payment; the clock of the obligation runs on whatever is answered here.
"""
from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts.holding import check, note_problems
from marketplace.db import lock
from marketplace.notices.operations import notify
from marketplace.payments import obligations
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, statement_of
from marketplace.receivables import document, queries
from marketplace.receivables.models import Receivable, ReceivableLink
from marketplace.rules import lifecycle
from marketplace.rules.clocks import Clock, deadline
from marketplace.rules.errors import Problem, WrongState
from marketplace.rules.lifecycle import RECEIVABLE, MilestoneStatus, ReceivableStatus

TOKEN_BYTES = 32
MOST_LABEL = 200
MOST_LINKS = 20


def request(session: Session, obligation: Obligation, *, financier: str, actor: User, now: dt.datetime) -> Receivable:
    """The founder asks its buyer to confirm what is open today; the buyer has 30 days.

    Raises Problems (financier), WrongState: receivable.out_of_scope, receivable.nothing_open, receivable.not_due_yet
    (no delivery stands), receivable.waiting (a request is not answered yet).
    """
    obligation = obligations.hold_for(session, obligation, actor=actor, side="founder")
    today = legal_day(now)
    check(_label_problems("financier", financier, required=False))
    found = statement_of(obligation, as_of=today)
    left = accrual_of(found).principal_left_fen
    if not found.in_scope:
        raise WrongState("receivable.out_of_scope")
    if obligation.milestone.status == MilestoneStatus.REJECTED or found.due is None:
        raise WrongState("receivable.not_due_yet")
    if left <= 0:
        raise WrongState("receivable.nothing_open")
    if any(one.status == ReceivableStatus.REQUESTED for one in queries.of_obligation(session, obligation.id)):
        raise WrongState("receivable.waiting")
    until = deadline(Clock.RECEIVABLE_CONFIRMATION, today, calendar=reference.calendar())
    row = Receivable(obligation=obligation, amount_fen=left, financier=financier.strip(), requested_on=today,
                     requested_at=now, requested_by_id=actor.id, answer_by=until.day, provisional=until.provisional)
    session.add(row)
    audit.record(session, "receivable:request", row, actor=actor, at=now, obligation=obligation.id, amount_fen=left,
                 answer_by=until.day)
    _tell(session, row, obligation.contract.buyer_id, "receivable_requested", now=now)
    return row


def withdraw(session: Session, receivable: Receivable, *, actor: User, now: dt.datetime) -> Receivable:
    """The founder takes a request back. Raises WrongState."""
    row = _answered(session, receivable, "withdraw", actor=actor, side="founder", now=now)
    audit.record(session, "receivable:withdraw", row, actor=actor, at=now)
    _tell(session, row, row.obligation.contract.buyer_id, "receivable_withdrawn", now=now)
    return row


def confirm(session: Session, receivable: Receivable, *, actor: User, now: dt.datetime) -> Receivable:
    """The buyer confirms what is open today. Raises WrongState: receivable.wrong_state, receivable.nothing_open,
    receivable.not_due_yet."""
    today = legal_day(now)
    row = _held(session, receivable, actor=actor, side="buyer")
    lifecycle.advance(RECEIVABLE, row.status, "confirm")
    found = statement_of(row.obligation, as_of=today)
    if found.due is None:
        raise WrongState("receivable.not_due_yet")
    if accrual_of(found).principal_left_fen <= 0:
        raise WrongState("receivable.nothing_open")
    drawn_up = document.draw_up(row, on=today)
    row = _answered(session, row, "confirm", actor=actor, side="buyer", now=now)
    row.document, row.document_hash = drawn_up, document.hash_of(drawn_up)
    audit.record(session, "receivable:confirm", row, actor=actor, at=now, sha256=row.document_hash,
                 confirmed_fen=row.document["confirmed_fen"], days_late=days_late(row, as_of=today))
    _tell(session, row, row.obligation.contract.founder_id, "receivable_confirmed", now=now)
    return row


def refuse(session: Session, receivable: Receivable, *, reason: str, actor: User, now: dt.datetime) -> Receivable:
    """The buyer refuses, with its reason. The debt and its clock are not touched. Raises Problems (reason),
    WrongState."""
    row = _answered(session, receivable, "refuse", actor=actor, side="buyer", now=now, reason=reason)
    audit.record(session, "receivable:refuse", row, actor=actor, at=now, reason=row.reason,
                 days_late=days_late(row, as_of=legal_day(now)))
    _tell(session, row, row.obligation.contract.founder_id, "receivable_refused", now=now)
    return row


def make_link(session: Session, receivable: Receivable, *, label: str, actor: User,
              now: dt.datetime) -> tuple[ReceivableLink, str]:
    """(link, token) for a lender named in `label`; the token is told this once and not kept.

    Raises Problems (label), WrongState: receivable.not_confirmed, receivable.too_many_links.
    """
    row = _held(session, receivable, actor=actor, side="founder")
    if row.status != ReceivableStatus.CONFIRMED:
        raise WrongState("receivable.not_confirmed", status=ReceivableStatus(row.status))
    if sum(link.revoked_at is None for link in row.links) >= MOST_LINKS:
        raise WrongState("receivable.too_many_links", most=MOST_LINKS)
    check(_label_problems("label", label, required=True))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ReceivableLink(label=label.strip(), token_hash=queries.token_digest(token), created_at=now,
                          created_by_id=actor.id)
    row.links.append(link)
    session.flush()
    audit.record(session, "receivable:link", row, actor=actor, at=now, link=link.id, label=link.label)
    return link, token


def revoke_link(session: Session, receivable: Receivable, link_id: int, *, actor: User,
                now: dt.datetime) -> ReceivableLink:
    """The founder closes a link; again changes nothing. Raises NotFound."""
    row = _held(session, receivable, actor=actor, side="founder")
    link = queries.link_of(row, link_id)
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by_id = now, actor.id
        audit.record(session, "receivable:revoke_link", row, actor=actor, at=now, link=link.id, label=link.label)
    return link


def days_late(receivable: Receivable, *, as_of: dt.date) -> int:
    """Days past the 30 in which the buyer has to answer, until it did; a request taken back is not late."""
    if receivable.status == ReceivableStatus.WITHDRAWN:
        return 0
    return max(((receivable.answered_on or as_of) - receivable.answer_by).days, 0)


def _held(session: Session, receivable: Receivable, *, actor: User, side: str) -> Receivable:
    obligations.hold_for(session, receivable.obligation, actor=actor, side=side)
    return lock(session, Receivable, receivable.id)


def _answered(session: Session, receivable: Receivable, action: str, *, actor: User, side: str, now: dt.datetime,
              reason: str | None = None) -> Receivable:
    row = _held(session, receivable, actor=actor, side=side)
    following = lifecycle.advance(RECEIVABLE, row.status, action)
    if reason is not None:
        check(note_problems("reason", reason, required=True))
    row.status, row.answered_at, row.answered_on, row.answered_by_id = following, now, legal_day(now), actor.id
    row.reason = reason.strip() if reason else None
    return row


def _label_problems(field: str, text: str, *, required: bool) -> list[Problem]:
    if required and not text.strip():
        return [Problem(field, "field.required")]
    if len(text) > MOST_LABEL:
        return [Problem(field, "field.too_long", {"most": MOST_LABEL, "length": len(text)})]
    return []


def _tell(session: Session, row: Receivable, organisation_id: int, code: str, *, now: dt.datetime) -> None:
    session.flush()
    contract = row.obligation.contract
    notify(session, organisation_id, code, dedupe=f"{code}:{row.id}", now=now, link=f"/receivables/{row.id}",
           number=contract.number, milestone=row.obligation.milestone.title, amount_fen=row.amount_fen,
           answer_by=row.answer_by.isoformat())


__all__ = ["confirm", "days_late", "make_link", "refuse", "request", "revoke_link", "withdraw"]
