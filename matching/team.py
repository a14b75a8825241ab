"""The smallest team for a demand that no single founder covers.

A demand is cut into facets: the skills it lists (its deliverables where it lists none) and the hard requirements
that one member may meet for all (lexicon/team_conditions.tsv). A team covers what its members cover. Among the teams
that cover most, the smallest comes first; a member without whom nothing would be missing is never in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from matching import explain
from matching.encode import dots
from matching.engine import Engine
from matching.features import Query
from matching.text import lexicon_lines, normalise
from matching.types import Demand, Match, Profile, Veto
from matching.vetoes import CERTIFICATE_VETOES, DAYS_PER_MONTH

COVERED = 0.45
"""How well an item must be answered, in words or in meaning, to count as covered by a founder. On the development
set 75 % of what a grade 3 is asked for lies above it and 2 % of what an unrelated founder is asked for."""
SOME_CHANCE = 0.02
"""Probability of being shortlisted below which nobody is proposed as a member."""
LARGEST = 3
EXACT = 40
"""Up to this many candidates every pair and trio is tried; beyond, teams grow greedily from each candidate."""
PER_FACET = 4
ALL, ONE, TOGETHER = "every", "one", "together"


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing a team must cover. kind: "skill", "deliverable" or a condition's code; text: its words."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one member brings. phrase: the member's own words nearest to the facet, from `title` (a case or a part)."""

    facet: Facet
    strength: float
    phrase: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """shares: what the member covers best of all members; gap: what nobody would cover without the member."""

    profile_id: str
    probability: float
    shares: tuple[Share, ...]
    gap: tuple[Facet, ...]
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Members in the order of what they bring. covered and missing add up to the demand's facets."""

    members: tuple[Member, ...]
    covered: tuple[Facet, ...]
    missing: tuple[Facet, ...]

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Staffing:
    """singles: founders who cover everything alone, best first; teams: only where there are none.

    closest: the one founder who covers most alone, or the one who asks, with what they leave open; None where somebody
    else covers everything, or nobody anything.
    """

    facets: tuple[Facet, ...]
    singles: tuple[Member, ...]
    teams: tuple[Team, ...]
    closest: Team | None = None


@dataclass(frozen=True, slots=True)
class _Candidates:
    """n founders and f facets. strength, covers: (n, f); rows: their places in the engine's profiles."""

    matches: tuple[Match, ...]
    rows: np.ndarray
    strength: np.ndarray
    covers: np.ndarray
    days: tuple[int | None, ...]


@cache
def bindings() -> dict[str, str]:
    """Veto code to "every", "one" or "together"."""
    return {code: how for code, how, *_ in lexicon_lines("team_conditions.tsv")}


def staff(engine: Engine, demand: Demand, *, limit: int = 3, with_member: str | None = None) -> Staffing:
    """Who covers a demand alone, or the `limit` best teams of two or three where nobody does.

    with_member: a profile's id that every team must hold (who complements me?); then teams are given even where
    somebody else covers the demand alone. () where no team covers more than its best member.
    """
    query = engine.read(demand)
    facets = _facets(query)
    found = _candidates(engine, query, facets, with_member)
    alone = [i for i in range(len(found.matches)) if found.covers[i].all() and _has_time(demand, found, (i,))]
    singles = tuple(_member(engine, query, facets, found, (i,), i) for i in alone[:limit]) if facets else ()
    if not facets or (singles and with_member is None):
        return Staffing(facets, singles, ())
    me = next((i for i, one in enumerate(found.matches) if one.profile_id == with_member), None)
    if with_member is not None and (me is None or me in alone):
        return Staffing(facets, singles, (), None if me is None else _team(engine, query, facets, found, (me,)))
    chosen = _best(demand, found, limit, me)
    best = min(range(len(found.matches)), key=lambda i: (-int(found.covers[i].sum()), i), default=None)
    one = best if me is None else me
    return Staffing(
        facets, singles, tuple(_team(engine, query, facets, found, team) for team in chosen),
        None if one is None else _team(engine, query, facets, found, (one,)))


def _facets(query: Query) -> tuple[Facet, ...]:
    demand = query.demand
    listed = [Facet("skill", text) for text in demand.required_skills] or [
        Facet("deliverable", text) for text in demand.deliverables]
    shared = [Facet(c.code, c.name or c.quote) for c in query.conditions if bindings().get(c.code) == ONE]
    return tuple(dict.fromkeys(listed + shared))


