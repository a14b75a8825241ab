"""A market in which nobody has registered yet, on a day of the test's choosing."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.journeys import house as houses
from tests.browser.journeys.house import House, MovingClock

MONDAY = "2026-03-02 10:00"


@pytest.fixture
def empty_house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """A migrated market without anybody, on MONDAY."""
    with houses.opened(houses.settings_of(sqlite_url, tmp_path), MONDAY) as house:
        yield house


@pytest.fixture
def moving_clock(empty_house: House) -> MovingClock:
    """The clock of the empty market."""
    return empty_house.clock
