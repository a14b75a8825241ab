"""What bids on one demand have in common that independent bidders seldom have: leads with a method, never verdicts.

Basis of looking: 招标投标法实施条例 (国务院令第613号, in force 2012-02-01) Art. 40 [M] and, for goods and services
bought by government, 财政部令第87号 (in force 2017-10-01) Art. 37 [M]: texts that are abnormally alike, prices that
differ by a rule, bids handed in by one and the same person. The thresholds are the platform's own, dated like law.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import comb
from typing import Any

from marketplace.rules.lifecycle import Lifecycle
from marketplace.rules.statutes import Dated

PLATFORM = "平台规则（2026-01-01起施行）"
_SINCE = date(2026, 1, 1)
TRACE_KEPT_DAYS = Dated(180, "day", _SINCE, PLATFORM + "；《个人信息保护法》（2021-11-01起施行）第十九条 [M]")
RARE = Dated(50, "one_in", _SINCE, PLATFORM)
VERY_RARE = Dated(1000, "one_in", _SINCE, PLATFORM)
SERIES_LEAST = Dated(3, "count", _SINCE, PLATFORM)
CLOSE_TO_BUDGET = Dated(98, "percent", _SINCE, PLATFORM)
CROWD = Dated(4, "count", _SINCE, PLATFORM)
RATIOS = range(80, 100)


class LeadStage(StrEnum):
    """The operator looks, writes down what was seen, and closes it: explained, or forwarded to buyer and authority."""

    NEW = "new"
    LOOKED_AT = "looked_at"
    EXPLAINED = "explained"
    FORWARDED = "forwarded"


class CollusionKind(StrEnum):
    """What was found."""

    SIMILAR_TEXT = "similar_text"
    IDENTICAL_PRICE = "identical_price"
    PRICE_RATIO = "price_ratio"
    PRICE_SERIES = "price_series"
    JUST_UNDER_BUDGET = "just_under_budget"
    SAME_FILE = "same_file"
    SAME_NETWORK = "same_network"
    SHARED_IDENTITY = "shared_identity"


class Strength(StrEnum):
    """How seldom it happens to independent bidders; weak ones alone mean very little."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


COLLUSION_LEAD = Lifecycle("collusion_lead", LeadStage, {
    (LeadStage.NEW, "look"): LeadStage.LOOKED_AT,
    (LeadStage.LOOKED_AT, "look"): LeadStage.LOOKED_AT,
    (LeadStage.LOOKED_AT, "explain"): LeadStage.EXPLAINED,
    (LeadStage.LOOKED_AT, "forward"): LeadStage.FORWARDED,
    (LeadStage.EXPLAINED, "look"): LeadStage.LOOKED_AT,
})
OPEN_STAGES = (LeadStage.NEW, LeadStage.LOOKED_AT)


