"""The profile editor's form: a list field is one entry a line, past cases are numbered rows."""
from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from marketplace.forms import FormState, flat
from marketplace.founders.models import CapabilityProfile
from marketplace.founders.schemas import MOST_CASES
from marketplace.rules.agents import MOST_AGENTS, ModelResidency
from marketplace.rules.errors import Problems, RuleViolation

WORD_LISTS = ("skills", "industries", "languages", "certifications")
LISTS = (*WORD_LISTS, "related_usccs")
_CASE = re.compile(r"past_cases\.(\d{1,4})\.(title|summary)")
_AGENT = re.compile(r"agents\.(\d{1,4})\.(name|purpose|residency|human_review)")
_BETWEEN = re.compile(r"[、，,；;\n\r]+")


def values_of(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, as the schema reads it: lists split at line ends, commas and 、; wholly blank cases left out."""
    values = {name: text for name, text in flat(form).items()
              if not _CASE.fullmatch(name) and not _AGENT.fullmatch(name)}
    for name in LISTS:
        values[name] = [word.strip() for word in _BETWEEN.split(form.get(name, "")) if word.strip()]
    values["past_cases"] = [case for case in cases_of(form) if case["title"] or case["summary"]][:MOST_CASES + 1]
    values["agents"] = [agent for agent in agents_of(form) if agent["name"] or agent["purpose"]][:MOST_AGENTS + 1]
    return values


def agents_of(form: MultiDict[str, str]) -> list[dict[str, str]]:
    """The rows of tools in their order, blank ones too."""
    rows: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        if found := _AGENT.fullmatch(name):
            row = rows.setdefault(int(found[1]), {"name": "", "purpose": "", "residency": ModelResidency.NONE,
                                                  "human_review": ""})
            row[found[2]] = text.strip() or row[found[2]]
    return [row | {"human_review": bool(row["human_review"])} for _, row in sorted(rows.items())]


def agent_rows(form: FormState) -> int:
    """How many rows of tools the form shows: those filled in, and one more."""
    filled = 0
    while form.value(f"agents.{filled}.name") or form.value(f"agents.{filled}.purpose"):
        filled += 1
    return min(filled + 1, MOST_AGENTS)


def cases_of(form: MultiDict[str, str]) -> list[dict[str, str]]:
    """The rows of past cases in their order, blank ones too."""
    rows: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        if found := _CASE.fullmatch(name):
            rows.setdefault(int(found[1]), {"title": "", "summary": ""})[found[2]] = text.strip()
    return [rows[number] for number in sorted(rows)]


def state(values: dict[str, Any], cases: list[dict[str, str]]) -> FormState:
    """The form showing these values, past cases numbered from 0 without gaps."""
    shown = {name: value for name, value in values.items() if name not in ("past_cases", "agents")}
    shown |= {name: "\n".join(values.get(name, ())) for name in LISTS}
    for number, case in enumerate(cases):
        shown |= {f"past_cases.{number}.{part}": text for part, text in case.items()}
    for number, agent in enumerate(values.get("agents", ())):
        shown |= {f"agents.{number}.{part}": text for part, text in agent.items()}
    return FormState(shown)


def stored(profile: CapabilityProfile | None) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """(values, cases) of a stored profile. Cases from contracts on this platform are not edited, so not among them."""
    if profile is None:
        return {"remote_ok": True, "languages": ["中文"]}, []
    rate = profile.day_rate_fen
    values = {
        "headline": profile.headline, "bio": profile.bio, "region": profile.region, "remote_ok": profile.remote_ok,
        "day_rate": "" if rate is None else f"{rate // 100}.{rate % 100:02d}",
        "capacity_days_per_month": profile.capacity_days_per_month, "hours_per_week": profile.hours_per_week,
        "available_from": profile.available_from.isoformat() if profile.available_from else "",
        "agents": profile.agents,
        **{name: list(getattr(profile, name)) for name in LISTS}}
    return values, [{"title": case.title, "summary": case.summary}
                    for case in profile.past_cases if case.contract_id is None]


def beside(violation: RuleViolation) -> RuleViolation:
    """Problems of single entries ("skills.3") moved to the field they were typed into ("skills")."""
    if not isinstance(violation, Problems):
        return violation
    moved = [replace(problem, field=problem.field.partition(".")[0])
             if problem.field.partition(".")[0] in LISTS else problem for problem in violation]
    return Problems([problem for place, problem in enumerate(moved) if problem not in moved[:place]])
