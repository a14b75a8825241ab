"""How often terms and words occur in a store: counted over its records or an even sample, kept in numbered files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.alignment import WordAligner
from matching.encode import embedded
from matching.lexical import K1, information, saturated
from matching.retrieval.records import (
    PHRASES,
    TEXT,
    TOKENS,
    WORDS,
    characters,
    cut,
    kept_words,
    pairs,
    utf16,
    word_code,
)

SAMPLED = 50_000
"""Records counted at most; the frequency of a term found in 1 of 500 profiles is then good to 10 %."""


@dataclass(frozen=True, slots=True)
class TermRows:
    """The Chinese characters and the word codes of n texts, end to end.

    *_owner: the text of each; lengths: (n,) terms in each text as BM25 counts them.
    """

    chars: np.ndarray
    chars_owner: np.ndarray
    words: np.ndarray
    words_owner: np.ndarray
    lengths: np.ndarray


class StoredBm25:
    """lexical.Bm25 over records: the same scores from frequencies that lie on disk.

    codes: uint32 terms, sorted; df: in how many of the n texts each occurs.
    """

    def __init__(self, codes: np.ndarray, df: np.ndarray, n: int, mean_length: float):
        self._codes, self._df, self._n, self._mean_length = codes, df, n, mean_length

    def scores(self, query: str, rows: TermRows) -> np.ndarray:
        """float64 (n,): the share of the query's information found in each text."""
        chars = characters(utf16(query))
        counts = Counter([*chars[chars > 0].tolist(), *pairs(chars).tolist(), *map(word_code, kept_words(query))])
        n = len(rows.lengths)
        if not counts or not n:
            return np.zeros(n)
        codes = np.array(sorted(counts), dtype=np.uint32)
        asked = np.array([counts[code] for code in codes.tolist()], dtype=np.float64)
        df = self._frequency(codes)
        idf = information(df, self._n)
        ideal = float(asked @ idf) * (K1 + 1)
        known = df > 0
        found = self._found(codes, rows)
        lengths = rows.lengths.astype(np.float64)[found[0]]
        worth = saturated(found[2], lengths, self._mean_length) * (asked * idf * known)[found[1]]
        return np.bincount(found[0], worth, minlength=n) / ideal

    def _frequency(self, codes: np.ndarray) -> np.ndarray:
        if not len(self._codes):
            return np.zeros(len(codes))
        at = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        return np.where(self._codes[at] == codes, self._df[at], 0).astype(np.float64)

    @staticmethod
    def _found(codes: np.ndarray, rows: TermRows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Text, position in codes and count of every term of the query that stands in a text."""
        width, n = len(codes), len(rows.lengths)
        single = np.full(1 << 16, -1, dtype=np.int32)
        small = np.searchsorted(codes, 1 << 16)
        single[codes[:small]] = np.arange(small)
        at = single[rows.chars]
        places = [rows.chars_owner[at >= 0].astype(np.int64) * width + at[at >= 0]]
        # A bigram can only be asked for where its first character is the first of some bigram asked for.
        begins = np.zeros(1 << 16, dtype=bool)
        begins[codes[small:] >> 16] = True
        if len(rows.chars) > 1:
            first = np.flatnonzero(begins[rows.chars[:-1]] & (rows.chars[:-1] > 0) & (rows.chars[1:] > 0))
            seen = rows.chars[first].astype(np.uint32) << 16 | rows.chars[first + 1]
            places.append(_matched(codes, seen, rows.chars_owner[first], width))
        likely = np.flatnonzero(begins[rows.words >> 16])
        places.append(_matched(codes, rows.words[likely], rows.words_owner[likely], width))
        counts = np.bincount(np.concatenate(places), minlength=n * width)
        filled = np.flatnonzero(counts)
        return filled // width, filled % width, counts[filled].astype(np.float64)


def _matched(codes: np.ndarray, seen: np.ndarray, owner: np.ndarray, width: int) -> np.ndarray:
    at = np.minimum(np.searchsorted(codes, seen), width - 1)
    hit = codes[at] == seen
    return owner[hit].astype(np.int64) * width + at[hit]


@dataclass(frozen=True)
class StoredStatistics:
    """index.Statistics of a store. version: the number of the count; counted: records the store held then."""

    bm25: StoredBm25
    aligner: WordAligner
    version: int
    counted: int


def count(blobs: Iterable[bytes], path: Path, counted: int) -> None:
    """Count the records and write the frequencies to `path`, whole or not at all."""
    terms: list[np.ndarray] = []
    codes, df = np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64)
    held = np.zeros(embedded().size, dtype=np.int64)
    n = length = 0
    for blob in blobs:
        _, size, sections = cut(blob)
        chars = characters(np.frombuffer(sections[TEXT], dtype="<u2"))
        found = np.frombuffer(sections[WORDS], dtype="<u4")
        terms.append(np.unique(np.concatenate([chars[chars > 0], pairs(chars), found])).astype(np.uint32))
        phrases = np.frombuffer(sections[PHRASES], dtype="<u2").reshape(-1, 3)
        offered = np.repeat(phrases[:, 1] == 1, phrases[:, 2])
        held[np.unique(np.frombuffer(sections[TOKENS], dtype="<u4")[offered])] += 1
        n += 1
        length += size
        if len(terms) >= 5_000:
            codes, df = _added(codes, df, terms)
            terms = []
    codes, df = _added(codes, df, terms)
    held[~embedded().known(np.arange(len(held)))] = 0
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file, codes=codes, df=df.astype(np.uint32), words=held.astype(np.uint32),
            n=n, mean_length=max(length / n, 1.0) if n else 1.0, counted=counted,
        )  # fmt: skip
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _added(codes: np.ndarray, df: np.ndarray, terms: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    if not terms:
        return codes, df
    fresh, times = np.unique(np.concatenate(terms), return_counts=True)
    together, places = np.unique(np.concatenate([codes, fresh]), return_inverse=True)
    total = np.bincount(places, np.concatenate([df, times]), minlength=len(together))
    return together, total.astype(np.int64)


def load(path: Path, version: int) -> StoredStatistics:
    stored = np.load(path)
    n = int(stored["n"])
    bm25 = StoredBm25(stored["codes"], stored["df"], n, float(stored["mean_length"]))
    aligner = WordAligner(embedded(), stored["words"].astype(np.int64), n)
    return StoredStatistics(bm25, aligner, version, int(stored["counted"]))


def empty() -> StoredStatistics:
    """Of a store that holds nothing."""
    codes = np.zeros(0, dtype=np.uint32)
    return StoredStatistics(
        StoredBm25(codes, codes, 0, 1.0), WordAligner(embedded(), np.zeros(embedded().size, dtype=np.int64), 0), 0, 0
    )
