"""Profiles on disk with the indexes that find them: changed a profile at a time, read by many processes.

The records are the truth. A journal names the keys a change touches before it begins, so that after a
crash the indexes are brought level with the records by whoever writes next; until then a query finds
the last good state of each, and a key without a record is nobody.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import numpy as np

from matching.encode import Encoder
from matching.retrieval import statistics
from matching.retrieval.candidates import Candidates
from matching.retrieval.flat import FlatIndex
from matching.retrieval.protocol import IndexUnusable, LexicalIndex, VectorIndex, as_keys, key_of
from matching.retrieval.records import PROFILE, Record, cut, make_record, profile_of
from matching.retrieval.segments import Rows, Table, flush_folder
from matching.retrieval.words import WordIndex
from matching.types import Profile

JOURNAL = "journal.i8"
DESCRIPTION = "store.json"
FUSED = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke, Buettcher 2009)."""
RECOUNTED = 2
"""Term frequencies are counted again once the store has grown this many times."""


class ProfileStore:
    """Profiles, their vectors and their terms under one folder, made when it does not exist.

    vectors: another VectorIndex than the one in the folder, for instance PgVectorIndex. Raises
    IndexUnusable when the folder was written with another encoder.
    """

    def __init__(
        self, folder: Path, encoder: Encoder, *, vectors: VectorIndex | None = None, words: LexicalIndex | None = None
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.encoder = encoder
        self._describe()
        self._records = Table(folder / "records", {}, blobs=True)
        self.vectors = vectors if vectors is not None else FlatIndex(folder / "vectors", self._dimensions())
        self.words = words if words is not None else WordIndex(folder / "words")
        self._statistics = statistics.empty()
        self.timing: Callable[[str], AbstractContextManager] = lambda _: nullcontext()
        """Entered around each step of a change, by its name; for whoever measures."""

    def __len__(self) -> int:
        return len(self._records)

    def snapshot(self) -> str:
        """A name for what the store holds now."""
        return f"{self._records.snapshot()}/{self.vectors.snapshot()}/{self.words.snapshot()}"

    # Changing -----------------------------------------------------------------------------------

    def upsert(self, profiles: Iterable[Profile]) -> None:
        """Add these profiles, or replace those of the same id; visible to every process on return."""
        self.save([make_record(profile, self.encoder) for profile in profiles])

    def save(self, records: Sequence[Record]) -> None:
        """Add or replace records made by records.make_record or records.assemble."""
        if not records:
            return
        keys = as_keys([record.key for record in records])
        with self._changing(keys):
            self._refuse_shared_keys(records)
            with self.timing("records"):
                self._records.commit(Rows(keys, {}, [record.blob for record in records]))
            with self.timing("vectors"):
                self.vectors.upsert(keys, np.stack([record.vector for record in records]))
            with self.timing("words"):
                self.words.upsert(keys, [record.terms for record in records])
        with self.timing("frequencies"):
            self._count_when_grown()

    def delete(self, ids: Iterable[str]) -> None:
        keys = as_keys([key_of(identity) for identity in ids])
        if len(keys):
            with self._changing(keys):
                self._remove(keys)

    def _remove(self, keys: np.ndarray) -> None:
        self._records.commit(delete=keys)
        self.vectors.delete(keys)
        self.words.delete(keys)

    def compact(self) -> None:
        """Rewrite records and vectors without what was deleted; for a quiet hour."""
        with self._changing(as_keys([])):
            self._records.compact()
            if isinstance(self.vectors, FlatIndex):
                self.vectors.compact()

    @contextmanager
    def _changing(self, keys: np.ndarray) -> Iterator[None]:
        """The one writer's turn: finish what a crash left undone, then note what is about to change."""
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            journal = self.folder / JOURNAL
            if journal.exists():
                self._level(np.fromfile(journal, dtype="<i8"))
            part = journal.with_suffix(".part")
            with part.open("wb") as file:
                keys.astype("<i8").tofile(file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(journal)
            flush_folder(self.folder)
            yield
            journal.unlink()

    def _level(self, keys: np.ndarray) -> None:
        """Bring the indexes level with the records for these keys."""
        blobs = self._blobs(keys)
        there = [record for blob in blobs if blob is not None for record in [self._again(blob)]]
        gone = as_keys([key for key, blob in zip(keys, blobs, strict=True) if blob is None])
        if there:
            found = as_keys([record.key for record in there])
            self.vectors.upsert(found, np.stack([record.vector for record in there]))
            self.words.upsert(found, [record.terms for record in there])
        if len(gone):
            self.vectors.delete(gone)
            self.words.delete(gone)

    def _again(self, blob: bytes) -> Record:
        return make_record(profile_of(blob), self.encoder)

    def _refuse_shared_keys(self, records: Sequence[Record]) -> None:
        """Two ids with one hash: the second is refused rather than put in the place of the first."""
        stored = self._blobs(as_keys([record.key for record in records]))
        for record, blob in zip(records, stored, strict=True):
            if blob is not None:
                ours, theirs = (profile_of(one).id for one in (record.blob, blob))
                if ours != theirs:
                    raise IndexUnusable(f"the ids {ours!r} and {theirs!r} share a key: rename one of them")

    # Reading ------------------------------------------------------------------------------------

    def get(self, ids: Sequence[str]) -> list[Profile | None]:
        """The profiles as they are stored; None for an id that is not there."""
        blobs = self._blobs(as_keys([key_of(identity) for identity in ids]))
        return [None if blob is None else profile_of(blob) for blob in blobs]

    def find(
        self, vector: np.ndarray, terms: Sequence[str], *, legs: int, fused: int, allowed: Sequence[str] | None = None
    ) -> np.ndarray:
        """The keys of the best `fused` profiles by reciprocal ranks among the best `legs` of either index."""
        only = None if allowed is None else as_keys([key_of(identity) for identity in allowed])
        dense, _ = self.vectors.search(vector[None], legs, only)
        lexical = self.words.search(terms, legs, only).keys
        return fuse([dense[0][dense[0] >= 0], lexical])[:fused]

    def load(self, keys: np.ndarray) -> Candidates:
        """The records of those keys that are there, in the order of their profiles' ids."""
        blobs = [blob for blob in self._blobs(keys) if blob is not None]
        return Candidates(sorted(map(cut, blobs), key=_profile_of))

    def sample(self, size: int) -> Iterator[bytes]:
        """Records spread evenly over the store, all of them when it holds no more than `size`."""
        segments = self._records.state().segments
        rows = [(segment, segment.alive_rows) for segment in segments]
        total = sum(len(alive) for _, alive in rows)
        step = max(1.0, total / size)
        start = 0
        for segment, alive in rows:
            places = np.arange(np.ceil(start / step) * step - start, len(alive), step).astype(np.int64)
            for row in alive[places]:
                yield segment.blob_of(row)
            start += len(alive)

    def _blobs(self, keys: np.ndarray) -> list[bytes | None]:
        found: list[bytes | None] = [None] * len(keys)
        places = []
        for segment in self._records.state().segments:
            rows = segment.rows_of(keys)
            places += [(segment, int(rows[at]), int(at)) for at in np.flatnonzero(rows >= 0)]
        for segment, row, _ in places:
            segment.expect(row)
        for segment, row, at in places:
            found[at] = segment.blob_of(row)
        return found

    # Frequencies --------------------------------------------------------------------------------

    def statistics(self) -> statistics.StoredStatistics:
        """Term and word frequencies as last counted, by this process or another."""
        version = self._counted()
        if version != self._statistics.version:
            self._statistics = statistics.load(self._count_file(version), version)
        return self._statistics

    def count(self) -> None:
        """Count term and word frequencies again, over all records or an even sample of them."""
        version = self._counted() + 1
        statistics.count(self.sample(statistics.SAMPLED), self._count_file(version), len(self))

    def _count_when_grown(self) -> None:
        if len(self) >= RECOUNTED * self.statistics().counted:
            self.count()

    def _counted(self) -> int:
        return max((int(path.stem.rpartition("-")[2]) for path in self.folder.glob("statistics-*.npz")), default=0)

    def _count_file(self, version: int) -> Path:
        return self.folder / f"statistics-{version:06d}.npz"

    # What it is ---------------------------------------------------------------------------------

    def _describe(self) -> None:
        path = self.folder / DESCRIPTION
        wanted = {"encoder": self.encoder.version}
        if not path.exists():
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_text(json.dumps(wanted), encoding="utf-8")
            part.replace(path)
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored != wanted:
            raise IndexUnusable(
                f"{self.folder} was written with the encoder {stored['encoder']}, not {self.encoder.version}: "
                "build it again in another folder"
            )

    def _dimensions(self) -> int:
        return self.encoder.encode_document(["一"]).shape[1]


def fuse(rankings: Sequence[np.ndarray]) -> np.ndarray:
    """Distinct keys of several rankings, best sum of reciprocal ranks first, ties by key."""
    keys = np.concatenate(rankings)
    worth = np.concatenate([1.0 / (FUSED + 1 + np.arange(len(ranking))) for ranking in rankings])
    distinct, places = np.unique(keys, return_inverse=True)
    totals = np.bincount(places, worth, minlength=len(distinct))
    return distinct[np.lexsort((distinct, -totals))]


def _profile_of(record: tuple[int, int, list[bytes]]) -> bytes:
    """The stored profile, which begins with its id: its bytes stand in the order of the ids."""
    return record[2][PROFILE]
