"""One session for each test, on both databases, rolled back at the end; and a market behind the doors."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask

from marketplace import clock
from marketplace.db import app_engine, transaction
from marketplace.tendering import operations
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import SECRET_PLAN, SECRET_PRICE


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """`at(moment)` sets the server's clock."""
    def set_to(moment: dt.datetime) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: moment)

    set_to(m.NOW + dt.timedelta(hours=1))
    return set_to


@pytest.fixture
def market(app: Flask, at: Callable[[dt.datetime], None]) -> m.Market:
    """A market with one sealed bid of the first founder, and strangers of every kind."""
    with app.app_context(), transaction(app_engine()) as session:
        market = m.open_market(session)
        m.person(session, 2, "buyer", payer_type="sme")
        operations.submit_bid(session, market.demand, m.bid(SECRET_PRICE, plan=SECRET_PLAN), actor=market.founders[0],
                              now=m.NOW)
        return market
