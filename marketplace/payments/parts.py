"""Delivery and acceptance in parts, each part with the obligation that follows from it."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.contracts import parts
from marketplace.contracts.holding import held
from marketplace.contracts.models import Milestone
from marketplace.contracts.parts import PartAccepted, PartDelivered
from marketplace.payments import obligations, queries
from marketplace.payments.models import Obligation
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import PaymentStatus


def record_part_delivery(session: Session, milestone_id: int, part: PartDelivered, *, actor: User,
                         now: dt.datetime) -> Obligation:
    """A part delivered: its obligation, and what is left of the milestone's. Raises what parts.deliver_part raises,
    WrongState: milestone.split_with_payment, milestone.split_with_dispute."""
    whole = held(session, milestone_id, actor=actor, side="founder")
    _check_untouched(session, whole)
    delivery = parts.deliver_part(session, milestone_id, part, actor=actor, now=now)
    _resize(session, whole, actor=actor, now=now)
    return obligations.ensure(session, delivery.milestone, actor=actor, now=now)


def record_part_acceptance(session: Session, milestone_id: int, part: PartAccepted, *, actor: User,
                           now: dt.datetime) -> Obligation:
    """A part accepted, the rest rejected: the obligation of the accepted part; that of the rest waits for its next
    delivery. Raises what parts.accept_part raises, and as record_part_delivery."""
    whole = held(session, milestone_id, actor=actor, side="buyer")
    _check_untouched(session, whole)
    accepted, rejected = parts.accept_part(session, milestone_id, part, actor=actor, now=now)
    kept = obligations.ensure(session, accepted, actor=actor, now=now)
    obligations.ensure(session, rejected, actor=actor, now=now)
    return kept


def may_split(obligation: Obligation | None) -> bool:
    """Whether a milestone with this obligation (None before its first delivery) may be split."""
    return obligation is None or _standing(obligation) is None


def _check_untouched(session: Session, milestone: Milestone) -> None:
    """A payment or a dispute was about the whole amount; taking part of it away would change what was said."""
    obligation = queries.of_milestone(session, milestone.id)
    if obligation is None:
        return
    session.expire(obligation, ["payments", "disputes"])
    code = _standing(obligation)
    if code is not None:
        raise WrongState(f"milestone.{code}", milestone=milestone.title)


def _standing(obligation: Obligation) -> str | None:
    """What stands on an obligation and keeps it whole."""
    if any(payment.status in (PaymentStatus.NOTIFIED, PaymentStatus.CONFIRMED) for payment in obligation.payments):
        return "split_with_payment"
    return "split_with_dispute" if obligation.disputes else None


def _resize(session: Session, milestone: Milestone, *, actor: User, now: dt.datetime) -> None:
    """The obligation of a milestone that was split follows to the amount that stayed with it."""
    if queries.of_milestone(session, milestone.id) is not None:
        obligations.ensure(session, milestone, actor=actor, now=now)
