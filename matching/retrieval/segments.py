"""A table on disk that is only ever added to: segments of columns, tombstones, and a manifest that names them.

A commit writes new files, flushes them, and renames one manifest over the last: whoever is killed
before the rename has changed nothing. Readers map the files into memory, so that processes share
them, and look at the manifest before every query; a row is never changed where it lies.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from matching.retrieval.protocol import IndexUnusable, as_keys, last_of_each

MANIFEST = "manifest.json"
FORMAT = 1
MERGED_AT_ONCE = 50_000
"""Rows up to which small segments are merged while a change waits; larger ones wait for compact()."""
GROWTH = 4
"""A segment this many times larger than the next newer one is left alone: each row moves few times."""
ATTEMPTS = 20


@dataclass(frozen=True)
class Column:
    """width values of dtype in every row."""

    dtype: str
    width: int


@dataclass(frozen=True)
class Rows:
    """Rows to be written: keys (n,), columns name to (n, width), blobs n byte strings where the table has them."""

    keys: np.ndarray
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    blobs: Sequence[bytes] | None = None


@dataclass(frozen=True)
class Segment:
    """Rows as they lie on disk, sorted by key. dead: positions of the rows deleted or replaced since, sorted."""

    name: str
    keys: np.ndarray
    columns: Mapping[str, np.ndarray]
    starts: np.ndarray
    blob: mmap.mmap | None
    dead: np.ndarray
    dead_file: str

    @property
    def alive(self) -> int:
        return len(self.keys) - len(self.dead)

    @cached_property
    def alive_rows(self) -> np.ndarray:
        return np.delete(np.arange(len(self.keys)), self.dead)

    @cached_property
    def dead_mask(self) -> np.ndarray:
        mask = np.zeros(len(self.keys), dtype=bool)
        mask[self.dead] = True
        return mask

    def rows_of(self, keys: np.ndarray) -> np.ndarray:
        """The row of each key; -1 for one that is not here or dead."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found = self.keys[at] == keys
        if len(self.dead):
            found &= ~self.dead_mask[at]
        return np.where(found, at, -1)

    def expect(self, row: int) -> None:
        """Tell the system that this row's blob is about to be read, so that many are fetched at once."""
        start, end = int(self.starts[row]), int(self.starts[row + 1])
        page = start - start % mmap.PAGESIZE
        self.blob.madvise(mmap.MADV_WILLNEED, page, end - page)

    def blob_of(self, row: int) -> bytes:
        return self.blob[int(self.starts[row]) : int(self.starts[row + 1])] if self.blob is not None else b""


@dataclass(frozen=True)
class State:
    """What one manifest names."""

    generation: int
    mark: tuple[int, int, int]
    segments: tuple[Segment, ...]


