"""Invitations over a whole market at once: who is invited to what, so that fit is best and nobody is flooded.

A mixed integer programme (scipy's HiGHS): the sum of the chances of being shortlisted is as large as it can be while
no demand sends more than its quota, no founder gets more than their capacity, and newcomers get their share. A pair
with a conflict or a broken hard requirement is not among the unknowns, so no score, not even none at all, assigns it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from matching.types import Match

LEAST_CHANCE = 0.02
"""Probability of being shortlisted below which nobody is invited: an invitation should be worth reading."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One invitation. probability: the chance of being shortlisted; newcomer: counts for the newcomers' share."""

    demand_id: str
    profile_id: str
    probability: float
    newcomer: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """An assignment in figures, for comparing it with another.

    affinity: the sum of the chances; worst_demand: the smallest sum any demand with candidates got;
    worst_founder: the smallest sum of chances over the founders who have a pair and room;
    gini: 0 when every such founder gets as many invitations, near 1 when one gets all;
    newcomers: the share of invitations that go to newcomers; over_capacity: invitations beyond someone's capacity.
    """

    invitations: int
    affinity: float
    worst_demand: float
    worst_founder: float
    gini: float
    newcomers: float
    over_capacity: int


def assign(matches: Iterable[Match], *, quota: int | Mapping[str, int], capacity: int | Mapping[str, int],
           newcomers: Collection[str] = (), floor: float = 0.0, least: float = LEAST_CHANCE) -> list[Pair]:
    """The best invitations, by demand and then by chance.

    matches: judged pairs, those that are not eligible are ignored. quota: invitations a demand sends; capacity:
    invitations a founder takes (a mapping gives 0 for whom it does not name). floor: the share of all invitations
    that must go to `newcomers` (profile ids), as far as there are newcomers who fit. Raises ValueError for a floor
    outside 0 to 1.
    """
    if not 0 <= floor <= 1:
        raise ValueError(f"the newcomers' share must lie between 0 and 1, not {floor}")
    new = frozenset(newcomers)
    pairs = [Pair(m.demand_id, m.profile_id, m.probability, m.profile_id in new)
             for m in sorted(matches, key=lambda m: (m.demand_id, m.profile_id))
             if m.eligible and m.probability >= least]
    pairs = [pair for pair in pairs if _of(quota, pair.demand_id) > 0 and _of(capacity, pair.profile_id) > 0]
    if not pairs:
        return []
    limits = _limits(pairs, quota, capacity)
    gain = np.array([pair.probability for pair in pairs])
    chosen = _solve(gain, limits)
    is_new = np.array([pair.newcomer for pair in pairs], dtype=float)
    wanted = math.ceil(floor * chosen.sum() - 1e-9)
    if is_new @ chosen < wanted:
        most = round(is_new @ _solve(is_new, limits))
        chosen = _solve(gain, [*limits, LinearConstraint(csr_matrix(is_new), lb=min(wanted, most))])
    kept = [pair for pair, yes in zip(pairs, chosen, strict=True) if yes]
    return sorted(kept, key=lambda pair: (pair.demand_id, -pair.probability, pair.profile_id))


def greedy(matches: Iterable[Match], *, quota: int | Mapping[str, int], newcomers: Collection[str] = (),
           least: float = LEAST_CHANCE) -> list[Pair]:
    """The baseline: each demand invites its best, whoever else invites them."""
    by_demand: dict[str, list[Match]] = {}
    for match in matches:
        if match.eligible and match.probability >= least:
            by_demand.setdefault(match.demand_id, []).append(match)
    return [Pair(m.demand_id, m.profile_id, m.probability, m.profile_id in newcomers)
            for demand_id in sorted(by_demand)
            for m in sorted(by_demand[demand_id], key=lambda m: (-m.score, m.profile_id))[:_of(quota, demand_id)]]


def report(pairs: Sequence[Pair], matches: Iterable[Match], *, capacity: int | Mapping[str, int],
           least: float = LEAST_CHANCE) -> Report:
    """An assignment's figures, over the demands and founders that had a pair to choose from."""
    possible = [m for m in matches if m.eligible and m.probability >= least]
    demands = {m.demand_id: 0.0 for m in possible}
    founders = {m.profile_id: 0.0 for m in possible if _of(capacity, m.profile_id) > 0}
    counts: Counter[str] = Counter(dict.fromkeys(founders, 0))
    for pair in pairs:
        demands[pair.demand_id] = demands.get(pair.demand_id, 0.0) + pair.probability
        founders[pair.profile_id] = founders.get(pair.profile_id, 0.0) + pair.probability
        counts[pair.profile_id] += 1
    over = sum(max(count - _of(capacity, profile_id), 0) for profile_id, count in counts.items())
    return Report(len(pairs), sum(pair.probability for pair in pairs), min(demands.values(), default=0.0),
                  min(founders.values(), default=0.0), gini(list(counts.values())),
                  sum(pair.newcomer for pair in pairs) / len(pairs) if pairs else 0.0, over)


def gini(counts: Sequence[float]) -> float:
    """0 when all are equal, towards 1 when one has everything; 0 for nothing at all."""
    ordered = np.sort(np.asarray(counts, dtype=np.float64))
    n, total = len(ordered), ordered.sum()
    if not n or not total:
        return 0.0
    return float((2 * (np.arange(1, n + 1) * ordered).sum() / (n * total)) - (n + 1) / n)


def _of(limit: int | Mapping[str, int], key: str) -> int:
    return limit if isinstance(limit, int) else limit.get(key, 0)


def _limits(pairs: Sequence[Pair], quota: int | Mapping[str, int],
            capacity: int | Mapping[str, int]) -> list[LinearConstraint]:
    """Each demand's and each founder's row: the number of its chosen pairs is at most what it may have."""
    found = []
    for keys, limit in (([p.demand_id for p in pairs], quota), ([p.profile_id for p in pairs], capacity)):
        names, rows = np.unique(keys, return_inverse=True)
        table = csr_matrix((np.ones(len(pairs)), (rows, np.arange(len(pairs)))), shape=(len(names), len(pairs)))
        found.append(LinearConstraint(table, ub=np.array([_of(limit, str(name)) for name in names])))
    return found


def _solve(gain: np.ndarray, limits: Sequence[LinearConstraint]) -> np.ndarray:
    """int (pairs,) 0 or 1. A hair is taken off later pairs, so that of equal answers always the same is given."""
    order = np.arange(len(gain)) * 1e-9
    answer = milp(-(gain + 1e-6 - order), constraints=list(limits), integrality=np.ones(len(gain)),
                  bounds=Bounds(0, 1))
    if answer.x is None:
        raise RuntimeError(f"the assignment could not be solved: {answer.message}")
    return np.round(answer.x).astype(int)
