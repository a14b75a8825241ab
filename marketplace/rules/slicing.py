"""A project cut into one-person slices: budgets add up, dependencies can be followed, every slice can be accepted."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.rules.errors import Problem
from marketplace.rules.statutes import Dated, in_force

# What a day of one person's work costs, to judge size only; the platform's own figure, no rule of law.
DAY_RATE = (Dated(300_000, "fen per person-day", date(2026, 1, 1), "平台口径：一人公司综合人日单价"),)
# More work than this is a job for several people or a year: it is cut again.
MOST_PERSON_DAYS = (Dated(120, "person-day", date(2026, 1, 1), "平台口径：单个标包不超过半年的一人工作量"),)


def day_rate(on: date) -> int:
    """Fen for a day of one person's work on a day; the first figure for days before it."""
    return (in_force(DAY_RATE, on) or DAY_RATE[0]).value


def most_person_days(on: date) -> int:
    """The most work one slice should be."""
    return (in_force(MOST_PERSON_DAYS, on) or MOST_PERSON_DAYS[0]).value


def person_days(calendar_days: int) -> int:
    """Days of work one person has in a number of calendar days: five in seven, at least one."""
    return max(calendar_days * 5 // 7, 1)


@dataclass(frozen=True)
class SliceDraft:
    """One slice. `depends_on` are positions of slices that must be finished first; `duration_days` calendar days."""

    position: int
    title: str
    budget_fen: int
    duration_days: int
    deliverables: Sequence[str] = ()
    acceptance_criteria: Sequence[str] = ()
    depends_on: Sequence[int] = ()
    interface: str = ""


@dataclass(frozen=True)
class SlicingCheck:
    """`problems` forbid posting, `warnings` ask for a second look; `row` of each is the slice's position.

    `levels` are positions that can be worked on together, in order; empty while a dependency is unknown or runs
    in a circle.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    levels: tuple[tuple[int, ...], ...]


def check_slices(budget_fen: int, slices: Sequence[SliceDraft], *, reserve_fen: int = 0,
                 day_rate_fen: int | None = None, most_days: int | None = None,
                 interfaces: bool = False) -> SlicingCheck:
    """Look at a project's slices against its budget (fen).

    Slice budgets and the reserve must equal the project's budget to the fen: money left over unnamed would be
    spent by nobody's decision. With a day rate, a slice that buys more person-days than it lasts is warned of; with
    `most_days`, also one that is more work than that. With `interfaces`, a slice that waits or is waited for and does
    not say what is handed over is warned of.
    """
    problems = list(_amount_problems(budget_fen, slices, reserve_fen))
    for one in slices:
        problems += _slice_problems(one)
    dependency_problems = list(_dependency_problems(slices))
    levels: tuple[tuple[int, ...], ...] = ()
    if not dependency_problems:
        levels, circle = _levels(slices)
        if circle:
            titles = {one.position: one.title or str(one.position) for one in slices}
            dependency_problems.append(Problem(
                "depends_on", "slicing.cycle", {"path": " → ".join(titles[p] for p in circle)}, circle[0]))
    warnings = [*_size_warnings(slices, day_rate_fen, most_days),
                *(_interface_warnings(slices) if interfaces else ())]
    return SlicingCheck((*problems, *dependency_problems), tuple(warnings), levels)


def _amount_problems(budget_fen: int, slices: Sequence[SliceDraft], reserve_fen: int) -> Iterator[Problem]:
    if not slices:
        yield Problem("slices", "slicing.no_slices")
        return
    if reserve_fen < 0:
        yield Problem("reserve", "slicing.reserve_negative", {"reserve_fen": reserve_fen})
    cut = sum(one.budget_fen for one in slices) + reserve_fen
    if cut != budget_fen:
        code = "slicing.over_budget" if cut > budget_fen else "slicing.under_budget"
        yield Problem("budget", code, {"budget_fen": budget_fen, "cut_fen": cut,
                                       "difference_fen": abs(budget_fen - cut)})


def _slice_problems(one: SliceDraft) -> Iterator[Problem]:
    if not one.title.strip():
        yield Problem("title", "slicing.no_title", {}, one.position)
    if one.budget_fen <= 0:
        yield Problem("budget", "slicing.budget_not_positive", {}, one.position)
    if one.duration_days <= 0:
        yield Problem("duration_days", "slicing.duration_not_positive", {}, one.position)
    if not any(text.strip() for text in one.deliverables):
        yield Problem("deliverables", "slicing.no_deliverable", {}, one.position)
    if not any(text.strip() for text in one.acceptance_criteria):
        yield Problem("acceptance_criteria", "slicing.no_acceptance_criterion", {}, one.position)


def _dependency_problems(slices: Sequence[SliceDraft]) -> Iterator[Problem]:
    known: set[int] = set()
    for one in slices:
        if one.position in known:
            yield Problem("position", "slicing.position_twice", {"position": one.position}, one.position)
        known.add(one.position)
    for one in slices:
        for wanted in one.depends_on:
            if wanted == one.position:
                yield Problem("depends_on", "slicing.depends_on_itself", {}, one.position)
            elif wanted not in known:
                yield Problem("depends_on", "slicing.unknown_dependency", {"wanted": wanted}, one.position)


def _levels(slices: Sequence[SliceDraft]) -> tuple[tuple[tuple[int, ...], ...], list[int]]:
    """(levels, []) or, where slices wait for each other, ((), the circle with its first position repeated)."""
    waiting = {one.position: set(one.depends_on) for one in slices}
    levels: list[tuple[int, ...]] = []
    while waiting:
        free = tuple(position for position, wants in waiting.items() if not wants & waiting.keys())
        if not free:
            return (), _circle(waiting)
        levels.append(free)
        for position in free:
            del waiting[position]
    return tuple(levels), []


def _circle(waiting: dict[int, set[int]]) -> list[int]:
    """Follow unmet dependencies until a slice comes round again."""
    path = [min(waiting)]
    while True:
        following = min(waiting[path[-1]] & waiting.keys())
        if following in path:
            return [*path[path.index(following):], following]
        path.append(following)


def _size_warnings(slices: Sequence[SliceDraft], day_rate_fen: int | None,
                   most_days: int | None) -> Iterator[Problem]:
    if not day_rate_fen or day_rate_fen < 0:
        return
    for one in slices:
        work = one.budget_fen // day_rate_fen
        if work > one.duration_days > 0:
            yield Problem("budget", "slicing.more_than_one_person",
                          {"person_days": work, "duration_days": one.duration_days}, one.position)
        elif most_days is not None and work > most_days:
            yield Problem("budget", "slicing.too_large", {"person_days": work, "most_days": most_days}, one.position)


def _interface_warnings(slices: Sequence[SliceDraft]) -> Iterator[Problem]:
    waited_for = {wanted for one in slices for wanted in one.depends_on}
    for one in slices:
        if (one.depends_on or one.position in waited_for) and not one.interface.strip():
            yield Problem("interface", "slicing.no_interface", {}, one.position)
