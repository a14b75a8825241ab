"""The world of payments, for what follows when one is late."""
from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.payments.models import Obligation
from tests.integration.complaints.lateness import Lateness


@pytest.fixture
def late(session: Session) -> Lateness:
    """A buyer, a founder, an operator; `late.owed` is 100,000 yuan due 2026-03-02 and not paid."""
    return Lateness(session)


@pytest.fixture
def owed(late: Lateness) -> Obligation:
    return late.owed_row
