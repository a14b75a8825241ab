"""The ladder of reminders and demands around a due date: which step on which day, who is told, what is made ready.

The steps are the platform's own rules, dated like the law they serve; the law gives the due date (Decree 802 Arts
9-10, Civil Code 201 and 203) and the complaint at the end (Decree 802 Arts 24-25, in force 2025-06-01). The reminder
on the last working day before the nominal last day answers the open reading of Civil Code 203: whoever pays then is
on time under either.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any

from marketplace.rules.dates import DAY
from marketplace.rules.errors import Problem, Problems


class Anchor(StrEnum):
    """What a step's day is counted from."""

    BEFORE = "before"
    LAST_WORKDAY = "last_workday"
    DUE = "due"
    LATE = "late"


class Addressee(StrEnum):
    """Who hears of a step."""

    FOUNDER = "founder"
    BUYER_FINANCE = "finance"
    BUYER_HEAD = "head"
    OPERATOR = "operator"


class Product(StrEnum):
    """What a step makes ready or brings about. The last two are proposals other rules decide on."""

    REMINDER = "reminder"
    OVERDUE_NOTICE = "overdue_notice"
    DEMAND_LETTER = "demand_letter"
    COMPLAINT_FILE = "complaint_file"
    PUBLISHING_BLOCK = "publishing_block"
    PUBLIC_LISTING = "public_listing"


@dataclass(frozen=True)
class Rung:
    """One step of the ladder; `days` before or after the due date, 0 for the other anchors."""

    anchor: Anchor
    days: int
    tells: tuple[Addressee, ...]
    makes: tuple[Product, ...]

    @cached_property
    def code(self) -> str:
        """"before_3", "last_workday", "due", "late_7": stable, whatever edition names the step."""
        return f"{self.anchor}_{self.days}" if self.anchor in (Anchor.BEFORE, Anchor.LATE) else str(self.anchor)

    @property
    def in_order(self) -> tuple[int, int]:
        """The place on the ladder: of two steps on one day the later place speaks."""
        return list(Anchor).index(self.anchor), -self.days if self.anchor is Anchor.BEFORE else self.days


@dataclass(frozen=True)
class Ladder:
    """One edition of the ladder, in force from `since` up to, not including, `until`."""

    since: date
    until: date | None
    basis: str
    basis_en: str
    rungs: tuple[Rung, ...]

    def rung(self, code: str) -> Rung | None:
        """The step of a code, None where this edition has none."""
        return next((rung for rung in self.rungs if rung.code == code), None)


@dataclass(frozen=True)
class Dated:
    """A step on its day."""

    on: date
    rung: Rung


def ladder_on(editions: Iterable[Ladder], day: date) -> Ladder | None:
    """The edition in force on a day, None before the first."""
    return next((one for one in editions if one.since <= day and (one.until is None or day < one.until)), None)


def schedule(ladder: Ladder, *, due: date, remind_on: date | None) -> tuple[Dated, ...]:
    """Every step of an obligation on its day, in order. `remind_on`: last working day before the nominal last day.

    A reminder some days before the due date never comes after that working day: in a week's holiday nobody reads it.
    """
    before = remind_on or due - DAY

    def on(rung: Rung) -> date:
        if rung.anchor is Anchor.BEFORE:
            return min(due - timedelta(days=rung.days), before)
        if rung.anchor is Anchor.LAST_WORKDAY:
            return before
        return due + timedelta(days=rung.days)

    return tuple(sorted((Dated(on(rung), rung) for rung in ladder.rungs), key=lambda one: (one.on, one.rung.in_order)))


def to_take(steps: Sequence[Dated], taken: Iterable[str], *, today: date) -> tuple[tuple[Dated, ...], Dated | None]:
    """(steps reached and not taken yet, the one of them that is said aloud or None).

    Only the last step reached speaks: days on which nothing ran are caught up without old reminders, and a step a
    new edition puts before one already taken stays silent.
    """
    done = set(taken)
    reached = [one for one in steps if one.on <= today]
    fresh = tuple(one for one in reached if one.rung.code not in done)
    return fresh, reached[-1] if fresh and fresh[-1] is reached[-1] else None


