"""The pages about conflicts of interest and collusion."""
from __future__ import annotations

from marketplace.integrity.web import declaring, leads, particulars
from marketplace.integrity.web.pages import pages

__all__ = ["declaring", "leads", "pages", "particulars"]
