"""A file of the operator → the JSON document of a table, or every fault in it with its row."""
from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.demand.columns import plain
from marketplace.demand.reading import MOST_BYTES, Row, rows_of
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.reference_tables import TableKind

OFF, MAKEUP = "off", "makeup"
_OFF = {"off", "休", "休息", "放假", "holiday", "rest"}
_MAKEUP = {"makeup", "班", "上班", "补班", "调休上班", "work", "workday"}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?", re.ASCII)


@dataclass(frozen=True)
class Column:
    """`key` is what a column means, `names` how its header may read."""

    key: str
    names: tuple[str, ...]


COLUMNS = {
    TableKind.HOLIDAYS: (Column("date", ("date", "日期")), Column("kind", ("kind", "type", "类型", "休班")),
                         Column("source", ("source", "来源", "文号"))),
    TableKind.LPR: (Column("date", ("date", "日期", "公布日期", "发布日期")),
                    Column("percent", ("percent", "1y", "lpr", "1年期", "一年期", "一年期lpr", "1年期lpr", "利率")),
                    Column("source", ("source", "来源"))),
}


def read_table(kind: TableKind, data: bytes, filename: str, *, source: str = "") -> dict[str, Any]:
    """The document a file says: JSON in the form of the shipped tables, or a table (CSV, Excel) with one day a row.

    `source` stands for every year or quote that names none itself. Raises Problems for what is no such file; whether
    its contents can be a table is said by `rules.reference_tables`.
    """
    if len(data) > MOST_BYTES:
        raise Problems([Problem("file", "import.too_large", {"most_mb": MOST_BYTES // 2**20})])
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _with_source(kind, _json(data), source.strip())
    columns = {plain(name): column for column in COLUMNS[kind] for name in column.names}
    rows, problems = rows_of(data, filename, columns=lambda name: columns.get(plain(name)))
    read = [_cells(row, columns) for row in rows]
    for needed in ("date", "kind" if kind is TableKind.HOLIDAYS else "percent"):
        if read and not any(needed in cells for _, cells in read):
            problems.append(Problem("file", "reference.no_column", {"column": _names(kind, needed)}))
    if not rows and not problems:
        problems.append(Problem("file", "import.no_rows"))
    if problems:
        raise Problems(problems)
    return (_holidays if kind is TableKind.HOLIDAYS else _lpr)(read, source.strip())


def _json(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problems([Problem("file", "import.not_utf8")]) from error
    except (ValueError, RecursionError) as error:
        raise Problems([Problem("file", "reference.not_json", {"detail": str(error)[:80]})]) from error
    assert isinstance(found, dict)  # it begins with a brace
    return found


def _with_source(kind: TableKind, document: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Only what a table consists of; the source given beside the file fills the gaps in it."""
    if kind is TableKind.LPR:
        kept = {name: document[name] for name in ("source", "quotes", "verified_through") if name in document}
        return {"source": source, **kept} if source else kept
    years = document.get("years")
    if source and isinstance(years, dict):
        years = {year: {"source": source, **entry} if isinstance(entry, dict) else entry
                 for year, entry in years.items()}
    kept = {"years": years}
    return kept | ({"festivals": document["festivals"]} if "festivals" in document else {})


def _cells(row: Row, columns: Mapping[str, Column]) -> tuple[int, dict[str, str]]:
    cells: dict[str, str] = {}
    for header, value in row.values.items():
        column = columns.get(plain(header))
        if column is not None:
            cells[column.key] = _text(value)
    return row.number, cells


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    return "" if value is None else str(value).strip()


def _names(kind: TableKind, key: str) -> str:
    return next(column.names[1] if len(column.names) > 1 else key for column in COLUMNS[kind] if column.key == key)


def _day(number: int, text: str, problems: list[Problem]) -> str | None:
    found = _DAY.fullmatch(text)
    try:
        return dt.date(*map(int, found.groups())).isoformat() if found else dt.date.fromisoformat(text).isoformat()
    except ValueError:
        problems.append(Problem("date", "reference.not_a_date", {"value": text[:40]}, number))
        return None


def _holidays(rows: list[tuple[int, dict[str, str]]], source: str) -> dict[str, Any]:
    years: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for number, cells in rows:
        day, said = _day(number, cells.get("date", ""), problems), plain(cells.get("kind", ""))
        kind = OFF if said in _OFF else MAKEUP if said in _MAKEUP else None
        if kind is None:
            problems.append(Problem("kind", "reference.not_off_or_makeup", {"value": said[:40]}, number))
        if day is None or kind is None:
            continue
        year = years.setdefault(day[:4], {"source": source, OFF: [], MAKEUP: []})
        year["source"] = cells.get("source") or year["source"]
        year[kind].append(day)
    if problems:
        raise Problems(problems)
    for year in years.values():
        year[OFF].sort()
        year[MAKEUP].sort()
    return {"years": years}


def _lpr(rows: list[tuple[int, dict[str, str]]], source: str) -> dict[str, Any]:
    """Every row is a quote, whether or not it changed the rate; the last one says how far the table was checked."""
    problems: list[Problem] = []
    quotes: list[dict[str, str]] = []
    for number, cells in rows:
        day = _day(number, cells.get("date", ""), problems)
        percent = cells.get("percent", "").removesuffix("%").strip()
        source = source or cells.get("source", "")
        if day is not None:
            quotes.append({"date": day, "percent": percent})
    if problems:
        raise Problems(problems)
    quotes.sort(key=lambda quote: quote["date"])
    return {"source": source, "quotes": quotes, "verified_through": quotes[-1]["date"]}


def named_source(document: Mapping[str, Any]) -> str:
    """The sources a document names itself, each once."""
    years = document.get("years")
    entries = [*years.values(), document] if isinstance(years, dict) else [document]
    found = [entry.get("source") for entry in entries if isinstance(entry, dict)]
    return "; ".join(dict.fromkeys(source for source in found if isinstance(source, str) and source.strip()))
