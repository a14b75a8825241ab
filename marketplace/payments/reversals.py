"""A confirmed payment that turns out wrong is reversed, never deleted; statement, journal and contract follow."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.contracts import operations as contracts
from marketplace.db import get, lock
from marketplace.notices.operations import notify
from marketplace.payments import obligations
from marketplace.payments.models import Payment, PaymentReversal
from marketplace.rules import lifecycle
from marketplace.rules.errors import NotAllowed, Problem, Problems
from marketplace.rules.lifecycle import PAYMENT

BOUNCED, WRONG_OBLIGATION, RECORDED_IN_ERROR = "bounced", "wrong_obligation", "recorded_in_error"
KINDS = (BOUNCED, WRONG_OBLIGATION, RECORDED_IN_ERROR)
MOST_REASON = 2000


def reverse_payment(session: Session, payment_id: int, *, kind: str, reason: str, actor: User,
                    now: dt.datetime) -> Payment:
    """The founder, or the operator, takes a confirmation back, today and with a reason.

    From then on the money counts on no day: the interest runs as if it had never come (Decree 802 Art 17, in force
    2025-06-01). What was known before stays visible as known then. A settled obligation is open again, and so is a
    fulfilled contract. Raises NotAllowed("payment.only_payee_reverses"), Problems (kind, reason),
    WrongState("payment.wrong_state").
    """
    payment = get(session, Payment, payment_id)
    obligation = obligations.hold(session, payment.obligation_id)
    if actor.role != Role.OPERATOR and contracts.side_of(obligation.contract, actor) != "founder":
        raise NotAllowed("payment.only_payee_reverses")
    payment = lock(session, Payment, payment_id)
    following = lifecycle.advance(PAYMENT, payment.status, "reverse")
    _check(kind, reason)
    payment.status = following
    payment.reversal = PaymentReversal(kind=kind, reason=reason.strip(), reversed_on=legal_day(now),
                                       reversed_by_id=actor.id, reversed_at=now)
    audit.record(session, "payment:reverse", payment, actor=actor, at=now, kind=kind, reason=reason.strip(),
                 amount_fen=payment.amount_fen, obligation=obligation.id)
    obligations.settle_up(session, obligation, actor=actor, now=now)
    contract = obligation.contract
    for organisation_id in (contract.buyer_id, contract.founder_id):
        notify(session, organisation_id, "payment_reversed", dedupe=f"payment_reversed:{payment.id}", now=now,
               link=f"/payments/{obligation.id}", number=contract.number, milestone=obligation.milestone.title,
               amount_fen=payment.amount_fen, reason=reason.strip())
    return payment


def _check(kind: str, reason: str) -> None:
    problems = [] if kind in KINDS else [Problem("kind", "field.not_a_choice")]
    if not reason.strip():
        problems.append(Problem("reason", "field.required"))
    elif len(reason) > MOST_REASON:
        problems.append(Problem("reason", "field.too_long", {"most": MOST_REASON, "length": len(reason)}))
    if problems:
        raise Problems(problems)
