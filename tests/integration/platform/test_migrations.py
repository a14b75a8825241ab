"""The schema a new installation gets is the schema the code expects, and it can be taken back."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from marketplace import migrate
from marketplace.config import ROOT
from marketplace.db import Base, make_engine

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


def tables(url: str) -> set[str]:
    engine = make_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_an_empty_database_is_brought_up_and_emptied_again(bare_database_url: str) -> None:
    import marketplace.models  # noqa: F401  registers every table

    migrate.upgrade(bare_database_url)
    assert tables(bare_database_url) == set(Base.metadata.tables)
    assert migrate.current(bare_database_url) == migrate.head()

    migrate.downgrade(bare_database_url, "base")
    assert tables(bare_database_url) == set()
    assert migrate.current(bare_database_url) is None

    migrate.upgrade(bare_database_url)  # nothing was left behind that stands in the way
    assert tables(bare_database_url) == set(Base.metadata.tables)


def test_bringing_a_current_database_up_changes_nothing(database_url: str) -> None:
    before = tables(database_url)
    migrate.upgrade(database_url)
    assert tables(database_url) == before


def test_the_models_say_what_the_migrations_made(database_url: str) -> None:
    import marketplace.models  # noqa: F401

    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_checks_of_the_models_are_in_the_database(database_url: str) -> None:
    """Alembic compares no CHECK constraints, and they are the last defence of a status and its dates."""
    import marketplace.models  # noqa: F401

    engine = make_engine(database_url)
    inspector = inspect(engine)
    found = {
        (table, check["name"])
        for table in Base.metadata.tables
        for check in inspector.get_check_constraints(table)
    }
    engine.dispose()
    declared = {
        (table.name, str(constraint.name))
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.__visit_name__ == "check_constraint"
    }
    assert declared - found == set()


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(migrate.config("")).get_heads()) == 1


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_migrations_are_numbered_in_sequence(path: Path) -> None:
    assert re.fullmatch(r"\d{4}_[a-z0-9_]+", path.stem)
    assert int(path.stem[:4]) == VERSIONS.index(path) + 1
