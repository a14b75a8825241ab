"""A buyer, a founder and an operator who can sign in; a database session for tests below the doors."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import models  # noqa: F401  every table must be known to the mappers
from marketplace.db import make_engine
from tests.integration.founders import people
from tests.integration.founders.browsing import populated


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh, migrated database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction; nothing is kept."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@pytest.fixture
def house(app: Flask) -> Flask:
    """The application with buyer1, founder1 and operator1 registered, all with browsing.PASSWORD."""
    def make(session: Session, password_hash: str) -> None:
        people.buyer(session, 1, password_hash=password_hash)
        people.founder(session, 1, profile=people.LEAKS, password_hash=password_hash)
        people.operator(session, password_hash=password_hash)

    populated(app, make)
    return app
