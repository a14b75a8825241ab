"""The pages about demands and projects."""
from __future__ import annotations

from marketplace.demand.web import (  # noqa: F401  they register routes
    amending,
    copying,
    editing,
    importing,
    lists,
    projects,
    proposing,
    publishing,
    reserves,
    reviewing,
    splitting,
)
from marketplace.demand.web.pages import pages

__all__ = ["pages"]
