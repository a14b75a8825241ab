"""An uploaded list → its rows: JSONL or JSON, CSV in UTF-8 or GBK, Excel. Of whatever is inside, only Problems come."""
from __future__ import annotations

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from zlib import error as ZlibError

from openpyxl import load_workbook

from marketplace.demand.columns import column_of
from marketplace.rules.errors import Problem, Problems

MOST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 2000
MOST_COLUMNS = 60
# What an Excel file may unfold to: a small file can hold gigabytes.
MOST_UNFOLDED = 48 * 1024 * 1024
MOST_PARTS = 400
_OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
ColumnOf = Callable[[str], Any]
_JSON_SUFFIXES = {".jsonl", ".json", ".ndjson"}
_TABLE_SUFFIXES = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True)
class Row:
    """One record. `number` is the line of a JSONL file, or the row a spreadsheet shows (its header is row 1).

    `values` go by the names in the file: JSON keys, or headers of a table, whose `is_table` cells are not yet read.
    """

    number: int
    values: dict[str, Any]
    is_table: bool


def rows_of(data: bytes, filename: str, *, columns: ColumnOf = column_of,
            header_within: int = 1) -> tuple[list[Row], list[Problem]]:
    """The rows of a file and what is wrong with single rows. Raises Problems for a file that cannot be read at all.

    `columns` gives the column (something with a `key`) that a header means. The header of a table stands in the first
    row that is not blank, or within the first `header_within` of them where programs write a title above it.
    """
    if len(data) > MOST_BYTES:
        raise _unreadable("import.too_large", most_mb=MOST_BYTES // 2**20)
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise _unreadable("import.empty_file")
    if data.startswith(b"PK\x03\x04"):
        return list(_limited(_table_rows(_excel_lines(data), columns, header_within))), []
    if data.startswith(_OLD_EXCEL):
        raise _unreadable("import.old_excel")
    suffix = PurePath(filename).suffix.lower()
    first = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if suffix in _JSON_SUFFIXES or (suffix not in _TABLE_SUFFIXES and first in (b"{", b"[")):
        return _json_rows(data, first)
    lines = _csv_lines(_decoded(data), columns, header_within)
    return list(_limited(_table_rows(lines, columns, header_within))), []


def _unreadable(code: str, **facts: Any) -> Problems:
    return Problems([Problem("file", code, facts)])


def _limited(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise _unreadable("import.too_many_rows", most=MOST_ROWS)
        yield row


# JSON ---------------------------------------------------------------------------------------------


def _json_rows(data: bytes, first: bytes) -> tuple[list[Row], list[Problem]]:
    data = data.removeprefix(codecs.BOM_UTF8)
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, found in _json_array(data) if first == b"[" else _json_lines(data):
        if isinstance(found, Problem):
            problems.append(found)
        elif not isinstance(found, dict):
            problems.append(Problem("", "import.not_an_object", {}, number))
        else:
            rows.append(Row(number, found, False))
        if len(rows) + len(problems) > MOST_ROWS:
            raise _unreadable("import.too_many_rows", most=MOST_ROWS)
    return rows, problems


def _json_array(data: bytes) -> Iterator[tuple[int, Any]]:
    found = _json_value(data, 1)
    if isinstance(found, Problem):
        raise Problems([found])
    yield from enumerate(found if isinstance(found, list) else [found], start=1)


def _json_lines(data: bytes) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            yield number, _json_value(line, number)


def _json_value(text: bytes, number: int) -> Any:
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        return Problem("", "import.not_utf8", {}, number)
    except json.JSONDecodeError as error:
        return Problem("", "import.not_json", {"column": error.colno, "detail": error.msg}, number)
    except (ValueError, RecursionError) as error:  # NaN, an integer of thousands of digits, endless nesting
        return Problem("", "import.not_json", {"column": 1, "detail": str(error)[:80]}, number)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


# Tables -------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    """The text of a CSV file: UTF-8 with or without mark, UTF-16 with mark, else GBK as Chinese Excel saves it."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable("import.not_a_list")


def _csv_lines(text: str, columns: ColumnOf, header_within: int) -> Iterator[list[Any]]:
    heads = text.lstrip("\r\n").split("\n", header_within)[:header_within]

    def known(mark: str) -> int:
        return sum(columns(name.strip('" \r')) is not None for head in heads for name in head.split(mark))

    delimiter = max(",;\t", key=known)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise _unreadable("import.bad_csv", detail=str(error)) from error


def _excel_lines(data: bytes) -> Iterator[list[Any]]:
    """The cells of the first sheet, read row by row."""
    _check_unfolded(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True):
            yield list(row)
    except Problems:
        raise
    except Exception as error:  # a damaged file fails anywhere inside the reader, with any kind of exception
        raise _unreadable("import.bad_excel") from error


def _check_unfolded(data: bytes) -> None:
    """Refuse a zip that is no workbook, unfolds to too much, or whose XML defines entities of its own."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise _unreadable("import.bad_excel")
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNFOLDED:
                raise _unreadable("import.unfolds_too_large", most_mb=MOST_UNFOLDED // 2**20)
            for part in parts:
                with archive.open(part) as member:
                    if b"<!DOCTYPE" in member.read(4096).upper():
                        raise _unreadable("import.bad_excel")
    except (zipfile.BadZipFile, ZlibError, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise _unreadable("import.bad_excel") from error


def _table_rows(lines: Iterator[list[Any]], columns: ColumnOf, header_within: int) -> Iterator[Row]:
    """Rows of a table under its header; wholly blank rows are left out."""
    headers: list[str] | None = None
    blank = 0
    titles: list[list[Any]] = []
    for number, cells in enumerate(lines, start=1):
        filled = [cell for cell in cells if cell is not None and str(cell).strip()]
        if not filled:
            blank += 1
            if blank > MOST_ROWS:  # a sheet may claim a million empty rows
                break
        elif headers is None:
            titles.append(cells)
            if len(titles) >= header_within or len(_meant(cells, columns)) > 1:
                headers = _headers(cells, columns)
        else:
            yield Row(number, {name: cell for name, cell in zip(headers, cells, strict=False) if name}, True)
    if headers is None and titles:
        _headers(titles[0], columns)  # no row names our columns: it says what the first one holds instead
    if headers is None:
        raise _unreadable("import.empty_file")


def _meant(cells: list[Any], columns: ColumnOf) -> list[str]:
    """The keys of the columns that the cells of a row name."""
    names = ["" if cell is None else str(cell).strip() for cell in cells[:MOST_COLUMNS]]
    return [column.key for column in map(columns, names) if column is not None]


def _headers(cells: list[Any], columns: ColumnOf) -> list[str]:
    """The header row as written. Raises Problems when it names no column of ours, or one twice."""
    names = ["" if cell is None else str(cell).strip() for cell in cells[:MOST_COLUMNS]]
    meant = _meant(cells, columns)
    if len(meant) < 2:
        raise _unreadable("import.no_header", found=names[:6])
    twice = sorted({key for key in meant if meant.count(key) > 1})
    if twice or {"budget_yuan", "budget_fen"} <= set(meant):
        raise _unreadable("import.column_twice", columns=twice or ["budget_yuan", "budget_fen"])
    return names
