"""Tests here roll their profiles back, and SQLite then gives the same ids to other profiles."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.suggestions import pairing, similar


@pytest.fixture(autouse=True)
def no_pool_of_profiles_that_were_rolled_back() -> Iterator[None]:
    """Committed profiles keep their ids for good, so only a rolled-back test can leave a stale pool behind."""
    pairing._pools.clear()
    similar._shelves.clear()
    yield
    pairing._pools.clear()
    similar._shelves.clear()
