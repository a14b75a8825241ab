"""Whether a buyer may publish: blocks put on by overdue payments, each at most once, each undone by what ends it.

A rule of the platform, not of law (see rules/remedy_policy.py): it takes nothing from what is already published.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from marketplace import audit
from marketplace.accounts.models import PublishingBlock, User
from marketplace.notices.operations import notify
from marketplace.rules.errors import NotAllowed
from marketplace.rules.remedies import LiftReason

WHERE = "/standing"


@dataclass(frozen=True)
class Cause:
    """What stands behind a block: an obligation of a contract, late with undisputed principal left."""

    obligation_id: int
    buyer_id: int
    founder_id: int
    number: str
    due_on: dt.date
    days_late: int
    left_fen: int


def open_blocks(session: Session, organisation_id: int) -> list[PublishingBlock]:
    """What keeps an organisation from publishing now, longest overdue first."""
    query = select(PublishingBlock).filter_by(organisation_id=organisation_id, lifted_at=None)
    return list(session.scalars(query.order_by(PublishingBlock.due_on, PublishingBlock.id)))


def every_block(session: Session) -> list[PublishingBlock]:
    """Every open block with its buyer, longest overdue first."""
    query = select(PublishingBlock).filter_by(lifted_at=None).options(joinedload(PublishingBlock.buyer))
    return list(session.scalars(query.order_by(PublishingBlock.due_on, PublishingBlock.id)))


def block_of(session: Session, obligation_id: int) -> PublishingBlock | None:
    """The open block an obligation has put on, if there is one."""
    return session.scalars(select(PublishingBlock).filter_by(obligation_id=obligation_id, lifted_at=None)).one_or_none()


def appealed_away(session: Session, obligation_id: int) -> bool:
    """Whether an appeal against a block of this obligation was upheld: it is not put on again."""
    query = select(PublishingBlock.id).filter_by(obligation_id=obligation_id, lifted_reason=LiftReason.APPEAL_UPHELD)
    return session.scalar(query.limit(1)) is not None


def require_may_publish(session: Session, organisation_id: int) -> None:
    """Raises NotAllowed("publishing.blocked") naming the contracts, the amount and where it is explained."""
    if blocks := open_blocks(session, organisation_id):
        raise NotAllowed("publishing.blocked", count=len(blocks), left_fen=sum(block.left_fen for block in blocks),
                         numbers=list(dict.fromkeys(block.number for block in blocks)), where=WHERE)


def impose(session: Session, cause: Cause, *, today: dt.date, now: dt.datetime) -> PublishingBlock | None:
    """Block a buyer for one obligation; None when that obligation has put on a block already."""
    block = PublishingBlock(
        organisation_id=cause.buyer_id, founder_id=cause.founder_id, obligation_id=cause.obligation_id,
        number=cause.number, due_on=cause.due_on, left_fen=cause.left_fen, imposed_on=today, imposed_at=now)
    if block_of(session, cause.obligation_id) is not None:
        return None
    try:
        with session.begin_nested():
            session.add(block)
    except IntegrityError:  # two rounds at the same moment
        return None
    audit.record(session, "publishing_block:impose", block, actor="system", at=now, obligation=cause.obligation_id,
                 days_late=cause.days_late, left_fen=cause.left_fen, due_on=cause.due_on)
    _tell(session, block, "publishing_blocked", now=now, days=cause.days_late)
    return block


def lift(session: Session, obligation_id: int, *, reason: LiftReason, actor: User | str,
         now: dt.datetime, note: str = "") -> PublishingBlock | None:
    """End the block an obligation has put on; None when there is none."""
    block = block_of(session, obligation_id)
    if block is None:
        return None
    block.lifted_at, block.lifted_reason = now, reason
    audit.record(session, "publishing_block:lift", block, actor=actor, at=now, obligation=obligation_id,
                 reason=reason, note=note)
    _tell(session, block, "publishing_unblocked", now=now, reason=reason.value)
    return block


def _tell(session: Session, block: PublishingBlock, code: str, *, now: dt.datetime, **facts: object) -> None:
    told = [(block.organisation_id, code, WHERE),
            (block.founder_id, f"{code}_payee", f"/payments/{block.obligation_id}/remedies")]
    for organisation_id, said, link in told:
        notify(session, organisation_id, said, dedupe=f"{code}:{block.id}", now=now, link=link, number=block.number,
               left_fen=block.left_fen, **facts)