def _candidates(engine: Engine, query: Query, facets: Sequence[Facet], wanted: str | None) -> _Candidates:
    """The founders who may be members: no veto that binds every member, some chance, and something to bring."""
    place = {profile.id: row for row, profile in enumerate(engine.prepared.profiles)}
    matches = [
        match for match in engine.rank_profiles(query.demand, include_vetoed=True, explained=False)
        if not any(bindings().get(veto.code, ALL) == ALL for veto in match.vetoes)
        and (match.probability >= SOME_CHANCE or match.profile_id == wanted)
    ]
    matches.sort(key=lambda match: (-match.score, match.profile_id))
    rows = np.array([place[match.profile_id] for match in matches], dtype=np.int64)
    strength = _strength(engine, facets, rows)
    for i, match in enumerate(matches):
        for j, facet in enumerate(facets):
            if facet.kind not in ("skill", "deliverable"):
                strength[i, j] = float(not any(_breaks(veto, facet) for veto in match.vetoes))
            elif any(v.code == "denied_skill" and v.facts.get("wanted") == facet.text for v in match.vetoes):
                strength[i, j] = 0.0
    covers = strength >= COVERED
    kept = _kept(matches, strength, covers, wanted)
    days = tuple(_days(query.demand, engine.prepared.profiles[rows[i]]) for i in kept)
    return _Candidates(tuple(matches[i] for i in kept), rows[kept], strength[kept], covers[kept], days)


def _breaks(veto: Veto, facet: Facet) -> bool:
    if facet.kind == "certificate":
        return veto.code in CERTIFICATE_VETOES and veto.facts.get("certificate") == facet.text
    if facet.kind == "language":
        return veto.code == "language" and veto.facts.get("language") == facet.text
    return veto.code == facet.kind


def _strength(engine: Engine, facets: Sequence[Facet], rows: np.ndarray) -> np.ndarray:
    """(rows, facets): the better of the share of words answered and the cosine with the nearest part."""
    prepared, aligner = engine.prepared, engine.statistics.aligner
    out = np.zeros((len(rows), len(facets)))
    items = [(j, normalise(f.text)) for j, f in enumerate(facets) if f.kind in ("skill", "deliverable")]
    if not items or not len(rows):
        return out
    vectors = engine.encoder.encode_query([text for _, text in items])
    for i, row in enumerate(rows):
        text, parts = prepared.views[row].positive, prepared.parts[prepared.part_rows(int(row))]
        near = dots(parts, vectors).max(axis=0) if len(parts) else np.zeros(len(items))
        for (j, item), cosine in zip(items, near, strict=True):
            words = 1.0 if item in text else aligner.answered(item, text)
            out[i, j] = min(max(words, float(cosine)), 1.0)
    return out


def _kept(matches: Sequence[Match], strength: np.ndarray, covers: np.ndarray, wanted: str | None) -> list[int]:
    """The best EXACT of those who cover something, the best for each facet, and the one who asks."""
    useful = [i for i in range(len(matches)) if covers[i].any()]
    best = set(useful[:EXACT])
    for j in range(covers.shape[1]):
        ranked = sorted((i for i in useful if covers[i, j]), key=lambda i: (-strength[i, j], i))
        best.update(ranked[:PER_FACET])
    best.update(i for i, match in enumerate(matches) if match.profile_id == wanted)
    return sorted(best)


def _days(demand: Demand, profile: Profile) -> int | None:
    if profile.capacity_days_per_month is None or not demand.deadline_days:
        return None
    return profile.capacity_days_per_month * demand.deadline_days // DAYS_PER_MONTH


def _has_time(demand: Demand, found: _Candidates, team: Sequence[int]) -> bool:
    """Whether the members' free days add up to what the demand needs; unknown days count as enough."""
    if any(found.days[i] == 0 for i in team):
        return False
    if demand.capacity_days_needed is None or any(found.days[i] is None for i in team):
        return True
    return sum(found.days[i] or 0 for i in team) >= demand.capacity_days_needed


