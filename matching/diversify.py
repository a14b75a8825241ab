"""A list of demands that does not say the same thing ten times: maximal marginal relevance.

Basis: Carbonell and Goldstein, "The use of MMR, diversity-based reranking", SIGIR 1998.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.encode import Encoder, dots
from matching.industry import divisions, nearness
from matching.types import Demand
from matching.views import view_demand

RELEVANCE = 0.7
"""How much of an item's worth is its own fit; the rest is how little it repeats those before it."""
SAME_TRADE = 0.25
"""How much of the likeness of two demands is their industry; the rest is their meaning."""


def vectors_of(demands: Sequence[Demand], encoder: Encoder) -> np.ndarray:
    """float32 (n, d): each demand's positive text."""
    return encoder.encode_query([view_demand(demand).positive for demand in demands])


def likeness(demands: Sequence[Demand], vectors: np.ndarray) -> np.ndarray:
    """float64 (n, n), 0 to 1: how alike two demands are in meaning and industry."""
    trades = [divisions(demand.industry) for demand in demands]
    near = np.array([[nearness(a, b) for b in trades] for a in trades]).reshape(len(trades), len(trades))
    return (1 - SAME_TRADE) * np.clip(dots(vectors, vectors), 0, 1) + SAME_TRADE * near


def diversify(relevance: Sequence[float], alike: np.ndarray, *, limit: int | None = None,
              trade: float = RELEVANCE) -> list[int]:
    """Places of the chosen items in their new order. relevance: (n,) 0 to 1; alike: (n, n) 0 to 1.

    The best item is always first; each next one maximises trade x relevance - (1 - trade) x likeness to what
    stands before it. Ties go to the earlier place. trade=1 keeps the order of relevance.
    """
    fit = np.asarray(relevance, dtype=np.float64)
    chosen: list[int] = []
    nearest = np.zeros(len(fit))
    left = list(np.argsort(-fit, kind="stable"))
    while left and (limit is None or len(chosen) < limit):
        worth = [fit[i] if not chosen else trade * fit[i] - (1 - trade) * nearest[i] for i in left]
        best = int(left.pop(int(np.argmax(worth))))
        chosen.append(best)
        nearest = np.maximum(nearest, alike[best])
    return chosen
