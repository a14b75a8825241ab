"""The dated reference tables (holidays, LPR) in force: the operator's newest, else those that ship with the house.

The shipped files are version 0. A loaded table is a row (reference_tables); which one is in force is asked once in
each transaction, so every process sees a new one with its next transaction, and one transaction sees one table.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import has_app_context
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db import current_session, reading
from marketplace.reference_tables.models import ReferenceTable
from marketplace.rules.dates import Calendar
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.lpr import LprTable
from marketplace.rules.reference_tables import TableKind, read_calendar, read_lpr

SEED_PATH = Path(__file__).resolve().parent.parent / "seed_data"
HOLIDAYS, LPR = "holidays.json", "lpr.json"
_KEPT = "reference_tables"
# For the keeper of a shipped file, in English; pages take their sentences from the translations.
_MESSAGES = {
    "not_a_date": "{value!r} is not a date (YYYY-MM-DD)", "no_source": "no source is named",
    "not_an_object": "an object is needed", "not_a_year": "{value!r} is not a year", "no_year": "no published year",
    "no_days_off": "a published year has days off", "off_and_working": "{day} is both a day off and a working day",
    "works_anyway": "{day} is a working day anyway", "not_a_list": "a list of days is needed",
    "other_year": "{day} is not in {year}", "listed_twice": "{day} is listed twice",
    "no_quotes": "a list with at least one quote is needed", "not_after": "{day} is not after the quote before it",
    "before_last_quote": "{day} is before the last quote", "not_a_rate": "{value!r} is not a rate in percent, as text",
}


class ReferenceTableError(Exception):
    """A shipped table cannot be used; the message names the file, the entries and what is wrong with them."""


@dataclass(frozen=True)
class Edition:
    """One table as a whole: `table` what the rules read, `document` what is stored and shown. Version 0 is shipped;
    `hash` is the SHA-256 of the document's canonical JSON."""

    kind: TableKind
    version: int
    hash: str
    source: str
    loaded_at: datetime | None
    document: dict[str, Any]
    table: Calendar | LprTable


_using: ContextVar[dict[TableKind, Edition]] = ContextVar("reference_tables_supposed")


def calendar(folder: Path | None = None) -> Calendar:
    """The calendar in force, or that of `holidays.json` of a folder. Raises ReferenceTableError."""
    found = (_shipped(TableKind.HOLIDAYS, folder) if folder else edition(TableKind.HOLIDAYS)).table
    assert isinstance(found, Calendar)
    return found


def lpr_table(folder: Path | None = None) -> LprTable:
    """The rates in force, or those of `lpr.json` of a folder, oldest first. Raises ReferenceTableError."""
    found = (_shipped(TableKind.LPR, folder) if folder else edition(TableKind.LPR)).table
    assert isinstance(found, LprTable)
    return found


def edition(kind: TableKind) -> Edition:
    """The edition in force for the transaction at work; without one, for a reader of the application's database."""
    supposed = _using.get({})
    if kind in supposed:
        return supposed[kind]
    session = current_session()
    if session is not None:
        return in_force(session, kind)
    if has_app_context():
        with reading() as opened:
            return in_force(opened, kind)
    return shipped(kind)


def in_force(session: Session, kind: TableKind) -> Edition:
    """The newest edition of a table as one session sees it."""
    kept = session.info.get(_KEPT)
    if kept is None:
        kept = session.info[_KEPT] = _newest(session)
    if kind not in kept:
        return shipped(kind)
    table_id, found_hash = kept[kind]
    return _loaded(session, table_id, found_hash)


def forget(session: Session) -> None:
    """Have a session ask again, after it has stored a table itself."""
    session.info.pop(_KEPT, None)


@contextmanager
def using(*editions: Edition) -> Iterator[None]:
    """Suppose other tables inside the block: what the law says of everything if these were in force."""
    token = _using.set(_using.get({}) | {one.kind: one for one in editions})
    try:
        yield
    finally:
        _using.reset(token)


def shipped(kind: TableKind) -> Edition:
    """Version 0, as the house came with it. Raises ReferenceTableError."""
    return _shipped(kind, None)


def stored(row: ReferenceTable) -> Edition:
    """A loaded table as an edition."""
    kind = TableKind(row.kind)
    return Edition(kind, row.version, row.hash, row.source, row.loaded_at, row.document, parse(kind, row.document))


def parse(kind: TableKind, document: Any) -> Calendar | LprTable:
    """A document as the rules read it. Raises Problems."""
    return read_calendar(document) if kind is TableKind.HOLIDAYS else read_lpr(document)


def digest(document: Any) -> str:
    """SHA-256 of a document's canonical JSON."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _newest(session: Session) -> dict[TableKind, tuple[int, str]]:
    # On the connection: asking which table is in force must not write half-made objects to the database.
    table = ReferenceTable.__table__
    rows = session.connection().execute(select(table.c.kind, table.c.id, table.c.hash).order_by(table.c.version))
    return {TableKind(kind): (table_id, found_hash) for kind, table_id, found_hash in rows}


_editions: dict[tuple[int, str], Edition] = {}


def _loaded(session: Session, table_id: int, found_hash: str) -> Edition:
    """Read once in a process: a row never changes, and databases of other processes differ in the hash."""
    key = (table_id, found_hash)
    if key not in _editions:
        with session.no_autoflush:
            _editions[key] = stored(session.get_one(ReferenceTable, table_id))
    return _editions[key]


@lru_cache(maxsize=16)
def _shipped(kind: TableKind, folder: Path | None) -> Edition:
    path = Path(folder or SEED_PATH) / (HOLIDAYS if kind is TableKind.HOLIDAYS else LPR)
    document = _read(path)
    try:
        table = parse(kind, document)
    except Problems as faults:
        raise ReferenceTableError(f"{path.name}: " + "; ".join(map(_message, faults))) from faults
    source = table.source if isinstance(table, LprTable) else "; ".join(
        sorted({year.source for year in table.years.values()}))
    return Edition(kind, 0, digest(document), source, None, document, table)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReferenceTableError(f"{path.name}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ReferenceTableError(f"{path.name}: not JSON: {error}") from error


def _message(problem: Problem) -> str:
    said = _MESSAGES[problem.code.removeprefix("reference.")].format(**problem.facts)
    return f"{problem.field}: {said}" if problem.field else said
