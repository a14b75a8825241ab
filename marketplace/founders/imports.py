"""Profiles in JSON or JSONL, read with every bad line and its reason."""
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from marketplace.demand.reading import Row, rows_of
from marketplace.forms import parse
from marketplace.founders.operations import ProfileDraft, ProfileRecord
from marketplace.founders.schemas import ProfileRecordSchema, ProfileSchema
from marketplace.rules import uscc
from marketplace.rules.errors import Invalid, Problem, Problems


def read_one(data: bytes, filename: str) -> ProfileDraft:
    """The single profile of a file, for a founder's own import; its id is the writer's, not ours, and is left out.

    Raises Problems: unreadable, more than one record, or everything wrong in it.
    """
    rows, problems = _rows(data, filename)
    if problems:
        raise Problems(problems)
    if len(rows) != 1:
        raise Problems([Problem("file", "profile.one_record", {"count": len(rows)})])
    return _loaded(rows[0], ProfileSchema())


def read_many(data: bytes, filename: str) -> list[ProfileRecord]:
    """The profiles of a file, for the operator's import. Raises Problems with every bad line."""
    rows, problems = _rows(data, filename)
    records: list[ProfileRecord] = []
    schema = ProfileRecordSchema()
    for row in rows:
        code = row.values.pop("uscc", None)
        try:
            known = uscc.check(str(code)) if code is not None else None
        except Invalid as violation:
            problems.append(Problem("uscc", violation.code, violation.facts, row.number))
            known = None
        try:
            records.append(ProfileRecord(_loaded(row, schema), known, row.number))
        except Problems as found:
            problems += found
    problems += _repeated(records)
    if problems:
        raise Problems(sorted(problems, key=lambda problem: problem.row or 0))
    return records


def _rows(data: bytes, filename: str) -> tuple[list[Row], list[Problem]]:
    """The records and the lines that are none."""
    rows, problems = rows_of(_as_array(data), "profiles.json")
    if not rows and not problems:
        problems = [Problem("file", "profile.empty_file", {"file": filename})]
    return rows, problems


def _as_array(data: bytes) -> bytes:
    """One record written over several lines, as programs that print JSON nicely do, becomes a list of one."""
    try:
        single = isinstance(json.loads(data.decode("utf-8-sig")), dict)
    except (ValueError, RecursionError):
        return data
    return b"[" + data.decode("utf-8-sig").encode() + b"]" if single else data


def _loaded(row: Row, schema: ProfileSchema) -> ProfileDraft:
    values: dict[str, Any] = {name: value for name, value in row.values.items() if value is not None}
    if isinstance(values.get("id"), int):
        values["id"] = str(values["id"])
    try:
        return parse(schema, values)  # type: ignore[return-value]
    except Problems as found:
        raise Problems([replace(problem, row=row.number) for problem in found]) from found


def _repeated(records: list[ProfileRecord]) -> list[Problem]:
    seen: dict[str, int] = {}
    found = []
    for record in records:
        ref = record.draft.external_ref
        if ref is not None and seen.setdefault(ref, record.row) != record.row:
            found.append(Problem("id", "profile.repeated_id", {"ref": ref, "first": seen[ref]}, record.row))
    return found
