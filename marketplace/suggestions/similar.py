"""Demands like a demand with what became of them, and past cases like a need; on shelves kept for each state."""
from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions.facts import demand_text, profile_facts
from marketplace.suggestions.models import Suggestion
from marketplace.tendering.models import Award, Bid

if TYPE_CHECKING:
    from matching.similar import CaseShelf, DemandShelf

NEWEST = 2000
"""How many demands, the newest published, are looked through for similar ones."""
LONGEST_QUESTION = 200
_HIDDEN = (DemandStatus.PLANNING, DemandStatus.REVIEW, DemandStatus.CANCELLED)

_shelves: dict[tuple[str, str], tuple[Any, Any]] = {}
_building = threading.Lock()


@dataclass(frozen=True)
class SimilarView:
    """A similar demand. `shared`: the skills both ask for; `winner` once it has been awarded."""

    demand: Demand
    percent: int
    shared: tuple[str, ...]
    takes_bids: bool
    winner: str | None


@dataclass(frozen=True)
class CaseView:
    """A past case that answers a question. verified: it comes from a paid contract on this platform."""

    profile: CapabilityProfile
    title: str
    summary: str
    phrase: str
    percent: int
    verified: bool


def demands_like(session: Session, demand: Demand, *, now: dt.datetime, limit: int = 4) -> list[SimilarView]:
    """Published demands most like one, those that still take bids first; cancelled ones are left out."""
    found = {int(one.demand_id): one for one in _demand_shelf(session).like(demand_text(demand), limit=limit)}
    rows = session.scalars(select(Demand).where(Demand.id.in_(list(found)), Demand.status.not_in(_HIDDEN)))
    winners = _winners(session, list(found))
    views = [SimilarView(row, round(100 * found[row.id].likeness), found[row.id].shared, row.accepts_bids(now=now),
                         winners.get(row.id)) for row in rows]
    return sorted(views, key=lambda one: (not one.takes_bids, -found[one.demand.id].likeness, one.demand.id))


def _winners(session: Session, demand_ids: Sequence[int]) -> dict[int, str]:
    query = select(Award).where(Award.demand_id.in_(demand_ids))
    return {award.demand_id: session.get_one(Bid, award.bid_id).founder.name for award in session.scalars(query)}


def cases_for(session: Session, *, question: str = "", demand: Demand | None = None, limit: int = 20) -> list[CaseView]:
    """The past cases of all founders nearest to a question in free words, or to what a demand asks for."""
    shelf = _case_shelf(session)
    if demand is not None:
        hits = shelf.like(demand_text(demand), limit=limit)
    else:
        hits = shelf.search(question[:LONGEST_QUESTION], limit=limit)
    people = {one.id: one for one in session.scalars(
        select(CapabilityProfile).where(CapabilityProfile.id.in_([int(hit.profile_id) for hit in hits])))}
    return [CaseView(person, hit.title, hit.summary, hit.phrase, round(100 * min(hit.nearness, 1.0)),
                     person.past_cases[hit.place].contract_id is not None)
            for hit in hits if (person := people.get(int(hit.profile_id))) and hit.place < len(person.past_cases)]


def varied(found: Sequence[Suggestion], *, limit: int) -> list[Suggestion]:
    """Suggested demands in an order that does not repeat itself; the best stays first."""
    from matching.diversify import diversify, likeness, vectors_of
    from matching.encode import embedded

    if len(found) < 3:
        return list(found[:limit])
    facts = [demand_text(one.demand) for one in found]
    alike = likeness(facts, vectors_of(facts, embedded()))
    order = diversify([_chance(one.score) for one in found], alike, limit=limit)
    return [found[place] for place in order]


def _chance(score: float) -> float:
    from matching.types import Match

    return Match("", "", score, True).probability


def _demand_shelf(session: Session) -> DemandShelf:
    from matching.encode import embedded
    from matching.similar import DemandShelf

    state = session.execute(select(func.count(Demand.id), func.max(Demand.updated_at), func.max(Demand.id)).where(
        Demand.published_at.is_not(None))).one()

    def build() -> DemandShelf:
        newest = select(Demand).where(Demand.published_at.is_not(None), Demand.status.not_in(_HIDDEN))
        rows = session.scalars(newest.order_by(Demand.published_at.desc(), Demand.id.desc()).limit(NEWEST))
        return DemandShelf([demand_text(row) for row in rows], embedded())

    return _kept(session, "demands", tuple(state), build)


def _case_shelf(session: Session) -> CaseShelf:
    from matching.encode import embedded
    from matching.similar import CaseShelf

    def build() -> CaseShelf:
        return CaseShelf([profile_facts(one) for one in founders.all_profiles(session)], embedded())

    return _kept(session, "cases", founders.fingerprint(session), build)


def _kept(session: Session, what: str, state: Any, build: Any) -> Any:
    """A shelf of this state of the database; built once, shared by the threads of the process."""
    where = (str(session.get_bind().engine.url), what)
    with _building:
        kept = _shelves.get(where)
        if kept is None or kept[0] != state:
            kept = _shelves[where] = (state, build())
        return kept[1]
