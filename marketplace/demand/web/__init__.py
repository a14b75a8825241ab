"""The pages about demands and projects."""
from __future__ import annotations

from marketplace.demand.web import editing, importing, lists, projects, publishing  # noqa: F401  they register routes
from marketplace.demand.web.pages import pages

__all__ = ["pages"]
