"""Alembic's environment: online only, our engine, batch ALTER on SQLite."""
from __future__ import annotations

from alembic import context

import marketplace.models  # noqa: F401
from marketplace.db import Base, make_engine

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite", transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
