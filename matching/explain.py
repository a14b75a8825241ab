"""Why a profile fits a demand and what speaks against it, in the profile's own words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.encode import Encoder
from matching.features import DENIAL_FLOOR, Query
from matching.index import Prepared
from matching.industry import SAME_DIVISION, nearness
from matching.text import clauses, normalise
from matching.types import Evidence, Reason
from matching.vetoes import DAYS_PER_MONTH, missing_certificates, same_city

COVERED = 0.55
"""A wanted item counts as covered from this cosine on, or where the profile holds its very words."""
UNCOVERED = 0.35
FEWEST_DAYS = 10
SHOWN = 3


def evidence(query: Query, prepared: Prepared, row: int, encoder: Encoder) -> tuple[Evidence, ...]:
    """The best past case, then the best other part, each with its nearest phrase; () for an empty profile."""
    rows = prepared.part_rows(row)
    parts = prepared.views[row].parts
    if not len(rows):
        return ()
    vectors = prepared.parts[rows]
    strength = vectors @ query.whole
    if len(query.facets):
        strength = strength + (vectors @ query.facets.T).max(axis=1)
    order = sorted(range(len(parts)), key=lambda i: (-strength[i], i))
    best_case = [i for i in order if parts[i].kind == "case"][:1]
    best_other = [i for i in order if parts[i].kind != "case"][:1]
    return tuple(_item(query, prepared, row, i, float(strength[i]), encoder) for i in best_case + best_other)


def _item(
    query: Query, prepared: Prepared, row: int, index: int, strength: float, encoder: Encoder
) -> Evidence:
    part = prepared.views[row].parts[index]
    profile = prepared.profiles[row]
    pieces = list(profile.skills) if part.kind == "skill" else clauses(part.shown)
    pieces = [piece for piece in pieces if normalise(piece)] or [part.shown]
    vectors = encoder.encode_document([normalise(piece) for piece in pieces])
    wanted = ""
    if len(query.facets):
        table = vectors @ query.facets.T
        best, facet = np.unravel_index(int(table.argmax()), table.shape)
        wanted = _as_written(query)[facet]
    else:
        best = int((vectors @ query.whole).argmax())
    title = part.shown
    if part.kind == "case":
        title = next((c.title for c in profile.past_cases if c.text == part.shown), part.shown)
    return Evidence(part.kind, title, pieces[int(best)], wanted, strength)


def _as_written(query: Query) -> list[str]:
    """The demand's own words for each of its facets."""
    written = {
        normalise(item): item for item in (*query.demand.required_skills, *query.demand.deliverables)
    }
    return [written.get(facet, query.demand.title) for facet in query.view.facets]


def coverage_of(query: Query, prepared: Prepared, row: int) -> list[tuple[str, float]]:
    """Each required skill as written, with its best cosine with a part (1.0 for the very words)."""
    text = prepared.views[row].positive
    vectors = prepared.parts[prepared.part_rows(row)]
    skills = {normalise(item): item for item in query.demand.required_skills}
    found = []
    for index, facet in enumerate(query.view.facets):
        if facet not in skills:
            continue
        near = float((vectors @ query.facets[index]).max()) if len(vectors) else 0.0
        found.append((skills[facet], 1.0 if facet in text else near))
    return found


def reasons(query: Query, prepared: Prepared, row: int, found: Sequence[Evidence]) -> tuple[Reason, ...]:
    demand, profile = query.demand, prepared.profiles[row]
    said: list[Reason] = []
    case = next((item for item in found if item.kind == "case"), None)
    if case is not None:
        said.append(Reason("past_case", {"title": case.title, "phrase": case.phrase}))
    covered = [skill for skill, near in coverage_of(query, prepared, row) if near >= COVERED]
    if covered:
        said.append(Reason("skills_covered", {"wanted": tuple(covered[:SHOWN])}))
    near = nearness(query.industry, prepared.industries[row])
    if near:
        code = "industry_same" if near == SAME_DIVISION else "industry_near"
        said.append(Reason(code, {"industry": demand.industry}))
    asked = [c.name for c in query.conditions if c.code == "certificate"]
    held = [name for name in asked if name in prepared.statements[row].held]
    if held:
        said.append(Reason("credential_held", {"certificate": tuple(held)}))
    onsite = any(c.code == "onsite" for c in query.conditions)
    if onsite and same_city(demand.region, profile.region):
        said.append(Reason("same_city", {"region": profile.region}))
    other = next((item for item in found if item.kind != "case"), None)
    if other is not None and len(said) < SHOWN:
        said.append(Reason("same_words", {"phrase": other.phrase}))
    return tuple(said)


def counter_reasons(query: Query, prepared: Prepared, row: int) -> tuple[Reason, ...]:
    demand, profile = query.demand, prepared.profiles[row]
    said: list[Reason] = []
    missing = [skill for skill, near in coverage_of(query, prepared, row) if near < UNCOVERED]
    if missing:
        said.append(Reason("skills_missing", {"wanted": tuple(missing[:SHOWN])}))
    said.extend(_says_not(query, prepared, row))
    said.extend(missing_certificates(query.conditions, prepared.statements[row]))
    if query.industry and not nearness(query.industry, prepared.industries[row]):
        said.append(Reason("industry_other", {"industry": demand.industry}))
    if not profile.past_cases:
        said.append(Reason("no_past_case"))
    said.extend(_place(query, prepared, row))
    if demand.budget_fen is not None and profile.day_rate_fen:
        days = demand.budget_fen // profile.day_rate_fen
        if days < FEWEST_DAYS:
            said.append(Reason("budget_tight", {"days": days}))
    if demand.deadline_days and profile.capacity_days_per_month is not None:
        available = profile.capacity_days_per_month * demand.deadline_days // DAYS_PER_MONTH
        if available < FEWEST_DAYS:
            said.append(Reason("capacity_tight", {"available": available}))
    return tuple(said)


def _says_not(query: Query, prepared: Prepared, row: int) -> list[Reason]:
    rows = np.flatnonzero(prepared.denial_owner == row)
    if not len(rows) or not len(query.facets):
        return []
    table = prepared.denials[rows] @ query.facets.T
    written = _as_written(query)
    return [
        Reason("says_not", {"phrase": prepared.views[row].denied[i], "wanted": written[int(near.argmax())]})
        for i, near in enumerate(table)
        if near.max() > DENIAL_FLOOR
    ]


def _place(query: Query, prepared: Prepared, row: int) -> list[Reason]:
    demand, profile = query.demand, prepared.profiles[row]
    if not demand.region or not profile.region or same_city(demand.region, profile.region):
        return []
    if any(c.code == "onsite" for c in query.conditions):
        return [Reason("far_from_site", {"site": demand.region, "region": profile.region})]
    if demand.remote_ok and profile.remote_ok is False:
        return [Reason("prefers_site", {"region": profile.region})]
    return []
