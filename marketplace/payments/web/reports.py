"""Aged balance and cash forecast: pages, CSV and Excel."""
from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from flask import abort, render_template, request
from openpyxl import Workbook
from openpyxl.styles import Font
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading
from marketplace.forms import FormState
from marketplace.i18n import label, t
from marketplace.payments import ageing as reports
from marketplace.payments import texts
from marketplace.payments.web.pages import pages
from marketplace.rules.ageing import Bucket, Span

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BAR_WIDTH, BAR_HEIGHT = 100, 40
SHOWN = 300


def _today() -> dt.date:
    return clock.legal_day(clock.utc_now())


def _party(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None


@pages.get("/ledger/ageing")
@security.require()
def ageing() -> str:
    """What is open at the end of today or of ?as_of, by how late it is."""
    actor, today = security.actor(), _today()
    as_of = texts.day_or(request.args.get("as_of"), today)
    buyer = _party(request.args.get("buyer"))
    with reading() as session:
        found = reports.aged(session, actor=actor, as_of=as_of, buyer_id=buyer)
        return render_template(
            "payments/ageing.html", found=found, buckets=list(Bucket), as_of=as_of, today=today, here="ageing",
            search=FormState({"as_of": as_of.isoformat()}), role=actor.role, buyer=buyer, items=found.items[:SHOWN],
            more=max(len(found.items) - SHOWN, 0))


@pages.get("/ledger/ageing.<ext>")
@security.require()
def ageing_file(ext: str) -> Response:
    """The same as CSV or Excel, one row for each instalment."""
    as_of = texts.day_or(request.args.get("as_of"), _today())
    with reading() as session:
        found = reports.aged(session, actor=security.actor(), as_of=as_of, buyer_id=_party(request.args.get("buyer")))
        header = [t(f"reports.{name}") for name in ("contract", "milestone", "buyer", "founder", "due", "days_late",
                                                    "bucket", "principal", "interest", "disputed")]
        rows = [[item.contract.number, item.obligation.milestone.title, item.contract.buyer.name,
                 item.contract.founder.name, item.due.isoformat() if item.due else "", item.days_late,
                 label(item.bucket), *map(_yuan, (item.principal_fen, item.interest_fen, item.disputed_fen))]
                for item in found.items]
    return _file(ext, f"ageing-{as_of}", header, rows)


@pages.get("/ledger/forecast")
@security.require(Role.BUYER, Role.FOUNDER)
def forecast() -> str:
    """What is to come in or go out by week, or by ?by=month."""
    with reading() as session:
        found = reports.forecast(session, actor=security.actor(), today=_today(), span=_span())
        return render_template("payments/forecast.html", found=found, here="forecast", spans=list(Span),
                               role=security.actor().role, bars=_bars(found), width=BAR_WIDTH, height=BAR_HEIGHT)


@pages.get("/ledger/forecast.<ext>")
@security.require(Role.BUYER, Role.FOUNDER)
def forecast_file(ext: str) -> Response:
    """The same as CSV or Excel, one row for each period."""
    with reading() as session:
        found = reports.forecast(session, actor=security.actor(), today=_today(), span=_span())
    header = [t(f"reports.{name}") for name in ("from", "to", "by_due", "by_habit")]
    rows: list[list[Any]] = [[t("reports.late"), "", _yuan(found.late_due_fen), _yuan(found.late_usual_fen)]]
    rows += [[one.period.first.isoformat(), one.period.last.isoformat(), _yuan(one.due_fen), _yuan(one.usual_fen)]
             for one in found.columns]
    rows += [[t("reports.later"), "", _yuan(found.later_due_fen), _yuan(found.later_usual_fen)],
             [t("reports.undated"), "", _yuan(found.undated_fen), ""]]
    return _file(ext, f"forecast-{found.today}", header, rows)


def _span() -> Span:
    asked = request.args.get("by", "")
    return Span(asked) if asked in set(Span) else Span.WEEK


def _bars(found: reports.Forecast) -> list[dict[str, Any]]:
    """The periods as pairs of bars, heights in units of the drawing; the table below says the same in figures."""
    pairs = [(t("reports.late"), found.late_due_fen, found.late_usual_fen)]
    pairs += [(f"{one.period.first:%m-%d}" if found.span is Span.WEEK else f"{one.period.first:%Y-%m}",
               one.due_fen, one.usual_fen) for one in found.columns]
    most = max([1, *(fen for _, *both in pairs for fen in both)])
    step = BAR_WIDTH / len(pairs)
    return [{"label": name, "x": f"{place * step + step * .15:.2f}", "x2": f"{place * step + step * .5:.2f}",
             "width": f"{step * .33:.2f}", "due": f"{BAR_HEIGHT * due / most:.2f}",
             "usual": f"{BAR_HEIGHT * usual / most:.2f}", "due_y": f"{BAR_HEIGHT - BAR_HEIGHT * due / most:.2f}",
             "usual_y": f"{BAR_HEIGHT - BAR_HEIGHT * usual / most:.2f}"}
            for place, (name, due, usual) in enumerate(pairs)]


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _file(ext: str, stem: str, header: list[str], rows: list[list[Any]]) -> Response:
    rows = [[_harmless(cell) for cell in row] for row in rows]
    if ext == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([header, *rows])
        body, kind = out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8"
    elif ext == "xlsx":
        body, kind = _workbook(header, rows), XLSX
    else:
        abort(404)
    return Response(body, headers={"Content-Type": kind,
                                   "Content-Disposition": f"attachment; filename=jiebang-{stem}.{ext}"})


def _harmless(cell: Any) -> Any:
    """A text a spreadsheet would read as a formula is quoted: names and titles are written by others."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(cell):
        return f"'{cell}"
    return cell


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdigit()


def _workbook(header: list[str], rows: list[list[Any]]) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(header)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([float(cell) if isinstance(cell, str) and "." in cell and _is_number(cell) else cell
                      for cell in row])
    sheet.freeze_panes = "A2"
    for column in sheet.columns:
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(widest * 1.6 + 2, 40)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
