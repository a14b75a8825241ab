"""Putting an edition together while it is a draft: tracks, the operator's choice, buyers' proposals, carry-over."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.db import find, lock
from marketplace.demand.models import Demand
from marketplace.editions import queries
from marketplace.editions.models import Edition, EditionItem, Track
from marketplace.notices.operations import notify
from marketplace.payments.queries import operator_ids
from marketplace.rules import lifecycle
from marketplace.rules.editions import EDITION_ITEM, EditionStatus, ItemStatus, Origin
from marketplace.rules.errors import NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus

MOST_ITEMS = 300


@dataclass(frozen=True)
class TrackForm:
    """What the operator says of a track; `code` is lower-case letters, digits and hyphens."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Place:
    """Where an item stands: `position` sorts, `track_id` None is not sorted under a track yet."""

    item_id: int
    position: int
    track_id: int | None


def add_track(session: Session, form: TrackForm, *, actor: User, now: dt.datetime) -> Track:
    """A new track. Raises Problems when its code is taken."""
    if find(session, Track, code=form.code) is not None:
        raise Problems([Problem("track_code", "edition.track_taken", {"code": form.code})])
    track = Track(code=form.code, name_zh=form.name_zh, name_en=form.name_en, created_at=now)
    session.add(track)
    audit.record(session, "edition_track:create", track, actor=actor, at=now, code=form.code, name=form.name_zh)
    return track


def retire_track(session: Session, track: Track, *, active: bool, actor: User, now: dt.datetime) -> Track:
    """A track takes no further demands, or takes them again; editions that name it stay as they are."""
    if track.active != active:
        track.active = active
        audit.record(session, "edition_track:edit", track, actor=actor, at=now, code=track.code, active=active)
    return track


def draft_of(session: Session, edition_id: int) -> Edition:
    """A draft, held until the transaction ends. Raises WrongState once it is frozen."""
    edition = lock(session, Edition, edition_id)
    if edition.status != EditionStatus.DRAFT:
        raise WrongState("edition.is_frozen", month=edition.name)
    return edition


def propose(session: Session, edition: Edition, demand: Demand, *, track_id: int | None = None, note: str = "",
            actor: User, now: dt.datetime) -> EditionItem:
    """A buyer proposes its own demand for a coming edition.

    Raises NotFound for anyone else's demand, WrongState when the edition is frozen or the demand over, Problems when
    it is in the edition already.
    """
    edition = draft_of(session, edition.id)
    if demand.buyer_id != actor.organisation_id:
        raise NotFound("not_found", what="demand", id=demand.code)
    if demand.status not in (DemandStatus.PLANNING, DemandStatus.REVIEW, DemandStatus.ACTIVE):
        raise WrongState("edition.demand_over", demand=demand.code, status=DemandStatus(demand.status))
    item = _add(session, edition, demand, track_id, ItemStatus.PROPOSED, Origin.BUYER, note, actor, now)
    audit.record(session, "edition_item:propose", item, actor=actor, at=now, month=edition.name, demand=demand.code)
    for operator_id in operator_ids(session):
        notify(session, operator_id, "edition_proposed", dedupe=f"edition-item:{item.id}:proposed", now=now,
               link=f"/operator/editions/{edition.name}", month=edition.name, buyer=demand.buyer.name,
               title=demand.title)
    return item


def add(session: Session, edition: Edition, demand: Demand, *, track_id: int | None = None, actor: User,
        now: dt.datetime) -> EditionItem:
    """The operator puts a demand on the list. Raises Problems when it is there already, WrongState."""
    edition = draft_of(session, edition.id)
    item = _add(session, edition, demand, track_id, ItemStatus.INCLUDED, Origin.OPERATOR, "", actor, now)
    audit.record(session, "edition_item:include", item, actor=actor, at=now, month=edition.name, demand=demand.code)
    return item


