"""A market with one demand open for bids and questions."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.db import app_engine, transaction
from tests.integration.tendering import market as m


@pytest.fixture
def market(session: Session) -> m.Market:
    return m.open_market(session)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """`at(moment)` sets the server's clock."""
    def set_to(moment: dt.datetime) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: moment)

    set_to(m.NOW + dt.timedelta(hours=1))
    return set_to


@pytest.fixture
def served(app: Flask, at: Callable[[dt.datetime], None]) -> m.Market:
    """The same market behind the doors."""
    with app.app_context(), transaction(app_engine()) as session:
        return m.open_market(session)
