"""A disclosure as people read it: facts and rows for pages, Excel and PDF. Equal documents give equal bytes."""
from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from marketplace import pdf
from marketplace.disclosure.document import FIELDS, Difference
from marketplace.i18n import day, t
from marketplace.rules.disclosure import DisclosureForm
from marketplace.rules.money import format_fen
from marketplace.rules.statutes import article

_ARTICLE = {DisclosureForm.PUBLIC_LIST: "CN-802/18-1", DisclosureForm.ANNUAL_REPORT: "CN-802/18-2"}
# A spreadsheet takes text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
COLUMNS = ("number", "title", "signed_on", "milestone", "due_on", "overdue_days", "principal")


def citation(document: dict[str, Any]) -> str:
    """The article the disclosure follows, with its first day in force."""
    return article(_ARTICLE[DisclosureForm(document["form"])]).citation


def title(document: dict[str, Any], lang: str | None = None) -> str:
    return t(f"disclosure.paper.title_{document['form']}", lang, year=document["report_year"])


def facts(document: dict[str, Any], lang: str | None = None) -> list[tuple[str, str]]:
    """The fields of the report: whether anything is overdue, how many contracts, how much, and why."""
    buyer = document["buyer"]
    return [
        (t("disclosure.paper.buyer", lang), buyer["name"]), (t("disclosure.paper.uscc", lang), buyer["uscc"]),
        (t("disclosure.paper.kind", lang), t(f"enum.PayerType.{buyer['payer_type']}", lang)),
        (t("disclosure.paper.as_of", lang), _day(document["as_of"], lang)),
        *((t(f"disclosure.paper.{name}", lang), value_of(name, document[name], lang)) for name in FIELDS)]


def value_of(name: str, value: Any, lang: str | None = None) -> str:
    """A field's value in words; of a contract it is what is owed on it."""
    if value is None:
        return t("disclosure.paper.not_listed", lang)
    if name == "has_overdue":
        return t("disclosure.paper.yes" if value else "disclosure.paper.no", lang)
    if name == "explanation":
        return value or t("disclosure.paper.no_explanation", lang)
    return str(value) if name == "contract_count" else format_fen(value)


def changes(found: list[Difference], lang: str | None = None) -> list[tuple[str, str, str]]:
    """(what, before, now) of a correction."""
    return [(t(f"disclosure.paper.{one.what}", lang) if one.what in FIELDS else one.what,
             value_of(one.what, one.before, lang), value_of(one.what, one.now, lang)) for one in found]


def header(lang: str | None = None) -> list[str]:
    return [t(f"disclosure.column.{name}", lang) for name in COLUMNS]


def rows(document: dict[str, Any], lang: str | None = None) -> list[list[Any]]:
    """One row for each overdue part of a contract, amounts in fen."""
    return [[one["number"], one["title"], _day(one["signed_on"], lang), part["milestone"], _day(part["due_on"], lang),
             part["overdue_days"], part["principal_fen"]]
            for one in document["contracts"] for part in one["parts"]]


def as_pdf(document: dict[str, Any], document_hash: str, *, version: int, lang: str) -> bytes:
    """The disclosure on paper."""
    blocks: list[pdf.Block] = [pdf.Facts(facts(document, lang))]
    if document["contracts"]:
        blocks += [pdf.Heading(t("disclosure.paper.list", lang)), pdf.Table(
            header=header(lang), align="lllllrr", widths=(1.6, 1.6, 1.45, 1.2, 1.5, 1.0, 1.4),
            rows=[[str(cell) for cell in row[:-1]] + [format_fen(row[-1])] for row in rows(document, lang)])]
    blocks += [pdf.Note(citation(document)), pdf.Note(_basis(document, version, document_hash, lang))]
    return pdf.render(pdf.Paper(title=title(document, lang), language=lang, blocks=blocks,
                                subtitle=document["buyer"]["name"], footer=f"SHA-256 {document_hash}"))


def _basis(document: dict[str, Any], version: int, document_hash: str, lang: str) -> str:
    tables = document["tables"]
    return t("disclosure.paper.basis", lang, version=version, hash=document_hash,
             holidays=tables["holidays"]["version"], lpr=tables["lpr"]["version"])


def as_xlsx(document: dict[str, Any], document_hash: str, *, version: int, lang: str) -> bytes:
    """Two sheets: the report's fields, and the list of contracts with amounts in yuan as numbers."""
    book = Workbook()
    sheet = book.active
    sheet.title = t("disclosure.paper.sheet_report", lang)
    sheet.append([title(document, lang)])
    for name, value in facts(document, lang):
        sheet.append([name, _safe(value)])
    sheet.append([])
    for note in (citation(document), _basis(document, version, document_hash, lang)):
        sheet.append([_safe(note)])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 60
    for cell in sheet["B"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    listed = book.create_sheet(t("disclosure.paper.sheet_list", lang))
    listed.append([*header(lang)[:-1], t("disclosure.column.principal_yuan", lang)])
    for cell in listed[1]:
        cell.font = Font(bold=True)
    for *cells, fen in rows(document, lang):
        listed.append([_safe(cell) for cell in cells] + [fen / 100])
        listed.cell(listed.max_row, len(COLUMNS)).number_format = "#,##0.00"
    for place, width in enumerate((20, 36, 16, 20, 16, 12, 18)):
        listed.column_dimensions["ABCDEFG"[place]].width = width
    listed.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return _settled(out.getvalue())


def _settled(data: bytes) -> bytes:
    """The workbook without the moment at which it was saved: the same content is the same file."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in sorted(made.namelist()):
            part = _SAVED.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", made.read(name))
            kept.writestr(zipfile.ZipInfo(name, _EPOCH), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _day(text: str | None, lang: str | None) -> str:
    return day(dt.date.fromisoformat(text) if text else None, lang)
