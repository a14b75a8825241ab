"""Reading disclosures: a buyer's years, who is missing, what is public."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import Organisation, Role
from marketplace.contracts.models import Contract
from marketplace.disclosure.models import DisclosurePack
from marketplace.rules.disclosure import Duty, duty
from marketplace.rules.errors import NotFound
from marketplace.rules.payment_facts import PayerType


@dataclass(frozen=True)
class Year:
    """One year of one buyer: its duty, and its newest confirmed version, None while it is missing."""

    buyer: Organisation
    report_year: int
    duty: Duty
    pack: DisclosurePack | None

    def is_over(self, today: dt.date) -> bool:
        """Whether it can be confirmed; before that the page only looks ahead."""
        return self.report_year < today.year

    def days_left(self, today: dt.date) -> int:
        """Days until it must be published; negative when that day is past."""
        return (self.duty.publish_by - today).days


def draft_of(session: Session, buyer_id: int, report_year: int) -> DisclosurePack | None:
    """The version being written, if any."""
    query = select(DisclosurePack).filter_by(buyer_id=buyer_id, report_year=report_year, confirmed_at=None)
    return session.scalars(query).one_or_none()


def confirmed_of(session: Session, buyer_id: int, report_year: int) -> DisclosurePack | None:
    """The newest confirmed version."""
    return next(iter(versions(session, buyer_id, report_year)), None)


def versions(session: Session, buyer_id: int, report_year: int) -> list[DisclosurePack]:
    """Every confirmed version, newest first."""
    query = select(DisclosurePack).where(
        DisclosurePack.buyer_id == buyer_id, DisclosurePack.report_year == report_year,
        DisclosurePack.confirmed_at.is_not(None))
    return list(session.scalars(query.order_by(DisclosurePack.version.desc())))


def buyer_of(session: Session, buyer_id: int) -> Organisation:
    """A buyer. Raises NotFound."""
    buyer = session.get(Organisation, buyer_id)
    if buyer is None or buyer.role != Role.BUYER:
        raise NotFound("not_found", what="buyer", id=buyer_id)
    return buyer


def years(session: Session, *, today: dt.date, buyer_id: int | None = None) -> list[Year]:
    """Every year, the running one included, in which a buyer (or any) had a signed contract, and Art 18 asks
    something of it; newest first, what is missing before what is confirmed."""
    query = select(Organisation, func.min(Contract.signed_on)).join(
        Contract, Contract.buyer_id == Organisation.id).where(Contract.signed_on.is_not(None))
    if buyer_id is not None:
        query = query.where(Organisation.id == buyer_id)
    latest = _latest(session, buyer_id)
    found = []
    for buyer, first in session.execute(query.group_by(Organisation.id).order_by(Organisation.name)):
        for report_year in range(today.year, first.year - 1, -1):
            asked = duty(PayerType(buyer.payer_type), report_year)
            if asked is not None:
                found.append(Year(buyer, report_year, asked, latest.get((buyer.id, report_year))))
    return sorted(found, key=lambda one: (-one.report_year, one.pack is not None, one.duty.publish_by, one.buyer.name))


def _latest(session: Session, buyer_id: int | None) -> dict[tuple[int, int], DisclosurePack]:
    query = select(DisclosurePack).where(DisclosurePack.confirmed_at.is_not(None)).options(
        joinedload(DisclosurePack.buyer))
    if buyer_id is not None:
        query = query.where(DisclosurePack.buyer_id == buyer_id)
    return {(pack.buyer_id, pack.report_year): pack
            for pack in session.scalars(query.order_by(DisclosurePack.version))}


def published(session: Session) -> list[DisclosurePack]:
    """The newest confirmed version of every buyer's year, newest year first."""
    return sorted(_latest(session, None).values(), key=lambda pack: (-pack.report_year, pack.buyer.name))


def public(session: Session, pack_id: int) -> DisclosurePack:
    """A confirmed version. Raises NotFound."""
    pack = session.get(DisclosurePack, pack_id)
    if pack is None or pack.confirmed_at is None:
        raise NotFound("not_found", what="disclosure", id=pack_id)
    return pack
