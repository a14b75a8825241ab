"""The same people as for payments."""
from __future__ import annotations

from tests.integration.payments.conftest import world

__all__ = ["world"]
