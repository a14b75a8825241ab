"""Where the encrypted files of bids lie: one folder outside the web root, random names, whole files only."""
from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

NAME = re.compile(r"[0-9a-f]{32}")
# A file that no row names is left alone this long: its row may be about to be committed.
GRACE = dt.timedelta(hours=1)


class Store:
    """A folder of files by random name (32 hexadecimal digits); made on first use, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes) -> None:
        """Write a file so that it is there whole or not at all, also after a power cut."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f"{name}.{secrets.token_hex(4)}.part"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path(name))
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        self._sync_folder()

    def get(self, name: str) -> bytes | None:
        """A file's bytes, None when it is not there."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def holds(self, name: str) -> bool:
        """Whether a file is there."""
        return NAME.fullmatch(name) is not None and self._path(name).is_file()

    def old(self, *, now: dt.datetime) -> Iterator[str]:
        """The names of the files, and of drafts left over from a crash, that were written before the grace."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            with contextlib.suppress(FileNotFoundError):
                if dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) < now - GRACE:
                    yield path.name

    def remove(self, name: str) -> None:
        """Remove a file or a draft; one that is gone already is well gone."""
        (self.folder / Path(name).name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(name)
        return self.folder / name

    def _sync_folder(self) -> None:
        with contextlib.suppress(OSError):  # not every system lets a folder be synchronised
            handle = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
