"""The columns of a demand list, what they are called in Chinese and English, and the templates to fill in."""
from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from marketplace.demand.models import Demand
from marketplace.i18n import t
from marketplace.oversight.export import as_csv, as_xlsx

TEXT, WORDS, LINES, YUAN, FEN, DAYS, FLAG = "text", "words", "lines", "yuan", "fen", "days", "flag"
HOURS, COUNT = "hours", "count"
EXAMPLE_REF = "EXAMPLE"
_WIDTHS = {TEXT: 24, WORDS: 24, LINES: 36, YUAN: 14, FEN: 14, DAYS: 12, FLAG: 12, HOURS: 14, COUNT: 12}


@dataclass(frozen=True)
class Column:
    """`key` is the name in a JSONL list; `kind` says how a cell is read; any of `names` may stand in the header."""

    key: str
    zh: str
    en: str
    kind: str
    example: str
    required: bool = False
    names: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """As the templates write it."""
        return f"{self.zh} / {self.en}"


COLUMNS = (
    Column("id", "编号", "id", TEXT, EXAMPLE_REF, names=("external_ref", "ref", "需求编号")),
    Column("title", "标题", "title", TEXT, "冷链车厢温度异常提前预警", True, ("需求名称", "名称", "需求标题")),
    Column("scene", "场景", "scene", TEXT, "四十台冷藏车，城市配送，夜间装卸时常开门"),
    Column("data_offered", "数据", "data_offered", TEXT, "近两年温度曲线与装卸记录，脱敏后提供"),
    Column("description", "需求", "description", TEXT, "在温度越线前二十分钟给出提醒并说明原因。", True,
           ("need", "需求描述", "需求说明", "描述")),
    Column("industry", "行业", "industry", TEXT, "道路运输业", names=("所属行业",)),
    Column("region", "地区", "region", TEXT, "江苏省苏州市", names=("所在地区", "地域")),
    Column("budget_yuan", "预算（元）", "budget_yuan", YUAN, "180000", True, ("预算", "budget", "预算(元)")),
    Column("budget_fen", "预算（分）", "budget_fen", FEN, "", names=("预算(分)",)),
    Column("deadline_days", "工期（天）", "deadline_days", DAYS, "60", True,
           ("duration_days", "工期", "工期(天)", "完成天数")),
    Column("work_days", "预计工作量（人天）", "work_days", DAYS, "30",
           names=("工作量", "人天", "工作量(人天)", "capacity_days_needed")),
    Column("required_skills", "所需技能", "required_skills", WORDS, "时间序列、物联网", names=("技能", "skills")),
    Column("required_certifications", "所需证书", "required_certifications", WORDS, "",
           names=("证书", "资质", "certifications")),
    Column("deliverables", "交付物", "deliverables", LINES, "预警模型及代码；部署说明；试运行报告"),
    Column("acceptance_criteria", "验收标准", "acceptance_criteria", LINES,
           "连续四周误报每车每天不超过一次；越线前二十分钟召回率不低于九成"),
    Column("set_aside", "预留小微", "set_aside", FLAG, "否", names=("面向小微预留", "预留")),
    Column("data_provided", "提供数据", "data_provided", FLAG, "是", names=("是否提供数据",)),
    Column("remote_ok", "可远程", "remote_ok", FLAG, "是", names=("是否可远程", "远程")),
    Column("response_hours", "响应时间（小时）", "response_hours", HOURS, "", names=("响应时间", "响应时限")),
    Column("minimum_batch", "起订量", "minimum_batch", COUNT, "", names=("最小批量", "起做量")),
    Column("minimum_batch_unit", "起订单位", "minimum_batch_unit", TEXT, "", names=("批量单位", "计量单位")),
)
BY_KEY = {column.key: column for column in COLUMNS}
_SHOWN = tuple(column for column in COLUMNS if column.kind != FEN)


def plain(header: str) -> str:
    """A header as it is compared: half-width, lower case, without blanks and marks for required columns."""
    text = unicodedata.normalize("NFKC", header).lower()
    return "".join(c for c in text if not c.isspace() and c not in "*_-")


_NAMES = {plain(name): column for column in COLUMNS
          for name in (column.key, column.zh, column.en, column.header, *column.names)}


def column_of(header: str) -> Column | None:
    """The column a header means, None for one that is not ours."""
    return _NAMES.get(plain(header))


def csv_template() -> bytes:
    """A CSV file with the headers and one example row, in UTF-8 with a mark so that Excel reads it right."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.header for column in _SHOWN])
    writer.writerow([column.example for column in _SHOWN])
    return out.getvalue().encode("utf-8-sig")


def xlsx_template(lang: str) -> bytes:
    """An Excel file with the headers, one example row, and a sheet of notes in the reader's language."""
    book = Workbook()
    sheet = book.active
    sheet.title = t("demand.template.sheet", lang)
    sheet.append([column.header for column in _SHOWN])
    sheet.append([column.example for column in _SHOWN])
    for index, column in enumerate(_SHOWN, start=1):
        cell = sheet.cell(1, index)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color="8C2F1B" if column.required else "4A5568")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.cell(2, index).font = Font(italic=True, color="6B7280")
        sheet.column_dimensions[get_column_letter(index)].width = _WIDTHS[column.kind]
    sheet.freeze_panes = "A2"
    notes = book.create_sheet(t("demand.template.notes_sheet", lang))
    notes.append([t(f"demand.template.{name}", lang) for name in ("column", "needed", "how")])
    for column in _SHOWN:
        needed = t("demand.template.required" if column.required else "demand.template.optional", lang)
        notes.append([column.header, needed, t(f"demand.template.kind_{column.kind}", lang)])
    for name in ("note_example", "note_again", "note_terms"):
        notes.append([t(f"demand.template.{name}", lang)])
    for letter, width in (("A", 36), ("B", 12), ("C", 70)):
        notes.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def list_of(ext: str, demands: Iterable[Demand], *, title: str) -> bytes:
    """Demands as a list that can be imported again: "csv", "xlsx" or "jsonl". Raises KeyError for another kind."""
    if ext == "jsonl":
        return b"".join(json.dumps(_record(one), ensure_ascii=False).encode() + b"\n" for one in demands)
    rows = ([_cell(one, column) for column in _SHOWN] for one in demands)
    header = [column.header for column in _SHOWN]
    return {"csv": lambda: as_csv(header, rows), "xlsx": lambda: as_xlsx(title, header, rows)}[ext]()


def _record(demand: Demand) -> dict[str, Any]:
    return {column.key: _value(demand, column) for column in COLUMNS if column.kind != YUAN}


def _value(demand: Demand, column: Column) -> Any:
    name = {"id": "external_ref", "deadline_days": "duration_days"}.get(column.key, column.key)
    return getattr(demand, name) or demand.code if column.key == "id" else getattr(demand, name)


def _cell(demand: Demand, column: Column) -> Any:
    if column.kind == YUAN:
        return Decimal(demand.budget_fen).scaleb(-2)
    value = _value(demand, column)
    if column.kind == FLAG:
        return "是" if value else "否"
    if column.kind in (WORDS, LINES):
        return ("、" if column.kind == WORDS else "\n").join(value)
    return "" if value is None else value
