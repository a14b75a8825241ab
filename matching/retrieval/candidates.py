"""Stored records made ready to be scored: index.Prepared for a few hundred of them, read as it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

import numpy as np

from matching.alignment import Words
from matching.conditions import Statements
from matching.encode import Encoder, embedded, summed, unit
from matching.index import near_phrases
from matching.retrieval import records
from matching.retrieval.statistics import TermRows
from matching.types import Profile
from matching.views import ProfileView, phrases_of

Item = TypeVar("Item")


class Lazy(Sequence[Item], Generic[Item]):
    """A sequence whose items are made when they are first asked for."""

    def __init__(self, size: int, make: Callable[[int], Item]):
        self._items: list[Item | None] = [None] * size
        self._make = make

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, row: int) -> Item:
        item = self._items[row]
        if item is None:
            item = self._items[row] = self._make(row)
        return item

    def __iter__(self) -> Iterator[Item]:
        return (self[row] for row in range(len(self)))


class Vectors:
    """Rows of vectors that are summed from their tokens, or read, only where they are looked at."""

    def __init__(self, size: int, read: Callable[[np.ndarray], np.ndarray]):
        self._size = size
        self._read = read

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, rows: np.ndarray | int) -> np.ndarray:
        found = self._read(np.atleast_1d(rows))
        return found[0] if np.ndim(rows) == 0 else found


@lru_cache(maxsize=1 << 12)
def _industries(codes: bytes) -> frozenset[str]:
    return frozenset(codes.decode("ascii").split(",")) if codes else frozenset()


class Candidates:
    """n records in the place of index.Prepared; the ranker asks both the same questions.

    Slots are the parts and then the denials of a candidate, candidate by candidate; phrases are what
    parts are cut into, and each denial is one. cuts: what records.cut gives, in the order of the ids.
    """

    def __init__(self, cuts: Sequence[tuple[int, int, list[bytes]]]):
        self._sections = sections = [found for _, _, found in cuts]
        n = len(cuts)
        self._parts = np.array([parts for parts, _, _ in cuts], dtype=np.int64)
        self._lengths = np.array([length for _, length, _ in cuts], dtype=np.int64)
        self.part_owner = np.repeat(np.arange(n), self._parts)
        self.profiles: Sequence[Profile] = Lazy(n, lambda row: records.load_profile(sections[row][records.PROFILE]))
        self._said = Lazy(n, lambda row: records.load_statements(sections[row][records.STATEMENTS]))
        self.statements: Sequence[Statements] = Lazy(n, lambda row: self._said[row][0])
        self.views: Sequence[ProfileView] = Lazy(
            n, lambda row: records.load_view(self.profiles[row], sections[row], self.denied(row))
        )
        self.industries = tuple(_industries(found[records.INDUSTRIES]) for found in sections)
        self.parts = Vectors(len(self.part_owner), lambda rows: self._vectors(self._part_slots[rows]))

    def __len__(self) -> int:
        return len(self._sections)

    def part_rows(self, row: int) -> np.ndarray:
        """The rows of `parts` that belong to candidate `row`."""
        end = int(self._part_ends[row])
        return np.arange(end - int(self._parts[row]), end)

    def denied(self, row: int) -> tuple[str, ...]:
        """The clauses in which the founder says what they do not do."""
        return self._said[row][1]

    @cached_property
    def _part_ends(self) -> np.ndarray:
        return np.cumsum(self._parts)

    @cached_property
    def lexical(self) -> TermRows:
        units, units_owner = self._joined(records.TEXT, "<u2", gap=b"\0\0")
        words, words_owner = self._joined(records.WORDS, "<u4")
        return TermRows(records.characters(units), units_owner, words, words_owner, self._lengths)

    def _joined(self, section: int, dtype: str, *, gap: bytes = b"") -> tuple[np.ndarray, np.ndarray]:
        """One section of all candidates end to end, and whose each value is."""
        pieces = [found[section] + gap for found in self._sections]
        values = np.frombuffer(b"".join(pieces), dtype=dtype)
        sizes = np.array([len(piece) for piece in pieces], dtype=np.int64) // np.dtype(dtype).itemsize
        return values, np.repeat(np.arange(len(sizes)), sizes)

    # Phrases, parts and denials ---------------------------------------------------------------

    @cached_property
    def _phrases(self) -> np.ndarray:
        """int64 (phrases, 4): candidate, part or DENIAL, 1 if it counts in the part's vector, tokens."""
        values, owner = self._joined(records.PHRASES, "<u2")
        return np.column_stack([owner[::3], values.reshape(-1, 3)]).astype(np.int64)

    @cached_property
    def _slot_of_phrase(self) -> np.ndarray:
        """The slot each phrase belongs to: its part's, or for a denial its own."""
        owner, part = self._phrases[:, 0], self._phrases[:, 1]
        denial = part == records.DENIAL
        before = np.cumsum(denial) - denial
        firsts = np.concatenate([[0], np.cumsum(np.bincount(owner[denial], minlength=len(self)))])
        nth = before - firsts[owner]
        return self._first_slot[owner] + np.where(denial, self._parts[owner] + nth, part)

    @cached_property
    def _slots(self) -> np.ndarray:
        """How many parts and denials each candidate has together."""
        denial = self._phrases[:, 1] == records.DENIAL
        return self._parts + np.bincount(self._phrases[denial, 0], minlength=len(self))

    @cached_property
    def _first_slot(self) -> np.ndarray:
        return np.cumsum(self._slots) - self._slots

    @cached_property
    def _part_slots(self) -> np.ndarray:
        return ranges(self._first_slot, self._parts)

    @cached_property
    def _denial_slots(self) -> np.ndarray:
        return ranges(self._first_slot + self._parts, self._slots - self._parts)

    @cached_property
    def denial_owner(self) -> np.ndarray:
        return np.repeat(np.arange(len(self)), self._slots - self._parts)

    @cached_property
    def denials(self) -> Vectors:
        return Vectors(len(self._denial_slots), lambda rows: self._vectors(self._denial_slots[rows]))

    # Tokens -----------------------------------------------------------------------------------

    @cached_property
    def _tokens(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All tokens, the phrase of each, and where the tokens of each phrase begin."""
        tokens, _ = self._joined(records.TOKENS, "<u4")
        counts = self._phrases[:, 3]
        return tokens, np.repeat(np.arange(len(counts)), counts), np.cumsum(counts) - counts

    @cached_property
    def _distinct(self) -> tuple[np.ndarray, np.ndarray]:
        """The distinct tokens, sorted, and the place of each token among them."""
        tokens = self._tokens[0]
        present = np.zeros(embedded().size, dtype=bool)
        present[tokens] = True
        distinct = np.flatnonzero(present)
        place = np.zeros(embedded().size, dtype=np.int32)
        place[distinct] = np.arange(len(distinct))
        return distinct, place[tokens]

    @cached_property
    def words(self) -> Words:
        """The distinct known words of what each candidate offers, as alignment.pack gives them."""
        distinct, places = self._distinct
        _, of_phrase, _ = self._tokens
        kept = self._phrases[of_phrase, 2].astype(bool) & embedded().known(distinct)[places]
        wide = max(len(distinct), 1)
        held = np.zeros(len(self) * wide, dtype=bool)
        held[self._phrases[of_phrase[kept], 0] * wide + places[kept]] = True
        owners, flat = np.divmod(np.flatnonzero(held), wide)
        return Words(distinct, flat, np.searchsorted(owners, np.arange(len(self) + 1)))

    def near(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cosines float32 with vectors (m, d): of whole candidates (n, m) and of their parts (parts, m)."""
        if self._stored is not None:
            whole, slots = self._stored
            return whole @ vectors.T, slots[self._part_slots] @ vectors.T
        distinct, places = self._distinct
        _, of_phrase, _ = self._tokens
        counted = self._phrases[of_phrase, 2].astype(bool)
        near = embedded().token_vectors(distinct) @ vectors.T
        slots = self._slot_of_phrase[of_phrase[counted]]
        parts = summed(near, places[counted], slots, int(self._slots.sum()))[self._part_slots]
        whole = summed(parts, np.arange(len(parts)), self.part_owner, len(self))
        norms, _ = self._joined(records.NORMS, "<f4")
        at = np.cumsum(self._slots + 1) - (self._slots + 1)
        return _over(whole, norms[at]), _over(parts, np.delete(norms, at)[self._part_slots])

    @cached_property
    def _stored(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Vectors of wholes and of slots where those of another encoder are stored, else None."""
        rows = self._slots + 1
        values = b"".join([found[records.NORMS] for found in self._sections])
        total = int(rows.sum())
        if len(values) == 4 * total:
            return None
        vectors = np.frombuffer(values, dtype="<f2").reshape(total, -1).astype(np.float32)
        at = np.cumsum(rows) - rows
        return vectors[at], np.delete(vectors, at, axis=0)

    def _vectors(self, slots: np.ndarray) -> np.ndarray:
        """float32 (len(slots), d) of length 1 or 0."""
        if self._stored is not None:
            return self._stored[1][slots]
        place = np.full(int(self._slots.sum()), -1)
        place[slots] = np.arange(len(slots))
        phrases = np.flatnonzero(place[self._slot_of_phrase] >= 0)
        phrases = phrases[(self._phrases[phrases, 2] == 1) | (self._phrases[phrases, 1] == records.DENIAL)]
        asked = place[self._slot_of_phrase[phrases]]
        order = np.argsort(asked, kind="stable")  # slots may be asked for in any order
        return unit(summed(self._sums(phrases), order, asked[order], len(slots)))

    def _sums(self, phrases: np.ndarray) -> np.ndarray:
        """float32 (len(phrases), d): the sum of each phrase's token vectors."""
        tokens, _, begins = self._tokens
        counts = self._phrases[phrases, 3]
        of_phrase = np.repeat(np.arange(len(phrases)), counts)
        return embedded().sums(tokens[ranges(begins[phrases], counts)], of_phrase, len(phrases))

    def near_phrases(self, parts: Sequence[int], vectors: np.ndarray, encoder: Encoder) -> list[np.ndarray]:
        """Cosines (phrases, m) of the phrases each of these parts is shown by with vectors (m, d)."""
        stored = [None if self._stored is not None else self._phrases_as_shown(part) for part in parts]
        anew = iter(self._near_phrases_anew([p for p, at in zip(parts, stored, strict=True) if at is None], vectors,
                                            encoder))  # fmt: skip
        kept = [at for at in stored if at is not None]
        if not kept:
            return list(anew)
        cosines = unit(self._sums(np.concatenate(kept))) @ vectors.T
        ready = iter(np.split(cosines, np.cumsum([len(at) for at in kept])[:-1]))
        return [next(anew) if at is None else next(ready) for at in stored]

    def _phrases_as_shown(self, part: int) -> np.ndarray | None:
        """The phrases of a part; None where what is shown had to be stored otherwise."""
        row = int(self.part_owner[part])
        number = part - int(self._part_ends[row] - self._parts[row])
        if not np.frombuffer(self._sections[row][records.PARTS], dtype="<u4")[3 * number + 2]:
            return None
        first, last = self._phrase_ends[row], self._phrase_ends[row + 1]
        return first + np.flatnonzero(self._phrases[first:last, 1] == number)

    @cached_property
    def _phrase_ends(self) -> np.ndarray:
        return np.searchsorted(self._phrases[:, 0], np.arange(len(self) + 1))

    def _near_phrases_anew(self, parts: Sequence[int], vectors: np.ndarray, encoder: Encoder) -> list[np.ndarray]:
        texts = []
        for part in parts:
            row = int(self.part_owner[part])
            of_row = self.views[row].parts[part - int(self._part_ends[row] - self._parts[row])]
            texts.append(phrases_of(of_row, self.profiles[row]))
        return near_phrases(texts, vectors, encoder)


def _over(sums: np.ndarray, norms: np.ndarray) -> np.ndarray:
    return sums / np.where(norms == 0, 1.0, norms)[:, None]


def ranges(first: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The numbers first[i] … first[i] + counts[i] - 1 of every i, end to end."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - counts), counts)
