"""Rank profiles for a demand, or demands for a profile, with the reasons."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np

from matching import explain
from matching.conditions import stated
from matching.encode import MODELS, Encoder, default_encoder
from matching.errors import BadInput, BadLine
from matching.features import NAMES, Query, compute, make_query
from matching.index import Prepared, prepare
from matching.types import Contribution, Demand, Match, Profile
from matching.vetoes import denied_skill, vetoes

RANKER = MODELS / "ranker.json"
KEPT_QUERIES = 1024
"""Demands kept read and encoded, so that ranking them for profile after profile reads each once."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The ranker: score = base + sum of weight x feature, in log-odds of being shortlisted."""

    base: float
    by_feature: tuple[float, ...]
    digest: str

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Read a ranker file written by `python -m matching train`. Raises BadInput when it is not one."""
        try:
            raw = path.read_bytes()
            stored = json.loads(raw)
            return cls(
                base=float(stored["base"]),
                by_feature=tuple(float(stored["weights"][name]) for name in NAMES),
                digest=sha256(raw).hexdigest()[:8],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput([BadLine(str(path), 0, f"is no ranker file: {type(error).__name__} {error}")]) from error

    @classmethod
    def default(cls) -> Weights:
        """The file MATCHING_RANKER names, for weights fitted with another encoder; else the shipped one."""
        return cls.load(Path(os.environ.get("MATCHING_RANKER") or RANKER))

    def score(self, features: np.ndarray) -> np.ndarray:
        """(n, features) to (n,)"""
        return features @ np.array(self.by_feature) + self.base

    def contributions(self, features: np.ndarray) -> tuple[Contribution, ...]:
        """The parts of one row's score; their values add up to it."""
        parts = [Contribution("base", self.base, self.base, 1.0)]
        for name, weight, feature in zip(NAMES, self.by_feature, features, strict=True):
            parts.append(Contribution(name, weight * float(feature), weight, float(feature)))
        return tuple(parts)


class Engine:
    """A set of profiles, ready to be ranked.

    Ids are the profiles' own; the order they come in changes nothing. Raises ValueError when two
    profiles share an id, EncoderUnavailable when the encoder cannot be loaded.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        *,
        encoder: Encoder | None = None,
        weights: Weights | None = None,
    ):
        ordered = sorted(profiles, key=lambda profile: profile.id)
        repeated = {a.id for a, b in pairwise(ordered) if a.id == b.id}
        if repeated:
            raise ValueError(f"profile ids occur twice: {', '.join(sorted(repeated))}")
        self._encoder = encoder if encoder is not None else default_encoder()
        self._weights = weights if weights is not None else Weights.default()
        self._prepared, self._statistics = prepare(ordered, self._encoder)
        self._query = lru_cache(maxsize=KEPT_QUERIES)(self._make_query)
        self.version = f"{self._encoder.version}+{self._weights.digest}"

    def rank_profiles(
        self,
        demand: Demand,
        *,
        depth: int | None = None,
        include_vetoed: bool = False,
        explained: bool = True,
    ) -> list[Match]:
        """The best `depth` profiles (all when None), best first, ties by id.

        With include_vetoed the profiles that break a hard requirement follow after all eligible
        ones. With explained=False reasons and evidence are left out, which is faster.
        """
        query = self._query(demand)
        features, scores = self._score(query, self._prepared)
        eligible: list[tuple[int, Match]] = []
        vetoed: list[tuple[int, Match]] = []
        # Rows stand in the order of their ids: a stable sort breaks ties by id.
        for row in map(int, np.argsort(-scores, kind="stable")):
            if len(eligible) == depth:
                break
            match = self._judge(query, self._prepared, row, features[row], scores[row])
            if match.eligible:
                eligible.append((row, match))
            elif include_vetoed:
                vetoed.append((row, match))
        chosen = (eligible + vetoed)[:depth]
        if not explained:
            return [match for _, match in chosen]
        asked = explain.read_demand(query, self._encoder)
        return [self._explain(match, asked, self._prepared, row) for row, match in chosen]

    def rank_demands(
        self,
        profile: Profile,
        demands: Sequence[Demand],
        *,
        depth: int | None = None,
        include_vetoed: bool = False,
        explained: bool = True,
    ) -> list[Match]:
        """The demands that fit one profile, best first, ties by id; scores as rank_profiles gives them.

        The profile need not be one of the engine's: it is scored with the engine's statistics.
        """
        prepared, _ = prepare([profile], self._encoder, self._statistics)
        matches = []
        for demand in demands:
            query = self._query(demand)
            features, scores = self._score(query, prepared)
            match = self._judge(query, prepared, 0, features[0], scores[0])
            if explained and (match.eligible or include_vetoed):
                match = self._explain(match, explain.read_demand(query, self._encoder), prepared, 0)
            if match.eligible or include_vetoed:
                matches.append(match)
        matches.sort(key=_best_first)
        return matches if depth is None else matches[:depth]

    def rank_demands_for_all(
        self, demands: Iterable[Demand], *, depth: int | None = None, include_vetoed: bool = False
    ) -> dict[str, list[Match]]:
        """rank_demands for every profile the engine holds, by profile id, without reasons: each demand is read once."""
        found: dict[str, list[Match]] = {profile.id: [] for profile in self._prepared.profiles}
        for demand in demands:
            for match in self.rank_profiles(demand, include_vetoed=include_vetoed, explained=False):
                found[match.profile_id].append(match)
        return {profile_id: sorted(matches, key=_best_first)[:depth] for profile_id, matches in found.items()}

    def _make_query(self, demand: Demand) -> Query:
        return make_query(demand, stated(demand), self._encoder)

    def _score(self, query: Query, prepared: Prepared) -> tuple[np.ndarray, np.ndarray]:
        features = compute(query, prepared, self._statistics)
        return features, self._weights.score(features)

    def _judge(self, query: Query, prepared: Prepared, row: int, features: np.ndarray, score: float) -> Match:
        profile = prepared.profiles[row]
        broken = vetoes(query.demand, query.conditions, profile, prepared.statements[row])
        denied = denied_skill(query.wanted, prepared.views[row].denied)
        if denied is not None:
            broken = (*broken, denied)
        return Match(
            profile_id=profile.id,
            demand_id=query.demand.id,
            score=float(score),
            eligible=not broken,
            contributions=self._weights.contributions(features),
            vetoes=broken,
        )

    def _explain(self, match: Match, asked: explain.Asked, prepared: Prepared, row: int) -> Match:
        judged = explain.Judged(asked, prepared, row, self._statistics, self._encoder)
        found = explain.evidence(judged)
        return replace(
            match,
            reasons=explain.reasons(judged, found),
            counter_reasons=explain.counter_reasons(judged, found),
            evidence=found,
        )


def _best_first(match: Match) -> tuple[bool, float, str, str]:
    return not match.eligible, -match.score, match.profile_id, match.demand_id
