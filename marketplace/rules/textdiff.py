"""What changed between two texts, word by word; a Chinese character counts as a word."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, REMOVED, ADDED = "same", "removed", "added"
_WORD = re.compile(r"[A-Za-z0-9_.%+-]+|\s+|.", re.DOTALL)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
MOST_WORDS = 3000  # beyond that whole lines are compared: word by word takes quadratic time
LEAST_SAME = 2     # fewer kept characters between two changes are read as part of the change


@dataclass(frozen=True)
class Piece:
    """A stretch of text: the `same` in both, `removed` from the old or `added` in the new one."""

    kind: str
    text: str


def pieces(old: str, new: str) -> list[Piece]:
    """The texts as alternating stretches; without the added ones they are `old`, without the removed ones `new`."""
    found: list[Piece] = []
    removed = added = ""
    steps = list(_steps(old, new))
    for place, (kept, gone, come) in enumerate(steps, 1):
        between = (removed or added) and place < len(steps)
        if kept and (len(kept) >= LEAST_SAME or not between):
            found += _changed(removed, added)
            found.append(Piece(SAME, kept))
            removed = added = ""
        else:
            removed, added = removed + kept + gone, added + kept + come
    return found + list(_changed(removed, added))


def _steps(old: str, new: str) -> Iterator[tuple[str, str, str]]:
    """(kept, removed, added), one of them or the last two at a time."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        before, after = _LINE.findall(old), _LINE.findall(new)
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[a:b]), "".join(after[c:d])
        yield (gone, "", "") if tag == "equal" else ("", gone, come)


def _changed(removed: str, added: str) -> Iterator[Piece]:
    if removed == added:
        if removed:
            yield Piece(SAME, removed)
        return
    if removed:
        yield Piece(REMOVED, removed)
    if added:
        yield Piece(ADDED, added)
