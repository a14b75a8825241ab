"""Industries as GB/T 4754 divides them, for those who may not ask the matching engine themselves."""
from __future__ import annotations

from matching import industry


def divisions(name: str) -> frozenset[str]:
    """The divisions ("C17") an industry's name stands for; empty where it is not known."""
    return industry.divisions(name)
