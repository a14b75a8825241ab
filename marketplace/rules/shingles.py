"""How much of one text stands in another: overlapping pieces of eight characters, without what everybody writes.

Pieces (shingles) and their overlap are Broder's measure of resemblance (On the resemblance and containment of
documents, 1997); eight characters are about four Chinese words, too long to agree by accident.
"""
from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.rules.statutes import Dated

PLATFORM = "平台规则（2026-01-01起施行）"
_SINCE = date(2026, 1, 1)
LENGTH = 8
OVERLAP_LEAST = Dated(50, "percent", _SINCE, PLATFORM)
COMMON_LEAST = Dated(60, "characters", _SINCE, PLATFORM)
COMMONPLACE = Dated(30, "percent", _SINCE, PLATFORM)
COMMONPLACE_LEAST = Dated(3, "count", _SINCE, PLATFORM)
PASSAGES = 5


@dataclass(frozen=True)
class Text:
    """A text brought to one spelling: `letters` without spaces and marks, `places` where each stood in `original`."""

    original: str
    letters: str
    places: tuple[int, ...]

    @property
    def pieces(self) -> list[str]:
        """Every piece of LENGTH letters, by where it begins."""
        return [self.letters[at:at + LENGTH] for at in range(len(self.letters) - LENGTH + 1)]


@dataclass(frozen=True)
class Likeness:
    """`percent`: of the shorter text's own pieces, how many stand in the other. `passages`: longest common ones as
    the first text writes them. `common`: letters of its own the first shares with the second."""

    percent: int
    common: int
    passages: tuple[str, ...]


def read(original: str) -> Text:
    """A text ready to be compared: width, capitals, spaces and punctuation do not count."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(original):
        for letter in unicodedata.normalize("NFKC", character).casefold():
            if letter.isalnum():
                letters.append(letter)
                places.append(place)
    return Text(original, "".join(letters), tuple(places))


def commonplaces(texts_by_author: Mapping[int, Iterable[Text]]) -> frozenset[str]:
    """Pieces that 30 % of other authors, and at least three, write too: phrases of the trade, not of a bidder."""
    seen: Counter[str] = Counter()
    for texts in texts_by_author.values():
        seen.update({piece for text in texts for piece in text.pieces})
    least = max(COMMONPLACE_LEAST.value, -(-len(texts_by_author) * COMMONPLACE.value // 100))
    return frozenset(piece for piece, authors in seen.items() if authors >= least)


def likeness(one: Text, other: Text, *, ignored: frozenset[str] = frozenset()) -> Likeness:
    """How alike two texts are, leaving out the ignored pieces (quotations of the demand, phrases of the trade)."""
    mine = _own(one, ignored)
    own, theirs = set(mine) - {""}, set(_own(other, ignored)) - {""}
    if not own or not theirs:
        return Likeness(0, 0, ())
    covered = _covered(mine, theirs)
    percent = len(own & theirs) * 100 // min(len(own), len(theirs))
    return Likeness(percent, sum(end - start for start, end in covered), _quoted(one, covered))


def _own(text: Text, ignored: frozenset[str]) -> list[str]:
    """The pieces of a text, "" for those that are not its own: half or more of whose letters stand in ignored ones.

    So neither do the seams between a quotation and a phrase of the trade count as anybody's own words.
    """
    quoted = bytearray(len(text.letters))
    for at, piece in enumerate(text.pieces):
        if piece in ignored:
            quoted[at:at + LENGTH] = b"\x01" * LENGTH
    return [piece if sum(quoted[at:at + LENGTH]) < LENGTH // 2 else "" for at, piece in enumerate(text.pieces)]


def _covered(mine: list[str], theirs: set[str]) -> list[tuple[int, int]]:
    """Stretches of letters (start, end) made of common pieces."""
    stretches: list[tuple[int, int]] = []
    for at, piece in enumerate(mine):
        if piece and piece in theirs:
            if stretches and at <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], at + LENGTH)
            else:
                stretches.append((at, at + LENGTH))
    return stretches


def _quoted(text: Text, stretches: list[tuple[int, int]]) -> tuple[str, ...]:
    longest = sorted(stretches, key=lambda one: (one[0] - one[1], one[0]))[:PASSAGES]
    return tuple(max(text.original[text.places[start]:text.places[end - 1] + 1].splitlines(), key=len)
                 for start, end in longest)


def is_near_identical(found: Likeness) -> bool:
    """Whether a likeness is worth a person's look."""
    return found.percent >= OVERLAP_LEAST.value and found.common >= COMMON_LEAST.value
