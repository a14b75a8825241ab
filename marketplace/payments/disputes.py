"""Disputes about a part of an obligation. Basis: Decree 802 Art 15 (in force 2025-06-01): the rest is paid on time."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.notices.operations import notify
from marketplace.payments import obligations, queries
from marketplace.payments.models import Dispute, Obligation
from marketplace.payments.statements import accrual_of, statement_of, waiting
from marketplace.rules import lifecycle
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DISPUTE, DisputeStatus

MOST_TEXT = 2000


def may_be_disputed_fen(obligation: Obligation, *, as_of: dt.date) -> int:
    """Principal that is neither paid, nor said to be paid, nor found payable in an earlier dispute."""
    left = accrual_of(statement_of(obligation, as_of=as_of)).principal_left_fen
    said_paid = sum(payment.amount_fen for payment in waiting(obligation))
    found_payable = sum(dispute.upheld_fen or 0 for dispute in obligation.disputes)
    return max(left - said_paid - found_payable, 0)


def open_dispute(session: Session, obligation: Obligation, *, amount_fen: int, reason: str, actor: User,
                 now: dt.datetime) -> Dispute:
    """The buyer disputes a part with a reason; the undisputed part stays due on its day.

    Raises Problems (disputed_fen, reason), WrongState("dispute.one_is_open").
    """
    obligation = obligations.hold_for(session, obligation, actor=actor, side="buyer")
    if any(dispute.status == DisputeStatus.OPEN for dispute in obligation.disputes):
        raise WrongState("dispute.one_is_open")
    most = may_be_disputed_fen(obligation, as_of=legal_day(now))
    problems = _text_problems("reason", reason)
    if not 0 < amount_fen <= most:
        problems.append(Problem("disputed_fen", "dispute.amount_out_of_range", {"most_fen": most}))
    if problems:
        raise Problems(problems)
    dispute = Dispute(obligation=obligation, disputed_fen=amount_fen, reason=reason.strip(), opened_on=legal_day(now))
    session.add(dispute)
    audit.record(session, "dispute:open", dispute, actor=actor, at=now, obligation=obligation.id,
                 disputed_fen=amount_fen, reason=dispute.reason)
    obligations.settle_up(session, obligation, actor=actor, now=now)
    concerned = [obligation.contract.founder_id, *queries.operator_ids(session)]
    _tell(session, dispute, concerned, "dispute_opened", now=now)
    return dispute


def resolve_dispute(session: Session, dispute_id: int, *, upheld_fen: int, note: str, actor: User,
                    now: dt.datetime) -> Dispute:
    """The operator records how a dispute ended: `upheld_fen` of it is owed after all, 0 dismisses the claim.

    What is upheld bears interest from the original due date.
    Raises NotAllowed, Problems (upheld_fen, resolution_note), WrongState.
    """
    if actor.role != Role.OPERATOR:
        raise NotAllowed("dispute.only_operator")
    found = session.get(Dispute, dispute_id)
    if found is None:
        raise NotFound("not_found", what="dispute", id=dispute_id)
    obligation = obligations.hold(session, found.obligation_id)
    dispute = next(dispute for dispute in obligation.disputes if dispute.id == dispute_id)
    following = lifecycle.advance(DISPUTE, dispute.status, "uphold" if upheld_fen else "dismiss")
    problems = _text_problems("resolution_note", note)
    if not 0 <= upheld_fen <= dispute.disputed_fen:
        problems.append(Problem("upheld_fen", "dispute.upheld_out_of_range", {"most_fen": dispute.disputed_fen}))
    if problems:
        raise Problems(problems)
    dispute.status, dispute.resolved_on = following, legal_day(now)
    dispute.upheld_fen, dispute.resolution_note = upheld_fen, note.strip()
    audit.record(session, "dispute:resolve", dispute, actor=actor, at=now, upheld_fen=upheld_fen,
                 disputed_fen=dispute.disputed_fen, note=dispute.resolution_note)
    obligations.settle_up(session, obligation, actor=actor, now=now)
    contract = obligation.contract
    _tell(session, dispute, [contract.buyer_id, contract.founder_id], "dispute_resolved", now=now)
    return dispute


def _text_problems(field: str, text: str) -> list[Problem]:
    if not text.strip():
        return [Problem(field, "field.required")]
    if len(text) > MOST_TEXT:
        return [Problem(field, "field.too_long", {"most": MOST_TEXT, "length": len(text)})]
    return []


def _tell(session: Session, dispute: Dispute, organisation_ids: list[int], code: str, *, now: dt.datetime) -> None:
    obligation = dispute.obligation
    for organisation_id in organisation_ids:
        notify(session, organisation_id, code, dedupe=f"{code}:{dispute.id}", now=now,
               link=f"/payments/{obligation.id}", number=obligation.contract.number,
               milestone=obligation.milestone.title, disputed_fen=dispute.disputed_fen,
               upheld_fen=dispute.upheld_fen or 0)
