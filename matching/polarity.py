"""What a text asks for or offers, apart from what it refuses or disclaims.

Terms inside "请勿…", "没做过…" say the opposite of what a bag of words takes them to say: they are
taken out of the positive text and scored on their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from matching.text import clauses, lexicon_lines, normalise

SHORTEST_TOPIC = 2


@dataclass(frozen=True, slots=True)
class Voices:
    """A text in two voices, both normalised and cut into clauses."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]


@cache
def _patterns(side: str) -> re.Pattern[str]:
    parts = [pattern for kind, pattern in lexicon_lines("polarity.tsv") if kind == side]
    return re.compile("|".join(f"(?:{part})" for part in parts))


def is_negative(clause: str, side: str) -> bool:
    """Whether a normalised clause refuses (side "demand") or disclaims (side "profile")."""
    bare = _patterns("keep").sub("", clause)
    return bool(_patterns(side).search(bare)) or (side == "profile" and _is_place(bare))


def _is_place(clause: str) -> bool:
    """Whether the clause restricts where the founder works ("只能在家做"), which names no topic."""
    return bool(_patterns("place").search(clause))


def voices(text: str, side: str) -> Voices:
    """Split a text of a "demand" or a "profile" by polarity.

    A denial that names nothing ("小程序我是用的人，不是做的人") takes its subject from the clause before.
    """
    positive: list[str] = []
    negative: list[str] = []
    for clause in clauses(normalise(text)):
        if not is_negative(clause, side):
            positive.append(clause)
            continue
        if positive and len(topic(clause, side)) < SHORTEST_TOPIC and not _is_place(clause):
            clause = f"{positive.pop()}，{clause}"
        negative.append(clause)
    return Voices(tuple(positive), tuple(negative))


def topic(clause: str, side: str) -> str:
    """The negative clause without its cue: what is refused or disclaimed ("电路不会" gives "电路")."""
    return _patterns(side).sub(" ", clause).strip()