class Table:
    """Rows under int64 keys in `folder`, made when it does not exist.

    Any number of processes may read; one at a time may write, the others wait for it.
    """

    def __init__(self, folder: Path, columns: Mapping[str, Column], *, blobs: bool = False):
        self.folder = folder
        self._columns = dict(columns)
        self._blobs = blobs
        folder.mkdir(parents=True, exist_ok=True)
        self._state = State(0, (0, 0, 0), ())
        self.state()

    def state(self) -> State:
        """The last committed state; one stat() when nothing has changed."""
        path = self.folder / MANIFEST
        for _ in range(ATTEMPTS):
            try:
                found = path.stat()
            except FileNotFoundError:
                return self._state
            mark = (found.st_ino, found.st_mtime_ns, found.st_size)
            if mark == self._state.mark:
                return self._state
            with suppress(FileNotFoundError):  # a file of an older state, removed meanwhile: read the newer one
                self._state = self._read(path, mark)
                return self._state
        raise IndexUnusable(f"{self.folder}: the manifest names files that are not there")

    def __len__(self) -> int:
        return sum(segment.alive for segment in self.state().segments)

    def snapshot(self) -> str:
        return str(self.state().generation)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The one writer's turn."""
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.state()
            yield

    def commit(self, rows: Rows | None = None, delete: Sequence[int] = ()) -> None:
        """Add or replace rows and delete keys, all of it or nothing."""
        with self.writing():
            state = self._state
            gone = as_keys(delete)
            segments = list(state.segments)
            number = state.generation + 1
            if rows is not None and len(rows.keys):
                gone = np.concatenate([gone, rows.keys])
                segments = [self._without(segment, gone, number) for segment in segments]
                segments.append(self._write(f"{number:08d}", _sorted(rows)))
                segments = self._merged(segments, number)
            else:
                segments = [self._without(segment, gone, number) for segment in segments]
            self._publish(number, [segment for segment in segments if segment.alive])

    def compact(self) -> None:
        """Write all live rows as one segment and forget the dead ones; readers go on meanwhile."""
        with self.writing():
            state = self._state
            if len(state.segments) > 1 or any(len(segment.dead) for segment in state.segments):
                number = state.generation + 1
                self._publish(number, [self._write(f"{number:08d}", self._joined(state.segments))])

    # Reading ------------------------------------------------------------------------------------

    def _read(self, path: Path, mark: tuple[int, int, int]) -> State:
        stored = json.loads(path.read_text(encoding="ascii"))
        if stored["format"] != FORMAT or stored["columns"] != self._shape():
            raise IndexUnusable(f"{self.folder} holds {stored['columns']}, not {self._shape()}")
        known = {(s.name, s.dead_file): s for s in self._state.segments}
        segments = tuple(
            known.get((name, dead)) or self._open(name, dead) for name, dead in stored["segments"]
        )
        return State(stored["generation"], mark, segments)

    def _shape(self) -> dict[str, list]:
        return {name: [column.dtype, column.width] for name, column in self._columns.items()}

    def _open(self, name: str, dead_file: str) -> Segment:
        return Segment(
            name,
            _mapped(self.folder / f"{name}.keys", "<i8"),
            {
                column: _mapped(self.folder / f"{name}.{column}", shape.dtype).reshape(-1, shape.width)
                for column, shape in self._columns.items()
            },
            _mapped(self.folder / f"{name}.starts", "<u8") if self._blobs else np.zeros(0, dtype=np.uint64),
            _mapped_bytes(self.folder / f"{name}.blob") if self._blobs else None,
            np.fromfile(self.folder / dead_file, dtype="<u4") if dead_file else np.zeros(0, dtype="<u4"),
            dead_file,
        )

    # Writing ------------------------------------------------------------------------------------

    def _without(self, segment: Segment, keys: np.ndarray, number: int) -> Segment:
        """The same segment with the rows of these keys dead as well."""
        rows = segment.rows_of(keys)
        rows = rows[rows >= 0]
        if not len(rows):
            return segment
        name = f"{segment.name}.dead-{number:08d}"
        _durable(self.folder / name, np.union1d(segment.dead, rows).astype("<u4"))
        return self._open(segment.name, name)

    def _merged(self, segments: list[Segment], number: int) -> list[Segment]:
        """The newest segments as one where they have come to be of like size."""
        first = len(segments) - 1
        total = segments[first].alive
        while first and segments[first - 1].alive < GROWTH * total:
            if total + segments[first - 1].alive > MERGED_AT_ONCE:
                break
            first -= 1
            total += segments[first].alive
        if len(segments) - first < 2:
            return segments
        return [*segments[:first], self._write(f"{number:08d}m", self._joined(segments[first:]))]

    def _joined(self, segments: Sequence[Segment]) -> Rows:
        keys = np.concatenate([s.keys[s.alive_rows] for s in segments] or [np.zeros(0, dtype=np.int64)])
        columns = {
            name: np.concatenate([s.columns[name][s.alive_rows] for s in segments])
            for name in self._columns
            if segments
        }
        blobs = [s.blob_of(row) for s in segments for row in s.alive_rows] if self._blobs else None
        return _sorted(Rows(keys, columns, blobs))

    def _write(self, name: str, rows: Rows) -> Segment:
        _durable(self.folder / f"{name}.keys", rows.keys.astype("<i8"))
        for column, shape in self._columns.items():
            _durable(self.folder / f"{name}.{column}", np.ascontiguousarray(rows.columns[column], dtype=shape.dtype))
        if self._blobs:
            lengths = np.fromiter(map(len, rows.blobs), dtype=np.uint64, count=len(rows.blobs))
            _durable(self.folder / f"{name}.starts", np.concatenate([[0], np.cumsum(lengths)]).astype("<u8"))
            _durable(self.folder / f"{name}.blob", b"".join(rows.blobs))
        return self._open(name, "")

    def _publish(self, number: int, segments: Sequence[Segment]) -> None:
        text = json.dumps({
            "format": FORMAT, "generation": number, "columns": self._shape(),
            "segments": [[segment.name, segment.dead_file] for segment in segments],
        })  # fmt: skip
        part = self.folder / f"{MANIFEST}.part"
        _durable(part, text.encode("ascii"))
        flush_folder(self.folder)
        os.replace(part, self.folder / MANIFEST)
        flush_folder(self.folder)
        self.state()
        self._sweep()

    def _sweep(self) -> None:
        """Remove what no manifest names: merged segments, and what a killed writer left behind."""
        named = {segment.name for segment in self._state.segments}
        dead = {segment.dead_file for segment in self._state.segments}
        for path in self.folder.iterdir():
            if path.name[:1].isdigit() and path.name not in dead:
                name, _, rest = path.name.partition(".")
                if name not in named or rest.startswith("dead-"):
                    path.unlink(missing_ok=True)


def _sorted(rows: Rows) -> Rows:
    order = last_of_each(rows.keys)
    blobs = [rows.blobs[i] for i in order] if rows.blobs is not None else None
    return Rows(rows.keys[order], {name: values[order] for name, values in rows.columns.items()}, blobs)


def _mapped(path: Path, dtype: str) -> np.ndarray:
    if not path.stat().st_size:
        return np.zeros(0, dtype=dtype)
    return np.asarray(np.memmap(path, dtype=dtype, mode="r"))


def _mapped_bytes(path: Path) -> mmap.mmap | None:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return None
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        mapped.madvise(mmap.MADV_RANDOM)
        return mapped


def _durable(path: Path, data: np.ndarray | bytes) -> None:
    with path.open("wb") as file:
        if isinstance(data, np.ndarray):
            data.tofile(file)
        else:
            file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Make renames in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
