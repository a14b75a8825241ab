"""What a demand must say before it can be published: the triple of scene, data and need, and how it is accepted.

Basis: platform rule, as the public lists of open challenges state it (场景、数据、需求).
"No data" is an answer; a blank is none.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marketplace.rules.errors import Problem

TRIPLE = ("scene", "data_offered", "description")


def problems(row: Any) -> Iterator[Problem]:
    """One Problem for each thing a demand, or a draft of one, does not say yet."""
    for name in TRIPLE:
        if not getattr(row, name).strip():
            yield Problem(name, f"demand.{name}_missing")
    if not row.acceptance_criteria:
        yield Problem("acceptance_criteria", "demand.acceptance_missing")
