"""Pages of contracts: the list, one contract with its line, one milestone with what can be done about it."""
from __future__ import annotations

from marketplace.contracts.web import contracts, milestones, parts  # noqa: F401  each registers its routes
from marketplace.contracts.web.pages import pages

__all__ = ["pages"]
