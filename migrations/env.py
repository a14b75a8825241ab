"""Alembic's environment: online only, our engine, batch ALTER on SQLite."""
from __future__ import annotations

from alembic import context

import marketplace.models  # noqa: F401
from marketplace.db import Base, make_engine

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    embedded = connection.dialect.name == "sqlite"
    if embedded:
        # SQLite rebuilds a table to change it; with foreign keys enforced, dropping the old one would empty others.
        # The pragma does nothing inside a transaction, and SQLAlchemy begins one at the first statement.
        connection.connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_type=True,
        render_as_batch=embedded, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    if embedded and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise RuntimeError("a migration left rows that refer to nothing")
    connection.commit()
engine.dispose()
