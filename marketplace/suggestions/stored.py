"""The profiles in an index on disk, kept level with the database: for more of them than a process should hold.

MATCHING_STORE names a folder on a local disk of each machine; the processes there share it. Without it the engine holds
every profile in memory, which is quicker up to some tens of thousands.
"""
from __future__ import annotations

import fcntl
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy.orm import Session

from marketplace.founders import queries as founders
from marketplace.suggestions.facts import profile_facts

if TYPE_CHECKING:
    from matching.national import NationalEngine

CHUNK = 500
STATES = "states.npy"


def folder() -> Path | None:
    """Where the index lies; None to keep the profiles in memory."""
    named = os.environ.get("MATCHING_STORE", "").strip()
    return Path(named) if named else None


def opened(folder: Path) -> NationalEngine:
    """The index of the encoder in use; another encoder gets one of its own."""
    from matching.encode import default_encoder
    from matching.national import NationalEngine

    encoder = default_encoder()
    return NationalEngine(folder / encoder.version, encoder=encoder)


def level(session: Session, engine: NationalEngine) -> int:
    """Bring the index level with the database: how many profiles were written or removed.

    One process at a time; whoever waited finds nothing left to do. Broken off, it begins again where the database and
    the last finished run differ: writing a profile twice changes nothing.
    """
    noted = engine.store.folder / STATES
    with (engine.store.folder / "level.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = np.load(noted) if noted.exists() else np.zeros((0, 2), dtype=np.int64)
        now = _states(session)
        changed = _rows_not_in(now, before)[:, 0]
        gone = np.setdiff1d(before[:, 0], now[:, 0])
        for start in range(0, len(changed), CHUNK):
            chunk = changed[start:start + CHUNK].tolist()
            engine.upsert(profile_facts(profile) for profile in founders.by_ids(session, chunk))
        engine.delete(str(profile_id) for profile_id in gone.tolist())
        if len(changed) or len(gone):
            _note(noted, now)
        return len(changed) + len(gone)


def _states(session: Session) -> np.ndarray:
    """int64 (profiles, 2): id, and a checksum of its state."""
    found = [(profile_id, zlib.crc32(state.encode())) for profile_id, state in founders.states(session)]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _rows_not_in(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    known = dict(zip(others[:, 0].tolist(), others[:, 1].tolist(), strict=True))
    return rows[[known.get(key) != state for key, state in rows.tolist()]] if len(rows) else rows


def _note(path: Path, states: np.ndarray) -> None:
    part = path.with_suffix(".part.npy")
    np.save(part, states)
    part.replace(path)
