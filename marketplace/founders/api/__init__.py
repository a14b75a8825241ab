"""/api/v1/profile, /api/v1/credentials, /api/v1/verified-cases and /api/v1/capacity: a founder's own record."""
from __future__ import annotations

from marketplace.founders.api import profile, records  # noqa: F401  they register routes
from marketplace.founders.api.blueprint import blp

__all__ = ["blp"]
