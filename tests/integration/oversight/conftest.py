"""A market of one's own for each test, looked at by its operator."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.oversight.filters import Filters
from marketplace.oversight.queries import Desk, Line
from tests.integration.payments.world import World, on


class Watch:
    """The operator's look at a world."""

    def __init__(self, world: World) -> None:
        self.world, self.session = world, world.session

    def desk(self, day: str | dt.date) -> Desk:
        self.session.flush()
        self.session.expire_all()
        return Desk(self.session, as_of=on(day) if isinstance(day, str) else day, viewer_id=self.world.operator.id)

    def lines(self, day: str, **filters: object) -> list[Line]:
        return self.desk(day).find(Filters(**filters)).lines

    def line(self, day: str) -> Line:
        """The only line of a day."""
        (found,) = self.lines(day)
        return found


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def watch(world: World) -> Watch:
    return Watch(world)