def _best(demand: Demand, found: _Candidates, limit: int, me: int | None) -> list[tuple[int, ...]]:
    n = len(found.matches)
    # One bit for each facet: with thousands of trios to try, whole numbers are what is quick.
    masks = [sum(1 << j for j in np.flatnonzero(row).tolist()) for row in found.covers]
    alone = max((mask.bit_count() for mask in masks), default=0) if me is None else masks[me].bit_count()
    teams = _every(n, me) if n <= 2 * EXACT else _grown(found, me)
    together = [team for team in teams if _adds_up(masks, team, alone) and _has_time(demand, found, team)]
    return _different(sorted(together, key=lambda team: _order(found, team)), limit, me)


def _adds_up(masks: Sequence[int], team: tuple[int, ...], alone: int) -> bool:
    """Whether a team covers more than anyone alone, and nobody could leave without something missing."""
    together = 0
    for i in team:
        together |= masks[i]
    if together.bit_count() <= alone:
        return False
    for i in team:
        others = 0
        for j in team:
            if j != i:
                others |= masks[j]
        if others == together:
            return False
    return True


def _every(n: int, me: int | None) -> list[tuple[int, ...]]:
    sizes = range(2, LARGEST + 1)
    if me is None:
        return [team for size in sizes for team in combinations(range(n), size)]
    others = [i for i in range(n) if i != me]
    return [tuple(sorted((me, *rest))) for size in sizes for rest in combinations(others, size - 1)]


def _grown(found: _Candidates, me: int | None) -> list[tuple[int, ...]]:
    """From each candidate, whoever adds most, until nothing is added."""
    teams = set()
    for start in range(len(found.matches)) if me is None else (me,):
        team = (start,)
        while len(team) < LARGEST:
            have = found.covers[list(team)].any(axis=0)
            gain = (found.covers & ~have).sum(axis=1) + found.strength.max(axis=1) * 1e-3
            gain[list(team)] = -1.0
            best = int(gain.argmax())
            if not (found.covers[best] & ~have).any():
                break
            team = (*team, best)
            teams.add(tuple(sorted(team)))
    return sorted(teams)


def _order(found: _Candidates, team: tuple[int, ...]) -> tuple[int, int, float, tuple[int, ...]]:
    """Most covered first, then the fewest members, then the strongest, then by id."""
    members = list(team)
    covered = int(found.covers[members].any(axis=0).sum())
    chance = sum(found.matches[i].probability for i in team) / len(team)
    return -covered, len(team), -round(float(found.strength[members].max(axis=0).sum()) + chance, 9), team


def _different(order: Sequence[tuple[int, ...]], limit: int, me: int | None) -> list[tuple[int, ...]]:
    """The first `limit` teams that share nobody but the one who asks."""
    chosen: list[tuple[int, ...]] = []
    taken: set[int] = set()
    for team in order:
        if not taken & set(team):
            chosen.append(team)
            taken |= set(team) - {me}
        if len(chosen) == limit:
            break
    return chosen


def _team(engine: Engine, query: Query, facets: Sequence[Facet], found: _Candidates, team: tuple[int, ...]) -> Team:
    covered = found.covers[list(team)].any(axis=0)
    members = [_member(engine, query, facets, found, team, i) for i in team]
    members.sort(key=lambda one: (-len(one.shares), -one.probability, one.profile_id))
    return Team(
        tuple(members),
        tuple(facet for facet, yes in zip(facets, covered, strict=True) if yes),
        tuple(facet for facet, yes in zip(facets, covered, strict=True) if not yes),
    )


def _member(
    engine: Engine, query: Query, facets: Sequence[Facet], found: _Candidates, team: tuple[int, ...], i: int
) -> Member:
    members = list(team)
    leads = found.strength[members].argmax(axis=0)
    alone = found.covers[members].sum(axis=0) == 1
    shares = [
        _share(engine, facet, int(found.rows[i]), float(found.strength[i, j]))
        for j, facet in enumerate(facets)
        if found.covers[i, j] and (members[int(leads[j])] == i or alone[j])
    ]
    gap = tuple(facet for j, facet in enumerate(facets) if found.covers[i, j] and alone[j])
    match = found.matches[i]
    return Member(match.profile_id, match.probability, tuple(shares), gap, found.days[i])


def _share(engine: Engine, facet: Facet, row: int, strength: float) -> Share:
    if facet.kind not in ("skill", "deliverable"):
        return Share(facet, strength)
    vector = engine.encoder.encode_query([normalise(facet.text)])[0]
    phrase, title = explain.nearest_phrase(engine.prepared, row, vector, engine.encoder)
    return Share(facet, strength, phrase, title)
