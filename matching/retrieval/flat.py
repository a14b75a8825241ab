"""Dense index in files: a scan of binary codes, then the best of them scored again with the vectors themselves.

A scan has no graph to keep: filters and deletions are exact, a new vector costs one small file, and
at 12 million it reads 768 MB of codes. Codes are the signs of random projections, more of them than
dimensions: for 128 dimensions 512 bits found 98 of the true best 100 where 128 bits found 72. Vectors
are kept in 16 bits: founders of one trade are so alike that eight bits lost 3 of the best 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import faiss
import numpy as np

from matching.retrieval.protocol import NOTHING, IndexUnusable, as_keys
from matching.retrieval.segments import Column, Rows, Segment, Table, flush_folder

BITS = 512
SHORTLIST = 2000
"""Codes nearest to the query whose vectors are looked at; fewer than 10 times k are never taken."""
ONE_IN = 1000
"""As many rows for each code of the shortlist where that gives more: the more founders of a trade there are, the more
stand between the best fifty and the last code that could be one of them (12 million: 0.80 of the best with 2,000)."""
PER_PLACE = 10
SPARE = 64
"""Further rows asked of each segment, lest the best stand in one of them."""
ENOUGH_TO_CENTRE = 1000
"""Vectors in the first change from which their mean is taken as the middle the signs are read from."""
WORTH_A_THREAD = 2_000_000
"""Rows from which a scan is cut in pieces for several threads (as many as OMP_NUM_THREADS allows)."""
THREADS = faiss.omp_get_max_threads()
SEED = 20260601
PROJECTION = "projection.npy"


class FlatIndex:
    """A VectorIndex in a folder, made when it does not exist; vectors of length 1 or 0.

    Raises IndexUnusable when the folder holds vectors of other dimensions.
    """

    def __init__(self, folder: Path, dimensions: int, *, shortlist: int = SHORTLIST):
        self.dimensions = dimensions
        self._shortlist = shortlist
        self._table = Table(
            folder,
            {
                "code": Column("<u1", BITS // 8),
                "vector": Column("<f2", dimensions),
            },
        )

    def __len__(self) -> int:
        return len(self._table)

    def snapshot(self) -> str:
        return self._table.snapshot()

    def compact(self) -> None:
        """Rewrite the index without its deleted rows, as one segment."""
        self._table.compact()

    def upsert(self, keys: Sequence[int], vectors: np.ndarray) -> None:
        vectors = np.asarray(vectors, dtype=np.float32).reshape(-1, self.dimensions)
        if len(vectors) != len(keys):
            raise ValueError(f"{len(keys)} keys, {len(vectors)} vectors")
        if not len(keys):
            return
        self._agree_on_projection(vectors)
        columns = {"code": self._codes(vectors), "vector": vectors.astype(np.float16)}
        self._table.commit(Rows(as_keys(keys), columns))

    def delete(self, keys: Sequence[int]) -> None:
        self._table.commit(delete=keys)

    def search(
        self, queries: np.ndarray, k: int, allowed: Sequence[int] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        queries = np.asarray(queries, dtype=np.float32).reshape(-1, self.dimensions)
        keys = np.full((len(queries), k), NOTHING, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        segments = self._table.state().segments
        if not segments or not k:
            return keys, scores
        wanted = None if allowed is None else np.unique(as_keys(allowed))
        for number, query in enumerate(queries):
            found, score = self._nearest(segments, query, k, wanted)
            best = np.lexsort((found, -score))[:k]
            keys[number, : len(best)] = found[best]
            scores[number, : len(best)] = score[best]
        return keys, scores

    def _nearest(
        self, segments: Sequence[Segment], query: np.ndarray, k: int, allowed: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Keys and scores of the shortlist over all segments, in no order."""
        total = sum(len(segment.keys) for segment in segments)
        wide = max(self._shortlist, total // ONE_IN, PER_PLACE * k)
        code = self._codes(query[None])
        near = []
        for segment in segments:
            share = min(wide, 4 * wide * len(segment.keys) // total + SPARE)
            near.append(_shortlisted(segment, code, share if allowed is None else wide, allowed))
        distances = np.concatenate([distance for distance, _ in near])
        if len(distances) > wide:
            limit = np.partition(distances, wide - 1)[wide - 1]
            near = [(distance[distance <= limit], rows[distance <= limit]) for distance, rows in near]
        keys, scores = [], []
        for segment, (_, rows) in zip(segments, near, strict=True):
            rows = np.sort(rows)
            vectors = segment.columns["vector"][rows].astype(np.float32)
            keys.append(segment.keys[rows])
            scores.append(np.einsum("nd,d->n", vectors, query))
        return np.concatenate(keys), np.concatenate(scores)

    def _codes(self, vectors: np.ndarray) -> np.ndarray:
        centre, directions = self._projection
        return np.packbits((vectors - centre) @ directions.T > 0, axis=1)

    @cached_property
    def _projection(self) -> tuple[np.ndarray, np.ndarray]:
        """The middle (d,) and the directions (BITS, d), as every process of this index reads them."""
        stored = np.load(self._table.folder / PROJECTION)
        if stored.shape != (BITS + 1, self.dimensions):
            raise IndexUnusable(f"{self._table.folder} holds vectors of {stored.shape[1]} dimensions")
        return stored[0], stored[1:]

    def _agree_on_projection(self, vectors: np.ndarray) -> None:
        path = self._table.folder / PROJECTION
        with self._table.writing():
            if path.exists():
                return
            random = np.random.default_rng(SEED)
            turns = -(-BITS // self.dimensions)
            directions = np.concatenate([
                np.linalg.qr(random.normal(size=(self.dimensions, self.dimensions)))[0] for _ in range(turns)
            ])[:BITS]  # fmt: skip
            centre = vectors.mean(axis=0) if len(vectors) >= ENOUGH_TO_CENTRE else np.zeros(self.dimensions)
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.save(file, np.vstack([centre, directions]).astype(np.float32))
            part.replace(path)
            flush_folder(self._table.folder)


def _shortlisted(
    segment: Segment, code: np.ndarray, n: int, allowed: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Hamming distances and rows of the n living rows nearest to the code, of those allowed."""
    if allowed is not None:
        rows = segment.rows_of(allowed)
        return _scan(segment.columns["code"], code, n, rows[rows >= 0])
    spare = min(len(segment.dead), n)
    distances, rows = _scan(segment.columns["code"], code, n + spare, None)
    if not spare:
        return distances, rows
    living = ~segment.dead_mask[rows]
    if living.sum() < min(n, segment.alive):  # the dead crowd together here: look at the living alone
        return _scan(segment.columns["code"], code, n, segment.alive_rows)
    return distances[living], rows[living]


def _scan(codes: np.ndarray, code: np.ndarray, n: int, rows: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The n nearest of all codes, or of some rows of them."""
    held = codes if rows is None else codes[rows]
    n = min(n, len(held))
    if not n:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    threads = THREADS if len(held) >= WORTH_A_THREAD else 1
    if threads == 1:
        distances, at = _nearest_codes(code, held, n)
    else:
        cuts = np.linspace(0, len(held), threads + 1, dtype=np.int64)
        with ThreadPoolExecutor(threads) as pool:
            pieces = list(
                pool.map(lambda a, b: _nearest_codes(code, held[a:b], min(n, b - a)), cuts[:-1], cuts[1:])
            )
        distances = np.concatenate([distance for distance, _ in pieces])
        at = np.concatenate([found + start for (_, found), start in zip(pieces, cuts[:-1], strict=True)])
        if len(distances) > n:
            best = np.argsort(distances, kind="stable")[:n]
            distances, at = distances[best], at[best]
    return distances, at if rows is None else rows[at]


def _nearest_codes(code: np.ndarray, held: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """One thread's scan. faiss's own threads share out queries, and with one query only wait for each other.

    "mc" counts by distance instead of keeping a heap: a fifth of the time for thousands of codes.
    """
    faiss.omp_set_num_threads(1)
    distances, at = faiss.knn_hamming(code, held, n, variant="mc")
    return distances[0], at[0]
