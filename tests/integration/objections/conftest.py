"""A demand awarded on a Friday: three bidders, the second has lost narrowly."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.db import app_engine, transaction
from tests.integration.objections import awarded as a


@pytest.fixture
def awarded(session: Session) -> a.Awarded:
    """The award as operations see it."""
    return a.award(session)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """`at(moment)` sets the server's clock."""
    def set_to(moment: dt.datetime) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: moment)

    set_to(a.AWARDED_AT)
    return set_to


@pytest.fixture
def behind_doors(app: Flask, at: Callable[[dt.datetime], None]) -> a.Awarded:
    """The award of an application."""
    with app.app_context(), transaction(app_engine()) as session:
        return a.award(session)
