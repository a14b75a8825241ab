"""One session on a fresh database, held open for the length of a test."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from marketplace.db import make_engine, transaction


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """A transaction on a fresh database."""
    import marketplace.models  # noqa: F401  the mappers see the whole schema

    engine = make_engine(database_url)
    with transaction(engine) as opened:
        yield opened
    engine.dispose()
