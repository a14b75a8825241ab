"""The pages of a panel: who scores, one's own scoring, the consensus, prices to explain, the record."""
from __future__ import annotations

from marketplace.evaluation.web import consensus, panel, prices, record, scoring, validation
from marketplace.evaluation.web.pages import pages

__all__ = ["consensus", "pages", "panel", "prices", "record", "scoring", "validation"]
