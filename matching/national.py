"""Rank the profiles of a store that no memory holds: find some hundreds, then judge those as Engine judges all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from matching.encode import Encoder, default_encoder
from matching.engine import Engine, Ranker, Weights
from matching.features import Query
from matching.rerank import Blend
from matching.retrieval.candidates import Candidates
from matching.retrieval.protocol import LexicalIndex, VectorIndex, as_keys, key_of
from matching.retrieval.records import cut, make_record, retrieval_terms
from matching.retrieval.store import ProfileStore
from matching.types import Demand, Match, Profile

LEGS = 200
"""Profiles taken from the dense and from the lexical index each."""
CANDIDATES = 300
"""Profiles judged, the best of both legs: six for each of the 50 places of a long list."""
PER_PLACE = 4
"""Candidates for each place asked for, where more than 50 are."""


class NationalEngine(Ranker):
    """The profiles of a folder, ready to be searched and ranked by any number of processes.

    Every candidate gets the score Engine gives it, with term frequencies as the store last counted
    them. Raises IndexUnusable when the folder was written with another encoder, EncoderUnavailable
    when the encoder cannot be loaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        encoder: Encoder | None = None,
        weights: Weights | None = None,
        reranker: Blend | None = None,
        vectors: VectorIndex | None = None,
        words: LexicalIndex | None = None,
    ):
        encoder = encoder if encoder is not None else default_encoder()
        self.store = ProfileStore(folder, encoder, vectors=vectors, words=words)
        super().__init__(encoder, weights, reranker)

    def __len__(self) -> int:
        return len(self.store)

    def upsert(self, profiles: Iterable[Profile]) -> None:
        """Add these profiles, or replace those of the same id; the next query of any process sees them."""
        self.store.upsert(profiles)

    def delete(self, ids: Iterable[str]) -> None:
        """Forget these profiles; unknown ids are no error."""
        self.store.delete(ids)

    def rank_profiles(
        self,
        demand: Demand,
        *,
        depth: int = 50,
        include_vetoed: bool = False,
        explained: bool = True,
        allowed: Sequence[str] | None = None,
    ) -> list[Match]:
        """The best `depth` of the profiles found, best first, ties by id, as Engine.rank_profiles gives them.

        allowed: the only ids to be considered; None is all.
        """
        query = self._query(demand)
        candidates = self.store.load(self._found(query, depth, allowed))
        return self._rank(
            query, candidates, self.store.statistics(),
            depth=depth, include_vetoed=include_vetoed, explained=explained,
        )  # fmt: skip

    def around(
        self, demand: Demand, *, including: Iterable[str] = (), depth: int = 50, allowed: Sequence[str] | None = None
    ) -> Shortlist:
        """An engine over the profiles found for a demand, and those named: for what asks more than a ranking.

        Places are among the profiles found. allowed: the only ids to be considered; None is all.
        """
        found = self._found(self._query(demand), depth, allowed)
        named = as_keys([key_of(identity) for identity in including])
        return Shortlist(self, self.store.load(np.union1d(found, named)))

    def _found(self, query: Query, depth: int, allowed: Sequence[str] | None):
        legs, fused = max(LEGS, PER_PLACE * depth), max(CANDIDATES, PER_PLACE * depth)
        return self.store.find(
            query.whole, retrieval_terms(query.view.positive), legs=legs, fused=fused, allowed=allowed
        )


class Shortlist(Engine):
    """The profiles found for one demand, in the place of an engine over all; made by NationalEngine.around."""

    def __init__(self, national: NationalEngine, candidates: Candidates):
        for name in ("_encoder", "_weights", "_blend", "_query", "version"):
            setattr(self, name, getattr(national, name))
        self._prepared = candidates
        self._statistics = national.store.statistics()
        self._rows = {profile.id: row for row, profile in enumerate(candidates.profiles)}

    def _made_ready(self, profile: Profile) -> Candidates:
        return Candidates([cut(make_record(profile, self._encoder).blob)])
