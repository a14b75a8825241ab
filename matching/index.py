"""Profiles made ready to be scored: their lexical rows, their vectors, what they deny."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from matching.alignment import WordAligner, Words
from matching.conditions import Statements, read_profile
from matching.encode import Encoder, embedded
from matching.industry import divisions
from matching.lexical import Bm25
from matching.polarity import topic
from matching.types import Profile
from matching.views import ProfileView, view_profile


@dataclass(frozen=True, slots=True)
class Prepared:
    """n profiles, m parts and k denials; `*_owner` gives the row of the profile they belong to.

    lexical: (n, vocabulary); whole: (n, d); parts: (m, d); denials: (k, d), all float32 unit rows.
    """

    profiles: tuple[Profile, ...]
    views: tuple[ProfileView, ...]
    statements: tuple[Statements, ...]
    industries: tuple[frozenset[str], ...]
    lexical: csr_matrix
    words: Words
    whole: np.ndarray
    parts: np.ndarray
    part_owner: np.ndarray
    denials: np.ndarray
    denial_owner: np.ndarray

    def __len__(self) -> int:
        return len(self.profiles)

    def part_rows(self, row: int) -> np.ndarray:
        """The rows of `parts` that belong to profile `row`, in the order of its view's parts."""
        return np.flatnonzero(self.part_owner == row)


@dataclass(frozen=True, slots=True)
class Statistics:
    """How often words occur among the profiles an engine holds."""

    bm25: Bm25
    aligner: WordAligner


def prepare(
    profiles: Sequence[Profile], encoder: Encoder, statistics: Statistics | None = None
) -> tuple[Prepared, Statistics]:
    """Read, cut and encode the profiles; with `statistics` of another set of profiles, or else their own."""
    views = tuple(view_profile(profile) for profile in profiles)
    texts = [view.positive for view in views]
    if statistics is None:
        statistics = Statistics(Bm25(texts), WordAligner(embedded(), texts))
        lexical, words = statistics.bm25.rows, statistics.aligner.words
    else:
        lexical, words = statistics.bm25.encode(texts), statistics.aligner.encode(texts)
    parts = [part.text for view in views for part in view.parts]
    denials = [topic(clause, "profile") or clause for view in views for clause in view.denied]
    vectors = encoder.encode_document([*texts, *parts, *denials])
    n, m = len(texts), len(parts)
    prepared = Prepared(
        profiles=tuple(profiles),
        views=views,
        statements=tuple(read_profile(profile) for profile in profiles),
        industries=tuple(
            frozenset(code for name in profile.industries for code in divisions(name)) for profile in profiles
        ),
        lexical=lexical,
        words=words,
        whole=vectors[:n],
        parts=vectors[n : n + m],
        part_owner=_owners([len(view.parts) for view in views]),
        denials=vectors[n + m :],
        denial_owner=_owners([len(view.denied) for view in views]),
    )
    return prepared, statistics


def _owners(counts: Sequence[int]) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)
