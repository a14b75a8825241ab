"""Engine, declarative base, column types and the transaction; all dialect differences live here."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, TypeVar
from weakref import ReferenceType, ref

from flask import current_app
from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, mapped_column
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from marketplace.rules.errors import NotFound

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Row = TypeVar("Row", bound="Base")


class UTCDateTime(TypeDecorator[dt.datetime]):
    """An aware moment, stored in UTC. SQLite drops time zones silently, so they are put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive moment cannot be stored: {value!r}")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


PlainJSON = JSON().with_variant(JSONB(), "postgresql")
Fen = Annotated[int, mapped_column(BigInteger)]
Moment = Annotated[dt.datetime, mapped_column(UTCDateTime)]
Json = Annotated[Any, mapped_column(PlainJSON)]
Line = Annotated[str, mapped_column(String(200))]
Code = Annotated[str, mapped_column(String(40))]
Hash = Annotated[str, mapped_column(String(64))]


class Base(DeclarativeBase):
    """Parent of every mapped class; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


class days_between(FunctionElement[int]):
    """`days_between(later, earlier)`: whole days between two days, an integer on every database."""

    type = Integer()
    inherit_cache = True


class legal_date(FunctionElement[dt.date]):
    """`legal_date(moment)`: the legal day in Beijing of a stored moment."""

    type = Date()
    inherit_cache = True


@compiles(days_between)
def _days_between(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(legal_date)
def _legal_date(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AT TIME ZONE 'Asia/Shanghai' AS DATE)"


@compiles(legal_date, "sqlite")
def _legal_date_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '+8 hours')"


def make_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, foreign keys, BEGIN IMMEDIATE for writers) or PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy, not pysqlite, says when a transaction begins
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # Without IMMEDIATE two writers read the same row and one update is lost without an error.
        readonly = connection.get_execution_options().get("readonly", False)
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


def app_engine() -> Engine:
    """The engine of the current application, made on first use."""
    if "engine" not in current_app.extensions:
        current_app.extensions["engine"] = make_engine(current_app.extensions["settings"].database_url)
    return current_app.extensions["engine"]


@contextmanager
def transaction(engine: Engine | None = None) -> Iterator[Session]:
    """A session that commits at the end, or rolls everything back when anything is raised."""
    with Session(engine or app_engine(), expire_on_commit=False) as session, session.begin(), _at_work(session):
        yield session


@contextmanager
def reading(engine: Engine | None = None) -> Iterator[Session]:
    """A session for looking only; on SQLite it never waits for a writer."""
    bound = (engine or app_engine()).execution_options(readonly=True)
    with Session(bound, autoflush=False) as session, _at_work(session):
        yield session


@contextmanager
def _at_work(session: Session) -> Iterator[None]:
    """The session is the current one from here on, before its first query too."""
    _note(session)
    session.info[_OPEN] = True
    try:
        yield
    finally:
        del session.info[_OPEN]


_OPEN = "at_work"
_begun: ContextVar[tuple[ReferenceType[Session], ...]] = ContextVar("sessions_begun", default=())


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: Any) -> None:
    """The next transaction asks anew which reference tables are in force."""
    if transaction.parent is None:
        session.info.pop("reference_tables", None)


@event.listens_for(Session, "after_begin")
def _note_begin(session: Session, _transaction: Any, _connection: Any) -> None:
    """The transaction is the one at work until it ends."""
    _note(session)


def _note(session: Session) -> None:
    others = (one for one in _begun.get() if one() not in (None, session))
    _begun.set((*others, ref(session)))


def current_session() -> Session | None:
    """The session opened or begun last here and still at work, None outside every transaction."""
    for one in reversed(_begun.get()):
        session = one()
        if session is not None and (session.in_transaction() or _OPEN in session.info):
            return session
    return None


def lock(session: Session, model: type[Row], key: Any) -> Row:
    """Read a row and hold it until the transaction ends. Raises NotFound.

    PostgreSQL takes a row lock; SQLite's writers are already one at a time.
    """
    row = session.get(model, key, with_for_update={"of": model}, populate_existing=True)
    if row is None:
        raise NotFound(f"{model.__tablename__}.not_found", id=str(key))
    return row


def get(session: Session, model: type[Row], key: Any) -> Row:
    """Read a row. Raises NotFound."""
    row = session.get(model, key)
    if row is None:
        raise NotFound(f"{model.__tablename__}.not_found", id=str(key))
    return row


def unused_id(session: Session, *columns: InstrumentedAttribute[Any]) -> int | None:
    """An id that none of these columns ever held, for rows that may be deleted; None: the database sees to it.

    SQLite gives the id of a deleted last row again, PostgreSQL's sequence never does.
    """
    if session.get_bind().dialect.name == "postgresql":
        return None
    return 1 + max(session.scalar(select(func.max(column))) or 0 for column in columns)


def insert_new(session: Session, model: type[Row], rows: list[dict[str, Any]]) -> None:
    """Insert rows in one statement, leaving out those a unique constraint has already."""
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        table: Any = model.__table__
        session.connection().execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def find(session: Session, model: type[Row], *, locked: bool = False, **equal: Any) -> Row | None:
    """The one row whose columns equal the given values, or None."""
    query = select(model).filter_by(**equal)
    return session.scalars(query.with_for_update() if locked else query).one_or_none()
