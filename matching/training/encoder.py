"""Distil an English sentence model into a table of Chinese (and English) word vectors.

The mean of a text's word vectors is drawn to the teacher's vector of its translation. The result is
a sentence-transformers StaticEmbedding saved in float16.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.training.pairs import Pair
from matching.training.vocabulary import CJK


@dataclass(frozen=True, slots=True)
class Settings:
    """dimensions <= the teacher's; epochs over the pairs; rate and batch of Adam; seed of the shuffle."""

    dimensions: int = 128
    epochs: int = 8
    rate: float = 0.02
    batch: int = 2048
    split_share: float = 0.05
    seed: int = 7


def project(vectors: np.ndarray, dimensions: int) -> np.ndarray:
    """The teacher's vectors on their first principal axes through the origin, rows of length 1."""
    sample = vectors.astype(np.float32)
    _, axes = np.linalg.eigh(sample.T @ sample)
    reduced = sample @ axes[:, ::-1][:, :dimensions]
    return reduced / np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-6)


def token_ids(pairs: list[Pair], made, *, split_share: float, seed: int) -> list[list[int]]:
    """Token ids per pair; a share is cut into single characters, so that unseen words mean something."""
    import re

    rng = np.random.default_rng(seed)
    spaced = re.compile(f"({CJK})")
    texts = [spaced.sub(r"\1 ", p.text) if rng.random() < split_share else p.text for p in pairs]
    return [e.ids for e in made.encode_batch_fast(texts, add_special_tokens=False)]


def train(
    pairs: list[Pair],
    targets: np.ndarray,
    made,
    settings: Settings,
    *,
    report: Callable[[str], None] = print,
) -> np.ndarray:
    """float32 (vocabulary, dimensions). targets: unit rows aligned with pairs."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    size = made.get_vocab_size()
    table = torch.nn.EmbeddingBag(size, settings.dimensions, mode="sum", sparse=True)
    torch.nn.init.normal_(table.weight, std=0.001)
    adam = torch.optim.SparseAdam(table.parameters(), lr=settings.rate)
    goal = torch.from_numpy(targets.astype(np.float32))
    weight = torch.tensor([pair.weight for pair in pairs])
    rng = np.random.default_rng(settings.seed)
    steps = settings.epochs * (len(pairs) // settings.batch + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: max(1 - step / steps, 0.02))
    for epoch in range(settings.epochs):
        ids = token_ids(pairs, made, split_share=settings.split_share, seed=settings.seed + epoch)
        order = rng.permutation([i for i, row in enumerate(ids) if row])
        total = 0.0
        for start in range(0, len(order), settings.batch):
            rows = order[start : start + settings.batch]
            flat = torch.tensor([t for r in rows for t in ids[r]])
            offsets = torch.tensor(np.cumsum([0] + [len(ids[r]) for r in rows[:-1]]))
            made_vectors = torch.nn.functional.normalize(table(flat, offsets), dim=1)
            loss = (weight[rows] * (1 - (made_vectors * goal[rows]).sum(1))).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        report(f"epoch {epoch + 1}/{settings.epochs}: loss {total / len(order):.4f}")
    weights = table.weight.detach().numpy().copy()
    weights[0] = 0  # unknown tokens carry nothing
    return weights


def save(weights: np.ndarray, made, folder: Path) -> None:
    """Write the files SentenceTransformer(folder) loads, weights in float16."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    half = torch.from_numpy(weights).half()
    static = StaticEmbedding(made, embedding_weights=half)
    SentenceTransformer(modules=[static, Normalize()], device="cpu").save(str(folder), create_model_card=False)
