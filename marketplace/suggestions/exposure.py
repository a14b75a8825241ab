"""How buyers' attention is shared out between newcomers and the others, held against what each could do."""
from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.feedback import (
    PLAUSIBLE,
    Exposure,
    ExposureReport,
    MatchEventKind,
    Side,
    attention,
    exposure_report,
)
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions import rounds
from marketplace.suggestions.models import MatchEvent, Suggestion

LOOKED_BACK = dt.timedelta(days=30)
FIRST_PAGE = 10


@dataclass(frozen=True)
class ExposureView:
    """ranked: what a buyer who opens each list's first page sees; shown: what buyers were in fact shown lately;
    founders: the ranked figures of each, the least shown for their merit first, with profile rows."""

    since: dt.date
    ranked: ExposureReport
    shown: ExposureReport
    events: int
    founders: list[tuple[CapabilityProfile, Exposure]]


def view(session: Session, *, now: dt.datetime) -> ExposureView:
    """Exposure over the last 30 days and as the lists stand now, over the open demands."""
    since = legal_day(now) - LOOKED_BACK
    pairs, new = _plausible(session, now), rounds.newcomers(session)
    seen, events = _seen(session, since)
    ranked = {pair: attention(rank) if rank <= FIRST_PAGE else 0.0 for pair, (_, rank) in pairs.items()}
    as_ranked = _by_founder(pairs, ranked, new)
    people = {one.id: one for one in session.scalars(
        select(CapabilityProfile).where(CapabilityProfile.id.in_([one.founder_id for one in as_ranked])))}
    least = sorted(as_ranked, key=lambda one: (one.shown / one.merit, -one.merit))
    return ExposureView(since, exposure_report(as_ranked), exposure_report(_by_founder(pairs, seen, new)), events,
                        [(people[one.founder_id], one) for one in least])


def _plausible(session: Session, now: dt.datetime) -> dict[tuple[int, int], tuple[float, int]]:
    """(chance, rank) of the stored suggestions of open demands whose chance is plausible, by demand and profile id."""
    query = select(Suggestion.demand_id, Suggestion.profile_id, Suggestion.score, Suggestion.rank).join(
        Demand, Demand.id == Suggestion.demand_id).where(
        Suggestion.eligible.is_(True), Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)
    found = {}
    for demand_id, profile_id, score, rank in session.execute(query):
        chance = 1 / (1 + exp(-max(min(score, 50), -50)))
        if chance >= PLAUSIBLE:
            found[demand_id, profile_id] = chance, rank
    return found


def _by_founder(pairs: Mapping[tuple[int, int], tuple[float, int]], shown: Mapping[tuple[int, int], float],
                new: frozenset[int]) -> list[Exposure]:
    merit: dict[int, float] = {}
    attended: dict[int, float] = {}
    counted: Counter[int] = Counter()
    for (demand_id, profile_id), (chance, _) in pairs.items():
        merit[profile_id] = merit.get(profile_id, 0.0) + chance
        attended[profile_id] = attended.get(profile_id, 0.0) + shown.get((demand_id, profile_id), 0.0)
        counted[profile_id] += 1
    return [Exposure(one, one in new, attended[one], merit[one], counted[one]) for one in sorted(merit)]


def _seen(session: Session, since: dt.date) -> tuple[dict[tuple[int, int], float], int]:
    """(attention by demand and profile id, how many places) that buyers were shown since a day."""
    query = select(MatchEvent.demand_id, MatchEvent.profile_id, MatchEvent.position).where(
        MatchEvent.side == Side.BUYER, MatchEvent.kind == MatchEventKind.SHOWN, MatchEvent.happened_on >= since,
        MatchEvent.position.is_not(None))
    seen: dict[tuple[int, int], float] = {}
    events = 0
    for demand_id, profile_id, position in session.execute(query):
        seen[demand_id, profile_id] = seen.get((demand_id, profile_id), 0.0) + attention(position)
        events += 1
    return seen, events
