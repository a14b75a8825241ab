"""The truth and the baselines: exact search over float32 vectors kept in one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from matching.bench.measure import Times, timed
from matching.retrieval.protocol import as_keys

BLOCK = 250_000
FITS = 2 << 30
"""Bytes of float32 vectors up to which the baselines, which hold them all in memory, are run."""
SAME = 1e-6


class Exact:
    """float32 vectors under keys, written block by block."""

    def __init__(self, folder: Path, dimensions: int):
        folder.mkdir(parents=True, exist_ok=True)
        self._vectors, self._keys = folder / "exact.f4", folder / "exact.i8"
        self._dimensions = dimensions

    def empty(self) -> None:
        """Forget what was written before."""
        for path in (self._vectors, self._keys):
            path.write_bytes(b"")

    def add(self, keys: np.ndarray, vectors: np.ndarray) -> None:
        with self._vectors.open("ab") as file:
            np.ascontiguousarray(vectors, dtype=np.float32).tofile(file)
        with self._keys.open("ab") as file:
            as_keys(keys).tofile(file)

    @property
    def fits(self) -> bool:
        return self._vectors.stat().st_size <= FITS

    def vectors(self) -> np.ndarray:
        """All vectors, read into memory."""
        return np.fromfile(self._vectors, dtype=np.float32).reshape(-1, self._dimensions)

    def best(self, queries: np.ndarray, k: int) -> np.ndarray:
        """(queries, k): the best inner products of each over all vectors, in no order."""
        best = np.full((len(queries), k), -np.inf, dtype=np.float32)
        held = np.memmap(self._vectors, dtype=np.float32, mode="r").reshape(-1, self._dimensions)
        for start in range(0, len(held), BLOCK):
            both = np.hstack([best, queries @ held[start : start + BLOCK].T])
            best = -np.partition(-both, min(k, both.shape[1]) - 1, axis=1)[:, :k]
        return best

    def scores(self, queries: np.ndarray, found: np.ndarray) -> np.ndarray:
        """float32 like `found`, keys (queries, k): their exact inner products; -inf for no key."""
        keys = np.fromfile(self._keys, dtype=np.int64)
        order = np.argsort(keys)
        at = np.minimum(np.searchsorted(keys[order], found), len(keys) - 1)
        rows = order[at]
        held = np.memmap(self._vectors, dtype=np.float32, mode="r").reshape(-1, self._dimensions)
        out = np.stack([held[row] @ query for row, query in zip(rows, queries, strict=True)])
        return np.where(keys[rows] == found, out, -np.inf)

    def recall(self, queries: np.ndarray, found: np.ndarray) -> float:
        """Share of the true best k that were found; of those equal to the last of them any will do."""
        k = found.shape[1]
        best = self.best(queries, k)
        limit = best.min(axis=1, keepdims=True)
        scores = self.scores(queries, found)
        better, wanted = (scores > limit + SAME).sum(axis=1), (best > limit + SAME).sum(axis=1)
        equal = (np.abs(scores - limit) <= SAME).sum(axis=1)
        return float(((better + np.minimum(equal, k - wanted)) / k).mean())


def numpy_search(vectors: np.ndarray, queries: np.ndarray, k: int) -> Times:
    """Exact search as one would write it."""

    def run(query: np.ndarray) -> np.ndarray:
        scores = vectors @ query
        best = np.argpartition(-scores, k)[:k]
        return best[np.argsort(-scores[best])]

    return timed(run, queries)


def semantic_search(vectors: np.ndarray, queries: np.ndarray, k: int) -> Times:
    """sentence-transformers' own search."""
    import torch
    from sentence_transformers.util import dot_score, semantic_search

    corpus = torch.from_numpy(vectors)
    return timed(
        lambda query: semantic_search(torch.from_numpy(query[None]), corpus, top_k=k, score_function=dot_score), queries
    )
