"""The same sessions and people as for payments."""
from __future__ import annotations

from tests.integration.payments.conftest import session, shared_engine, world

__all__ = ["session", "shared_engine", "world"]
