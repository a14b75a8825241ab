"""One session for each test, on both databases, rolled back at the end; and a market behind the doors."""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.db import app_engine, make_engine, transaction
from marketplace.tendering import operations
from tests.conftest import DATABASES
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import SECRET_PLAN, SECRET_PRICE


@pytest.fixture(scope="package", params=DATABASES)
def shared_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on a migrated, empty database that no test leaves anything in."""
    import marketplace.models  # noqa: F401  the mappers see the whole schema

    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        engine = make_engine(f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('shared') / 'test.db')}")
        yield engine
        engine.dispose()
        return
    template_name: str = request.getfixturevalue("postgresql_template")
    with request.getfixturevalue("postgresql").fresh_database(template=template_name) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session inside one transaction that is rolled back when the test ends."""
    with shared_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        outer.rollback()


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
