"""How near two industries are, by the hierarchy of GB/T 4754 rather than by the spelling of a name."""

from __future__ import annotations

from functools import cache, lru_cache

from matching.text import is_chinese, lexicon_lines, normalise

SAME_DIVISION = 1.0
SAME_SECTION = 0.5
BROAD_SECTIONS = frozenset("C")  # manufacturing holds 31 divisions: sharing it says little
SAME_BROAD_SECTION = 0.2


@cache
def _names() -> dict[str, str]:
    table, sections = {}, {}
    for section, division, *names in lexicon_lines("industries.tsv"):
        sections[division] = section
        for name in names:
            table[normalise(name)] = section + division
    for division, *names in lexicon_lines("industries_en.tsv"):
        for name in names:
            table[normalise(name)] = sections[division] + division
    return table


@cache
def divisions(name: str) -> frozenset[str]:
    """The divisions (section letter and two digits, "C17") an industry's name stands for; empty if unknown."""
    text = normalise(name).strip()
    if not text:
        return frozenset()
    table = _names()
    if text in table:
        return frozenset({table[text]})
    bare = text.removesuffix("业")
    if not is_chinese(text):
        return frozenset(code for known, code in table.items() if f" {text} " in f" {known} ")
    return frozenset(
        code for known, code in table.items() if text in known or known.removesuffix("业") == bare
    )


@lru_cache(maxsize=1 << 16)
def nearness(wanted: frozenset[str], known: frozenset[str]) -> float:
    """0 to 1: the nearest pair of divisions; 0 where either side is unknown."""
    return max((_pair(one, other) for one in wanted for other in known), default=0.0)


def _pair(one: str, other: str) -> float:
    if one == other:
        return SAME_DIVISION
    if one[0] != other[0]:
        return 0.0
    return SAME_BROAD_SECTION if one[0] in BROAD_SECTIONS else SAME_SECTION
