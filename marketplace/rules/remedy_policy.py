"""The platform's own numbers after a late payment, dated like law, and the small decisions that use them.

None of these numbers is in Decree 802; they are the platform's published rules. What the decree says on the same
subject is named beside each: Art 15 (undisputed part), Arts 20 and 35 (no retaliation), Arts 25-26 (complaints,
publication by an authority), all in force 2025-06-01.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.rules.dates import Calendar, RolledDay, add_working_days, roll_forward
from marketplace.rules.errors import NotFound
from marketplace.rules.statutes import Dated, in_force

_SINCE = date(2025, 6, 1)
PLATFORM = "平台规则（2025-06-01起施行）"


@dataclass(frozen=True)
class Rule:
    """A number of the platform by the day it applies, and the article of law on the same subject ("" for none)."""

    series: tuple[Dated[int], ...]
    article: str = ""


def _rule(value: int, unit: str, article: str = "") -> Rule:
    return Rule((Dated(value, unit, _SINCE, PLATFORM),), article)


RULES: Mapping[str, Rule] = {
    "block_from_days_late": _rule(30, "day", "CN-802/15"),
    "plan_longest_days": _rule(180, "day"),
    "plan_most_instalments": _rule(12, "count"),
    "listing_from_days_late": _rule(60, "day", "CN-802/26"),
    "reply_working_days": _rule(5, "working_day"),
    "mediation_answer_working_days": _rule(5, "working_day"),
    "pause_longest_days": _rule(60, "day"),
    "retaliation_window_days": _rule(365, "day", "CN-802/20"),
    "retaliation_close_margin": _rule(300, "hundredth"),
}


def number(key: str, *, on: date) -> int:
    """The value of a rule on a day; before its first day the first value. Raises NotFound for an unknown rule."""
    if key not in RULES:
        raise NotFound("policy.unknown", key=key)
    series = RULES[key].series
    found = in_force(series, on)
    return (found or series[0]).value


def blocks_publishing(days_late: int, *, on: date) -> bool:
    """Whether an undisputed amount this many days late stops its buyer from publishing."""
    return days_late >= number("block_from_days_late", on=on)


def may_be_listed(days_late: int, *, on: date) -> bool:
    """Whether an overdue obligation may be proposed for the public list."""
    return days_late >= number("listing_from_days_late", on=on)


def reply_until(proposed_on: date, *, calendar: Calendar) -> RolledDay:
    """The last day of the buyer's right of reply; provisional when it reaches into an unpublished year."""
    return add_working_days(proposed_on, number("reply_working_days", on=proposed_on), calendar)


def mediation_answer_until(requested_on: date, *, calendar: Calendar) -> RolledDay:
    """The last day on which the other side may agree to mediation."""
    return add_working_days(requested_on, number("mediation_answer_working_days", on=requested_on), calendar)


@dataclass(frozen=True)
class Instalment:
    """One promised payment."""

    due_on: date
    amount_fen: int


def promised_before(instalments: Sequence[Instalment], *, today: date, calendar: Calendar) -> int:
    """What should have been paid before today begins; a day on a rest day rolls (Civil Code 203, 2021-01-01)."""
    return sum(one.amount_fen for one in instalments if roll_forward(one.due_on, calendar).day < today)


def next_promised(instalments: Sequence[Instalment], paid_fen: int) -> Instalment | None:
    """The first instalment that what has been paid does not cover."""
    reached = 0
    for one in instalments:
        reached += one.amount_fen
        if paid_fen < reached:
            return one
    return None


_BANDS_YUAN = (10_000, 50_000, 200_000, 1_000_000)


def amount_band(principal_fen: int) -> tuple[int, int | None]:
    """(from, below) in fen: what the public list says instead of the amount. None: no upper end."""
    low = 0
    for yuan in _BANDS_YUAN:
        if principal_fen < yuan * 100:
            return low, yuan * 100
        low = yuan * 100
    return low, None


def masked(contract_number: str) -> str:
    """A contract number for the public: its kind and year, and the last two characters ("HT-2026-****42")."""
    head, _, tail = contract_number.rpartition("-")
    hidden = "*" * max(len(tail) - 2, 2)
    return f"{head}-{hidden}{tail[-2:]}" if head else f"{hidden}{tail[-2:]}"


def protected_until(last_event: date) -> date:
    """The last day on which what a buyer does to this founder is looked at."""
    return last_event + timedelta(days=number("retaliation_window_days", on=last_event))


@dataclass(frozen=True)
class Ranked:
    """A bid's place in a frozen ranking; `total` in hundredths of a point."""

    founder_id: int
    rank: int
    total: int


def passed_over(ranking: Sequence[Ranked], *, winner_id: int, founder_id: int, on: date) -> Ranked | None:
    """The founder's place when it was ranked above the winner, or lost by no more than the close margin."""
    places = {row.founder_id: row for row in ranking}
    own, won = places.get(founder_id), places.get(winner_id)
    if own is None or won is None or own is won:
        return None
    close = won.total - own.total <= number("retaliation_close_margin", on=on)
    return own if own.rank < won.rank or close else None


@dataclass(frozen=True)
class Conditions:
    """What a demand asks of its bidders, as far as it can be compared."""

    skills: frozenset[str]
    certifications: frozenset[str]
    remote_ok: bool


def newly_excluding(before: Conditions, after: Conditions, *, skills: frozenset[str],
                    certifications: frozenset[str]) -> tuple[str, ...]:
    """Conditions added to a demand posted again that this founder's profile does not meet; empty when there are none.

    Each is "certification:<name>", "skill:<name>" or "on_site".
    """
    found = [f"certification:{name}" for name in sorted(after.certifications - before.certifications - certifications)]
    found += [f"skill:{name}" for name in sorted(after.skills - before.skills - skills)]
    if before.remote_ok and not after.remote_ok:
        found.append("on_site")
    return tuple(found)
