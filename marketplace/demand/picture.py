"""The slices of a project as a layered graph: boxes by level, arrows that go round the boxes between them.

An arrow that skips levels gets a lane of its own in every level it crosses, as if it were a thin box there, so that no
arrow ever runs behind a box. Sizes are SVG user units (CSS pixels at full size).
"""
from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LANE = 210, 58, 14
GAP_X, GAP_Y, EDGE = 64, 18, 4
MOST_SWEEPS = 4
Key = int | tuple[int, int, int]  # a slice, or the lane of (from, to) in a level


@dataclass(frozen=True)
class Box:
    """A slice: `lines` are its title in at most two lines, `status` a DemandStatus value or "planning"."""

    position: int
    lines: tuple[str, ...]
    status: str
    x: int
    y: int


@dataclass(frozen=True)
class Arrow:
    """A dependency, `path` as SVG path data, ending at (x, y)."""

    before: int
    after: int
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Picture:
    """Everything the template draws."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    box_width: int
    box_height: int
    width: int
    height: int


def draw(levels: Sequence[Sequence[int]], depends_on: Mapping[int, Sequence[int]], titles: Mapping[int, str],
         statuses: Mapping[int, str] | None = None) -> Picture:
    """Lay out slices in columns by level; `statuses` are those of the posted demands, by position."""
    level_of = {position: column for column, level in enumerate(levels) for position in level}
    edges = [(before, after) for after in level_of for before in depends_on.get(after, ())]
    columns: list[list[Key]] = [list(level) for level in levels]
    for before, after in edges:
        for column in range(level_of[before] + 1, level_of[after]):
            columns[column].append((before, after, column))
    way = {(before, after): [before, *((before, after, column) for column in range(
        level_of[before] + 1, level_of[after])), after] for before, after in edges}
    _untangle(columns, list(way.values()))
    tops, height = _tops(columns)
    boxes = tuple(
        Box(key, _wrapped(f"{key}. {titles.get(key, '')}"), (statuses or {}).get(key, "planning"), _left(column),
            tops[key])
        for column, keys in enumerate(columns) for key in keys if isinstance(key, int))
    arrows = tuple(_arrow(before, after, way[before, after], tops, level_of) for before, after in edges)
    width = len(columns) * (WIDTH + GAP_X) - GAP_X + 2 * EDGE
    return Picture(tuple(sorted(boxes, key=lambda box: box.position)), arrows, WIDTH, HEIGHT, max(width, 1), height)


def _left(column: int) -> int:
    return EDGE + column * (WIDTH + GAP_X)


def _untangle(columns: list[list[Key]], ways: Sequence[Sequence[Key]]) -> None:
    """Order each column by where its neighbours stand (the barycentre heuristic), forth and back a few times."""
    before: dict[Key, list[Key]] = {}
    after: dict[Key, list[Key]] = {}
    for way in ways:
        for one, following in itertools.pairwise(way):
            before.setdefault(following, []).append(one)
            after.setdefault(one, []).append(following)
    for sweep in range(MOST_SWEEPS):
        forth = sweep % 2 == 0
        neighbours = before if forth else after
        order = range(1, len(columns)) if forth else range(len(columns) - 2, -1, -1)
        for column in order:
            beside = {key: place for place, key in enumerate(columns[column - 1 if forth else column + 1])}
            places = {key: place for place, key in enumerate(columns[column])}
            columns[column].sort(key=lambda key: _middle(
                [beside[one] for one in neighbours.get(key, ()) if one in beside], places[key]))


def _middle(places: Sequence[int], own: int) -> float:
    return sum(places) / len(places) if places else own


def _tops(columns: Sequence[Sequence[Key]]) -> tuple[dict[Key, int], int]:
    """The upper edge of every box and lane, columns centred on each other; and the height of the whole."""
    heights = [sum((HEIGHT if isinstance(key, int) else LANE) + GAP_Y for key in keys) - GAP_Y for keys in columns]
    tallest = max(heights, default=0)
    tops: dict[Key, int] = {}
    for keys, own in zip(columns, heights, strict=True):
        y = EDGE + (tallest - own) // 2
        for key in keys:
            tops[key] = y
            y += (HEIGHT if isinstance(key, int) else LANE) + GAP_Y
    return tops, max(tallest + 2 * EDGE, 1)


def _arrow(before: int, after: int, way: Sequence[Key], tops: Mapping[Key, int], level_of: Mapping[int, int]) -> Arrow:
    """From the right edge of the first box through the lanes to the left edge of the last."""
    x, y = _left(level_of[before]) + WIDTH, tops[before] + HEIGHT // 2
    parts = [f"M{x} {y}"]
    for step, key in enumerate(way[1:], start=1):
        lane = not isinstance(key, int)
        left = _left(level_of[before] + step)
        middle = tops[key] + (LANE if lane else HEIGHT) // 2
        parts.append(f"C{x + GAP_X // 2} {y} {left - GAP_X // 2} {middle} {left} {middle}")
        x, y = left, middle
        if lane:
            x += WIDTH
            parts.append(f"H{x}")
    return Arrow(before, after, " ".join(parts), x, y)


def _wrapped(text: str, most: int = 24) -> tuple[str, ...]:
    """A title in one or two lines that fit the box; a Chinese character is as wide as two Latin letters."""
    lines, line, width = [], "", 0
    for letter in text:
        wide = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width + wide > most:
            lines.append(line)
            line, width = "", 0
        line, width = line + letter, width + wide
    lines.append(line)
    if len(lines) > 2:
        lines[1] = f"{lines[1][:-1].rstrip()}…"
    return tuple(lines[:2])
