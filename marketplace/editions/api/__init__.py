"""/api/v1/editions: what is published, and composing for the operator."""
from __future__ import annotations

from marketplace.editions.api import composing, published  # noqa: F401  their routes hang on the blueprint
from marketplace.editions.api.blueprint import blp

__all__ = ["blp"]
