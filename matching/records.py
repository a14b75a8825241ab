"""Demands and profiles from JSONL files: every bad line is named, unknown fields are ignored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from matching.errors import BadInput, BadLine
from matching.types import Condition, Demand, PastCase, Profile

Record = TypeVar("Record", Demand, Profile)
SIZES = ("micro", "small", "medium", "large")
_TEXT, _WHOLE, _FLAG, _LIST, _CASES, _SIZE = "text", "whole number", "true or false", "list of text", "cases", "size"
_CONDITIONS = "conditions"

DEMAND_FIELDS = {
    "title": _TEXT, "description": _TEXT, "industry": _TEXT, "poster_type": _TEXT, "region": _TEXT,
    "budget_fen": _WHOLE, "deadline_days": _WHOLE, "required_skills": _LIST, "deliverables": _LIST,
    "set_aside": _FLAG, "data_provided": _FLAG, "remote_ok": _FLAG, "required_certifications": _LIST,
    "capacity_days_needed": _WHOLE, "conflicts": _LIST, "conditions": _CONDITIONS,
}  # fmt: skip
PROFILE_FIELDS = {
    "headline": _TEXT, "bio": _TEXT, "skills": _LIST, "industries": _LIST, "region": _TEXT,
    "past_cases": _CASES, "day_rate_fen": _WHOLE, "remote_ok": _FLAG, "languages": _LIST,
    "certifications": _LIST, "capacity_days_per_month": _WHOLE, "size_class": _SIZE,
}  # fmt: skip


def read_demands(path: Path) -> list[Demand]:
    """The demands of a file in its order. Raises BadInput with every bad line."""
    return _read(path, _demand)


def read_profiles(path: Path) -> list[Profile]:
    """The profiles of a file in its order. Raises BadInput with every bad line."""
    return _read(path, _profile)


def _read(path: Path, build: Callable[[Mapping[str, Any]], Record]) -> list[Record]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([BadLine(str(path), 0, f"cannot be read: {error}")]) from error
    found: dict[str, Record] = {}
    bad = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = build(_object(line))
            if record.id in found:
                raise ValueError(f"id {record.id!r} occurs twice")
            found[record.id] = record
        except ValueError as error:
            bad.append(BadLine(str(path), number, str(error)))
    if bad:
        raise BadInput(bad)
    return list(found.values())


def _object(line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not valid JSON: {error}") from error
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    identity = row.get("id")
    if not isinstance(identity, str) or not identity.strip() or any(c.isspace() for c in identity):
        raise ValueError("'id' must be a text without spaces")
    return row


def _demand(row: Mapping[str, Any]) -> Demand:
    values = _values(row, DEMAND_FIELDS, required="title")
    values["conflicts"] = frozenset(values.get("conflicts", ()))
    return Demand(id=row["id"], **values)


def _profile(row: Mapping[str, Any]) -> Profile:
    return Profile(id=row["id"], **_values(row, PROFILE_FIELDS, required="headline"))


def _values(row: Mapping[str, Any], fields: Mapping[str, str], *, required: str) -> dict[str, Any]:
    problems, values = [], {}
    for name, kind in fields.items():
        value = row.get(name)
        if value is None:
            continue
        try:
            values[name] = _READERS[kind](value)
        except ValueError as error:
            problems.append(f"'{name}' must be {error}")
    if not str(values.get(required, "")).strip() and not any(required in p for p in problems):
        problems.append(f"'{required}' is missing or empty")
    if problems:
        raise ValueError("; ".join(problems))
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number, 0 or more")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of texts")
    return tuple(item for item in value if item.strip())


def _cases(value: Any) -> tuple[PastCase, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of {title, summary}")
    cases = []
    for item in value:
        if not isinstance(item, dict) or not isinstance(item.get("title"), str):
            raise ValueError("a list of {title, summary}")
        summary = item.get("summary")
        if summary is not None and not isinstance(summary, str):
            raise ValueError("a list of {title, summary}")
        cases.append(PastCase(item["title"], summary or ""))
    return tuple(cases)


def _conditions(value: Any) -> tuple[Condition, ...]:
    """The hard requirements in force, each {"code", "name", "quote", "special", "confirmed"}; all but code optional."""
    if not isinstance(value, list):
        raise ValueError("a list of {code, name, quote}")
    found = []
    for item in value:
        if not isinstance(item, dict) or not isinstance(item.get("code"), str):
            raise ValueError("a list of {code, name, quote}")
        found.append(Condition(item["code"], _text(item.get("quote") or ""), _text(item.get("name") or ""),
                               frozenset(_list(item.get("special") or [])), _flag(item.get("confirmed") or False)))
    return tuple(found)


def _size(value: Any) -> str:
    if value not in SIZES:
        raise ValueError(f"one of {', '.join(SIZES)}")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    _TEXT: _text, _WHOLE: _whole, _FLAG: _flag, _LIST: _list, _CASES: _cases, _SIZE: _size,
    _CONDITIONS: _conditions,
}  # fmt: skip
