"""The rules decide here and the rows are plain: SQLite is enough, the doors' tests run on both databases."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from marketplace.db import make_engine


@pytest.fixture(scope="session")
def shared_engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on a migrated, empty database that no test leaves anything in."""
    import shutil

    import marketplace.models  # noqa: F401  the mappers see the whole schema

    engine = make_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('integrity') / 'test.db')}")
    yield engine
    engine.dispose()
