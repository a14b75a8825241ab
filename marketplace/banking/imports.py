"""A bank's file → the transfers of one direction, or every bad cell with its row, column and reason."""
from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from marketplace.banking.columns import column_of
from marketplace.banking.operations import IN, OUT, FileDraft, LineDraft
from marketplace.demand.reading import Row, rows_of
from marketplace.rules import money
from marketplace.rules.errors import Invalid, Problem, Problems

TITLES = 20
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T\s].*|\d{6})?")
_TOTALS = ("合计", "总计", "小计", "本页", "承前", "total", "subtotal")
_SIDES = {IN: {"贷", "收入", "收", "转入", "in", "c", "cr", "credit"},
          OUT: {"借", "支出", "支", "转出", "out", "d", "dr", "debit"}}


@dataclass(frozen=True)
class _Cells:
    """One row by column key: (header as written, cell)."""

    number: int
    found: dict[str, tuple[str, Any]]

    def text(self, key: str) -> str:
        cell = self.found.get(key, ("", None))[1]
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
            return str(int(cell))
        return "" if cell is None else str(cell).strip()

    def header(self, key: str) -> str:
        return self.found.get(key, (key, None))[0]


def read_statement(data: bytes, filename: str, direction: str) -> FileDraft:
    """The transfers of `direction` ("in", "out") in a file. Raises Problems with everything that is wrong in it."""
    rows, problems = rows_of(data, filename, columns=column_of, header_within=TITLES)
    cells = [found for row in rows if not _is_total(found := _cells(row))]
    has_sign = any(_signed(one, "amount")[0] < 0 for one in cells)
    corrected = _corrected(cells)
    lines, other = [], 0
    for one in cells:
        wrong: list[Problem] = []
        day = _read(one, "value_date" if one.text("value_date") and not one.text("date") else "date", _day, wrong)
        side, fen = _money(one, direction, has_sign, corrected, wrong)
        problems += wrong
        if wrong:
            continue
        if side != direction:
            other += 1
            continue
        lines.append(LineDraft(day, fen, _party(one, direction), _remark(one), one.text("reference")[:200],
                               one.number))
    if not problems and not lines and not other:
        problems.append(Problem("file", "import.no_rows"))
    if problems:
        raise Problems(sorted(problems, key=lambda problem: problem.row or 0))
    return FileDraft(filename, hashlib.sha256(data).hexdigest(), tuple(lines), other)


def _cells(row: Row) -> _Cells:
    found: dict[str, tuple[str, Any]] = {}
    for name, cell in row.values.items():
        column = column_of(name)
        if column is not None:
            found[column.key] = (name, cell)
    return _Cells(row.number, found)


def _is_total(cells: _Cells) -> bool:
    """A row that adds up others: banks write them below the transfers, and on every printed page."""
    if _DAY.fullmatch(_plain(cells.text("date"))) or _DAY.fullmatch(_plain(cells.text("value_date"))):
        return False
    return any(cells.text(key).lower().startswith(_TOTALS) for key in cells.found)


def _read(cells: _Cells, key: str, read: Any, problems: list[Problem]) -> Any:
    try:
        return read(cells.found.get(key, ("", None))[1])
    except Invalid as violation:
        problems.append(Problem(cells.header(key), violation.code, violation.facts, cells.number))
        return None


def _day(cell: Any) -> dt.date:
    """A day as banks and Excel write it. Raises Invalid("field.not_a_date")."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    found = _DAY.fullmatch(_plain("" if cell is None else str(cell)))
    try:
        return dt.date(*map(int, found.groups())) if found else _refuse()
    except ValueError as error:
        raise Invalid("field.not_a_date") from error


def _refuse() -> dt.date:
    raise Invalid("field.not_a_date")


def _signed(cells: _Cells, key: str) -> tuple[int, str]:
    """(-1 or 1, the text without its sign) of a column of amounts."""
    text = _plain(cells.text(key))
    negative = text.startswith(("-", "−")) or (text.startswith("(") and text.endswith(")"))
    return (-1 if negative else 1), text.strip("+-−()")


def _corrected(cells: list[_Cells]) -> set[str]:
    """Directions in which a minus takes an earlier entry back (红字冲正): always receipts; expenses where the bank
    writes others without one."""
    plain = any(_signed(one, key)[0] > 0 for one in cells
                for key in ("expense", "amount") if _moved(one, key) and (key == "expense" or _side(one) == OUT))
    return {IN, OUT} if plain else {IN}


def _side(cells: _Cells) -> str | None:
    """What the column of debit and credit says, where there is one."""
    said = _plain(cells.text("side")).lower()
    return next((side for side, names in _SIDES.items() if said in names), None)


def _moved(cells: _Cells, key: str) -> bool:
    return bool(_plain(cells.text(key)).strip("0.,-−+()"))


def _money(cells: _Cells, direction: str, has_sign: bool, corrected: set[str],
           problems: list[Problem]) -> tuple[str, int]:
    """Which way the money went and how many fen; `has_sign` says that some amounts of the file are negative."""
    for key, side in (("income", IN), ("expense", OUT)):
        if _moved(cells, key) and not cells.text("amount"):
            sign, text = _signed(cells, key)
            return _way(side, sign, corrected), _fen(cells, key, text, problems)
    if not cells.text("amount"):
        if {"income", "expense"} & cells.found.keys():
            return "", 0  # nothing moved: a fee of zero, an opening balance
        problems.append(Problem(cells.header("amount"), "money.missing", {}, cells.number))
        return "", 0
    sign, text = _signed(cells, "amount")
    fen = _fen(cells, "amount", text, problems)
    if (said := _side(cells)) is not None:
        return _way(said, sign, corrected), fen
    if has_sign:
        return (OUT if sign < 0 else IN), fen
    return direction, fen


def _way(side: str, sign: int, corrected: set[str]) -> str:
    if sign > 0 or side not in corrected:
        return side
    return IN if side == OUT else OUT


def _fen(cells: _Cells, key: str, text: str, problems: list[Problem]) -> int:
    try:
        return money.parse_yuan(text)
    except Invalid as violation:
        problems.append(Problem(cells.header(key), violation.code, violation.facts, cells.number))
        return 0


def _party(cells: _Cells, direction: str) -> str:
    return cells.text("counterparty") or cells.text("payer" if direction == IN else "payee")


def _remark(cells: _Cells) -> str:
    """Everything the bank and the payer wrote beside the amount."""
    return " ".join(filter(None, (cells.text(key) for key in ("summary", "purpose", "note"))))[:500]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
