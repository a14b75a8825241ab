"""The lists of a small market, in a session that is rolled back."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.integration.editions.lists import Lists


@pytest.fixture
def lists(session: Session) -> Lists:
    return Lists(session)
