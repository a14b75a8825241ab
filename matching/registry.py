"""Ranker files: what is in one, and the gate that keeps a worse one from replacing the one in use."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np

from matching import compare, train
from matching.encode import Encoder
from matching.engine import Engine, Weights
from matching.errors import BadInput, BadLine
from matching.features import FEATURES, NAMES
from matching.rerank import OFF
from matching.trec import Grades, evaluate, ndcg_by_topic
from matching.types import Demand, Profile

MARGIN = 0.005
"""How much lower the candidate's mean nDCG@10 on the held set may be."""
SHIFTED, MOVED = 0.25, 0.1
"""Population stability index from which a distribution has shifted, or moved a little (the customary bounds)."""
TENTHS = 10
SCORE = "score"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a ranker file comes from. parent: the digest of the file in use when it was trained."""

    data: str
    encoder: str
    on: date | None
    parent: str


def feature_table() -> str:
    """A hash of the table of features: weights belong to it and to no other."""
    return sha256(json.dumps([asdict(feature) for feature in FEATURES]).encode()).hexdigest()[:16]


def digest(path: Path) -> str:
    """What a ranker file is called by (Weights.digest), readable or not; "" where there is none."""
    return sha256(path.read_bytes()).hexdigest()[:8] if path.exists() else ""


def document(
    ranker: train.Ranker, data: train.Examples, provenance: Provenance, *, metrics: Mapping[str, float | int],
    outcomes: train.OutcomeExamples | None = None, reranker: Mapping[str, object] | None = None,
) -> dict[str, object]:  # fmt: skip
    """What a ranker file holds: weights, where they come from, how they did on held-out demands."""
    flat = data.features.reshape(-1, len(NAMES))
    stored: dict[str, object] = {
        "base": round(ranker.base, 6),
        "weights": {name: round(float(value), 6) for name, value in zip(NAMES, ranker.weights, strict=True)},
        "data": provenance.data,
        "encoder": provenance.encoder,
        "features": feature_table(),
        "trained_on": None if provenance.on is None else provenance.on.isoformat(),
        "parent": provenance.parent,
        "cross_validated": metrics,
        "reliability": ranker.reliability,
        "distribution": distribution(flat, flat @ ranker.weights + ranker.base),
    }
    if outcomes is not None:
        looked = outcomes.looked
        stored["outcomes"] = {"pairs": len(outcomes.target), "examination": looked.source, "eta": round(looked.eta, 3)}
    if reranker is not None:
        stored["reranker"] = reranker
    return stored


def write(path: Path, stored: Mapping[str, object]) -> None:
    """All of the file or nothing. Raises BadInput where it cannot be written."""
    _put(path, (json.dumps(stored, indent=2, ensure_ascii=False) + "\n").encode())


def _put(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        raise BadInput([BadLine(str(path), 0, f"cannot be written: {error}")]) from error


def distribution(features: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, list[float]]]:
    """Of each feature and the score: the edges between its tenths and the share of pairs in each bin."""
    found = {}
    for name, values in zip((*NAMES, SCORE), (*features.T, scores), strict=True):
        edges = np.unique(np.round(np.quantile(values, np.arange(1, TENTHS) / TENTHS), 6))
        found[name] = {"edges": edges.tolist(), "shares": [round(x, 6) for x in _shares(values, edges)]}
    return found


def _shares(values: np.ndarray, edges: np.ndarray) -> list[float]:
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return (counts / max(len(values), 1)).tolist()


def stability(expected: Sequence[float], found: Sequence[float]) -> float:
    """Population stability index of two lists of shares: 0 for the same, above 0.25 for another population."""
    ours, theirs = (np.maximum(np.array(shares), 1e-4) for shares in (expected, found))
    return float(((theirs - ours) * np.log(theirs / ours)).sum())


def drift(
    stored: Mapping[str, Mapping[str, Sequence[float]]], features: np.ndarray, scores: np.ndarray
) -> dict[str, float]:
    """The index of each feature and the score: these pairs (n, k), (n,) against those the file was fitted on."""
    values = dict(zip((*NAMES, SCORE), (*features.T, scores), strict=True))
    return {
        name: stability(kept["shares"], _shares(values[name], np.array(kept["edges"])))
        for name, kept in stored.items()
        if name in values
    }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the candidate may replace the ranker in use. refusals: why not, in words; drift: as above."""

    figures: dict[str, dict[str, float | int]]
    difference: float
    interval: tuple[float, float]
    refusals: tuple[str, ...]
    drift: dict[str, float]

    def report(self) -> str:
        """Markdown: the figures, the difference, the drift, the verdict."""
        lines = ["| ranker | nDCG@10 | Success(rel=3)@1 | trap |", "|---|---|---|---|"]
        lines += [
            f"| {name} | {found['nDCG@10']:.4f} | {found['Success(rel=3)@1']:.3f} | {found['trap']:.3f} |"
            for name, found in self.figures.items()
        ]
        low, high = self.interval
        lines.append(f"\nnDCG@10 candidate less in use: {self.difference:+.4f} (95 % {low:+.4f} to {high:+.4f})\n")
        for name, index in self.drift.items():
            said = "another population" if index > SHIFTED else "moved a little" if index > MOVED else "stable"
            lines.append(f"stability of {name}: {index:.3f} ({said})")
        lines += ["", *(f"refused: {reason}" for reason in self.refusals or ())]
        if not self.refusals:
            lines.append("accepted")
        return "\n".join(lines)


