"""What can go wrong, named so that a person can put it right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


class MatchingError(Exception):
    """Base of every error the commands report in one line and exit code 2."""


class EncoderUnavailable(MatchingError):
    """The named encoder could not be loaded; nothing else was used in its place."""

    def __init__(self, name: str, cause: str):
        super().__init__(
            f"cannot load the encoder {name!r}: {cause}. "
            "Set MATCHING_MODEL to a sentence-transformers model's folder or name, "
            "or unset it to use the embedded encoder."
        )
        self.name = name


class RerankerUnavailable(MatchingError):
    """The named cross-encoder could not be loaded; nothing was ranked without it."""

    def __init__(self, name: str, cause: str):
        super().__init__(
            f"cannot load the reranker {name!r}: {cause}. "
            "Set MATCHING_RERANKER to a sentence-transformers CrossEncoder's folder or name, "
            "or unset it to rank without one."
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line of an input file that cannot be used (number counts from 1; 0 is the file itself)."""

    file: str
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.reason}"


class BadInput(MatchingError):
    """Every bad line of the input at once."""

    def __init__(self, lines: Sequence[BadLine]):
        super().__init__("\n".join(str(line) for line in lines))
        self.lines = tuple(lines)


def gather(*readers: Callable[[], Any]) -> list[Any]:
    """Every reader's result, or one BadInput with the bad lines of all of them."""
    results, bad = [], []
    for read in readers:
        try:
            results.append(read())
        except BadInput as error:
            bad.extend(error.lines)
    if bad:
        raise BadInput(bad)
    return results
