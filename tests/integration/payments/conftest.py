"""A world of its own for each test."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.integration.payments.world import World


@pytest.fixture
def world(session: Session) -> World:
    """A buyer, a founder and an operator who have nothing to do with each other yet."""
    return World(session)
