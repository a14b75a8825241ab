"""Delivery and acceptance in parts: a milestone is split in two, each with its own amount, delivery and clock.

Basis: Decree 802 Arts 10, 15 (in force 2025-06-01): the term of what was accepted runs on from the same facts, that
of what was rejected starts with its next delivery. Civil Code 531: a buyer may turn down performance in parts that
harms it; it does so by rejecting the part in the acceptance period. The amounts always add up to the contract's.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts import terms
from marketplace.contracts.holding import (
    check,
    day_problems,
    earliest_delivery,
    held,
    note_problems,
    tell,
)
from marketplace.contracts.models import Contract, Delivery, Milestone, MilestoneSplit
from marketplace.contracts.operations import check_rejectable
from marketplace.rules import lifecycle
from marketplace.rules.errors import Problem, WrongState
from marketplace.rules.lifecycle import MILESTONE

DELIVERY, ACCEPTANCE = "delivery", "acceptance"
LONGEST_TITLE = 200
# Milestones of one contract after splitting: slivers of a fen would bury the other side in steps and the scorecard
# in payments that say nothing. A number of the platform, not of law.
MOST_MILESTONES = 50
REJECTED_PART = "（退回部分）"  # contracts are in Chinese whatever the language of the page


@dataclass(frozen=True)
class PartDelivered:
    """A part as its founder hands it over: more than nothing and less than the milestone's amount.

    `criteria` are those of the milestone that the part meets.
    """

    title: str
    amount_fen: int
    delivered_on: dt.date
    criteria: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class PartAccepted:
    """What a buyer accepts of a delivery, and why it rejects the rest."""

    accepted_fen: int
    accepted_on: dt.date
    reason: str


def deliver_part(session: Session, milestone_id: int, part: PartDelivered, *, actor: User,
                 now: dt.datetime) -> Delivery:
    """The founder hands over a part; the milestone keeps the rest, still to be delivered, with all its criteria.

    Raises Problems (title, amount_fen, delivered_on, criteria, note), WrongState.
    """
    whole = held(session, milestone_id, actor=actor, side="founder")
    following = lifecycle.advance(MILESTONE, whole.status, "deliver")
    unknown = [one for one in part.criteria if one not in whole.acceptance_criteria]
    title = part.title.strip()
    check([*_title_problems(title), *_amount_problems("amount_fen", part.amount_fen, whole),
           *day_problems("delivered_on", part.delivered_on, earliest=earliest_delivery(whole), now=now),
           *([Problem("criteria", "milestone.unknown_criterion", {"criterion": unknown[0]})] if unknown else []),
           *note_problems("note", part.note)])
    made = _split(session, whole, kind=DELIVERY, amount_fen=part.amount_fen, title=title, status=following,
                  criteria=list(part.criteria), actor=actor, now=now)
    delivery = Delivery(delivered_on=part.delivered_on, note=part.note.strip(), delivered_by_id=actor.id,
                        recorded_at=now)
    made.deliveries.append(delivery)
    audit.record(session, "milestone:deliver_part", made, actor=actor, at=now, delivered_on=part.delivered_on,
                 amount_fen=made.amount_fen, split_from=whole.id, left_fen=whole.amount_fen)
    tell(session, made, whole.contract.buyer_id, "milestone_delivered", delivery, now=now)
    return delivery


def accept_part(session: Session, milestone_id: int, part: PartAccepted, *, actor: User,
                now: dt.datetime) -> tuple[Milestone, Milestone]:
    """(accepted, rejected): the buyer accepts an amount on a day and rejects the rest today, with its reason.

    The accepted part keeps the milestone's row, and so its number, obligation and invoices; the rejected part is a
    new milestone with the same history of deliveries. Raises Problems (accepted_fen, accepted_on, reason), WrongState.
    """
    whole = held(session, milestone_id, actor=actor, side="buyer")
    accepted = lifecycle.advance(MILESTONE, whole.status, "accept")
    rejected = lifecycle.advance(MILESTONE, whole.status, "reject")
    today, delivery = legal_day(now), whole.deliveries[-1]
    check_rejectable(whole, today=today)
    if whole.settlement_confirmed_on is not None:
        raise WrongState("milestone.settled_as_a_whole", day=whole.settlement_confirmed_on)
    if delivery.settlement is not None:
        raise WrongState("milestone.settlement_to_contest", day=delivery.settlement.submitted_on)
    check([*_amount_problems("accepted_fen", part.accepted_fen, whole),
           *day_problems("accepted_on", part.accepted_on, earliest=delivery.delivered_on, now=now),
           *note_problems("reason", part.reason, required=True)])
    reason = part.reason.strip()
    title = whole.title[:LONGEST_TITLE - len(REJECTED_PART)] + REJECTED_PART
    rest = _split(session, whole, kind=ACCEPTANCE, amount_fen=whole.amount_fen - part.accepted_fen, title=title,
                  status=rejected, criteria=list(whole.acceptance_criteria), actor=actor, now=now)
    rest.deliveries = [_copied(one) for one in whole.deliveries]
    _decide(rest.deliveries[-1], terms.REJECTED, today, actor, reason)
    whole.status = accepted
    _decide(delivery, terms.PASSED, part.accepted_on, actor, None)
    audit.record(session, "milestone:accept_part", whole, actor=actor, at=now, accepted_on=part.accepted_on,
                 accepted_fen=whole.amount_fen, rejected_fen=rest.amount_fen, rejected=rest.id, reason=reason)
    for milestone, code in ((whole, "milestone_accepted"), (rest, "milestone_rejected")):
        tell(session, milestone, whole.contract.founder_id, code, milestone.deliveries[-1], now=now)
    return whole, rest


def _split(session: Session, whole: Milestone, *, kind: str, amount_fen: int, title: str, status: str,
           criteria: list[str], actor: User, now: dt.datetime) -> Milestone:
    """A new last milestone with `amount_fen` taken from `whole`; numbers already given stay what they are.

    Raises WrongState("milestone.too_many_parts").
    """
    contract: Contract = whole.contract
    session.expire(contract, ["milestones"])
    if len(contract.milestones) >= MOST_MILESTONES:
        raise WrongState("milestone.too_many_parts", most=MOST_MILESTONES)
    made = Milestone(
        position=max(one.position for one in contract.milestones) + 1, title=title, amount_fen=amount_fen,
        planned_days=whole.planned_days, planned_on=whole.planned_on, acceptance_criteria=criteria, status=status)
    whole.amount_fen -= amount_fen
    contract.milestones.append(made)
    session.flush()
    made.split = MilestoneSplit(
        milestone_id=made.id, split_from=whole, kind=kind, amount_fen=amount_fen, left_fen=whole.amount_fen,
        split_on=legal_day(now), split_by_id=actor.id, recorded_at=now)
    session.flush()
    return made


def _copied(delivery: Delivery) -> Delivery:
    return Delivery(**{name: getattr(delivery, name) for name in (
        "delivered_on", "note", "delivered_by_id", "recorded_at", "decision", "decided_on", "decision_reason",
        "decided_by_id")})


def _decide(delivery: Delivery, decision: str, on: dt.date, actor: User, reason: str | None) -> None:
    delivery.decision, delivery.decided_on, delivery.decided_by_id = decision, on, actor.id
    delivery.decision_reason = reason


def _title_problems(title: str) -> list[Problem]:
    if not title:
        return [Problem("title", "field.required")]
    if len(title) > LONGEST_TITLE:
        return [Problem("title", "field.too_long", {"most": LONGEST_TITLE, "length": len(title)})]
    return []


def _amount_problems(field: str, amount_fen: int, whole: Milestone) -> list[Problem]:
    if 0 < amount_fen < whole.amount_fen:
        return []
    return [Problem(field, "milestone.part_out_of_range", {"whole_fen": whole.amount_fen})]
