"""Fit the ranker's few weights on graded pairs, with the signs that sense demands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from matching.conditions import stated
from matching.encode import Encoder
from matching.features import FEATURES, NAMES, compute, make_query
from matching.index import prepare
from matching.trec import Grades
from matching.types import Demand, Profile

SHORTLISTED = (0.0, 0.0, 0.5, 1.0)
"""Chance of being shortlisted that each grade stands for."""
UNJUDGED_WEIGHT = 0.3
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
    content = json.dumps([sorted(grades.items()), [d.id for d in demands], [p.id for p in profiles]], default=dict)
    return Examples(
        np.stack(rows), np.array(target), np.array(weight), sha256(content.encode()).hexdigest()[:16]
    )


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


def cross_validated(data: Examples, *, folds: int = 5, seed: int = 0) -> np.ndarray:
    """(demands, profiles) scores, each demand scored by weights fitted without it."""
    count, k = len(data.features), data.features.shape[2]
    order = np.random.default_rng(seed).permutation(count)
    scores = np.zeros(data.target.shape)
    for fold in range(folds):
        held = order[fold::folds]
        kept = np.setdiff1d(order, held)
        weights, base = fit(
            data.features[kept].reshape(-1, k), data.target[kept].ravel(), data.weight[kept].ravel()
        )
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


def reliability(scores: np.ndarray, target: np.ndarray) -> list[dict[str, float | int]]:
    """Predicted chance against the observed share, in bins of a fifth; scores in log-odds."""
    chance = 1 / (1 + np.exp(-scores.ravel()))
    wanted = target.ravel()
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    return [
        {
            "predicted": round(float(chance[bins == b].mean()), 3),
            "observed": round(float(wanted[bins == b].mean()), 3),
            "pairs": int((bins == b).sum()),
        }
        for b in range(BINS)
        if (bins == b).any()
    ]


@dataclass(frozen=True, slots=True)
class Ranker:
    """A fitted ranker and how it did on demands it was not fitted on (vetoes not applied)."""

    weights: np.ndarray
    base: float
    held_out: np.ndarray
    reliability: list[dict[str, float | int]]


def train(data: Examples) -> Ranker:
    """Fit on everything, calibrated on cross-validated scores. Order among profiles is the fit's own."""
    k = data.features.shape[2]
    weights, base = fit(data.features.reshape(-1, k), data.target.ravel(), data.weight.ravel())
    held = cross_validated(data)
    slope, shift = calibrate(held, data.target)
    held = slope * held + shift
    return Ranker(slope * weights, slope * base + shift, held, reliability(held, data.target))


def write(path: Path, ranker: Ranker, *, data: str, encoder: str, metrics: dict[str, float | int]) -> None:
    """The ranker file: weights, what they were fitted on, and how well they did on held-out demands."""
    stored = {
        "base": round(ranker.base, 6),
        "weights": {name: round(float(value), 6) for name, value in zip(NAMES, ranker.weights, strict=True)},
        "data": data,
        "encoder": encoder,
        "cross_validated": metrics,
        "reliability": ranker.reliability,
    }
    path.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
