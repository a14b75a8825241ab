"""Papers to download: a few kinds of block laid out on A4 with the Chinese font we carry.

Equal papers give equal bytes (no clock, no random id inside), so the hash of a file can be checked later.
"""
from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

FONT = "NotoSansSC"
FONT_FILE = Path(__file__).parent / "static" / "vendor" / "noto-sans-sc" / "NotoSansSC-Regular.ttf"
INK, SOFT, RULE, SHADE = "#1b1f24", "#5b6470", "#c9d0d8", "#f2f4f7"
MARGIN = 54
"""Points on every side of an A4 page."""
PAGE_OF = {"zh": "第 {page} 页", "en": "Page {page}"}


@dataclass(frozen=True)
class Heading:
    """A section's title."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; line breaks are kept."""

    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph in small grey print: sources, what the reader should know about a figure."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Labels with their values, one to a line."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table; `align` has one letter a column, l or r, and `widths` one share a column (equal when empty)."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str = ""
    widths: Sequence[float] = ()


@dataclass(frozen=True)
class PageBreak:
    """What follows starts on a new page."""


Block = Heading | Text | Note | Facts | Table | PageBreak


@dataclass(frozen=True)
class Paper:
    """What a file says. `language` (zh, en) decides line breaking; `footer` stands on every page."""

    title: str
    blocks: Sequence[Block]
    language: str = "zh"
    subtitle: str = ""
    footer: str = ""


def render(paper: Paper) -> bytes:
    """The paper as a PDF file."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    styles = _styles(paper.language)
    width = A4[0] - 2 * MARGIN
    flow = [_paragraph(paper.title, styles["title"])]
    if paper.subtitle:
        flow.append(_paragraph(paper.subtitle, styles["note"]))
    for block in paper.blocks:
        flow.extend(_flowables(block, styles, width))
    out = io.BytesIO()
    document = SimpleDocTemplate(out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
                                 bottomMargin=MARGIN, title=paper.title, author="Jiebang 揭榜", invariant=1,
                                 lang="zh-CN" if paper.language == "zh" else "en")

    def dress(canvas: Any, _document: Any) -> None:
        canvas.setFont(FONT, 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN, MARGIN / 2, paper.footer[:110])
        canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2,
                               PAGE_OF[paper.language].format(page=canvas.getPageNumber()))

    document.build(flow, onFirstPage=dress, onLaterPages=dress)
    return out.getvalue()


@cache
def _styles(language: str) -> dict[str, Any]:
    """Paragraph styles; registers the font on first use, so that nothing heavy is read at import."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT, str(FONT_FILE)))
        pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=FONT, italic=FONT, boldItalic=FONT)
    wrap = "CJK" if language == "zh" else None
    body = ParagraphStyle("body", fontName=FONT, fontSize=10, leading=16, textColor=INK, wordWrap=wrap, spaceAfter=6)
    return {
        "body": body,
        "title": ParagraphStyle("title", parent=body, fontSize=18, leading=26, spaceAfter=6),
        "heading": ParagraphStyle("heading", parent=body, fontSize=13, leading=20, spaceBefore=10, spaceAfter=4),
        "note": ParagraphStyle("note", parent=body, fontSize=8.5, leading=13, textColor=SOFT),
        "cell": ParagraphStyle("cell", parent=body, fontSize=9, leading=13, spaceAfter=0),
        "label": ParagraphStyle("label", parent=body, fontSize=9, leading=13, spaceAfter=0, textColor=SOFT),
        "figure_label": ParagraphStyle("figure_label", parent=body, fontSize=9, leading=13, spaceAfter=0, alignment=2,
                                       textColor=SOFT),
        "figure": ParagraphStyle("figure", parent=body, fontSize=9, leading=13, spaceAfter=0, alignment=2),
    }


def _paragraph(text: str, style: Any) -> Any:
    from reportlab.platypus import Paragraph

    return Paragraph(escape(str(text)).replace("\n", "<br/>"), style)


def _flowables(block: Block, styles: dict[str, Any], width: float) -> list[Any]:
    from reportlab.platypus import PageBreak as Break

    if isinstance(block, PageBreak):
        return [Break()]
    if isinstance(block, Facts):
        cells = [[_paragraph(label, styles["label"]), _paragraph(value, styles["cell"])] for label, value in block.rows]
        return [_grid(cells, [width * 0.3, width * 0.7], header=False)] if cells else []
    if isinstance(block, Table):
        return [_table(block, styles, width)]
    return [_paragraph(block.text, styles[{Heading: "heading", Text: "body", Note: "note"}[type(block)]])]


def _table(table: Table, styles: dict[str, Any], width: float) -> Any:
    columns = len(table.header)
    align = table.align.ljust(columns, "l")
    shares = list(table.widths) or [1.0] * columns
    cells = [[_paragraph(name, styles["figure_label" if side == "r" else "label"])
              for name, side in zip(table.header, align, strict=True)]]
    for row in table.rows:
        cells.append([_paragraph(value, styles["figure" if side == "r" else "cell"])
                      for value, side in zip(row, align, strict=True)])
    return _grid(cells, [width * share / sum(shares) for share in shares], header=True)


def _grid(cells: list[list[Any]], widths: list[float], *, header: bool) -> Any:
    from reportlab.platypus import LongTable

    looks: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
        ("TOPPADDING", (0, 0), (-1, -1), 4), ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ("LEFTPADDING", (0, 0), (-1, -1), 4), ("RIGHTPADDING", (0, 0), (-1, -1), 4)]
    if header:
        looks.append(("BACKGROUND", (0, 0), (-1, 0), SHADE))
    return LongTable(cells, colWidths=widths, style=looks, repeatRows=int(header), spaceAfter=8)