def judge(
    candidate: Path, current: Path, demands: Sequence[Demand], profiles: Sequence[Profile], grades: Grades,
    encoder: Encoder, *, margin: float = MARGIN,
) -> Verdict:  # fmt: skip
    """Both rankers, vetoes included, on a set that neither should have been fitted on."""
    weights = {"in use": Weights.load(current), "candidate": Weights.load(candidate)}
    stored = json.loads(candidate.read_text(encoding="utf-8"))
    held = [demand for demand in demands if demand.id in grades]
    runs = {
        name: compare.ranked(Engine(profiles, encoder=encoder, weights=own, reranker=OFF), held)
        for name, own in weights.items()
    }
    figures = {name: evaluate(run, grades) for name, run in runs.items()}
    old, new = (ndcg_by_topic(runs[name], grades) for name in ("in use", "candidate"))
    differences = np.array([new[topic] - old[topic] for topic in sorted(grades)])
    data = train.examples(held, profiles, grades, encoder)
    flat = data.features.reshape(-1, len(NAMES))
    moved = drift(stored.get("distribution", {}), flat, weights["candidate"].score(flat))
    refusals = _refusals(stored, figures, float(differences.mean()), data.digest, encoder, margin)
    interval = compare.paired_interval(differences)
    return Verdict(figures, float(differences.mean()), interval, tuple(refusals), moved)


def _refusals(
    stored: Mapping[str, object], figures: Mapping[str, Mapping[str, float | int]], difference: float, held: str,
    encoder: Encoder, margin: float,
) -> list[str]:  # fmt: skip
    found = []
    if stored.get("features") != feature_table():
        found.append("its weights belong to another table of features")
    if stored.get("encoder") != encoder.version:
        found.append(f"it was fitted with the encoder {stored.get('encoder')}, in use is {encoder.version}")
    if stored.get("data") == held:
        found.append("the held set is the set it was fitted on")
    if difference < -margin:
        found.append(f"mean nDCG@10 is {-difference:.4f} lower, more than {margin}")
    if figures["candidate"]["trap"] > figures["in use"]["trap"]:
        found.append(f"trap rises from {figures['in use']['trap']} to {figures['candidate']['trap']}")
    return found


def promote(candidate: Path, current: Path) -> Path:
    """Put the candidate in the place of the ranker in use, which is kept beside it by its digest."""
    kept = current.with_name(f"{current.stem}-{digest(current)}{current.suffix}")
    _put(kept, current.read_bytes())
    _put(current, candidate.read_bytes())
    return kept
