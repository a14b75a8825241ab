"""The encoder's tokens for many texts at once, by array operations instead of text by text.

The same segmentation as the tokenizer's own (Unigram: the split of each run into known words whose
log probabilities sum highest, found by Viterbi's algorithm); all runs advance together, one character
a step. Worth it for batches; a single text is the tokenizer's.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

CHINESE, LATIN = 1, 2
UNKNOWN_COSTS = 10.0
"""How far below the rarest word an unknown character scores, as in tokenizers' Unigram."""
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
SLOTS_PER_KEY = 4
PREFIX_ONLY = -1
ABSENT = -2
BLOCK = 60_000
"""Characters segmented together: their arrays still fit the processor's cache."""
SEPARATOR = "\0"


class Segmenter:
    """Words and their log probabilities, by hash of every prefix. Raises ValueError for another tokenizer's file."""

    def __init__(self, tokenizer: Path):
        stored = json.loads(tokenizer.read_text(encoding="utf-8"))
        model, split = stored["model"], stored["pre_tokenizer"]
        if model["type"] != "Unigram" or split["pattern"] != {"Regex": "[\\u3400-\\u9fff]+|[a-z0-9]+"}:
            raise ValueError(f"{tokenizer} is not cut as this segmenter cuts")
        self._unknown = int(model["unk_id"])
        self._scores = np.array([score for _, score in model["vocab"]])
        self._unknown_score = float(self._scores.min()) - UNKNOWN_COSTS
        ids: dict[int, int] = {}
        for number, (word, _) in enumerate(model["vocab"]):
            hashed = 0
            for place, character in enumerate(word):
                hashed = (hashed * int(MULTIPLIER) + ord(character) + 1) & 0xFFFFFFFFFFFFFFFF
                if place + 1 == len(word):
                    ids[hashed] = number
                else:
                    ids.setdefault(hashed, PREFIX_ONLY)
        self._place(ids)

    def __call__(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Token ids of all texts in order, and the text of each; unknown characters are left out."""
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        blocks = np.cumsum(lengths) // BLOCK
        cuts = [0, *(np.flatnonzero(np.diff(blocks)) + 1).tolist(), len(texts)]
        parts = [self._block(texts[a:b], a) for a, b in pairwise(cuts)]
        return np.concatenate([ids for ids, _ in parts]), np.concatenate([owner for _, owner in parts])

    def _block(self, texts: Sequence[str], first: int) -> tuple[np.ndarray, np.ndarray]:
        codes, kind, owner = _characters(texts)
        kept = np.flatnonzero(kind)
        if not len(kept):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        breaks = np.ones(len(kept), dtype=bool)
        breaks[1:] = (np.diff(kept) > 1) | (np.diff(kind[kept]) != 0)
        begins = np.flatnonzero(breaks)
        lengths = np.diff(np.append(begins, len(kept)))
        start, word, end = self._edges(codes[kept], np.repeat(begins + lengths, lengths))
        of_end = self._best(start, word, end, np.repeat(begins, lengths), len(kept))
        chosen = _walked_back(begins, begins + lengths, of_end, start)
        by_place = np.full(len(kept), -1)
        by_place[start[chosen]] = chosen
        chosen = by_place[by_place >= 0]
        chosen = chosen[word[chosen] != self._unknown]
        return word[chosen], owner[kept[start[chosen]]] + first

    def _edges(self, codes: np.ndarray, run_end: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every known word in the runs, longest first: its start, its id, its end; unknown characters too."""
        alive = np.arange(len(codes))
        hashed = np.zeros(len(codes), dtype=np.uint64)
        starts, words, ends = [], [], []
        length = 0
        while len(alive):
            hashed = hashed * MULTIPLIER + codes[alive + length].astype(np.uint64) + np.uint64(1)
            length += 1
            found = self._found(hashed)
            whole = found >= 0
            if length == 1:
                starts.append(alive)
                words.append(np.where(whole, found, self._unknown))
                ends.append(alive + 1)
            else:
                starts.append(alive[whole])
                words.append(found[whole])
                ends.append(alive[whole] + length)
            further = (found != ABSENT) & (alive + length < run_end[alive])
            alive, hashed = alive[further], hashed[further]
        return np.concatenate(starts[::-1]), np.concatenate(words[::-1]), np.concatenate(ends[::-1])

    def _best(
        self, start: np.ndarray, word: np.ndarray, end: np.ndarray, run_begin: np.ndarray, size: int
    ) -> np.ndarray:
        """(size + 1,): the edge by which the best path reaches each position."""
        score = np.where(word == self._unknown, self._unknown_score, self._scores[word])
        step = end - run_begin[start]
        # By step, then by end, then by start (edges come longest first): of equal paths the longest last word wins.
        order = np.argsort(_narrow(end), kind="stable")
        order = order[np.argsort(_narrow(step)[order], kind="stable")]
        reached = np.zeros(size + 1, dtype=np.int64)
        cuts = np.searchsorted(step[order], np.arange(1, int(step.max()) + 2))
        # The end of one run is the beginning of the next: paths begin anew there, so scores lie by run, not by place.
        scores_at = np.zeros(size + 1)
        for first, last in pairwise(cuts):
            edges = order[first:last]
            before = np.where(start[edges] == run_begin[start[edges]], 0.0, scores_at[start[edges]])
            total = before + score[edges]
            groups = np.flatnonzero(np.concatenate([[True], np.diff(end[edges]) != 0]))
            top = np.maximum.reduceat(total, groups)
            sizes = np.diff(np.append(groups, len(edges)))
            hit = np.flatnonzero(total == np.repeat(top, sizes))
            ends_hit = end[edges[hit]]
            lead = np.concatenate([[True], np.diff(ends_hit) != 0])
            reached[ends_hit[lead]] = edges[hit[lead]]
            scores_at[ends_hit[lead]] = top
        return reached

    def _place(self, ids: dict[int, int]) -> None:
        """Keys into an open table: the slot is the top bits of the hash, then the next free one."""
        bits = (len(ids) * SLOTS_PER_KEY - 1).bit_length()
        self._shift, self._mask = np.uint64(64 - bits), (1 << bits) - 1
        self._keys = np.zeros(1 << bits, dtype=np.uint64)
        self._values = np.full(1 << bits, ABSENT, dtype=np.int32)
        keys = np.fromiter(ids.keys(), dtype=np.uint64, count=len(ids))
        values = np.fromiter(ids.values(), dtype=np.int32, count=len(ids))
        slots = self._slots(keys)
        while len(keys):
            free = np.flatnonzero(self._values[slots] == ABSENT)
            _, first = np.unique(slots[free], return_index=True)
            placed = free[first]
            self._keys[slots[placed]] = keys[placed]
            self._values[slots[placed]] = values[placed]
            rest = np.ones(len(keys), dtype=bool)
            rest[placed] = False
            keys, values, slots = keys[rest], values[rest], (slots[rest] + 1) & self._mask

    def _slots(self, hashed: np.ndarray) -> np.ndarray:
        return ((hashed ^ (hashed >> np.uint64(29))) * MULTIPLIER >> self._shift).astype(np.int64)

    def _found(self, hashed: np.ndarray) -> np.ndarray:
        """int32: the word's id, PREFIX_ONLY, or ABSENT."""
        slots = self._slots(hashed)
        values = self._values[slots]
        found = np.where(self._keys[slots] == hashed, values, ABSENT)
        looking = np.flatnonzero((found == ABSENT) & (values != ABSENT))
        while len(looking):
            slots[looking] = (slots[looking] + 1) & self._mask
            values = self._values[slots[looking]]
            same = self._keys[slots[looking]] == hashed[looking]
            found[looking[same]] = values[same]
            looking = looking[~same & (values != ABSENT)]
        return found


def _characters(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Code points of the normalised texts end to end, the kind of each (0 for neither), and its text."""
    joined = SEPARATOR.join([text.replace(SEPARATOR, " ") for text in texts])
    joined = unicodedata.normalize("NFKC", joined).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    kind = np.zeros(len(codes), dtype=np.int8)
    kind[(codes >= 0x3400) & (codes <= 0x9FFF)] = CHINESE
    kind[((codes >= ord("a")) & (codes <= ord("z"))) | ((codes >= ord("0")) & (codes <= ord("9")))] = LATIN
    return codes, kind, np.cumsum(codes == 0)


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """As uint16 where they fit: numpy sorts those by radix, several times as fast."""
    return numbers.astype(np.uint16) if int(numbers.max()) <= 0xFFFF else numbers


def _walked_back(begins: np.ndarray, ends: np.ndarray, reached: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The edges of the best path of every run."""
    chosen, at = [], ends
    while len(at):
        edges = reached[at]
        chosen.append(edges)
        at = start[edges]
        going = at > begins
        at, begins = at[going], begins[going]
    return np.concatenate(chosen)
