"""The pages about payments: one obligation, and the public calculator."""
from __future__ import annotations

from marketplace.payments.web import calculator, obligations  # noqa: F401  they register routes
from marketplace.payments.web.pages import pages

__all__ = ["pages"]
