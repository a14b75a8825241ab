"""What a page about a demand says first: whose turn it is, what they have to do, and until when."""
from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.rules.lifecycle import DemandStatus


@dataclass(frozen=True)
class Turn:
    """`key` names the texts demand.turn.<key>.whose and .what; `mine` when the reader is the one to act."""

    key: str
    until: dt.datetime | None
    mine: bool


def turn_of(demand: Demand, *, viewer: User | None, now: dt.datetime) -> Turn:
    """Whose turn it is on a demand, as `viewer` sees it."""
    own = viewer is not None and viewer.organisation_id == demand.buyer_id
    role = viewer.role if viewer is not None else None
    if demand.status == DemandStatus.PLANNING:
        return Turn("publish", None, own)
    if demand.status == DemandStatus.ACTIVE and demand.accepts_bids(now=now):
        return Turn("bid", demand.bid_deadline, role == Role.FOUNDER)
    if demand.status == DemandStatus.ACTIVE:
        return Turn("open", None, own or role == Role.OPERATOR)
    if demand.status == DemandStatus.EVALUATION:
        return Turn("evaluate", None, own)
    return Turn(str(demand.status), None, False)


@dataclass(frozen=True)
class Desk:
    """A buyer's demands by what has to happen next."""

    drafts: list[Demand]
    to_open: list[Demand]
    to_evaluate: list[Demand]
    bidding: list[Demand]
    closed: list[Demand]


def desk_of(demands: Sequence[Demand], *, now: dt.datetime) -> Desk:
    """Sort a buyer's demands; those taking bids by their deadline."""
    active = [demand for demand in demands if demand.status == DemandStatus.ACTIVE]
    done = (DemandStatus.COMPLETE, DemandStatus.UNSUCCESSFUL, DemandStatus.CANCELLED)
    return Desk(
        drafts=[demand for demand in demands if demand.status == DemandStatus.PLANNING],
        to_open=[demand for demand in active if not demand.accepts_bids(now=now)],
        to_evaluate=[demand for demand in demands if demand.status == DemandStatus.EVALUATION],
        bidding=sorted((demand for demand in active if demand.accepts_bids(now=now)),
                       key=lambda demand: (demand.bid_deadline, demand.id)),
        closed=[demand for demand in demands if demand.status in done])


def by_month(demands: Sequence[Demand]) -> list[tuple[dt.date, list[Demand]]]:
    """Demands, newest first, by the month (its first day, Beijing) in which they were published."""
    def month(demand: Demand) -> dt.date:
        return legal_day(demand.published_at or demand.created_at).replace(day=1)

    return [(first, list(found)) for first, found in groupby(demands, key=month)]


def levels_picture(levels: Sequence[Sequence[int]], depends_on: dict[int, Sequence[int]],
                   titles: dict[int, str]) -> Picture:
    """Slices as boxes in columns by level, with a line for each dependency; sizes in SVG user units."""
    width, height, gap_x, gap_y = 190, 44, 56, 16
    boxes: dict[int, Box] = {}
    for column, level in enumerate(levels):
        for row, position in enumerate(level):
            boxes[position] = Box(position, _fitting(titles.get(position, "")),
                                  column * (width + gap_x) + 1, row * (height + gap_y) + 1)
    lines = tuple(
        Line(boxes[wanted].x + width, boxes[wanted].y + height // 2, box.x, box.y + height // 2)
        for box in boxes.values() for wanted in depends_on.get(box.position, ()))
    most = max((len(level) for level in levels), default=0)
    return Picture(tuple(boxes.values()), lines, width, height,
                   max(len(levels) * (width + gap_x) - gap_x + 2, 1), max(most * (height + gap_y) - gap_y + 2, 1))


def _fitting(title: str, most: int = 22) -> str:
    """A title cut to the width of its box; a Chinese character is as wide as two Latin letters."""
    width = 0
    for place, letter in enumerate(title):
        width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width > most:
            return f"{title[:place].rstrip()}…"
    return title


@dataclass(frozen=True)
class Box:
    """A slice in the picture."""

    position: int
    title: str
    x: int
    y: int


@dataclass(frozen=True)
class Line:
    """A dependency: from the slice that must be finished to the one that waits."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Picture:
    """Everything the template draws."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    box_width: int
    box_height: int
    width: int
    height: int
