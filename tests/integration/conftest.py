"""Sessions below the doors, on both databases: one that is rolled back, and a database of one's own for races."""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.db import make_engine
from tests.conftest import DATABASES


@pytest.fixture(scope="session", params=DATABASES)
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
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh, migrated database of this test alone, which other processes may write to."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()
