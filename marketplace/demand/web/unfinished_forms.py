"""A demand's form while it is being written: what is kept of it, what it still lacks, where two versions differ."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from marketplace.accounts.models import Organisation
from marketplace.demand import completeness, forms, records
from marketplace.demand.models import Demand
from marketplace.demand.schemas import DemandForm
from marketplace.forms import FormState, parse
from marketplace.i18n import has_text, sentence, t
from marketplace.rules.errors import Problem, Problems

_NAMES = {field.data_key or name for name, field in DemandForm().fields.items()} - {"criteria"}
_CRITERION = re.compile(r"criteria\.(\d{1,3})\.(\w+)")
_OTHER_KEYS = {"late_rate_value": "late_rate", "pay_when_paid_clause": "pay_when_paid"}
_PARTS = {"name": "demand.form.criterion_name", "kind": "demand.form.criterion_kind",
          "weight": "demand.form.criterion_weight", "minimum_points": "panel.criterion_minimum"}
# as the form is read from top to bottom
_ORDER = ("title", *completeness.TRIPLE, "budget", "duration_days", "work_days", "industry", "region", "deliverables",
          "acceptance_criteria")


@dataclass(frozen=True)
class Difference:
    """A field that says one thing here and another in what was saved meanwhile."""

    field: str
    title: str
    yours: str
    theirs: str


def kept(form: MultiDict[str, str]) -> dict[str, str]:
    """The fields of the form as typed, rows of criteria numbered anew; blanks are left out."""
    typed = {name: text.replace("\x00", "").replace("\r\n", "\n")
             for name, text in form.items() if name in _NAMES and text.strip()}
    rows = [{name: text for name, text in row.items() if name in _PARTS} for row in forms.repeated(form, "criteria")]
    return typed | {name: text for name, text in forms.spread("criteria", rows).items() if text}


def shown(typed: Mapping[str, str]) -> tuple[FormState, int]:
    """Kept fields as a filled form, and how many criteria it has."""
    rows = forms.repeated(typed, "criteria")
    return forms.state(MultiDict(typed), "criteria", rows), len(rows)


def stored(demand: Demand) -> dict[str, str]:
    """A demand as its form would have been typed."""
    draft = records.draft_of(demand)
    values = forms.shown_demand(draft)
    names = [*_NAMES, *(f"criteria.{place}.{part}" for place in range(len(draft.criteria)) for part in _PARTS)]
    return {name: str(text) for name in names if (text := values.value(name)) != ""}


def still_missing(typed: Mapping[str, str], buyer: Organisation, *, now: dt.datetime) -> list[tuple[str, str, str]]:
    """(field, its name, sentence) of everything that keeps the form from being published as a demand, one a field."""
    values = forms.demand_values(MultiDict(typed))
    try:
        draft: Any = parse(DemandForm(), values)
        found = list(records.problems(draft, buyer, now=now))
    except Problems as violation:
        found = list(violation)
        draft = SimpleNamespace(**{name: values.get(name) or "" for name in completeness.TRIPLE},
                                acceptance_criteria=values.get("acceptance_criteria"))
    said: dict[str, Problem] = {}
    for problem in [*completeness.problems(draft), *found]:
        said.setdefault(problem.field, problem)
    return sorted(((name, title_of(name), sentence(problem)) for name, problem in said.items()),
                  key=lambda one: _ORDER.index(one[0]) if one[0] in _ORDER else len(_ORDER))


def differences(yours: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    """Where what was typed differs from what stands there now, in the order of the form."""
    names = dict.fromkeys([*theirs, *yours])
    return [Difference(name, title_of(name), yours.get(name, ""), theirs.get(name, "")) for name in names
            if _plain(yours.get(name, "")) != _plain(theirs.get(name, ""))]


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def title_of(name: str) -> str:
    """A field as the form calls it."""
    row = _CRITERION.fullmatch(name)
    if row and row[2] in _PARTS:
        return t(_PARTS[row[2]], number=int(row[1]) + 1)
    name = _OTHER_KEYS.get(name, name)
    if name == "budget_fen":
        name = "budget"
    for key in (f"demand.form.{name}", f"drafting.{name}"):
        if has_text(key, "zh"):
            return t(key)
    return name
