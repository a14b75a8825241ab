"""The pages about what follows a late payment."""
from __future__ import annotations

from marketplace.complaints.web import cases, desk, public
from marketplace.complaints.web.pages import pages

__all__ = ["cases", "desk", "pages", "public"]
