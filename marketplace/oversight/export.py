"""The lines that are shown, as a file: CSV for everything, Excel for people."""
from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

# A cell that begins so would be read as a formula; an apostrophe in front makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: list[str], rows: Iterable[list[Any]]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads the Chinese; days are ISO."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([safe(value.isoformat() if isinstance(value, dt.date) else value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, header: list[str], rows: Iterable[list[Any]]) -> bytes:
    """One sheet with a bold first line that stays in view; days are dates."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    bold = []
    for name in header:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        bold.append(cell)
    sheet.append(bold)
    for row in rows:
        sheet.append([safe(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def safe(value: Any) -> Any:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else "" if value is None else value
