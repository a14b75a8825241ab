"""/api/v1/demands and /api/v1/projects."""
from __future__ import annotations

from marketplace.demand.api import demands, projects, proposals, reserves  # noqa: F401  they register routes
from marketplace.demand.api.blueprint import blp

__all__ = ["blp"]
