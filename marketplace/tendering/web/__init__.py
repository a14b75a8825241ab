"""The pages of bidding, opening and evaluation."""
from __future__ import annotations

from marketplace.tendering.web import bidding, evaluation, joint, opening  # noqa: F401  they register routes
from marketplace.tendering.web.pages import pages

__all__ = ["pages"]