def _add(session: Session, edition: Edition, demand: Demand, track_id: int | None, status: str, origin: str,
         note: str, actor: User, now: dt.datetime) -> EditionItem:
    there = queries.items_of(session, edition)
    if any(item.demand_id == demand.id for item in there):
        raise Problems([Problem("demand", "edition.listed_already", {"demand": demand.code, "month": edition.name})])
    if len(there) >= MOST_ITEMS:
        raise Problems([Problem("demand", "edition.too_many", {"most": MOST_ITEMS})])
    item = EditionItem(edition=edition, demand=demand, track=_track(session, track_id), status=status, kind=origin,
                       note=note.strip(), position=max((one.position for one in there), default=0) + 1,
                       added_by_id=actor.id, added_at=now)
    session.add(item)
    session.flush()
    return item


def _track(session: Session, track_id: int | None) -> Track | None:
    if track_id is None:
        return None
    track = queries.track_of(session, track_id)
    if not track.active:
        raise Problems([Problem("track_id", "edition.track_retired", {"code": track.code})])
    return track


def include(session: Session, edition: Edition, item_id: int, *, track_id: int | None = None, actor: User,
            now: dt.datetime) -> EditionItem:
    """The operator takes a proposal, or takes back that it was declined. Raises NotFound, WrongState."""
    edition = draft_of(session, edition.id)
    item = queries.item_of(session, edition, item_id)
    item.status, item.decline_reason = lifecycle.advance(EDITION_ITEM, item.status, "include"), None
    if track_id is not None:
        item.track = _track(session, track_id)
    audit.record(session, "edition_item:include", item, actor=actor, at=now, month=edition.name,
                 demand=item.demand.code)
    return item


def decline(session: Session, edition: Edition, item_id: int, *, reason: str, actor: User,
            now: dt.datetime) -> EditionItem:
    """The operator leaves a demand out, with a reason its buyer is told. Raises NotFound, Problems, WrongState."""
    edition = draft_of(session, edition.id)
    item = queries.item_of(session, edition, item_id)
    status = lifecycle.advance(EDITION_ITEM, item.status, "decline")
    if not reason.strip():
        raise Problems([Problem("decline_reason", "edition.decline_reason_missing")])
    item.status, item.decline_reason = status, reason.strip()
    audit.record(session, "edition_item:decline", item, actor=actor, at=now, month=edition.name,
                 demand=item.demand.code, reason=item.decline_reason)
    if item.kind == Origin.BUYER:
        notify(session, item.demand.buyer_id, "edition_declined", dedupe=f"edition-item:{item.id}:{now.isoformat()}",
               now=now, link="/buyer/editions", month=edition.name, title=item.demand.title,
               reason=item.decline_reason)
    return item


def arrange(session: Session, edition: Edition, places: Iterable[Place], *, actor: User, now: dt.datetime) -> None:
    """Put items into an order and under tracks; those not named stay. Raises NotFound, Problems, WrongState."""
    edition = draft_of(session, edition.id)
    for place in places:
        item = queries.item_of(session, edition, place.item_id)
        item.position = place.position
        if place.track_id != item.track_id:
            item.track = _track(session, place.track_id)
    edition.updated_at = now
    audit.record(session, "edition:arrange", edition, actor=actor, at=now, month=edition.name)


def carry_over(session: Session, edition: Edition, *, actor: User, now: dt.datetime) -> list[EditionItem]:
    """Take over what the last edition lists and nobody has taken: still open to bids, extended or not.

    Repeating it adds only what is missing; what was declined stays declined. Raises WrongState.
    """
    edition = draft_of(session, edition.id)
    last = queries.before(session, edition)
    if last is None or last.status == EditionStatus.DRAFT:
        return []
    there = {item.demand_id for item in queries.items_of(session, edition)}
    taken = [_carried(session, edition, old, actor, now) for old in queries.untaken(session, last, now=now)
             if old.demand_id not in there]
    if taken:
        audit.record(session, "edition:carry_over", edition, actor=actor, at=now, month=edition.name,
                     listed=[item.demand.code for item in taken])
    return taken


def _carried(session: Session, edition: Edition, old: EditionItem, actor: User, now: dt.datetime) -> EditionItem:
    track_id = old.track_id if old.track is not None and old.track.active else None
    return _add(session, edition, old.demand, track_id, ItemStatus.INCLUDED, Origin.CARRIED_OVER, "", actor, now)
