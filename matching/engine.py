"""Rank profiles for a demand, or demands for a profile, with the reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np

from matching import explain
from matching.conditions import stated
from matching.encode import MODELS, Encoder, default_encoder
from matching.features import NAMES, Query, compute, make_query
from matching.index import Prepared, prepare
from matching.text import normalise
from matching.types import Contribution, Demand, Match, Profile, Veto
from matching.vetoes import denied_skill, vetoes

RANKER = MODELS / "ranker.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """The ranker: score = base + sum of weight x feature, in log-odds of being shortlisted."""

    base: float
    by_feature: tuple[float, ...]
    digest: str

    @classmethod
    def load(cls, path: Path = RANKER) -> Weights:
        """Read a ranker file written by `python -m matching train`."""
        raw = path.read_bytes()
        stored = json.loads(raw)
        return cls(
            base=stored["base"],
            by_feature=tuple(stored["weights"][name] for name in NAMES),
            digest=sha256(raw).hexdigest()[:8],
        )

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
        self._weights = weights if weights is not None else Weights.load()
        self._prepared, self._statistics = prepare(ordered, self._encoder)
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
        matches = self._judge(query, self._prepared, explained=False)
        matches = sorted((m for m in matches if m.eligible or include_vetoed), key=_best_first)
        chosen = matches if depth is None else matches[:depth]
        if not explained:
            return chosen
        rows = {profile.id: row for row, profile in enumerate(self._prepared.profiles)}
        return [self._explain(match, query, self._prepared, rows[match.profile_id]) for match in chosen]

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
            [match] = self._judge(query, prepared, explained=explained)
            if match.eligible or include_vetoed:
                matches.append(match)
        matches.sort(key=_best_first)
        return matches if depth is None else matches[:depth]

    def _query(self, demand: Demand) -> Query:
        return make_query(demand, stated(demand), self._encoder)

    def _judge(self, query: Query, prepared: Prepared, *, explained: bool) -> list[Match]:
        features = compute(query, prepared, self._statistics)
        scores = self._weights.score(features)
        matches = []
        for row, profile in enumerate(prepared.profiles):
            broken = self._vetoes(query, prepared, row)
            match = Match(
                profile_id=profile.id,
                demand_id=query.demand.id,
                score=float(scores[row]),
                eligible=not broken,
                contributions=self._weights.contributions(features[row]),
                vetoes=broken,
            )
            matches.append(self._explain(match, query, prepared, row) if explained else match)
        return matches

    def _vetoes(self, query: Query, prepared: Prepared, row: int) -> tuple[Veto, ...]:
        demand, profile = query.demand, prepared.profiles[row]
        broken = vetoes(demand, query.conditions, profile, prepared.statements[row])
        wanted = (*demand.required_skills, *demand.deliverables)
        denied = denied_skill([normalise(w) for w in wanted], wanted, prepared.views[row].denied)
        return (*broken, denied) if denied else broken

    def _explain(self, match: Match, query: Query, prepared: Prepared, row: int) -> Match:
        judged = explain.Judged(query, prepared, row, self._statistics, self._encoder)
        found = explain.evidence(judged)
        return replace(
            match,
            reasons=explain.reasons(judged, found),
            counter_reasons=explain.counter_reasons(judged, found),
            evidence=found,
        )


def _best_first(match: Match) -> tuple[bool, float, str, str]:
    return not match.eligible, -match.score, match.profile_id, match.demand_id
