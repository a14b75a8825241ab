"""Pages' fields ↔ values: repeated rows named "criteria.0.name", lists typed as words or lines, drafts shown again."""
from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from marketplace.demand.drafts import CriterionDraft, DemandDraft, ProjectDraft, SliceDraft
from marketplace.demand.schemas import LISTS
from marketplace.forms import FormState
from marketplace.rules.errors import Problems, RuleViolation

MOST_ROWS = 60
WORD_LISTS = ("required_skills", "required_certifications", "depends_on")
_BETWEEN_WORDS = re.compile(r"[\n;；|,，、]")
_ROW_FIELD = re.compile(r"(\w+)\.(\d{1,3})\.(\w+)")
_ENTRY_OF_LIST = re.compile(r"((?:\w+\.\d+\.)?[a-z]\w*)\.\d+")


def plain(text: str) -> str:
    """Typed text as it is kept: no blanks around it, and the line ends every other door writes."""
    return text.strip().replace("\r\n", "\n")


def words(text: str) -> list[str]:
    """Short entries between any usual mark: "声学检测、水力模型"."""
    return [entry for entry in map(str.strip, _BETWEEN_WORDS.split(text)) if entry]


def lines(text: str) -> list[str]:
    """One entry on each line."""
    return [entry for entry in map(str.strip, text.splitlines()) if entry]


def _typed(form: Mapping[str, str], name: str) -> dict[int, dict[str, str]]:
    """The rows typed under a name by their number on the page; wholly blank rows are left out."""
    rows: dict[int, dict[str, str]] = {}
    for field, text in form.items():
        found = _ROW_FIELD.fullmatch(field)
        if found and found[1] == name:
            rows.setdefault(int(found[2]), {})[found[3]] = text.strip()
    return {number: rows[number] for number in sorted(rows)
            if any(text for key, text in rows[number].items() if key != "kind")}


def repeated(form: Mapping[str, str], name: str, *, without: int | None = None) -> list[dict[str, str]]:
    """The rows typed under a name, in their order, numbered anew from 0; dependencies follow the numbers."""
    kept = {number: row for number, row in _typed(form, name).items() if number != without}
    renumbered = {str(old + 1): str(new + 1) for new, old in enumerate(kept)}
    for row in kept.values():
        if "depends_on" in row:
            wanted = [number for number in words(row["depends_on"])
                      if without is None or number != str(without + 1)]
            row["depends_on"] = "、".join(renumbered.get(number, f"{number}?") for number in wanted)
    return list(kept.values())[:MOST_ROWS]


def spread(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows as the fields of a page."""
    return {f"{name}.{number}.{key}": value for number, row in enumerate(rows) for key, value in row.items()}


def listed(values: Mapping[str, str]) -> dict[str, Any]:
    """Typed texts with the list fields split; blanks left out, so that defaults apply."""
    found: dict[str, Any] = {name: text for name, text in values.items() if text}
    for name in (*LISTS, "depends_on"):
        if name in values:
            found[name] = (words if name in WORD_LISTS else lines)(values[name])
    return found


def changed_rows(form: Mapping[str, str], name: str, action: str) -> list[dict[str, str]] | None:
    """The rows after an "add-…" or "remove-…-2" button; None when another button was pressed."""
    if action == f"add-{name}":
        return [*repeated(form, name), {}]
    if not action.startswith(f"remove-{name}-"):
        return None
    number = action.removeprefix(f"remove-{name}-")
    return repeated(form, name, without=int(number) if number.isdecimal() and len(number) < 4 else None)


def state(form: MultiDict[str, str], name: str, rows: Iterable[Mapping[str, Any]]) -> FormState:
    """What a page shows again: everything typed, with the rows renumbered."""
    kept = {field: text for field, text in form.items() if not _ROW_FIELD.fullmatch(field)}
    return FormState(kept | spread(name, rows))


def refuse(form: FormState, violation: RuleViolation) -> FormState:
    """Put problems beside their fields; one about an entry of a list belongs to the list's field."""
    if not isinstance(violation, Problems):
        form.add(violation)
        return form
    folded = []
    for problem in violation:
        entry = _ENTRY_OF_LIST.fullmatch(problem.field)
        folded.append(dataclasses.replace(problem, field=entry[1]) if entry else problem)
    form.add(Problems(folded))
    return form


def demand_values(form: MultiDict[str, str]) -> dict[str, Any]:
    """A posted demand as its schema reads it."""
    typed = {field: plain(text) for field, text in form.items() if not _ROW_FIELD.fullmatch(field)}
    return listed(typed) | {"criteria": [listed(row) for row in repeated(form, "criteria")]}


def typed_values(form: MultiDict[str, str]) -> dict[str, Any]:
    """Whatever was typed, blanks left out so that defaults apply."""
    return {field: plain(text) for field, text in form.items() if text.strip()}


def slice_values(form: MultiDict[str, str]) -> dict[str, Any]:
    """Posted slices as their schema reads them."""
    return {"slices": [listed(row) for row in repeated(form, "slices")]}


def yuan(fen: int) -> str:
    """Fen as one types yuan: 18000000 → "180000", 1250 → "12.50"."""
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"


def shown_demand(draft: DemandDraft) -> FormState:
    """A draft as a filled form."""
    values = _shown(vars(draft)) | spread("criteria", map(vars, draft.criteria))
    return FormState(values)


def shown_project(draft: ProjectDraft) -> FormState:
    """A project as a filled form."""
    return FormState(_shown(vars(draft)))


def shown_slice(draft: SliceDraft) -> dict[str, str]:
    """A slice as the fields of its row."""
    return _shown(vars(draft))


def _shown(values: Mapping[str, Any]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for name, value in values.items():
        if name.endswith("_fen"):
            shown[name.removesuffix("_fen")] = yuan(value)
        elif isinstance(value, bool):
            shown[name] = "1" if value else ""
        elif isinstance(value, tuple) and not any(isinstance(entry, CriterionDraft) for entry in value):
            shown[name] = ("、" if name in WORD_LISTS else "\n").join(map(str, value))
        elif isinstance(value, str | int):
            shown[name] = str(value)
    return shown
