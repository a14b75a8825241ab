"""Rank profiles for a demand, or demands for a profile, with the reasons."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
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
from matching.index import Prepared, Statistics, prepare
from matching.rerank import Blend, default_blend
from matching.types import Contribution, Demand, Match, Profile, Veto
from matching.vetoes import denied_skill, vetoes

RANKER = MODELS / "ranker.json"
KEPT_QUERIES = 1024
"""Demands kept read and encoded, so that ranking them for profile after profile reads each once."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The ranker: score = base + sum of weight x feature, in log-odds of being shortlisted.

    reranker: what was fitted for a reranker (model, weight, shift), None where nothing was.
    """

    base: float
    by_feature: tuple[float, ...]
    digest: str
    reranker: Mapping[str, object] | None = None

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
                reranker=stored.get("reranker"),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput([BadLine(str(path), 0, f"is no ranker file: {type(error).__name__} {error}")]) from error

    @classmethod
    def default(cls) -> Weights:
        """The file MATCHING_RANKER names, for weights fitted with another encoder; else the shipped one."""
        return cls.load(in_use())

    def score(self, features: np.ndarray) -> np.ndarray:
        """(n, features) to (n,)"""
        return features @ np.array(self.by_feature) + self.base

    def contributions(self, features: np.ndarray) -> tuple[Contribution, ...]:
        """The parts of one row's score; their values add up to it."""
        parts = [Contribution("base", self.base, self.base, 1.0)]
        for name, weight, feature in zip(NAMES, self.by_feature, features, strict=True):
            parts.append(Contribution(name, weight * float(feature), weight, float(feature)))
        return tuple(parts)


def in_use() -> Path:
    """The ranker file MATCHING_RANKER names, else the shipped one."""
    return Path(os.environ.get("MATCHING_RANKER") or RANKER)


