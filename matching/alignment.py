"""Word by word: which words of a demand a profile answers, in the same or in other words.

A mean over a whole text blurs; here every word of the one side looks for its nearest word on the
other ("漏水" finds "漏损"), and telling words count more than common ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from matching.encode import StaticEncoder
from matching.lexical import information

UNRELATED = 0.45
"""Cosine of two words up to which they have nothing to do with each other."""
KEPT_TEXTS = 512
"""Texts whose words are kept read, for the many they are compared with."""


@dataclass(frozen=True, slots=True)
class Words:
    """The distinct words of n texts. unique: (u,) token ids, sorted; flat: positions in unique, text by text.

    starts: (n + 1,) where each text's words begin in flat.
    """

    unique: np.ndarray
    flat: np.ndarray
    starts: np.ndarray


class WordAligner:
    """Scores texts against the words of a demand; word weights come from the texts it was built on.

    frequency: (token ids,) in how many of the `count` texts each word occurs.
    """

    def __init__(self, table: StaticEncoder, frequency: np.ndarray, count: int):
        self._table = table
        self._frequency = frequency
        self._count = count
        self._held = lru_cache(maxsize=KEPT_TEXTS)(self._read)

    @classmethod
    def of(cls, table: StaticEncoder, texts: Sequence[str]) -> tuple[WordAligner, Words]:
        """An aligner with the frequencies of these texts, and their words."""
        words = pack([table.words(text) for text in texts])
        frequency = np.bincount(words.unique[words.flat], minlength=table.size)
        return cls(table, frequency, len(texts)), words

    def encode(self, texts: Sequence[str]) -> Words:
        """Texts not among those it was built on, weighed by the same statistics."""
        return pack([self._table.words(text) for text in texts])

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
        best = near.max(axis=1)
        answered = _best_of_each(near, best, words.flat, words.starts)[filled]
        forward = np.einsum("na,a->n", answered, ours) / ours.sum()
        wanted = (theirs * best)[words.flat]
        backward = np.add.reduceat(wanted, begins) / np.add.reduceat(theirs[words.flat], begins)
        out = np.zeros(n)
        out[filled] = np.sqrt(forward * backward)
        return out

    def shares(self, texts: Sequence[str], words: Words, rows: Sequence[int]) -> np.ndarray:
        """float64 (len(rows), len(texts)), 0 to 1: the share of each text's words that a word of the row answers."""
        out = np.zeros((len(rows), len(texts)))
        asked = [self._held(text) for text in texts]
        width = np.cumsum([0, *(len(found) for found, _, _ in asked)])
        spans = [(words.starts[row], words.starts[row + 1]) for row in rows]
        if not width[-1] or not spans:
            return out
        flat = np.concatenate([words.flat[start:end] for start, end in spans])
        used, flat = np.unique(flat, return_inverse=True)
        theirs = self._table.word_vectors(words.unique[used])
        near = _nearness(theirs.astype(np.float64) @ np.concatenate([vectors for _, _, vectors in asked]).T)
        starts = np.cumsum([0, *(end - start for start, end in spans)])
        best = _best_of_each(near, near.max(axis=1, initial=0.0), flat, starts)
        for column, (_, weight, _) in enumerate(asked):
            if len(weight):
                out[:, column] = best[:, width[column] : width[column + 1]] @ weight / weight.sum()
        return out

    def answered(self, query: str, text: str) -> float:
        """0 to 1: the share of the query's words that some word of the text answers."""
        (asked, weight, ours), (held, _, theirs) = self._held(query), self._held(text)
        if not len(asked) or not len(held):
            return 0.0
        near = _nearness(ours @ theirs.T).max(axis=1)
        return float(weight @ near / weight.sum())

    def _read(self, text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The words of a text, their weights and their vectors; kept, since a text meets many others."""
        words = self._table.words(text)
        return words, self._weights(words), self._table.word_vectors(words).astype(np.float64)

    def _near(self, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        """float64 (ours, theirs): 0 for unrelated words, 1 for the same; float64, so that a sum is the same
        to the tenth digit whatever stands beside it."""
        return _nearness(self._table.word_vectors(ours).astype(np.float64) @ self._table.word_vectors(theirs).T)

    def _weights(self, words: np.ndarray) -> np.ndarray:
        """Rarer among the profiles weighs more, and so does a longer vector: the table keeps common words short."""
        return information(self._frequency[words].astype(np.float64), self._count) * self._table.word_lengths(words)


def _best_of_each(near: np.ndarray, best: np.ndarray, flat: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(texts, asked): the nearness of the nearest word of each text. near: (words, asked); best: its row maxima.

    Most words are near none that is asked for; they are left out before the maxima are taken.
    """
    out = np.zeros((len(starts) - 1, near.shape[1]), dtype=near.dtype)
    kept = np.flatnonzero(best[flat] > 0)
    if len(kept):
        owner = np.searchsorted(starts, kept, side="right") - 1
        first = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
        out[owner[first]] = np.maximum.reduceat(near[flat[kept]], first, axis=0)
    return out


def _nearness(cosine: np.ndarray) -> np.ndarray:
    return np.maximum(cosine - UNRELATED, 0.0) / (1 - UNRELATED)


def pack(found: Sequence[np.ndarray]) -> Words:
    """The words of each text, together."""
    starts = np.cumsum([0, *(len(words) for words in found)])
    together = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
    unique, flat = np.unique(together, return_inverse=True)
    return Words(unique.astype(np.int64), flat, starts)
