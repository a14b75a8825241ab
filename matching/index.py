"""Profiles made ready to be scored: their lexical rows, their vectors, what they deny."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from matching.alignment import WordAligner, Words
from matching.conditions import Statements, read_profile
from matching.encode import Encoder, dots, embedded
from matching.industry import divisions
from matching.lexical import Bm25
from matching.polarity import topic
from matching.text import normalise
from matching.types import Profile
from matching.views import ProfileView, phrases_of, view_profile


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

    def near(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cosines with vectors (m, d): of whole profiles (n, m) and of their parts (parts, m)."""
        return dots(self.whole, vectors), dots(self.parts, vectors)

    def near_phrases(self, parts: Sequence[int], vectors: np.ndarray, encoder: Encoder) -> list[np.ndarray]:
        """Cosines (phrases, m) of the phrases each of these parts is shown by with vectors (m, d)."""
        texts = []
        for part in parts:
            row = int(self.part_owner[part])
            of_row = self.views[row].parts[part - int(self.part_rows(row)[0])]
            texts.append(phrases_of(of_row, self.profiles[row]))
        return near_phrases(texts, vectors, encoder)

    def denied(self, row: int) -> tuple[str, ...]:
        """The clauses in which profile `row` says what the founder does not do."""
        return self.views[row].denied

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
        aligner, words = WordAligner.of(embedded(), texts)
        statistics = Statistics(Bm25(texts), aligner)
        lexical = statistics.bm25.rows
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


def near_phrases(texts: Sequence[Sequence[str]], vectors: np.ndarray, encoder: Encoder) -> list[np.ndarray]:
    """Cosines (len(texts[i]), m) of phrases as written with vectors (m, d), all encoded at once."""
    if not texts:
        return []
    found = encoder.encode_document([normalise(phrase) for held in texts for phrase in held])
    return np.split(dots(found, vectors), np.cumsum([len(held) for held in texts])[:-1])
