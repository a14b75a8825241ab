"""From pair files to an encoder's folder: `python -m matching train-encoder`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from matching.training import encoder as trainer
from matching.training.pairs import Pair, lexicon_pairs, own_words, read_pairs
from matching.training.teacher import teacher_folder, teacher_vectors
from matching.training.vocabulary import dictionary_frequencies, tokenizer, vocabulary

COMMON = 1e-3
"""Words more frequent than this share of running text weigh less in a text's mean (a / (a + p))."""


def run(
    files: Sequence[Path],
    out: Path,
    *,
    teacher: str | None,
    keep: Path | None,
    settings: trainer.Settings,
    vocabulary_size: int,
    report: Callable[[str], None],
) -> None:
    """Read the pairs and the lexicon, encode the English once, fit the table, save it."""
    pairs = [*read_pairs(files), *lexicon_pairs()]
    report(f"{len(pairs)} pairs")
    vectors = teacher_vectors((p.english for p in pairs), folder=teacher or teacher_folder(), keep=keep)
    words = vocabulary((pair.text for pair in pairs), own_words(pairs), size=vocabulary_size)
    made = tokenizer(words)
    report(f"{len(words)} tokens, {len(vectors)} teacher vectors")
    names = {english: row for row, english in enumerate(vectors)}
    table = np.stack(list(vectors.values()))
    targets = trainer.project(table, settings.dimensions)[[names[pair.english] for pair in pairs]]
    weights = trainer.train(pairs, targets, made, settings, report=report)
    trainer.save(quiet_common_words(weights, made.get_vocab(), foreign_counts(pairs)), made, out)
    report(f"saved {out}")


def quiet_common_words(
    weights: np.ndarray, tokens: dict[str, int], foreign: Mapping[str, int] | None = None
) -> np.ndarray:
    """Each row scaled by how telling its word is: a / (a + the word's share of running text).

    Chinese shares come from jieba's dictionary, those of other words from `foreign` counts.
    """
    scale = np.ones(len(weights), dtype=np.float32)
    for counts in (dictionary_frequencies(), foreign or {}):
        total = sum(counts.values())
        for word, row in tokens.items():
            if counts.get(word):
                scale[row] = COMMON / (COMMON + counts[word] / total)
    for word, row in tokens.items():
        if len(word) == 1 and word.isascii():
            scale[row] = 0.0  # letters are what an unknown word falls into: they mean nothing
    return weights * scale[:, None]


def foreign_counts(pairs: Sequence[Pair]) -> Counter[str]:
    """How often each word of Latin letters occurs in the pairs' texts."""
    return Counter(word for pair in pairs for word in re.findall(r"[a-z0-9]+", pair.text))
