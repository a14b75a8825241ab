"""The named features of one demand against many profiles, each on one scale for every demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.conditions import Condition
from matching.encode import Encoder
from matching.index import Prepared, Statistics
from matching.industry import divisions, nearness
from matching.text import normalise
from matching.types import Demand
from matching.vetoes import abilities
from matching.views import DemandView, view_demand


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of the feature matrix. sign: whether more of it may only help (+1) or only harm (-1)."""

    name: str
    unit: str
    low: float
    high: float
    sign: int


FEATURES = (
    Feature("lexical", "share of the demand's term information found in the profile", 0, 1, +1),
    Feature("coverage", "mean over the demand's pieces of the best cosine with a part", -1, 1, +1),
    Feature("words", "share of words answered and asked for, in the same or near words", 0, 1, +1),
    Feature("industry", "nearness of the industries in GB/T 4754, as far as the meaning is near", 0, 1, +1),
    Feature("credential", "1 if a certificate the text asks for is not named", 0, 1, -1),
)
NAMES = tuple(feature.name for feature in FEATURES)
SOME_MEANING = 0.4
"""Cosine of whole texts up to which a shared industry says nothing: everybody there shares it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A demand made ready: whole (d,), facets (f, d) aligned with view.facets, its industry's divisions.

    wanted: each skill and deliverable asked for and what one must be able to do, normalised and as written.
    """

    demand: Demand
    view: DemandView
    whole: np.ndarray
    facets: np.ndarray
    industry: frozenset[str]
    conditions: tuple[Condition, ...]
    wanted: tuple[tuple[str, str], ...]


def make_query(demand: Demand, conditions: tuple[Condition, ...], encoder: Encoder) -> Query:
    view = view_demand(demand)
    vectors = encoder.encode_query([view.positive, *view.facets])
    wanted = tuple((normalise(item), item) for item in (*demand.required_skills, *demand.deliverables))
    return Query(
        demand, view, vectors[0], vectors[1:], divisions(demand.industry), conditions, (*wanted, *abilities(demand))
    )


def compute(query: Query, prepared: Prepared, statistics: Statistics) -> np.ndarray:
    """float64 (profiles, features), columns as in FEATURES."""
    n = len(prepared)
    asked = {c.name for c in query.conditions if c.code == "certificate" and c.quote and not c.confirmed}
    whole, parts = prepared.near(np.vstack([query.whole, query.facets]))
    meaning = whole[:, 0]
    near = np.array([nearness(query.industry, known) for known in prepared.industries], dtype=np.float64)
    columns = (
        statistics.bm25.scores(query.view.positive, prepared.lexical),
        _coverage(parts[:, 1:], prepared.part_owner, n),
        statistics.aligner.scores(query.view.positive, prepared.words),
        near * np.maximum(meaning - SOME_MEANING, 0.0) / (1 - SOME_MEANING),
        _unnamed(asked, prepared, n),
    )
    return np.column_stack(columns).reshape(n, len(FEATURES))


def _coverage(near: np.ndarray, owner: np.ndarray, n: int) -> np.ndarray:
    """near: (parts, facets); owner: (parts,) the profile each belongs to, rising."""
    best = np.full((n, near.shape[1]), -1.0, dtype=np.float32)
    if not near.size:
        return np.zeros(n)
    owners, first = np.unique(owner, return_index=True)
    best[owners] = np.maximum.reduceat(near, first, axis=0)
    return best.mean(axis=1)


def _unnamed(asked: set[str], prepared: Prepared, n: int) -> np.ndarray:
    if not asked:
        return np.zeros(n)
    return np.array([float(not asked <= said.held.keys()) for said in prepared.statements])
