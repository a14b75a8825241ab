"""Reading editions, tracks, items and subscriptions. Before publication only the operator finds an edition."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Role, User
from marketplace.demand.models import Demand
from marketplace.editions.models import Edition, EditionItem, EditionSubscription, Track
from marketplace.rules.editions import EditionStatus, ItemStatus, read_month, takes_bids
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import DemandStatus

ITEMS = selectinload(Edition.items).options(joinedload(EditionItem.demand), joinedload(EditionItem.track))


def published(session: Session, *, limit: int = 60) -> list[Edition]:
    """Published editions, newest month first."""
    query = select(Edition).filter_by(status=EditionStatus.PUBLISHED)
    return list(session.scalars(query.order_by(Edition.month.desc()).limit(limit)))


def every(session: Session) -> list[Edition]:
    """All editions in every state, newest month first."""
    return list(session.scalars(select(Edition).order_by(Edition.month.desc()).options(ITEMS)))


def current(session: Session) -> Edition | None:
    """The newest published edition."""
    return next(iter(published(session, limit=1)), None)


def drafts(session: Session) -> list[Edition]:
    """The editions that still take demands, earliest month first."""
    query = select(Edition).filter_by(status=EditionStatus.DRAFT)
    return list(session.scalars(query.order_by(Edition.month).options(ITEMS)))


def of_month(session: Session, month: dt.date) -> Edition | None:
    """The edition of a month in any state."""
    return session.scalars(select(Edition).filter_by(month=month)).one_or_none()


def visible_to(session: Session, name: str, *, actor: User | None) -> Edition:
    """A published edition by its month ("2026-11"), any for the operator. Raises NotFound."""
    month = read_month(name)
    found = of_month(session, month) if month else None
    operator = actor is not None and actor.role == Role.OPERATOR
    if found is None or not (operator or found.status == EditionStatus.PUBLISHED):
        raise NotFound("not_found", what="edition", id=name[:40])
    return found


def published_one(session: Session, name: str) -> Edition:
    """A published edition by its month. Raises NotFound."""
    return visible_to(session, name, actor=None)


def draft(session: Session, name: str) -> Edition:
    """An edition that is being composed, by its month; buyers may know of it. Raises NotFound."""
    month = read_month(name)
    found = of_month(session, month) if month else None
    if found is None:
        raise NotFound("not_found", what="edition", id=name[:40])
    return found


def before(session: Session, edition: Edition) -> Edition | None:
    """The edition of the latest earlier month."""
    query = select(Edition).where(Edition.month < edition.month).order_by(Edition.month.desc()).limit(1)
    return session.scalars(query).one_or_none()


def after(session: Session, edition: Edition) -> Edition | None:
    """The published edition of the next month there is one for."""
    query = select(Edition).where(Edition.month > edition.month, Edition.status == EditionStatus.PUBLISHED)
    return session.scalars(query.order_by(Edition.month).limit(1)).one_or_none()


def items_of(session: Session, edition: Edition, status: str | None = None) -> list[EditionItem]:
    """The items of an edition in their order, of one status when it is given."""
    query = select(EditionItem).filter_by(edition_id=edition.id).options(
        joinedload(EditionItem.demand), joinedload(EditionItem.track))
    if status is not None:
        query = query.where(EditionItem.status == status)
    return list(session.scalars(query.order_by(EditionItem.position, EditionItem.id)))


def item_of(session: Session, edition: Edition, item_id: int) -> EditionItem:
    """One item of an edition. Raises NotFound."""
    found = session.get(EditionItem, item_id) if 0 < item_id < 2**31 else None
    if found is None or found.edition_id != edition.id:
        raise NotFound("not_found", what="edition_item", id=item_id)
    return found


def proposals_of(session: Session, buyer_id: int) -> list[EditionItem]:
    """A buyer's demands in editions, newest edition first, however they came there."""
    query = select(EditionItem).join(Demand).join(Edition).where(Demand.buyer_id == buyer_id)
    return list(session.scalars(query.order_by(Edition.month.desc(), EditionItem.id).options(
        joinedload(EditionItem.demand), joinedload(EditionItem.edition), joinedload(EditionItem.track))))


def demands_by_code(session: Session, codes: list[str]) -> dict[str, Demand]:
    """Demands by their public codes."""
    return {demand.code: demand for demand in session.scalars(select(Demand).where(Demand.code.in_(codes)))}


def candidates(session: Session, edition: Edition, *, now: dt.datetime, limit: int = 200) -> list[Demand]:
    """Demands that take bids and are not in the edition yet, newest first."""
    taken = select(EditionItem.demand_id).filter_by(edition_id=edition.id)
    query = select(Demand).where(Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now,
                                 Demand.id.not_in(taken))
    return list(session.scalars(query.order_by(Demand.published_at.desc(), Demand.id.desc()).limit(limit)))


def untaken(session: Session, edition: Edition, *, now: dt.datetime) -> list[EditionItem]:
    """The demands an edition lists that still take bids, in its order: what the next one carries over."""
    return [item for item in items_of(session, edition, ItemStatus.INCLUDED)
            if takes_bids(item.demand.status, item.demand.bid_deadline, now=now)]


def tracks(session: Session, *, active: bool = False) -> list[Track]:
    """The tracks by code, only those that take demands with `active`."""
    query = select(Track).order_by(Track.code)
    return list(session.scalars(query.filter_by(active=True) if active else query))


def track_of(session: Session, track_id: int) -> Track:
    """One track. Raises NotFound."""
    found = session.get(Track, track_id) if 0 < track_id < 2**31 else None
    if found is None:
        raise NotFound("not_found", what="edition_track", id=track_id)
    return found


def subscriptions_of(session: Session, organisation_id: int) -> list[EditionSubscription]:
    """What an organisation wants to be told of."""
    query = select(EditionSubscription).filter_by(organisation_id=organisation_id)
    return list(session.scalars(query.order_by(EditionSubscription.id).options(
        joinedload(EditionSubscription.track))))


def listed_in(session: Session, demand_id: int) -> list[Edition]:
    """The published editions a demand stands in, newest first."""
    query = select(Edition).join(EditionItem).where(
        EditionItem.demand_id == demand_id, EditionItem.status == ItemStatus.INCLUDED,
        Edition.status == EditionStatus.PUBLISHED)
    return list(session.scalars(query.order_by(Edition.month.desc())))


def cancelled_since(session: Session, edition: Edition) -> dict[str, Demand]:
    """Demands of a frozen edition that were taken back, by code: marked beside what was frozen."""
    if edition.document is None:
        return {}
    query = select(Demand).where(Demand.code.in_([item["code"] for item in edition.document["items"]]),
                                 Demand.status == DemandStatus.CANCELLED)
    return {demand.code: demand for demand in session.scalars(query)}
