"""An edition as people read it: rows, differences in words, CSV, Excel and PDF. Equal editions give equal papers."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from marketplace import pdf
from marketplace.clock import SHANGHAI, legal_day
from marketplace.i18n import day, language, moment, t
from marketplace.oversight.export import as_csv, as_xlsx
from marketplace.rules.editions import Outcome
from marketplace.rules.money import format_fen

CSV, PDF = "text/csv; charset=utf-8", "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("position", "track", "code", "title", "buyer", "region", "budget", "duration", "deadline", "set_aside",
           "remote", "first_listed", "state")
ON_PAPER = ("position", "title", "buyer", "budget", "deadline")


def total_fen(document: dict[str, Any]) -> int:
    """The budgets of an edition added up."""
    return sum(item["budget_fen"] for item in document["items"])


def by_track(document: dict[str, Any], lang: str | None = None) -> list[tuple[str, list[dict[str, Any]]]]:
    """(name of the track, its items) in the order of the edition; what has no track comes last."""
    lang = lang or language()
    groups = [(track[lang], [item for item in document["items"] if item["track"] == track["code"]])
              for track in document["tracks"]]
    loose = [item for item in document["items"] if item["track"] is None]
    return groups + ([(t("editions.show.empty_track", lang), loose)] if loose else [])


def track_name(document: dict[str, Any], code: str | None, lang: str | None = None) -> str:
    """A track's name; "—" for none."""
    return next((track[lang or language()] for track in document["tracks"] if track["code"] == code), code or "—")


def when(text: str | None) -> dt.datetime | None:
    """A moment of a document."""
    return dt.datetime.fromisoformat(text) if text else None


def change(document: dict[str, Any], one: dict[str, Any], lang: str | None = None) -> str:
    """One changed field in words."""
    name = t(f"editions.field.{one['field']}", lang)
    if one["field"] == "terms":
        return f"{name}{t('reference.colon', lang)}{t('editions.field.terms_changed', lang)}"
    before, now = (_value(document, one["field"], one[side], lang) for side in ("before", "now"))
    return t("editions.show.before_now", lang, field=name, before=before, now=now)


def _value(document: dict[str, Any], field: str, value: Any, lang: str | None) -> str:
    if field == "bid_deadline":
        return moment(when(value), lang)
    if field == "track":
        return track_name(document, value, lang)
    return format_fen(value) if field == "budget_fen" else str(value)


def extended(item: dict[str, Any]) -> bool:
    """Whether the deadline moved to a later moment since the last edition."""
    return any(one["field"] == "bid_deadline" and one["before"] < one["now"] for one in item["changed"])


def standing(outcome: Outcome) -> str:
    """Key of how far a demand has come (editions.recap.way_…), or editions.recap.cancelled."""
    if outcome.cancelled:
        return "cancelled"
    parts = outcome.parts
    if outcome.delivered and parts and not any(part.left_fen for part in parts):
        return "way_paid"
    reached = (("way_delivered", outcome.delivered), ("way_signed", outcome.signed),
               ("way_awarded", outcome.awarded_fen is not None), ("way_taken", bool(outcome.bids)),
               ("way_none", outcome.bids == 0))
    return next((key for key, there in reached if there), "way_open")


def percent(permille: int | None, lang: str | None = None) -> str:
    """"87.5%"; words where there is nothing to count."""
    return t("editions.recap.none_yet", lang) if permille is None else f"{Decimal(permille).scaleb(-1)}%"


def _rows(document: dict[str, Any], cancelled: Iterable[str], lang: str) -> list[list[Any]]:
    marked = set(cancelled)
    yes, no = t("audit.yes", lang), t("audit.no", lang)
    return [[item["position"], track_name(document, item["track"], lang), item["code"], item["title"],
             item["buyer"]["name"], item["region"], Decimal(item["budget_fen"]).scaleb(-2), item["duration_days"],
             _beijing(item["bid_deadline"]), yes if item["set_aside"] else no, yes if item["remote_ok"] else no,
             item["first_listed"], t("editions.column.cancelled", lang) if item["code"] in marked else ""]
            for item in document["items"]]


def _beijing(text: str | None) -> str:
    found = when(text)
    return f"{found.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if found else ""


def _header(names: Iterable[str], lang: str) -> list[str]:
    return [t(f"editions.column.{name}", lang) for name in names]


def file_of(kind: str, document: dict[str, Any], document_hash: str, *, published_at: dt.datetime | None,
            cancelled: Iterable[str], lang: str) -> tuple[bytes, str]:
    """(bytes, media type) of csv, xlsx or pdf. Raises KeyError for another kind."""
    if kind == "pdf":
        return as_pdf(document, document_hash, published_at=published_at, cancelled=cancelled, lang=lang), PDF
    make = {"csv": as_csv, "xlsx": lambda header, rows: as_xlsx(document["month"], header, rows)}[kind]
    return make(_header(COLUMNS, lang), _rows(document, cancelled, lang)), CSV if kind == "csv" else XLSX


def as_pdf(document: dict[str, Any], document_hash: str, *, published_at: dt.datetime | None,
           cancelled: Iterable[str], lang: str) -> bytes:
    """The list on paper, track by track, with the hash on every page."""
    marked = set(cancelled)
    blocks: list[pdf.Block] = [pdf.Facts([
        (t("editions.paper.facts_number", lang), t("editions.number", lang, number=document["number"])),
        (t("editions.paper.facts_published", lang), day(legal_day(published_at) if published_at else None, lang)),
        (t("editions.paper.facts_count", lang), str(len(document["items"]))),
        (t("editions.paper.facts_total", lang), format_fen(total_fen(document)))])]
    if document["introduction"][lang]:
        blocks.append(pdf.Text(document["introduction"][lang]))
    for name, items in by_track(document, lang):
        blocks += [pdf.Heading(name), pdf.Table(
            header=_header(ON_PAPER, lang), align="rllrl", widths=(0.6, 3.4, 2.6, 1.8, 2),
            rows=[_paper_row(item, item["code"] in marked, lang) for item in items])]
    if document["gone"]:
        blocks += [pdf.Heading(t("editions.show.gone", lang)), pdf.Table(
            header=_header(("code", "title", "state"), lang), widths=(1.6, 4, 1.6),
            rows=[[one["code"], one["title"], t(f"enum.Gone.{one['why']}", lang)] for one in document["gone"]])]
    last = document["previous"]
    if last:
        blocks.append(pdf.Note(t("editions.paper.previous", lang, month=last["month"], hash=last["sha256"])))
    blocks.append(pdf.Note(t("editions.paper.verify", lang, month=document["month"])))
    return pdf.render(pdf.Paper(
        title=document["title"][lang], language=lang, blocks=blocks,
        subtitle=t("editions.show.eyebrow", lang, month=document["month"], number=document["number"]),
        footer=t("editions.paper.footer", lang, hash=document_hash)))


def _paper_row(item: dict[str, Any], cancelled: bool, lang: str) -> list[str]:
    mark = f" [{t('editions.column.cancelled', lang)}]" if cancelled else ""
    return [str(item["position"]), f"{item['title']}{mark}\n{item['code']}", item["buyer"]["name"],
            format_fen(item["budget_fen"]), _beijing(item["bid_deadline"])]
