"""The pages about founders."""
from __future__ import annotations

from marketplace.founders.web import (  # noqa: F401  they register routes
    calendar,
    cases,
    credentials,
    desk,
    directory,
    profile,
)
from marketplace.founders.web.pages import pages

__all__ = ["pages"]
