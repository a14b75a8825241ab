"""Rows of an uploaded list → demand drafts, or every bad cell with its row, column and reason."""
from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.demand import columns
from marketplace.demand.columns import Column
from marketplace.demand.drafts import DemandDraft, TermsDraft
from marketplace.demand.reading import Row, rows_of
from marketplace.demand.schemas import RowSchema, tupled
from marketplace.forms import parse
from marketplace.rules import money
from marketplace.rules.errors import Invalid, Problem, Problems

_YES = frozenset({"是", "有", "可", "可以", "真", "yes", "y", "true", "t", "1", "1.0", "√", "✓"})
_NO = frozenset({"否", "无", "不", "不可", "不可以", "假", "no", "n", "false", "f", "0", "0.0", "×", "-"})
_BETWEEN_LINES = re.compile(r"[\n;；|]")
_BETWEEN_WORDS = re.compile(r"[\n;；|,，、]")


@dataclass(frozen=True)
class DemandList:
    """What a file holds. `examples` counts the template's example rows, which are left out."""

    drafts: tuple[DemandDraft, ...]
    examples: int


def read_demands(data: bytes, filename: str, terms: TermsDraft,
                 missing: Mapping[str, Any] | None = None) -> DemandList:
    """The demands of a file, with `terms` for all of them. Raises Problems with everything that is wrong in it.

    `missing`: what a row is given that leaves its scene, its data or its acceptance criteria blank.
    """
    rows, problems = rows_of(data, filename)
    wanted = [row for row in rows if not _is_example(row)]
    if not wanted and not problems:
        problems.append(Problem("file", "import.no_rows"))
    schema = RowSchema()
    drafts: list[DemandDraft] = []
    for row in wanted:
        found = _draft(row, schema, terms, missing or {})
        drafts += [found] if isinstance(found, DemandDraft) else []
        problems += found if isinstance(found, list) else []
    problems += _repeated(drafts)
    if problems:
        raise Problems(sorted(problems, key=lambda problem: problem.row or 0))
    return DemandList(tuple(drafts), len(rows) - len(wanted))


def _is_example(row: Row) -> bool:
    return any(str(value).strip() == columns.EXAMPLE_REF and _key(name, row) == "id"
               for name, value in row.values.items())


def _key(name: str, row: Row) -> str:
    column = columns.column_of(name) if row.is_table else None
    return column.key if column else name


def _draft(row: Row, schema: RowSchema, terms: TermsDraft,
           missing: Mapping[str, Any]) -> DemandDraft | list[Problem]:
    values, problems, shown = _cells(row) if row.is_table else _json(row)
    try:
        loaded = parse(schema, values)
    except Problems as violation:
        told = {problem.field for problem in problems}
        for problem in violation:
            key = problem.field.partition(".")[0]
            name = shown.get(key) or _header(key, row)
            if name not in told:
                problems.append(Problem(name, problem.code, problem.facts, row.number))
        loaded = {}
    if problems:
        order = list(row.values)
        return sorted(problems, key=lambda one: order.index(one.field) if one.field in order else len(order))
    loaded["external_ref"] = loaded["external_ref"] or None
    own_terms = {name: getattr(terms, name) for name in TermsDraft.__dataclass_fields__}
    said = tupled(loaded)
    said |= {name: value for name, value in missing.items() if not said[name]}
    return DemandDraft(**said, **own_terms, row=row.number)


def _header(key: str, row: Row) -> str:
    """What to call a column that the file does not have."""
    if not row.is_table:
        return key
    return columns.BY_KEY["budget_yuan" if key == "budget_fen" else key].header


def _json(row: Row) -> tuple[dict[str, Any], list[Problem], dict[str, str]]:
    """A JSON record: null is the same as missing, a number may serve as id."""
    values = {key: value for key, value in row.values.items() if value is not None}
    if isinstance(values.get("id"), int) and not isinstance(values["id"], bool):
        values["id"] = str(values["id"])
    return values, [], {}


def _cells(row: Row) -> tuple[dict[str, Any], list[Problem], dict[str, str]]:
    """A table's record: (values by key, problems, header by key)."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    shown: dict[str, str] = {}
    for name, cell in row.values.items():
        column = columns.column_of(name)
        if column is None:
            continue
        key = "budget_fen" if column.kind == columns.YUAN else column.key
        shown[key] = name
        text = _text(cell)
        if not text:
            continue
        try:
            values[key] = _read(column, text)
        except Invalid as violation:
            problems.append(Problem(name, violation.code, violation.facts, row.number))
    return values, problems, shown


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell).strip()


def _read(column: Column, text: str) -> Any:
    """A cell as JSON would have written it. Raises Invalid."""
    if column.kind == columns.YUAN:
        return money.parse_yuan(text)
    if column.kind in (columns.FEN, columns.DAYS, columns.HOURS, columns.COUNT):
        return _whole_number(text)
    if column.kind == columns.FLAG:
        return _flag(text)
    if column.kind in (columns.WORDS, columns.LINES):
        return list(_entries(text, _BETWEEN_WORDS if column.kind == columns.WORDS else _BETWEEN_LINES))
    return text


def _whole_number(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    for unit in ("天", "days", "小时", "hours"):
        plain = plain.removesuffix(unit).strip()
    if not re.fullmatch(r"\d{1,18}", plain):
        raise Invalid("field.not_a_number")
    return int(plain)


def _flag(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise Invalid("import.not_yes_or_no", text=text[:40])


def _entries(text: str, between: re.Pattern[str]) -> Iterator[str]:
    """A cell holding a list: entries between marks, or a JSON list as a program writes it."""
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and all(isinstance(entry, str) for entry in found):
            yield from found
            return
    yield from (entry.strip() for entry in between.split(text) if entry.strip())


def _repeated(drafts: list[DemandDraft]) -> Iterator[Problem]:
    """The same number twice in one file: which of the two is meant cannot be known."""
    first: dict[str, int | None] = {}
    for draft in drafts:
        if draft.external_ref is None:
            continue
        if draft.external_ref in first:
            yield Problem("id", "import.repeated", {"ref": draft.external_ref, "first": first[draft.external_ref]},
                          draft.row)
        else:
            first[draft.external_ref] = draft.row
