"""The operator's pages."""
from __future__ import annotations

from marketplace.oversight.web import bulk, charts, desk, entries, views  # noqa: F401  their routes
from marketplace.oversight.web.pages import pages

__all__ = ["pages"]
