"""/api/v1/demands and /api/v1/projects."""
from __future__ import annotations

from marketplace.demand.api import (  # noqa: F401  they register routes
    addenda,
    demands,
    projects,
    proposals,
    reserves,
    reviews,
)
from marketplace.demand.api.blueprint import blp

__all__ = ["blp"]
