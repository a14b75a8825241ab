"""A second reading of the best matches by a cross-encoder, which reads demand and profile together.

MATCHING_RERANKER names any sentence-transformers CrossEncoder with one output; without it nothing here
runs. It reads only the best eligible pairs of a ranking (MATCHING_RERANK_DEPTH, 50), and what it finds
only adds: a pair it has not read can never overtake one it has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from matching.cache import VectorCache
from matching.encode import fingerprint, worth_a_bar
from matching.errors import RerankerUnavailable
from matching.text import normalise
from matching.types import Contribution, Demand, Profile

DEPTH = 50
WEIGHT = 2.0
"""Log-odds that a certain "yes" of a reranker nobody has fitted a weight for adds."""
BATCH = 32
NAME = "reranker"
_BETWEEN = "\x1f"


class Reranker(Protocol):
    """Reads pairs of texts. chances: float64 (n,), 0 to 1, how well the second answers the first."""

    version: str

    def chances(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray: ...


class CrossEncoderReranker:
    """Any sentence-transformers CrossEncoder with one output; what it said of a pair is kept by content."""

    def __init__(self, name: str, *, cache: VectorCache | None = None):
        try:
            from sentence_transformers import CrossEncoder

            self._model = CrossEncoder(name)
        except Exception as error:  # any failure to load has the same answer: say which model and why
            raise RerankerUnavailable(name, f"{type(error).__name__}: {error}") from error
        if self._model.num_labels != 1:
            raise RerankerUnavailable(name, f"it has {self._model.num_labels} outputs, one is needed")
        self.version = f"{Path(name).name}-{fingerprint(name, self._model)}"
        self._cache = cache if cache is not None else VectorCache.default()

    def chances(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        if not pairs:
            return np.zeros(0)
        keys = [_BETWEEN.join(pair) for pair in pairs]
        logits = self._cache.vectors(f"{self.version}/pairs", keys, self._read)[:, 0].astype(np.float64)
        return 1 / (1 + np.exp(-logits))

    def _read(self, keys: list[str]) -> np.ndarray:
        from torch.nn import Identity

        pairs = [tuple(key.split(_BETWEEN)) for key in keys]
        logits = self._model.predict(
            pairs, batch_size=BATCH, show_progress_bar=worth_a_bar(len(pairs)), activation_fn=Identity()
        )
        return np.asarray(logits, dtype=np.float32).reshape(-1, 1)


@dataclass(frozen=True, slots=True)
class Blend:
    """A reranker and what its word counts for: it adds weight x chance, in log-odds, to the best `depth` pairs.

    shift: added to every score, so that a fitted blend stays a calibrated chance. With no reranker the
    blend is off.
    """

    reranker: Reranker | None = None
    weight: float = WEIGHT
    shift: float = 0.0
    depth: int = DEPTH

    def __bool__(self) -> bool:
        return self.reranker is not None

    def named(self) -> tuple[str, ...]:
        """The reranker's version, or nothing."""
        return () if self.reranker is None else (self.reranker.version,)

    def read(
        self, pairs: Sequence[tuple[Demand, Profile]], scores: np.ndarray, eligible: Callable[[int], bool]
    ) -> np.ndarray:
        """float64 (n,): the chance of the best `depth` eligible pairs by `scores`, 0 for what was not read."""
        chances = np.zeros(len(pairs))
        if self.reranker is None:
            return chances
        chosen: list[int] = []
        for row in map(int, np.argsort(-scores, kind="stable")):
            if len(chosen) == self.depth:
                break
            if eligible(row):
                chosen.append(row)
        texts = [
            (normalise(demand_text(demand)), normalise(profile_text(profile)))
            for demand, profile in (pairs[row] for row in chosen)
        ]
        chances[chosen] = self.reranker.chances(texts)
        return chances

    def contribution(self, chance: float) -> Contribution:
        return Contribution(NAME, self.weight * chance, self.weight, chance)


OFF = Blend()


def default_blend(fitted: Mapping[str, object] | None, environ: Mapping[str, str] = os.environ) -> Blend:
    """The reranker MATCHING_RERANKER names, blended as `fitted` (of the ranker file) says where it was fitted
    for that very model, else by WEIGHT; off where none is named. Raises RerankerUnavailable."""
    name = environ.get("MATCHING_RERANKER", "").strip()
    if not name:
        return OFF
    depth = environ.get("MATCHING_RERANK_DEPTH", "").strip() or str(DEPTH)
    if not depth.isdigit() or int(depth) < 1:
        raise RerankerUnavailable(name, f"MATCHING_RERANK_DEPTH is {depth!r}, not a number of 1 or more")
    reranker = CrossEncoderReranker(name)
    if fitted and fitted.get("model") == reranker.version:
        return Blend(reranker, float(str(fitted["weight"])), float(str(fitted["shift"])), int(depth))
    return Blend(reranker, depth=int(depth))


def demand_text(demand: Demand) -> str:
    """All the words of a demand as written, refusals included: a cross-encoder reads those itself."""
    return "\n".join(filter(None, [demand.title, demand.description, *demand.required_skills, *demand.deliverables]))


def profile_text(profile: Profile) -> str:
    """All the words of a profile as written, disclaimers included."""
    cases = [case.text for case in profile.past_cases]
    return "\n".join(filter(None, [profile.headline, profile.bio, *profile.skills, *cases]))
