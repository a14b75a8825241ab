"""Word by word: which words of a demand a profile answers, in the same or in other words.

A mean over a whole text blurs; here every word of the one side looks for its nearest word on the
other ("漏水" finds "漏损"), and telling words count more than common ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.encode import StaticEncoder

UNRELATED = 0.45
"""Cosine of two words up to which they have nothing to do with each other."""


@dataclass(frozen=True, slots=True)
class Words:
    """The distinct words of n texts. unique: (u,) token ids, sorted; flat: positions in unique, text by text.

    starts: (n + 1,) where each text's words begin in flat.
    """

    unique: np.ndarray
    flat: np.ndarray
    starts: np.ndarray


class WordAligner:
    """Scores texts against the words of a demand; word weights come from the texts it was built on."""

    def __init__(self, table: StaticEncoder, texts: Sequence[str]):
        self._table = table
        found = [table.words(text) for text in texts]
        self._frequency = Counter(int(word) for words in found for word in words)
        self._count = len(texts)
        self.words = self._pack(found)

    def encode(self, texts: Sequence[str]) -> Words:
        """Texts not among those it was built on, weighed by the same statistics."""
        return self._pack([self._table.words(text) for text in texts])

    def scores(self, query: str, words: Words) -> np.ndarray:
        """float64 (n,), 0 to 1: geometric mean of the share of the query answered and of the text asked for."""
        asked = self._table.words(query)
        n = len(words.starts) - 1
        if not len(asked) or not len(words.unique):
            return np.zeros(n)
        near = self._near(words.unique, asked).astype(np.float32)
        ours, theirs = self._weights(asked), self._weights(words.unique)
        filled = np.flatnonzero(np.diff(words.starts))
        begins = words.starts[:-1][filled]
        answered = np.maximum.reduceat(near[words.flat], begins, axis=0)
        forward = np.einsum("na,a->n", answered, ours) / ours.sum()
        wanted = (theirs * near.max(axis=1))[words.flat]
        backward = np.add.reduceat(wanted, begins) / np.add.reduceat(theirs[words.flat], begins)
        out = np.zeros(n)
        out[filled] = np.sqrt(forward * backward)
        return out

    def answered(self, query: str, text: str) -> float:
        """0 to 1: the share of the query's words that some word of the text answers."""
        asked, held = self._table.words(query), self._table.words(text)
        if not len(asked) or not len(held):
            return 0.0
        near = self._near(asked, held).max(axis=1)
        weight = self._weights(asked)
        return float(weight @ near / weight.sum())

    def _near(self, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        """float64 (ours, theirs): 0 for unrelated words, 1 for the same; float64, so that a sum is the same
        to the tenth digit whatever stands beside it."""
        cosine = self._table.word_vectors(ours).astype(np.float64) @ self._table.word_vectors(theirs).T
        return np.maximum(cosine - UNRELATED, 0.0) / (1 - UNRELATED)

    def _weights(self, words: np.ndarray) -> np.ndarray:
        """Rarer among the profiles weighs more, and so does a longer vector: the table keeps common words short."""
        df = np.array([self._frequency[int(word)] for word in words], dtype=np.float64)
        return np.log(1 + (self._count - df + 0.5) / (df + 0.5)) * self._table.word_lengths(words)

    @staticmethod
    def _pack(found: Sequence[np.ndarray]) -> Words:
        starts = np.cumsum([0, *(len(words) for words in found)])
        together = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        unique, flat = np.unique(together, return_inverse=True)
        return Words(unique.astype(np.int64), flat, starts)
