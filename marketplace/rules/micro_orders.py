"""Small orders (微单): what counts as one.

Basis: platform rule (no law defines them). An order is small when its budget is at most the figure in force, or when
its buyer orders in batches and names the smallest one.
"""
from __future__ import annotations

from datetime import date

from marketplace.rules.statutes import DECREE_802_SINCE, Dated, in_force

PLATFORM_RULE = "platform"
BUDGET_CEILING = (Dated(2_000_000, "fen", DECREE_802_SINCE, PLATFORM_RULE),)
LONGEST_RESPONSE_HOURS = 720
LARGEST_BATCH = 1_000_000


def ceiling(on: date) -> int:
    """Up to how many fen a budget makes a small order."""
    return (in_force(BUDGET_CEILING, on) or BUDGET_CEILING[0]).value


def is_micro(budget_fen: int, minimum_batch: int | None, *, on: date) -> bool:
    """Whether a demand is a small order."""
    return minimum_batch is not None or budget_fen <= ceiling(on)
