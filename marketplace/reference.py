"""Reads the dated reference tables (holidays, LPR) and refuses a table with a fault in it.

The tables are data of the operator, not code: a new year or month is loaded by replacing the file.
"""
from __future__ import annotations

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from marketplace.rules.dates import Calendar, Festivals, YearCalendar
from marketplace.rules.lpr import LprTable

SEED_PATH = Path(__file__).resolve().parent.parent / "seed_data"
HOLIDAYS, LPR = "holidays.json", "lpr.json"
_FESTIVALS = ("spring_festival", "qingming", "dragon_boat", "mid_autumn")
# A quote outside this range of percent is a typing error, not a rate.
_LPR_RANGE = (Decimal(0), Decimal(20))


class ReferenceTableError(Exception):
    """A reference table cannot be used; the message names the file, the entry and what is wrong with it."""


@lru_cache(maxsize=8)
def calendar(folder: Path = SEED_PATH) -> Calendar:
    """The calendar in `holidays.json` of a folder. Raises ReferenceTableError."""
    path = Path(folder) / HOLIDAYS
    table = _read(path)
    years = {_year(path, key): _year_calendar(path, key, entry)
             for key, entry in _mapping(path, table, "years").items()}
    if not years:
        raise ReferenceTableError(f"{path.name}: years: no published year")
    computed = _mapping(path, table.get("festivals", {"years": {}}), "years")
    return Calendar(years, {_year(path, key): _festivals(path, key, entry) for key, entry in computed.items()})


@lru_cache(maxsize=8)
def lpr_table(folder: Path = SEED_PATH) -> LprTable:
    """The rates in `lpr.json` of a folder, oldest first. Raises ReferenceTableError."""
    path = Path(folder) / LPR
    table = _read(path)
    quotes: list[tuple[date, Decimal]] = []
    entries = table.get("quotes")
    if not isinstance(entries, list) or not entries:
        raise ReferenceTableError(f"{path.name}: quotes: a list with at least one quote is needed")
    for place, entry in enumerate(entries):
        where = f"quotes[{place}]"
        if not isinstance(entry, dict):
            raise ReferenceTableError(f"{path.name}: {where}: not an object")
        quotes.append((_date(path, f"{where}.date", entry.get("date")),
                       _percent(path, f"{where}.percent", entry.get("percent"))))
        if place and quotes[-1][0] <= quotes[-2][0]:
            raise ReferenceTableError(f"{path.name}: {where}.date: not after the quote before it")
    verified = _date(path, "verified_through", table.get("verified_through"))
    if verified < quotes[-1][0]:
        raise ReferenceTableError(f"{path.name}: verified_through: before the last quote")
    return LprTable(tuple(quotes), verified, _source(path, "source", table))


def _read(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReferenceTableError(f"{path.name}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ReferenceTableError(f"{path.name}: not JSON: {error}") from error
    if not isinstance(table, dict):
        raise ReferenceTableError(f"{path.name}: an object is needed")
    return table


def _mapping(path: Path, table: Any, key: str) -> dict[str, Any]:
    found = table.get(key) if isinstance(table, dict) else None
    if not isinstance(found, dict):
        raise ReferenceTableError(f"{path.name}: {key}: an object is needed")
    return found


def _year(path: Path, key: str) -> int:
    if not (len(key) == 4 and key.isascii() and key.isdigit()):
        raise ReferenceTableError(f"{path.name}: years.{key}: not a year")
    return int(key)


def _year_calendar(path: Path, key: str, entry: Any) -> YearCalendar:
    where, year = f"years.{key}", _year(path, key)
    if not isinstance(entry, dict):
        raise ReferenceTableError(f"{path.name}: {where}: not an object")
    off = _days(path, f"{where}.off", entry.get("off"), year)
    makeup = _days(path, f"{where}.makeup", entry.get("makeup"), year)
    if not off:
        raise ReferenceTableError(f"{path.name}: {where}.off: a published year has days off")
    if both := sorted(off & makeup):
        raise ReferenceTableError(f"{path.name}: {where}: {both[0]} is both a day off and a working day")
    if weekdays := sorted(day for day in makeup if day.weekday() < 5):
        raise ReferenceTableError(f"{path.name}: {where}.makeup: {weekdays[0]} is a working day anyway")
    return YearCalendar(off, makeup, _source(path, where, entry))


def _days(path: Path, where: str, entries: Any, year: int) -> frozenset[date]:
    if not isinstance(entries, list):
        raise ReferenceTableError(f"{path.name}: {where}: a list of days is needed")
    days = [_date(path, f"{where}[{place}]", text) for place, text in enumerate(entries)]
    for day in days:
        if day.year != year:
            raise ReferenceTableError(f"{path.name}: {where}: {day} is not in {year}")
    if len(set(days)) != len(days):
        raise ReferenceTableError(f"{path.name}: {where}: a day is listed twice")
    return frozenset(days)


def _festivals(path: Path, key: str, entry: Any) -> Festivals:
    where = f"festivals.years.{key}"
    if not isinstance(entry, dict):
        raise ReferenceTableError(f"{path.name}: {where}: not an object")
    days = [_date(path, f"{where}.{name}", entry.get(name)) for name in _FESTIVALS]
    if any(day.year != int(key) for day in days):
        raise ReferenceTableError(f"{path.name}: {where}: a day lies in another year")
    return Festivals(*days)


def _date(path: Path, where: str, text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise ReferenceTableError(f"{path.name}: {where}: {text!r} is not a date (YYYY-MM-DD)") from error


def _percent(path: Path, where: str, text: Any) -> Decimal:
    try:
        percent = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except InvalidOperation:
        percent = Decimal("NaN")
    if percent.is_nan() or not _LPR_RANGE[0] < percent < _LPR_RANGE[1]:
        raise ReferenceTableError(f"{path.name}: {where}: {text!r} is not a rate in percent, as text")
    return percent


def _source(path: Path, where: str, entry: dict[str, Any]) -> str:
    source = entry.get("source")
    if not isinstance(source, str) or not source.strip():
        raise ReferenceTableError(f"{path.name}: {where}: no source is named")
    return source
