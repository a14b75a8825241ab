"""A database session in a transaction of its own, for tests below the doors."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import models  # noqa: F401  every table must be known to the mappers
from marketplace.db import make_engine


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