class Ranker:
    """Judges profiles made ready, wherever they are kept. What is not given is read from the environment: the
    encoder, the weights, the reranker (rerank.OFF for none)."""

    def __init__(self, encoder: Encoder | None, weights: Weights | None, reranker: Blend | None):
        self._encoder = encoder if encoder is not None else default_encoder()
        weights = weights if weights is not None else Weights.default()
        self._blend = reranker if reranker is not None else default_blend(weights.reranker)
        self._weights = replace(weights, base=weights.base + self._blend.shift) if self._blend else weights
        self._query = lru_cache(maxsize=KEPT_QUERIES)(self._make_query)
        self.version = "+".join([self._encoder.version, self._weights.digest, *self._blend.named()])

    @property
    def reranks(self) -> bool:
        """Whether a cross-encoder reads the best matches."""
        return bool(self._blend)

    @property
    def encoder(self) -> Encoder:
        """What turns texts into vectors."""
        return self._encoder

    def read(self, demand: Demand) -> Query:
        """A demand made ready to be scored; read once, however often it is asked for."""
        return self._query(demand)

    def _rank(
        self,
        query: Query,
        prepared: Prepared,
        statistics: Statistics,
        *,
        depth: int | None,
        include_vetoed: bool,
        explained: bool,
    ) -> list[Match]:
        """As Engine.rank_profiles says."""
        [(features, scores)] = self._reread(prepared, [(query, *self._score(query, prepared, statistics))])
        eligible: list[tuple[int, Match]] = []
        vetoed: list[tuple[int, Match]] = []
        # Rows stand in the order of their ids: a stable sort breaks ties by id.
        for row in map(int, np.argsort(-scores, kind="stable")):
            if len(eligible) == depth:
                break
            match = self._judge(query, prepared, row, features[row], scores[row])
            if match.eligible:
                eligible.append((row, match))
            elif include_vetoed:
                vetoed.append((row, match))
        chosen = (eligible + vetoed)[:depth]
        if not explained:
            return [match for _, match in chosen]
        asked = explain.read_demand(query, self._encoder)
        said = explain.explain(asked, prepared, [row for row, _ in chosen], statistics, self._encoder)
        return [_with(match, one) for (_, match), one in zip(chosen, said, strict=True)]

    def _make_query(self, demand: Demand) -> Query:
        return make_query(demand, stated(demand), self._encoder)

    def _score(self, query: Query, prepared: Prepared, statistics: Statistics) -> tuple[np.ndarray, np.ndarray]:
        features = compute(query, prepared, statistics)
        return features, self._weights.score(features)

    def _reread(
        self, prepared: Prepared, scored: Sequence[tuple[Query, np.ndarray, np.ndarray]]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """(features, scores) of each query, with the reranker's column and contribution where there is one."""
        if not self._blend or not scored:
            return [(features, scores) for _, features, scores in scored]
        n = len(prepared)
        chances = self._blend.read(
            [(query.demand, profile) for query, _, _ in scored for profile in prepared.profiles],
            np.concatenate([scores for _, _, scores in scored]),
            lambda pair: not self._broken(scored[pair // n][0], prepared, pair % n),
        ).reshape(len(scored), n)
        return [
            (np.column_stack([features, read]), scores + self._blend.weight * read)
            for (_, features, scores), read in zip(scored, chances, strict=True)
        ]

    def _broken(self, query: Query, prepared: Prepared, row: int) -> tuple[Veto, ...]:
        broken = vetoes(query.demand, query.conditions, prepared.profiles[row], prepared.statements[row])
        denied = denied_skill(query.wanted, prepared.denied(row))
        return broken if denied is None else (*broken, denied)

    def _judge(self, query: Query, prepared: Prepared, row: int, features: np.ndarray, score: float) -> Match:
        broken = self._broken(query, prepared, row)
        parts = self._weights.contributions(features[: len(NAMES)])
        if self._blend:
            parts = (*parts, self._blend.contribution(float(features[-1])))
        return Match(
            profile_id=prepared.profiles[row].id,
            demand_id=query.demand.id,
            score=float(score),
            eligible=not broken,
            contributions=parts,
            vetoes=broken,
        )


class Engine(Ranker):
    """A set of profiles, ready to be ranked.

    Ids are the profiles' own; the order they come in changes nothing. What is not given is read from the
    environment: the encoder, the weights, the reranker (rerank.OFF for none). Raises ValueError when two
    profiles share an id, EncoderUnavailable or RerankerUnavailable when a model cannot be loaded.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        *,
        encoder: Encoder | None = None,
        weights: Weights | None = None,
        reranker: Blend | None = None,
    ):
        ordered = sorted(profiles, key=lambda profile: profile.id)
        repeated = {a.id for a, b in pairwise(ordered) if a.id == b.id}
        if repeated:
            raise ValueError(f"profile ids occur twice: {', '.join(sorted(repeated))}")
        super().__init__(encoder, weights, reranker)
        self._prepared, self._statistics = prepare(ordered, self._encoder)
        self._rows = {profile.id: row for row, profile in enumerate(ordered)}

    def profile(self, profile_id: str) -> Profile:
        """The profile as the engine holds it. Raises KeyError."""
        return self._prepared.profiles[self._rows[profile_id]]

    @property
    def prepared(self) -> Prepared:
        """The profiles as they are scored, in the order of their ids."""
        return self._prepared

    @property
    def statistics(self) -> Statistics:
        """How often words occur among the profiles."""
        return self._statistics

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
        return self._rank(
            self._query(demand), self._prepared, self._statistics,
            depth=depth, include_vetoed=include_vetoed, explained=explained,
        )  # fmt: skip

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
        prepared = self._made_ready(profile)
        queries = [self._query(demand) for demand in demands]
        scored = self._reread(prepared, [(query, *self._score(query, prepared, self._statistics)) for query in queries])
        matches = []
        for query, (features, scores) in zip(queries, scored, strict=True):
            match = self._judge(query, prepared, 0, features[0], scores[0])
            if explained and (match.eligible or include_vetoed):
                asked = explain.read_demand(query, self._encoder)
                match = _with(match, *explain.explain(asked, prepared, [0], self._statistics, self._encoder))
            if match.eligible or include_vetoed:
                matches.append(match)
        matches.sort(key=_best_first)
        return matches if depth is None else matches[:depth]

    def _made_ready(self, profile: Profile) -> Prepared:
        """One profile, as those the engine holds are scored."""
        return prepare([profile], self._encoder, self._statistics)[0]

    def rank_demands_for_all(
        self, demands: Iterable[Demand], *, depth: int | None = None, include_vetoed: bool = False
    ) -> dict[str, list[Match]]:
        """rank_demands for every profile the engine holds, by profile id, without reasons: each demand is read once."""
        found: dict[str, list[Match]] = {profile.id: [] for profile in self._prepared.profiles}
        for demand in demands:
            for match in self.rank_profiles(demand, include_vetoed=include_vetoed, explained=False):
                found[match.profile_id].append(match)
        return {profile_id: sorted(matches, key=_best_first)[:depth] for profile_id, matches in found.items()}


def _best_first(match: Match) -> tuple[bool, float, str, str]:
    return not match.eligible, -match.score, match.profile_id, match.demand_id


def _with(match: Match, said: explain.Explanation) -> Match:
    return replace(
        match, reasons=said.reasons, counter_reasons=said.counter_reasons, evidence=said.evidence
    )
