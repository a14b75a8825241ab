"""Training pairs for the encoder: Chinese text and the English text its teacher reads.

Files are JSONL, gzipped or not, one {"zh", "en"} per line; the lexicon's domain terms join them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from matching.errors import BadInput, BadLine
from matching.text import lexicon_lines, normalise

LONGEST_ENGLISH = 240
TERM_WEIGHT = 2.0
ENGLISH_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Pair:
    """text is to be encoded as the teacher encodes english; both non-empty; weight counts in the loss."""

    text: str
    english: str
    weight: float = 1.0


def read_pairs(paths: Iterable[Path]) -> list[Pair]:
    """The pairs of the files, in order, each followed by its English side as a pair of its own.

    Raises BadInput with every bad line of every file.
    """
    pairs: list[Pair] = []
    bad: list[BadLine] = []
    for path in paths:
        for number, line in enumerate(_lines(path), start=1):
            try:
                row = json.loads(line)
                english = row["en"][:LONGEST_ENGLISH].strip()
                chinese = normalise(row["zh"]).strip()
            except (ValueError, KeyError, TypeError, AttributeError):
                bad.append(BadLine(str(path), number, 'expected a JSON object with texts "zh" and "en"'))
                continue
            if chinese and english:
                pairs += [Pair(chinese, english), Pair(normalise(english), english, ENGLISH_WEIGHT)]
    if bad:
        raise BadInput(bad)
    return pairs


def _lines(path: Path) -> list[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            return [line for line in file.read().split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise BadInput([BadLine(str(path), 0, f"cannot be read: {error}")]) from error


def lexicon_pairs() -> Iterator[Pair]:
    """The field's terms (matching/lexicon/domain_terms.tsv): each term, and the topic as a whole."""
    for _, english, *groups in lexicon_lines("domain_terms.tsv"):
        terms = [term for group in groups for term in normalise(group).split()]
        for term in terms:
            yield Pair(term, english, TERM_WEIGHT)
        yield Pair(" ".join(terms), english, TERM_WEIGHT)
        yield Pair(normalise(english), english)


def own_words(pairs: Iterable[Pair]) -> set[str]:
    """Short texts that are words of their own: they become tokens."""
    return {pair.text for pair in pairs if len(pair.text) <= 6}