def upcoming(steps: Iterable[Dated], taken: Iterable[str]) -> tuple[Dated, ...]:
    """The steps that have not been taken, in order; the first may be in the past."""
    done = set(taken)
    return tuple(one for one in steps if one.rung.code not in done)


def read_ladders(document: Any) -> tuple[Ladder, ...]:
    """Editions, oldest first, from {"editions": [{"since", "until", "basis", "basis_en", "steps"}]}.

    Raises Problems naming every fault with its place ("editions[0].steps[2].days").
    """
    problems: list[Problem] = []
    editions = document.get("editions") if isinstance(document, Mapping) else None
    if not isinstance(editions, list) or not editions:
        raise Problems([Problem("editions", "ladder.no_editions")])
    read = [_edition(entry, f"editions[{place}]", problems) for place, entry in enumerate(editions)]
    if problems:
        raise Problems(problems)
    found = sorted((one for one in read if one), key=lambda one: one.since)
    for earlier, later in pairwise(found):
        if earlier.until is None or earlier.until > later.since:
            problems.append(Problem("editions", "ladder.overlap", {"since": later.since}))
    if problems:
        raise Problems(problems)
    return tuple(found)


def _edition(entry: Any, where: str, problems: list[Problem]) -> Ladder | None:
    entry = entry if isinstance(entry, Mapping) else {}
    since = _day(entry.get("since"), f"{where}.since", problems)
    until = _day(entry["until"], f"{where}.until", problems) if entry.get("until") else None
    for name in ("basis", "basis_en"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            problems.append(Problem(f"{where}.{name}", "ladder.no_basis"))
    steps = entry.get("steps")
    if not isinstance(steps, list) or not steps:
        problems.append(Problem(f"{where}.steps", "ladder.no_steps"))
        return None
    rungs = [_rung(step, f"{where}.steps[{place}]", problems) for place, step in enumerate(steps)]
    kept = sorted((rung for rung in rungs if rung), key=lambda rung: rung.in_order)
    if len({rung.code for rung in kept}) < len(kept):
        problems.append(Problem(f"{where}.steps", "ladder.step_twice"))
    return Ladder(since, until, str(entry.get("basis")), str(entry.get("basis_en")), tuple(kept)) if since else None


def _rung(step: Any, where: str, problems: list[Problem]) -> Rung | None:
    step = step if isinstance(step, Mapping) else {}
    before = len(problems)
    anchor = step.get("anchor")
    if anchor not in set(Anchor):
        problems.append(Problem(f"{where}.anchor", "ladder.unknown_word", {"word": str(anchor)}))
    days = step.get("days", 0)
    counted = anchor in (Anchor.BEFORE, Anchor.LATE)
    if not isinstance(days, int) or isinstance(days, bool) or (not 1 <= days <= 366 if counted else days != 0):
        problems.append(Problem(f"{where}.days", "ladder.days", {"days": str(days)}))
    tells = _words(step.get("tells"), Addressee, f"{where}.tells", problems)
    makes = _words(step.get("makes"), Product, f"{where}.makes", problems)
    if len(problems) > before:
        return None
    return Rung(Anchor(anchor), days, tuple(map(Addressee, tells)), tuple(map(Product, makes)))


def _words(entry: Any, kind: type[StrEnum], where: str, problems: list[Problem]) -> list[str]:
    words = entry if isinstance(entry, list) and entry else [None]
    problems += [Problem(where, "ladder.unknown_word", {"word": str(word)}) for word in words if word not in set(kind)]
    return [str(word) for word in words]


def _day(text: Any, where: str, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        problems.append(Problem(where, "ladder.no_day", {"text": str(text)}))
        return None
