"""Profiles made ready to be scored: their lexical rows, their vectors, what they deny."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from matching.conditions import Statements, read_profile
from matching.encode import Encoder
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


def prepare(profiles: Sequence[Profile], encoder: Encoder, bm25: Bm25 | None = None) -> tuple[Prepared, Bm25]:
    """Read, cut and encode the profiles; `bm25` carries statistics of an earlier set, else theirs are used."""
    views = tuple(view_profile(profile) for profile in profiles)
    texts = [view.positive for view in views]
    if bm25 is None:
        bm25 = Bm25(texts)
        lexical = bm25.rows
    else:
        lexical = bm25.encode(texts)
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
        whole=vectors[:n],
        parts=vectors[n : n + m],
        part_owner=_owners([len(view.parts) for view in views]),
        denials=vectors[n + m :],
        denial_owner=_owners([len(view.denied) for view in views]),
    )
    return prepared, bm25


def _owners(counts: Sequence[int]) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)
