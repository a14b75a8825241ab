"""Fixtures every test may use: real databases, a real Redis, the application, races between processes.

A test that asks for ``database_url``, ``app`` or ``client`` runs twice, on SQLite and on PostgreSQL, each
time on a fresh, migrated, empty database. ``sqlite_url`` and ``postgresql_url`` give one of the two.
Imports stand inside the fixtures, so that the tests of the pure rules start in milliseconds.
"""
from __future__ import annotations

import dataclasses
import functools
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from marketplace.config import Settings
    from tests.races import Outcome
    from tests.services import PostgreSQL

DATABASES = ("sqlite", "postgresql")


LONGEST = ("integration/year", "browser", "integration/seed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no process is left alone with them at the end."""
    here = Path(__file__).parent
    places = [str(here / name) for name in LONGEST]
    items.sort(key=lambda item: next((n for n, place in enumerate(places) if str(item.path).startswith(place)), 9))


def pytest_configure(config: pytest.Config) -> None:
    """A test run that is told to end (SIGTERM) still stops the servers it started."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=143))


# Servers: one of each for the whole run -----------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server of our own."""
    from tests import services

    binaries = services.postgresql_binaries()
    if binaries is None:
        services.lacking("PostgreSQL", install="apt-get install postgresql, or brew install postgresql")
    with services.running_postgresql(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis server of our own; tests use ``redis_url``."""
    from tests import services

    binary = services.redis_binary()
    if binary is None:
        services.lacking("Redis", install="apt-get install redis-server, or brew install redis")
    with services.running_redis(binary) as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of a real Redis that holds nothing."""
    from tests import services

    services.empty_redis(redis_server)
    return redis_server


# Databases: migrated once to a template, copied for each test -------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, never opened by a test."""
    from marketplace import migrate

    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgreSQL) -> str:
    """The name of a migrated, empty database, never opened by a test."""
    from marketplace import migrate

    postgresql.execute("CREATE DATABASE template_migrated")
    migrate.upgrade(postgresql.url("template_migrated"))
    return "template_migrated"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL, postgresql_template: str) -> Iterator[str]:
    """A fresh, migrated database of a real PostgreSQL server."""
    with postgresql.fresh_database(template=postgresql_template) as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database; the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=DATABASES)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, for the tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    with request.getfixturevalue("postgresql").fresh_database(template="template0") as url:
        yield url


# The application ----------------------------------------------------------------------------------


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test application: its own database, jobs in process, cheap password hashes."""
    from marketplace.config import Settings

    return Settings(
        database_url=database_url,
        secret_key="only-for-tests",
        instance_path=tmp_path / "instance",
        argon2_memory_kib=8,
        argon2_time=1,
        testing=True,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The real application on a fresh database."""
    from marketplace import create_app, jobs

    application = create_app(settings)
    yield application
    jobs.drain(application)
    if "engine" in application.extensions:
        application.extensions["engine"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Calls the application over HTTP without a server in between; keeps its own cookies."""
    return app.test_client()


# More than one process ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def market_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data of a freshly seeded demo market, to be copied, never served itself."""
    from tests import processes

    home = tmp_path_factory.mktemp("market")
    processes.flask_command(processes.settings_in(home), "prepare")
    return home


@pytest.fixture
def run_in_processes(database_url: str) -> Callable[..., list[Outcome]]:
    """``run_in_processes(function, calls)``: see tests.races; the processes share one fresh database."""
    from tests import races

    return functools.partial(races.run_in_processes, database_url=database_url)


@pytest.fixture
def rq_settings(settings: Settings, redis_url: str) -> Settings:
    """The test settings with a real Redis: jobs are queued, and wait for a worker."""
    return dataclasses.replace(settings, redis_url=redis_url)


@pytest.fixture
def rq_worker(rq_settings: Settings) -> Callable[[], str]:
    """``rq_worker()`` lets a real worker process do every waiting job; see processes.work_off_queue."""
    from tests import processes

    return functools.partial(processes.work_off_queue, rq_settings)
