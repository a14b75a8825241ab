"""Vectors kept on disk by content, so that a text is encoded once per model."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np


class VectorCache:
    """One file per model, role and text under `folder`; safe for several processes at once."""

    def __init__(self, folder: Path):
        self.folder = folder

    @classmethod
    def default(cls) -> VectorCache:
        """Under MATCHING_CACHE, else the user's cache folder (XDG_CACHE_HOME or ~/.cache)."""
        named = os.environ.get("MATCHING_CACHE")
        if named:
            return cls(Path(named))
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return cls(Path(base) / "jiebang-matching")

    def vectors(
        self, space: str, texts: Sequence[str], encode: Callable[[list[str]], np.ndarray]
    ) -> np.ndarray:
        """float32 (len(texts), dimensions); `encode` is called once, with the texts not yet kept."""
        found = {text: self._read(self._path(space, text)) for text in dict.fromkeys(texts)}
        missing = [text for text, vector in found.items() if vector is None]
        if missing:
            for text, vector in zip(missing, np.asarray(encode(missing), dtype=np.float32), strict=True):
                found[text] = vector
                self._write(self._path(space, text), vector)
        return np.stack([found[text] for text in texts])

    def _path(self, space: str, text: str) -> Path:
        key = sha256(text.encode()).hexdigest()
        return self.folder / space / key[:2] / f"{key}.npy"

    @staticmethod
    def _read(path: Path) -> np.ndarray | None:
        try:
            return np.load(path)
        except (OSError, ValueError, EOFError):
            return None

    @staticmethod
    def _write(path: Path, vector: np.ndarray) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.save(part, vector)
        os.replace(part.name, path)