@dataclass(frozen=True)
class Finding:
    """Something found in some bids, by their keys in ascending order."""

    kind: CollusionKind
    strength: Strength
    bids: tuple[int, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def price_patterns(prices: dict[int, int], *, budget_fen: int) -> list[Finding]:
    """Patterns in the prices (bid → fen) of one demand.

    People write round prices, so a pattern counts only where it would come about by accident less often than once in
    RARE demands: `one_in` of the facts. How often is reckoned from the unit the prices are written in.
    """
    return [*_identical(prices, budget_fen), *_ratios(prices, budget_fen), *_series(prices),
            *_under_budget(prices, budget_fen)]


def unit(*prices: int) -> int:
    """The coarsest of 1, 2, 5, 10, 20, 50 … fen that all prices are multiples of: 100_000 for thousands of yuan."""
    found, power = 1, 1
    while power <= min(prices):
        found = max([found, *(step * power for step in (1, 2, 5)
                              if all(price % (step * power) == 0 for price in prices))])
        power *= 10
    return found


def _places(budget_fen: int, *prices: int) -> int:
    """How many prices of this unit fit into the upper fifth of the budget, where most bids stand."""
    return max(budget_fen // 5 // unit(*prices), 1)


def _strength(rare: int) -> Strength:
    return Strength.STRONG if rare >= VERY_RARE.value else Strength.MEDIUM


def _identical(prices: dict[int, int], budget_fen: int) -> Iterator[Finding]:
    same: dict[int, list[int]] = {}
    for bid, price in prices.items():
        same.setdefault(price, []).append(bid)
    for price, found in sorted(same.items()):
        rare = _places(budget_fen, price) ** (len(found) - 1) // comb(len(prices), len(found))
        if len(found) > 1 and rare >= RARE.value:
            yield Finding(CollusionKind.IDENTICAL_PRICE, _strength(rare), tuple(sorted(found)),
                          {"price_fen": price, "one_in": rare})


def _ratios(prices: dict[int, int], budget_fen: int) -> Iterator[Finding]:
    """One price is a whole percentage of another, to the fen."""
    ordered = sorted((price, bid) for bid, price in prices.items())
    for place, (low, cheap) in enumerate(ordered):
        for high, dear in ordered[place + 1:]:
            percent = round(low * 100 / high)
            rare = _places(budget_fen, low) // (len(RATIOS) * comb(len(prices), 2))
            if percent in RATIOS and low == _share(high, percent) and rare >= RARE.value:
                yield Finding(CollusionKind.PRICE_RATIO, _strength(rare), tuple(sorted((cheap, dear))),
                              {"low_fen": low, "high_fen": high, "percent": percent, "one_in": rare})


def _share(fen: int, percent: int) -> int:
    """A percentage of an amount, half up to the fen."""
    return (fen * percent * 2 + 100) // 200


def _series(prices: dict[int, int]) -> Iterator[Finding]:
    """Three or more prices at exactly equal steps, each series at its full length."""
    at = {price: bid for bid, price in sorted(prices.items(), reverse=True)}
    ordered = sorted(at)
    for place, first in enumerate(ordered):
        for second in ordered[place + 1:]:
            step = second - first
            if first - step in at:
                continue
            run = [first, second]
            while run[-1] + step in at:
                run.append(run[-1] + step)
            spread = (ordered[-1] - ordered[0]) // unit(*run) + 1
            rare = spread ** (len(run) - 2) // comb(len(at), len(run))
            if len(run) >= SERIES_LEAST.value and rare >= RARE.value:
                yield Finding(CollusionKind.PRICE_SERIES, _strength(rare), tuple(sorted(at[price] for price in run)),
                              {"first_fen": run[0], "last_fen": run[-1], "step_fen": step, "count": len(run),
                               "one_in": rare})


def _under_budget(prices: dict[int, int], budget_fen: int) -> Iterator[Finding]:
    """Every one of three or more bids stands within two percent under the published budget."""
    if len(prices) >= SERIES_LEAST.value and all(
            price * 100 >= budget_fen * CLOSE_TO_BUDGET.value for price in prices.values()):
        yield Finding(CollusionKind.JUST_UNDER_BUDGET, Strength.WEAK, tuple(sorted(prices)),
                      {"percent": CLOSE_TO_BUDGET.value, "budget_fen": budget_fen, "low_fen": min(prices.values())})


def same_files(files: dict[int, dict[str, str]]) -> list[Finding]:
    """Files (bid → SHA-256 → name) that stand in more than one bid, to the byte."""
    holders: dict[str, list[int]] = {}
    for bid, named in files.items():
        for digest in named:
            holders.setdefault(digest, []).append(bid)
    return [Finding(CollusionKind.SAME_FILE, Strength.STRONG, tuple(sorted(found)), {
                "sha256": digest, "names": sorted({files[bid][digest] for bid in found})})
            for digest, found in sorted(holders.items()) if len(found) > 1]


@dataclass(frozen=True)
class Trace:
    """Where a submission came from, as keyed hashes that can only be compared. `at`: seconds, for the distance."""

    bid: int
    founder: int
    address: str | None
    agent: str | None
    at: int


def same_network(traces: Sequence[Trace]) -> list[Finding]:
    """Bids of different founders handed in from one network address.

    The same browser too makes it a stronger lead; four or more founders behind one address are most likely the
    network of a park, a campus or an office tower, and a weak one.
    """
    by_address: dict[str, list[Trace]] = {}
    for trace in traces:
        if trace.address is not None:
            by_address.setdefault(trace.address, []).append(trace)
    return [found for _, group in sorted(by_address.items()) for found in _network(group)]


def _network(group: list[Trace]) -> Iterator[Finding]:
    founders = {trace.founder for trace in group}
    if len(founders) < 2:
        return
    latest = {trace.founder: trace for trace in sorted(group, key=lambda trace: trace.bid)}
    bids = tuple(sorted(trace.bid for trace in latest.values()))
    moments = sorted(trace.at for trace in group)
    agents = {trace.agent for trace in group}
    same_browser = len(agents) == 1 and None not in agents
    crowd = len(founders) >= CROWD.value
    strength = Strength.WEAK if crowd else Strength.STRONG if same_browser else Strength.MEDIUM
    yield Finding(CollusionKind.SAME_NETWORK, strength, bids, {
        "founders": len(founders), "same_browser": same_browser, "crowd": crowd,
        "minutes": (moments[-1] - moments[0]) // 60})
