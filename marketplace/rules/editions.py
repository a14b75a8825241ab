"""Monthly editions (榜单期): what differs from the one before, and how an edition turned out.

Pure: editions are compared by the documents that were frozen, so the same documents give the same differences.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from marketplace.rules.lifecycle import DemandStatus, Lifecycle
from marketplace.rules.money import round_half_up


class EditionStatus(StrEnum):
    """Composed as a draft, frozen with the hash of what it says, then published. There is no way back."""

    DRAFT = "draft"
    FROZEN = "frozen"
    PUBLISHED = "published"


class ItemStatus(StrEnum):
    """A buyer proposes a demand; the operator includes or declines it while the edition is a draft."""

    PROPOSED = "proposed"
    INCLUDED = "included"
    DECLINED = "declined"


class Origin(StrEnum):
    """How a demand came into an edition."""

    OPERATOR = "operator"
    BUYER = "buyer"
    CARRIED_OVER = "carried_over"


class Gone(StrEnum):
    """Why a demand of the last edition is not in this one."""

    AWARDED = "awarded"
    UNSUCCESSFUL = "unsuccessful"
    CANCELLED = "cancelled"
    BIDDING_OVER = "bidding_over"
    LEFT_OUT = "left_out"


EDITION = Lifecycle("edition", EditionStatus, {
    (EditionStatus.DRAFT, "freeze"): EditionStatus.FROZEN,
    (EditionStatus.FROZEN, "publish"): EditionStatus.PUBLISHED,
})
EDITION_ITEM = Lifecycle("edition_item", ItemStatus, {
    (ItemStatus.PROPOSED, "include"): ItemStatus.INCLUDED,
    (ItemStatus.PROPOSED, "decline"): ItemStatus.DECLINED,
    (ItemStatus.INCLUDED, "decline"): ItemStatus.DECLINED,
    (ItemStatus.DECLINED, "include"): ItemStatus.INCLUDED,
})
COMPARED = ("title", "track", "budget_fen", "duration_days", "bid_deadline", "terms")
"""Fields of an item whose change is named in the next edition."""


def month_of(day: date) -> date:
    """The first day of a month."""
    return day.replace(day=1)


def following(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def name_of(month: date) -> str:
    """"2026-11"."""
    return f"{month:%Y-%m}"


def read_month(text: str) -> date | None:
    """A month written "2026-11"; None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def fate(status: str, *, takes_bids: bool) -> Gone:
    """Why a demand that is not listed again is gone."""
    ended = {DemandStatus.COMPLETE: Gone.AWARDED, DemandStatus.UNSUCCESSFUL: Gone.UNSUCCESSFUL,
             DemandStatus.CANCELLED: Gone.CANCELLED, DemandStatus.EVALUATION: Gone.BIDDING_OVER}
    return ended.get(DemandStatus(status), Gone.LEFT_OUT if takes_bids else Gone.BIDDING_OVER)


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an item says differently from the last edition: [{field, before, now}]."""
    return [{"field": name, "before": before[name], "now": now[name]} for name in COMPARED
            if before[name] != now[name]]


@dataclass(frozen=True)
class Differences:
    """What an edition brings against the one before: items of the documents, in their order; `gone` as stored."""

    new: tuple[Mapping[str, Any], ...]
    carried: tuple[Mapping[str, Any], ...]
    changed: tuple[Mapping[str, Any], ...]
    gone: tuple[Mapping[str, Any], ...]


def differences(document: Mapping[str, Any]) -> Differences:
    """Read from a document alone; the first edition has only new items."""
    items = document["items"]
    new = tuple(item for item in items if item["first_listed"] == document["month"])
    return Differences(new, tuple(item for item in items if item not in new),
                       tuple(item for item in items if item["changed"]), tuple(document["gone"]))


@dataclass(frozen=True)
class Part:
    """One payment obligation at the end of a day: `due` None before its term starts, `cleared_on` the day the
    principal was complete."""

    amount_fen: int
    left_fen: int
    due: date | None
    cleared_on: date | None


@dataclass(frozen=True)
class Outcome:
    """What became of one listed demand by a moment. `bids` is None while bidding is open: how many compete is told
    to nobody before. Basis: 招标投标法 Art. 22 (in force 2000-01-01)."""

    budget_fen: int
    cancelled: bool
    bids: int | None
    awarded_fen: int | None
    signed: bool
    delivered: bool
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Recap:
    """How an edition turned out by the end of `as_of`. Counts are demands, except `due` and `on_time`: payments
    whose due date has passed or that were made, and those of them made in full by their due date."""

    as_of: date
    listed: int
    cancelled: int
    closed: int
    taken: int
    awarded: int
    signed: int
    delivered: int
    due: int
    on_time: int
    listed_fen: int
    awarded_fen: int
    owed_fen: int
    paid_fen: int

    @property
    def taken_permille(self) -> int | None:
        """揭榜率: demands with a bid among those whose bidding is over; None before the first."""
        return permille(self.taken, self.closed)

    @property
    def on_time_permille(self) -> int | None:
        """兑现率: payments made in full by their due date among those that were due or made."""
        return permille(self.on_time, self.due)


def permille(part: int, whole: int) -> int | None:
    """A share in thousandths, half up; None of nothing."""
    return round_half_up(Fraction(1000 * part, whole)) if whole else None


def recap(outcomes: Iterable[Outcome], *, as_of: date) -> Recap:
    """Count what became of an edition's demands. A cancelled demand stays listed and counts in no rate."""
    every = list(outcomes)
    held = [one for one in every if not one.cancelled]
    closed = [one for one in held if one.bids is not None]
    parts = [part for one in held for part in one.parts]
    due = [part for part in parts if part.cleared_on is not None or (part.due is not None and part.due < as_of)]
    return Recap(
        as_of=as_of, listed=len(every), cancelled=len(every) - len(held), closed=len(closed),
        taken=sum(bool(one.bids) for one in closed), awarded=sum(one.awarded_fen is not None for one in held),
        signed=sum(one.signed for one in held), delivered=sum(one.delivered for one in held), due=len(due),
        on_time=sum(part.cleared_on is not None and (part.due is None or part.cleared_on <= part.due) for part in due),
        listed_fen=sum(one.budget_fen for one in every), awarded_fen=sum(one.awarded_fen or 0 for one in held),
        owed_fen=sum(part.amount_fen for part in parts),
        paid_fen=sum(part.amount_fen - part.left_fen for part in parts))


def takes_bids(status: str, deadline: datetime | None, *, now: datetime) -> bool:
    """Whether a demand is open to bids."""
    return status == DemandStatus.ACTIVE and deadline is not None and now <= deadline
