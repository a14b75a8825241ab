"""The pages about payments: one obligation, the public calculator, the calendar feed."""
from __future__ import annotations

from marketplace.payments.web import calculator, calendar, obligations, reports, scorecards  # noqa: F401  routes
from marketplace.payments.web.pages import pages

__all__ = ["pages"]
