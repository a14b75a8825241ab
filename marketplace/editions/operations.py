"""An edition's life: made as a draft, frozen with its hash, published; subscribers are told."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import standing
from marketplace.accounts.models import Organisation, User
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.demand import records, terms
from marketplace.editions import document as documents
from marketplace.editions import mailing, queries
from marketplace.editions.composing import draft_of
from marketplace.editions.models import Edition, EditionItem, EditionSubscription
from marketplace.notices.operations import notify
from marketplace.rules import lifecycle
from marketplace.rules.editions import EDITION, EditionStatus, ItemStatus, month_of, takes_bids
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.lifecycle import DemandStatus

MOST_MONTHS_AHEAD = 12


@dataclass(frozen=True)
class EditionForm:
    """What the operator writes on an edition, in both languages."""

    title_zh: str
    title_en: str
    introduction_zh: str = ""
    introduction_en: str = ""


def create(session: Session, month: dt.date, form: EditionForm, *, actor: User, now: dt.datetime) -> Edition:
    """A draft for a month, this one or one of the next twelve. Raises Problems (month)."""
    month, this = month_of(month), month_of(legal_day(now))
    ahead = (month.year - this.year) * 12 + month.month - this.month
    if not 0 <= ahead <= MOST_MONTHS_AHEAD:
        raise Problems([Problem("month", "edition.month_out_of_range", {"most": MOST_MONTHS_AHEAD})])
    if queries.of_month(session, month) is not None:
        raise Problems([Problem("month", "edition.month_taken", {"month": f"{month:%Y-%m}"})])
    edition = Edition(month=month, number=(session.scalar(select(func.max(Edition.number))) or 0) + 1,
                      created_by_id=actor.id, created_at=now, updated_at=now, **asdict(form))
    session.add(edition)
    audit.record(session, "edition:create", edition, actor=actor, at=now, month=edition.name, number=edition.number)
    return edition


def edit(session: Session, edition: Edition, form: EditionForm, *, actor: User, now: dt.datetime) -> Edition:
    """Change titles and introductions of a draft. Raises WrongState once it is frozen."""
    edition = draft_of(session, edition.id)
    changed = [name for name, value in asdict(form).items() if getattr(edition, name) != value]
    for name in changed:
        setattr(edition, name, getattr(form, name))
    if changed:
        edition.updated_at = now
        audit.record(session, "edition:edit", edition, actor=actor, at=now, month=edition.name, changed=changed)
    return edition


def freeze_problems(session: Session, edition: Edition, *, now: dt.datetime) -> list[Problem]:
    """Everything that keeps a draft from being frozen; empty when nothing does."""
    found: list[Problem] = []
    last = queries.before(session, edition)
    if last is not None and last.status == EditionStatus.DRAFT:
        found.append(Problem("month", "edition.last_is_draft", {"month": last.name}))
    items = queries.items_of(session, edition)
    included = [item for item in items if item.status == ItemStatus.INCLUDED]
    if not included:
        found.append(Problem("items", "edition.empty"))
    waiting = sum(item.status == ItemStatus.PROPOSED for item in items)
    if waiting:
        found.append(Problem("items", "edition.proposals_waiting", {"count": waiting}))
    blocked = {buyer for buyer in {item.demand.buyer_id for item in included} if standing.open_blocks(session, buyer)}
    for item in included:
        found += _item_problems(item, blocked=item.demand.buyer_id in blocked, now=now)
    return found


def _item_problems(item: EditionItem, *, blocked: bool, now: dt.datetime) -> Iterator[Problem]:
    """Checks of one demand: on the list and open, sorted, complete in its triple, with lawful terms as of today."""
    demand, facts = item.demand, {"demand": item.demand.code, "title": item.demand.title}
    if demand.status in (DemandStatus.PLANNING, DemandStatus.REVIEW):
        yield Problem("items", "edition.item_unpublished", facts)
    elif not takes_bids(demand.status, demand.bid_deadline, now=now):
        yield Problem("items", "edition.item_closed", facts)
    if item.track is None:
        yield Problem("items", "edition.item_without_track", facts)
    if not (demand.scene.strip() and demand.data_offered.strip() and demand.description.strip()):
        yield Problem("items", "edition.item_incomplete", facts)
    if blocked:
        yield Problem("items", "edition.item_buyer_blocked", facts | {"buyer": demand.buyer.name})
    for refused in terms.refusals(records.draft_of(demand), demand.buyer, today=legal_day(now)):
        yield Problem("items", refused.code, {**refused.facts, **facts})


def document_of(session: Session, edition: Edition, *, now: dt.datetime) -> dict[str, Any]:
    """What an edition says: the frozen document, or of a draft what a freeze would make of it now."""
    if edition.document is not None:
        return edition.document
    last = queries.before(session, edition)
    last = last if last is not None and last.document is not None else None
    codes = [item["code"] for item in last.document["items"]] if last is not None else []
    included = queries.items_of(session, edition, ItemStatus.INCLUDED)
    tracks = {code: place for place, code in enumerate(dict.fromkeys(
        item.track.code for item in included if item.track is not None))}
    included.sort(key=lambda item: tracks.get(item.track.code, 0) if item.track else len(tracks))
    return documents.build(edition, included, last=last, last_demands=queries.demands_by_code(session, codes), now=now)


def freeze(session: Session, edition: Edition, *, actor: User, now: dt.datetime) -> Edition:
    """Fix what the edition says and hash it; a demand cancelled later is marked, nothing else changes.

    Raises Problems with everything that fails the checks, WrongState.
    """
    edition = lock(session, Edition, edition.id)
    status = lifecycle.advance(EDITION, edition.status, "freeze")
    if found := freeze_problems(session, edition, now=now):
        raise Problems(found)
    said = document_of(session, edition, now=now)
    edition.document, edition.document_hash = said, documents.digest(said)
    edition.status, edition.frozen_at, edition.updated_at = status, now, now
    audit.record(session, "edition:freeze", edition, actor=actor, at=now, month=edition.name,
                 document_hash=edition.document_hash, listed=[item["code"] for item in said["items"]])
    return edition


def publish(session: Session, edition: Edition, *, actor: User, now: dt.datetime) -> Edition:
    """Show a frozen edition to everyone, and tell its subscribers and the buyers it lists. Raises WrongState."""
    edition = lock(session, Edition, edition.id)
    edition.status = lifecycle.advance(EDITION, edition.status, "publish")
    edition.published_at = edition.updated_at = now
    audit.record(session, "edition:publish", edition, actor=actor, at=now, month=edition.name,
                 document_hash=edition.document_hash)
    _tell(session, edition, actor=actor, now=now)
    return edition


def _tell(session: Session, edition: Edition, *, actor: User, now: dt.datetime) -> None:
    items = queries.items_of(session, edition, ItemStatus.INCLUDED)
    told = {"month": edition.name, "number": edition.number, "count": len(items)}
    link, key = f"/editions/{edition.name}", f"edition:{edition.id}:published"
    for buyer_id in sorted({item.demand.buyer_id for item in items}):
        own = sum(item.demand.buyer_id == buyer_id for item in items)
        notify(session, buyer_id, "edition_lists_yours", dedupe=key, now=now, link=link, **told | {"own": own})
    mailing.announce(session, edition, count=len(items), budget_fen=sum(item.demand.budget_fen for item in items),
                     actor=actor, now=now)
    for organisation_id, names in _wanted(session, items).items():
        code = "edition_published_tracks" if names else "edition_published"
        notify(session, organisation_id, code, dedupe=key, now=now, link=link, **told, **({"tracks": names} if names
                                                                                         else {}))


def _wanted(session: Session, items: list[EditionItem]) -> dict[int, list[str]]:
    """Who is told, with the names of the tracks asked for; an empty list for those who want every edition."""
    here = {item.track_id for item in items}
    wanted: dict[int, list[str]] = {}
    whole: set[int] = set()
    for one in session.scalars(select(EditionSubscription).order_by(EditionSubscription.id)):
        if one.track is None:
            whole.add(one.organisation_id)
        elif one.track_id in here:
            wanted.setdefault(one.organisation_id, []).append(f"{one.track.name_zh} / {one.track.name_en}")
    return wanted | {organisation_id: [] for organisation_id in sorted(whole)}


def subscribe(session: Session, *, every: bool, track_ids: list[int], actor: User, now: dt.datetime) -> None:
    """Set what the actor's organisation is told of, in place of what it chose before. Raises NotFound."""
    lock(session, Organisation, actor.organisation_id)  # a double click chooses once
    chosen: set[int | None] = {queries.track_of(session, track_id).id for track_id in track_ids}
    if every:
        chosen.add(None)
    held = {one.track_id: one for one in queries.subscriptions_of(session, actor.organisation_id)}
    for track_id in held.keys() - chosen:
        session.delete(held[track_id])
    for track_id in sorted(chosen - held.keys(), key=str):
        session.add(EditionSubscription(organisation_id=actor.organisation_id, track_id=track_id, created_at=now))
    if held.keys() != chosen:
        audit.record(session, "edition_subscription:set", ("organisation", actor.organisation_id), actor=actor, at=now,
                     every=every, tracks=sorted(track_ids))
