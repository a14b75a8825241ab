"""What every index owes its callers, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import numpy as np

NOTHING = -1
"""The key of a place in a result that nothing fills."""


class IndexUnusable(ValueError):
    """The folder holds an index of another shape, or none that can be read."""


class VectorIndex(Protocol):
    """Vectors under int64 keys, found by inner product.

    A change is visible to every process once upsert or delete returns, wholly or not at all.
    """

    dimensions: int

    def upsert(self, keys: Sequence[int], vectors: np.ndarray) -> None:
        """Add or replace: vectors (len(keys), dimensions) float32. The last of equal keys counts."""

    def delete(self, keys: Sequence[int]) -> None:
        """Forget these keys; those never seen are no error."""

    def search(
        self, queries: np.ndarray, k: int, allowed: Sequence[int] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Keys int64 and inner products float32, each (len(queries), k), best first, ties by key.

        Places nothing fills hold NOTHING and -inf. allowed: the only keys to be found; None is all.
        """

    def snapshot(self) -> str:
        """A name for what the index holds now: equal while nothing is committed, another one after."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Hits:
    """The best of one lexical query: keys (n,) int64 and scores (n,) float32, best first."""

    keys: np.ndarray
    scores: np.ndarray


class LexicalIndex(Protocol):
    """Texts under int64 keys, found by BM25; changes as in VectorIndex. A text is its terms, parted by spaces."""

    def upsert(self, keys: Sequence[int], texts: Sequence[str]) -> None: ...

    def delete(self, keys: Sequence[int]) -> None: ...

    def search(self, terms: Sequence[str], k: int, allowed: Sequence[int] | None = None) -> Hits: ...

    def snapshot(self) -> str: ...

    def __len__(self) -> int: ...


def key_of(identity: str) -> int:
    """The key of a profile's id: 63 bits of its hash, the same on every machine.

    Among 12 million ids two share a key with a probability of 1 in 100,000; the store refuses the second.
    """
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "big") >> 1


def as_keys(keys: Sequence[int] | np.ndarray) -> np.ndarray:
    return np.asarray(keys, dtype=np.int64).reshape(-1)


def last_of_each(keys: np.ndarray) -> np.ndarray:
    """Positions of the last occurrence of each key, in the order of the keys."""
    _, places = np.unique(keys[::-1], return_index=True)
    return len(keys) - 1 - places
