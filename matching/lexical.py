"""BM25 over characters, bigrams and words, brought to a scale that compares across demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from matching.text import terms

K1 = 1.5
B = 0.75


def information(df: np.ndarray | float, n: int) -> np.ndarray | float:
    """Inverse document frequency of terms found in df of n texts."""
    return np.log(1 + (n - df + 0.5) / (df + 0.5))


def saturated(count: np.ndarray, length: np.ndarray, mean_length: float) -> np.ndarray:
    """What count occurrences of a term are worth in a text of `length` terms; arrays broadcast."""
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean_length))


class Bm25:
    """Document statistics of one set of profiles; scores any row built with them.

    A score is divided by what a document holding every term of the query would earn, so it lies
    between 0 and about 1 whatever the length and the wording of the query.
    """

    def __init__(self, texts: Sequence[str]):
        counts = [Counter(terms(text)) for text in texts]
        frequency = Counter(term for count in counts for term in count)
        self._ids = {term: column for column, term in enumerate(sorted(frequency))}
        n = len(texts)
        df = np.array([frequency[term] for term in self._ids], dtype=np.float64)
        self._idf = information(df, n)
        self._rarest = float(information(0.0, n))
        lengths = [sum(count.values()) for count in counts]
        self._mean_length = max(sum(lengths) / n, 1.0) if n else 1.0
        self.rows = self._impacts(counts)

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """Rows (len(texts), vocabulary) of term impacts; terms never seen are left out."""
        return self._impacts([Counter(terms(text)) for text in texts])

    def scores(self, query: str, rows: csr_matrix) -> np.ndarray:
        """float64 (rows,): the share of the query's information found in each row."""
        counts = Counter(terms(query))
        columns = [self._ids[term] for term in counts if term in self._ids]
        ideal = sum(
            count * (self._idf[self._ids[term]] if term in self._ids else self._rarest)
            for term, count in counts.items()
        ) * (K1 + 1)
        if not ideal or not columns:
            return np.zeros(rows.shape[0])
        vector = np.zeros(len(self._ids))
        for term, count in counts.items():
            if term in self._ids:
                vector[self._ids[term]] = count * self._idf[self._ids[term]]
        return np.asarray(rows @ vector) / ideal

    def _impacts(self, counts: Sequence[Counter[str]]) -> csr_matrix:
        data, columns, starts = [], [], [0]
        for count in counts:
            scale = K1 * (1 - B + B * sum(count.values()) / self._mean_length)
            for term, n in count.items():
                if term in self._ids:
                    columns.append(self._ids[term])
                    data.append(n * (K1 + 1) / (n + scale))
            starts.append(len(columns))
        return csr_matrix((data, columns, starts), shape=(len(counts), len(self._ids)), dtype=np.float64)
