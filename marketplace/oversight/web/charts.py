"""The charts: each is a table that a script of ours draws; without the script the table is the chart."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from marketplace import security
from marketplace.accounts.models import PayerType, Role
from marketplace.db import reading
from marketplace.forms import FormState
from marketplace.i18n import day, label, t
from marketplace.oversight import charts, texts
from marketplace.oversight.web.pages import day_or_today, pages
from marketplace.rules.money import format_fen


@dataclass(frozen=True)
class Chart:
    """A table and how it is drawn: `kind` is bar or line; a cell is (shown, number to draw or None); `rows` begin
    with their label. Every column after it is a series, except those in `plain`."""

    name: str
    kind: str
    header: list[str]
    rows: list[tuple[str, list[tuple[str, float | int | None]]]] = field(default_factory=list)
    plain: tuple[int, ...] = ()
    unit: str = ""


@pages.get("/operator/charts")
@security.require(Role.OPERATOR)
def pictures() -> str:
    """Five charts as of a day."""
    as_of, today = day_or_today()
    with reading() as session:
        made = [_weeks(session, as_of), _ageing(session, as_of), _on_time(session, as_of), _waited(session, as_of),
                _funnel(session, as_of)]
    return render_template("oversight/charts.html", charts=made, as_of=as_of, today=today,
                           search=FormState({"as_of": as_of.isoformat()}))


def _header(name: str, *columns: str) -> list[str]:
    return [t(f"charts.{name}.{column}") for column in columns]


def _money(fen: int) -> tuple[str, Any]:
    return format_fen(fen), fen / 100  # drawn only: no amount is computed from it


def _count(number: int) -> tuple[str, Any]:
    return str(number), number


def _weeks(session: Session, as_of: dt.date) -> Chart:
    rows = [(day(week.ends_on), [_money(week.overdue_fen), _count(week.count)])
            for week in charts.overdue_by_week(session, as_of=as_of)]
    return Chart("weeks", "line", _header("weeks", "week", "overdue", "count"), rows, plain=(1,), unit=t("charts.yuan"))


def _ageing(session: Session, as_of: dt.date) -> Chart:
    rows = [(_bucket(one), [_money(one.open_fen), _count(one.count)]) for one in charts.ageing(session, as_of=as_of)]
    return Chart("ageing", "bar", _header("ageing", "bucket", "open", "count"), rows, plain=(1,), unit=t("charts.yuan"))


def _bucket(one: charts.Bucket) -> str:
    if one.first is None:
        return t("charts.ageing.not_due")
    return t("charts.ageing.days", first=one.first, last=one.last) if one.last else t(
        "charts.ageing.more", first=one.first)


def _on_time(session: Session, as_of: dt.date) -> Chart:
    found = {(one.month, one.payer_type): one for one in charts.on_time_by_month(session, as_of=as_of)}
    kinds = [kind for kind in PayerType if any(payer == kind for _, payer in found)]
    rows = []
    for month in sorted({month for month, _ in found}):
        held = [found.get((month, kind.value)) for kind in kinds]
        rows.append((texts.month(month), [
            (t("charts.on_time.of", percent=one.percent, on_time=one.on_time, settled=one.settled), one.percent)
            if one else ("—", None) for one in held]))
    return Chart("on_time", "line", [t("charts.on_time.month"), *(label(kind) for kind in kinds)], rows, unit="%")


def _waited(session: Session, as_of: dt.date) -> Chart:
    rows = [(texts.month(one.month), [_count(one.days), _count(one.count)])
            for one in charts.award_to_payment(session, as_of=as_of)]
    return Chart("waited", "bar", _header("waited", "month", "days", "count"), rows, plain=(1,), unit=t("charts.days"))


def _funnel(session: Session, as_of: dt.date) -> Chart:
    steps = charts.funnel(session, as_of=as_of)
    first = steps[0].count or 1
    rows = [(t(f"charts.funnel.{one.name}"), [
        _count(one.count), (f"{(one.count * 200 + first) // (2 * first)}%", None)]) for one in steps]
    return Chart("funnel", "bar", _header("funnel", "step", "count", "share"), rows, plain=(1,))
