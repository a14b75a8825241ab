"""/api/v1: suggestions, and what goes beyond single pairs."""
from __future__ import annotations

from marketplace.suggestions.api import beyond, matches
from marketplace.suggestions.api.blueprint import blp

__all__ = ["beyond", "blp", "matches"]
