"""Fit the ranker's few weights on graded pairs and outcomes, with the signs that sense demands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from scipy.optimize import minimize

from matching.conditions import stated
from matching.encode import Encoder
from matching.features import FEATURES, compute, make_query
from matching.index import prepare
from matching.outcomes import Examination, Outcome, examination, shown, targets
from matching.rerank import demand_text, profile_text
from matching.trec import Grades
from matching.types import Demand, Profile

SHORTLISTED = (0.0, 0.0, 0.5, 1.0)
"""Chance of being shortlisted that each grade stands for."""
UNJUDGED_WEIGHT = 0.3
OUTCOME_WEIGHT = 1.0
"""What a pair with an outcome weighs beside a graded pair."""
RIDGE = 10.0
BINS = 5


@dataclass(frozen=True, slots=True)
class Examples:
    """features (demands, profiles, k); target and weight (demands, profiles)."""

    features: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    digest: str


def examples(
    demands: Sequence[Demand], profiles: Sequence[Profile], grades: Grades, encoder: Encoder
) -> Examples:
    """Every pair of the files; what nobody judged counts as not shortlisted, with less weight."""
    profiles = sorted(profiles, key=lambda profile: profile.id)
    prepared, statistics = prepare(profiles, encoder)
    rows = [compute(make_query(d, stated(d), encoder), prepared, statistics) for d in demands]
    judged = [[grades.get(d.id, {}).get(p.id) for p in profiles] for d in demands]
    target = [[SHORTLISTED[min(g or 0, 3)] for g in row] for row in judged]
    weight = [[UNJUDGED_WEIGHT if g is None else 1.0 for g in row] for row in judged]
    texts = [[demand_text(d) for d in demands], [profile_text(p) for p in profiles]]
    ids = [[d.id for d in demands], [p.id for p in profiles]]
    content = json.dumps([sorted(grades.items()), *ids, *texts], default=dict)
    return Examples(
        np.stack(rows), np.array(target), np.array(weight), sha256(content.encode()).hexdigest()[:16]
    )


@dataclass(frozen=True, slots=True)
class OutcomeExamples:
    """r pairs that were shown: features (r, k); target (r,), which may exceed 1 (outcomes.targets).

    demand: (r,) the place of each row's demand among the graded ones, -1 where it is none of them; skipped:
    events on demands or profiles that the files do not hold.
    """

    features: np.ndarray
    target: np.ndarray
    demand: np.ndarray
    looked: Examination
    skipped: int

    def without(self, held: np.ndarray) -> np.ndarray:
        """Which rows belong to none of the held demands."""
        return ~np.isin(self.demand, held)


def outcome_examples(
    demands: Sequence[Demand], profiles: Sequence[Profile], outcomes: Sequence[Outcome], encoder: Encoder,
    *, graded: Sequence[Demand] = (),
) -> OutcomeExamples:  # fmt: skip
    """The outcomes on these demands and profiles, the bias of place taken out. graded: the demands of Examples."""
    profiles = sorted(profiles, key=lambda profile: profile.id)
    columns = {profile.id: column for column, profile in enumerate(profiles)}
    by_id = {demand.id: demand for demand in demands}
    known = [o for o in outcomes if o.demand_id in by_id and o.profile_id in columns]
    pairs = shown(known)
    prepared, statistics = prepare(profiles, encoder)
    rows = {
        demand_id: compute(make_query(by_id[demand_id], stated(by_id[demand_id]), encoder), prepared, statistics)
        for demand_id in dict.fromkeys(pair.demand_id for pair in pairs)
    }
    found = [rows[pair.demand_id][columns[pair.profile_id]] for pair in pairs]
    features = np.array(found, dtype=np.float64).reshape(-1, len(FEATURES))
    places = {demand.id: place for place, demand in enumerate(graded)}
    looked = examination(pairs, features, fit)
    return OutcomeExamples(
        features, targets(pairs, looked), np.array([places.get(pair.demand_id, -1) for pair in pairs], dtype=int),
        looked, len(outcomes) - len(known),
    )  # fmt: skip


def fit(features: np.ndarray, target: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Ridge logistic regression on standardised columns, signs as FEATURES says; (weights, base) unscaled."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    x = (features - mean) / spread

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        score = x @ theta[:-1] + theta[-1]
        error = weight * (1 / (1 + np.exp(-score)) - target)
        value = weight @ (np.logaddexp(0, score) - target * score) + RIDGE * theta[:-1] @ theta[:-1]
        return value, np.append(x.T @ error + 2 * RIDGE * theta[:-1], error.sum())

    signs = [(0, None) if feature.sign > 0 else (None, 0) for feature in FEATURES]
    found = minimize(
        loss, np.zeros(len(FEATURES) + 1), jac=True, bounds=[*signs, (None, None)], method="L-BFGS-B"
    ).x
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


def _fit_both(data: Examples, kept: np.ndarray, outcomes: OutcomeExamples | None) -> tuple[np.ndarray, float]:
    """fit on the graded pairs of the kept demands and on all outcomes but those of the other demands."""
    k = data.features.shape[2]
    features, target, weight = (
        data.features[kept].reshape(-1, k), data.target[kept].ravel(), data.weight[kept].ravel()
    )  # fmt: skip
    if outcomes is not None:
        own = outcomes.without(np.setdiff1d(np.arange(len(data.features)), kept))
        features = np.concatenate([features, outcomes.features[own]])
        target = np.concatenate([target, outcomes.target[own]])
        weight = np.concatenate([weight, np.full(int(own.sum()), OUTCOME_WEIGHT)])
    return fit(features, target, weight)


def cross_validated(
    data: Examples, outcomes: OutcomeExamples | None = None, *, folds: int = 5, seed: int = 0
) -> np.ndarray:
    """(demands, profiles) scores, each demand scored by weights fitted without it; needs two demands."""
    count = len(data.features)
    folds = min(folds, count)
    order = np.random.default_rng(seed).permutation(count)
    scores = np.zeros(data.target.shape)
    for fold in range(folds):
        held = order[fold::folds]
        weights, base = _fit_both(data, np.setdiff1d(order, held), outcomes)
        scores[held] = data.features[held] @ weights + base
    return scores


def calibrate(scores: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """(slope > 0, shift) that make 1 / (1 + exp(-(slope x score + shift))) the chance of being shortlisted.

    scores must come from cross-validation; every pair counts the same here, judged or not.
    """
    flat, wanted = scores.ravel(), target.ravel()

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        logit = theta[0] * flat + theta[1]
        error = 1 / (1 + np.exp(-logit)) - wanted
        return (np.logaddexp(0, logit) - wanted * logit).sum(), np.array([error @ flat, error.sum()])

    slope, shift = minimize(
        loss, np.array([1.0, 0.0]), jac=True, bounds=[(1e-3, None), (None, None)], method="L-BFGS-B"
    ).x
    return float(slope), float(shift)


def calibrate_reranker(scores: np.ndarray, chances: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """(weight >= 0, shift) that make score + weight x chance + shift log-odds again (rerank.Blend).

    scores: calibrated and cross-validated; chances: what the reranker said, 0 where it did not read.
    """
    flat, said, wanted = scores.ravel(), chances.ravel(), target.ravel()

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        logit = flat + theta[0] * said + theta[1]
        error = 1 / (1 + np.exp(-logit)) - wanted
        return (np.logaddexp(0, logit) - wanted * logit).sum(), np.array([error @ said, error.sum()])

    weight, shift = minimize(
        loss, np.array([1.0, 0.0]), jac=True, bounds=[(0, None), (None, None)], method="L-BFGS-B"
    ).x
    return float(weight), float(shift)


def reliability(scores: np.ndarray, target: np.ndarray, *, count: int = BINS) -> list[dict[str, float | int]]:
    """Predicted chance against the observed share, in `count` equal bins of the chance; scores in log-odds."""
    chance = 1 / (1 + np.exp(-scores.ravel()))
    wanted = target.ravel()
    bins = np.minimum((chance * count).astype(int), count - 1)
    return [
        {
            "predicted": round(float(chance[bins == b].mean()), 3),
            "observed": round(float(wanted[bins == b].mean()), 3),
            "pairs": int((bins == b).sum()),
        }
        for b in range(count)
        if (bins == b).any()
    ]


@dataclass(frozen=True, slots=True)
class Ranker:
    """A fitted ranker and how it did on demands it was not fitted on (vetoes not applied)."""

    weights: np.ndarray
    base: float
    held_out: np.ndarray
    reliability: list[dict[str, float | int]]


def train(data: Examples, outcomes: OutcomeExamples | None = None) -> Ranker:
    """Fit on everything, calibrated on cross-validated scores. Order among profiles is the fit's own."""
    weights, base = _fit_both(data, np.arange(len(data.features)), outcomes)
    held = cross_validated(data, outcomes)
    slope, shift = calibrate(held, data.target)
    held = slope * held + shift
    return Ranker(slope * weights, slope * base + shift, held, reliability(held, data.target))
