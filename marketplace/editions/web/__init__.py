"""The pages of editions."""
from __future__ import annotations

from marketplace.editions.web import composing, mailing, published, taking_part  # noqa: F401  they register routes
from marketplace.editions.web.pages import pages

__all__ = ["pages"]
