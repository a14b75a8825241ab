"""Small calculations a page needs to show things: how long is left, and a score as a bar that adds up."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from marketplace.clock import legal_day
from marketplace.i18n import t

TINTS = 5
DAY = 24 * 3600


def time_left(until: dt.date | dt.datetime | str | None, late: bool = False, *, now: dt.datetime) -> str:
    """How long there is until a day or moment, as a short phrase; nothing for none or for a plain text.

    A day is whole: it is reached at its end in Beijing, and one day late begins at the next midnight.
    `late` says that missing it has consequences: "overdue" is then said instead of "past".
    """
    if until is None or isinstance(until, str):
        return ""
    today = legal_day(now)
    if not isinstance(until, dt.datetime):
        return _days((until - today).days, late)
    seconds = int((until - now).total_seconds())
    if 0 < seconds < DAY:
        return _counted("hours_left", max(seconds // 3600, 1))
    if seconds > 0:
        return _days(seconds // DAY, late)
    days = (legal_day(until) - today).days
    return _days(days, late) if days else t("layout.turn.over_today")


def _days(days: int, late: bool) -> str:
    if days == 0:
        return t("layout.turn.today")
    return _counted("days_left" if days > 0 else "days_overdue" if late else "days_past", abs(days))


def _counted(key: str, count: int) -> str:
    return t(f"layout.turn.{key}_one" if count == 1 else f"layout.turn.{key}", count=count)


@dataclass(frozen=True)
class Part:
    """One contribution as drawn: x and width in percent of the bar, `shown` as written beside it."""

    label: str
    shown: str
    x: str
    width: str
    tint: str


@dataclass(frozen=True)
class ScoreParts:
    """The bar of a score; the numbers shown add up to `total` exactly."""

    total: str
    parts: tuple[Part, ...]


def score_parts(contributions: Iterable[tuple[str, float]], digits: int = 2) -> ScoreParts:
    """Contributions rounded so that what is shown adds up to the total shown (largest remainder).

    Positive parts stand side by side from the left; negative ones are laid back over their end,
    so that what stays uncovered is the score.
    """
    pairs = [(label, Fraction(value)) for label, value in contributions]
    unit = 10**digits
    exact = [value * unit for _, value in pairs]
    units = [value.__floor__() for value in exact]
    missing = (sum(exact, Fraction()) + Fraction(1, 2)).__floor__() - sum(units)
    order = sorted(range(len(pairs)), key=lambda i: (units[i] - exact[i], i))
    for index in order[:missing]:
        units[index] += 1
    width = sum((value for _, value in pairs if value > 0), Fraction()) or Fraction(1)
    parts, reached, tint = [], Fraction(), 0
    for (label, value), shown in sorted(zip(pairs, units, strict=True), key=lambda pair: pair[0][1] < 0):
        start = reached if value >= 0 else max(reached + value, Fraction())
        share = value if value >= 0 else min(-value, reached)
        name = "minus" if value < 0 else str(tint % TINTS + 1)
        tint += value >= 0
        reached = max(reached + value, Fraction())
        parts.append(Part(label, f"{'+' if shown > 0 else ''}{shown / unit:.{digits}f}".replace("-", "−"),
                          f"{float(start / width) * 100:.3f}", f"{float(share / width) * 100:.3f}", name))
    return ScoreParts(f"{sum(units) / unit:.{digits}f}", tuple(parts))
