"""The world of the payment tests: a buyer, a founder, an operator, and one payment that falls due."""
from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.payments.models import Obligation
from tests.integration.payments.doors import Doors
from tests.integration.payments.world import World


@pytest.fixture
def world(session: Session) -> World:
    """People who have nothing to do with each other yet."""
    return World(session)


@pytest.fixture
def owed(world: World) -> Obligation:
    """33,333 yuan due on Monday 2025-09-01 (60 days end on a Saturday)."""
    return world.delivered(world.signed(at="2025-06-16", amounts=(3_333_300,)), "2025-07-01")


@pytest.fixture
def doors(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Doors:
    """The people of the world at their browsers and programs."""
    return Doors(app, monkeypatch)
