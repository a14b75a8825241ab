"""Why a profile fits a demand and what speaks against it, in the profile's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from matching.encode import Encoder, dots
from matching.features import Query
from matching.index import Prepared, Statistics
from matching.industry import SAME_DIVISION, nearness
from matching.polarity import is_negative
from matching.text import clauses, normalise
from matching.types import Evidence, Profile, Reason
from matching.vetoes import DAYS_PER_MONTH, missing_certificates, same_city
from matching.views import Part, phrases_of

COVERED = 0.6
"""A wanted item counts as covered from this share of its words on, and as missing below the next."""
UNCOVERED = 0.2
SIMILAR_CASE = 0.45
"""Cosine with the demand from which a past case is called similar, and below the next, far."""
FAR_CASE = 0.3
SAME_MATTER = 0.6
"""Cosine from which a denial is said to touch what is wanted."""
FEWEST_DAYS = 10
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A demand's own words, clause by clause, and their vectors; the first `items` are what it lists as wanted."""

    query: Query
    texts: tuple[str, ...]
    vectors: np.ndarray
    items: int


def read_demand(query: Query, encoder: Encoder) -> Asked:
    """Title, skills, deliverables, then each clause of the description that refuses nothing and is no mere place."""
    demand = query.demand
    listed = (demand.title, *demand.required_skills, *demand.deliverables)
    place = normalise(demand.region)
    said = [clause for clause in clauses(demand.description)
            if not is_negative(normalise(clause), "demand") and not place.endswith(normalise(clause))]  # fmt: skip
    texts = (*listed, *said)
    return Asked(query, texts, encoder.encode_query([normalise(text) for text in texts]), len(listed))


@dataclass(frozen=True)
class Judged:
    """One profile before one demand: what the sentences below are drawn from."""

    asked: Asked
    prepared: Prepared
    row: int
    statistics: Statistics
    encoder: Encoder
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of the words of each text asked about, the share the profile answers; what is not here is worked out."""

    def answered(self, wanted: str) -> float:
        """0 to 1: the share of the words of `wanted` (normalised) that the profile answers."""
        if wanted in self.shares:
            return self.shares[wanted]
        return self.statistics.aligner.answered(wanted, self.prepared.views[self.row].positive)

    @cached_property
    def coverage(self) -> list[tuple[str, float]]:
        text = self.prepared.views[self.row].positive
        skills = self.query.wanted[: len(self.query.demand.required_skills)]
        return [(skill, 1.0 if wanted in text else self.answered(wanted)) for wanted, skill in skills]

    @property
    def query(self) -> Query:
        return self.asked.query

    @property
    def profile(self) -> Profile:
        return self.prepared.profiles[self.row]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The sentences of one match, and the evidence they rest on."""

    evidence: tuple[Evidence, ...]
    reasons: tuple[Reason, ...]
    counter_reasons: tuple[Reason, ...]


def explain(
    asked: Asked, prepared: Prepared, rows: Sequence[int], statistics: Statistics, encoder: Encoder
) -> list[Explanation]:
    """The explanation of each of these profiles; what they have in common is worked out for all of them at once."""
    wanted = _judged_words(asked.query)
    shares = statistics.aligner.shares(wanted, prepared.words, rows)
    all_judged = [
        Judged(asked, prepared, row, statistics, encoder, dict(zip(wanted, map(float, share), strict=True)))
        for row, share in zip(rows, shares, strict=True)
    ]
    found = _evidence_of_all(all_judged)
    return [
        Explanation(one, reasons(judged, one), counter_reasons(judged, one))
        for judged, one in zip(all_judged, found, strict=True)
    ]


def _judged_words(query: Query) -> tuple[str, ...]:
    """What a profile is asked to answer: skills, normalised, and fields of experience as they are stated."""
    skills = [wanted for wanted, _ in query.wanted[: len(query.demand.required_skills)]]
    return tuple(dict.fromkeys([*skills, *(c.name for c in query.conditions if c.code == "experience")]))


def evidence(judged: Judged) -> tuple[Evidence, ...]:
    """The best past case, then the best other part, each with its nearest phrase; () for an empty profile."""
    return _evidence_of_all([judged])[0]


def _evidence_of_all(all_judged: Sequence[Judged]) -> list[tuple[Evidence, ...]]:
    if not all_judged:
        return []
    first = all_judged[0]
    prepared, asked = first.prepared, first.asked
    rows = [prepared.part_rows(judged.row) for judged in all_judged]
    strengths = np.split(
        dots(prepared.parts[np.concatenate(rows)], asked.query.whole[None])[:, 0],
        np.cumsum([len(held) for held in rows])[:-1],
    )
    chosen = []
    for judged, held, strength in zip(all_judged, rows, strengths, strict=True):
        parts = prepared.views[judged.row].parts
        order = sorted(range(len(parts)), key=lambda i: (-strength[i], i))
        best_case = [i for i in order if parts[i].kind == "case"][:1]
        best_other = [i for i in order if parts[i].kind != "case"][:1]
        chosen.append([(int(held[i]), parts[i], float(strength[i])) for i in best_case + best_other])
    near = iter(
        prepared.near_phrases([at for items in chosen for at, _, _ in items], asked.vectors, first.encoder)
    )
    return [
        tuple(_item(judged, part, strength, next(near)) for _, part, strength in items)
        for judged, items in zip(all_judged, chosen, strict=True)
    ]


def _item(judged: Judged, part: Part, strength: float, near: np.ndarray) -> Evidence:
    """near: (phrases of the part, texts of the demand)."""
    held = phrases_of(part, judged.profile)
    best, wanted = divmod(int(near.argmax()), near.shape[1])
    title = part.shown
    if part.kind == "case":
        title = next((c.title for c in judged.profile.past_cases if c.text == part.shown), part.shown)
    return Evidence(part.kind, title, held[best], judged.asked.texts[wanted], strength)


def coverage_of(judged: Judged) -> list[tuple[str, float]]:
    """Each required skill as written, with the share of its words the profile answers (1.0: the very words)."""
    return judged.coverage


def reasons(judged: Judged, found: Sequence[Evidence]) -> tuple[Reason, ...]:
    query, profile, prepared = judged.query, judged.profile, judged.prepared
    demand = query.demand
    said: list[Reason] = []
    case = next((item for item in found if item.kind == "case"), None)
    if case is not None and case.strength >= SIMILAR_CASE:
        said.append(Reason("past_case", {"title": case.title, "phrase": case.phrase}))
    covered = [skill for skill, share in coverage_of(judged) if share >= COVERED]
    if covered:
        said.append(Reason("skills_covered", {"wanted": tuple(covered[:SHOWN])}))
    near = nearness(query.industry, prepared.industries[judged.row])
    if near:
        code = "industry_same" if near == SAME_DIVISION else "industry_near"
        said.append(Reason(code, {"industry": demand.industry}))
    asked = [c.name for c in query.conditions if c.code == "certificate"]
    held = [name for name in asked if name in prepared.statements[judged.row].held]
    if held:
        said.append(Reason("credential_held", {"certificate": tuple(held)}))
    onsite = any(c.code == "onsite" for c in query.conditions)
    if onsite and same_city(demand.region, profile.region):
        said.append(Reason("same_city", {"region": profile.region}))
    other = next((item for item in found if item.kind != "case"), None)
    if other is not None and other.strength >= SIMILAR_CASE and len(said) < SHOWN:
        said.append(Reason("same_words", {"phrase": other.phrase}))
    return tuple(said)


def counter_reasons(judged: Judged, found: Sequence[Evidence]) -> tuple[Reason, ...]:
    query, profile, prepared = judged.query, judged.profile, judged.prepared
    demand = query.demand
    said: list[Reason] = []
    missing = [skill for skill, share in coverage_of(judged) if share < UNCOVERED]
    if missing:
        said.append(Reason("skills_missing", {"wanted": tuple(missing[:SHOWN])}))
    said.extend(_says_not(judged))
    said.extend(
        Reason("experience_not_seen", {"wanted": c.name, "quote": c.quote})
        for c in query.conditions
        if c.code == "experience" and judged.answered(c.name) < UNCOVERED
    )
    said.extend(missing_certificates(query.conditions, prepared.statements[judged.row]))
    if query.industry and not nearness(query.industry, prepared.industries[judged.row]):
        said.append(Reason("industry_other", {"industry": demand.industry}))
    if not profile.past_cases:
        said.append(Reason("no_past_case"))
    elif all(item.strength < FAR_CASE for item in found if item.kind == "case"):
        said.append(Reason("case_not_near"))
    said.extend(_place(judged))
    if demand.budget_fen is not None and profile.day_rate_fen:
        days = demand.budget_fen // profile.day_rate_fen
        if days < FEWEST_DAYS:
            said.append(Reason("budget_tight", {"days": days}))
    if demand.deadline_days and profile.capacity_days_per_month is not None:
        available = profile.capacity_days_per_month * demand.deadline_days // DAYS_PER_MONTH
        if available < FEWEST_DAYS:
            said.append(Reason("capacity_tight", {"available": available}))
    return tuple(said)


def _says_not(judged: Judged) -> list[Reason]:
    rows = np.flatnonzero(judged.prepared.denial_owner == judged.row)
    if not len(rows):
        return []
    table = dots(judged.prepared.denials[rows], judged.asked.vectors[: judged.asked.items])
    denied = judged.prepared.views[judged.row].denied
    return [
        Reason("says_not", {"phrase": denied[i], "wanted": judged.asked.texts[int(near.argmax())]})
        for i, near in enumerate(table)
        if near.max() >= SAME_MATTER
    ]


def _place(judged: Judged) -> list[Reason]:
    demand, profile = judged.query.demand, judged.profile
    if not demand.region or not profile.region or same_city(demand.region, profile.region):
        return []
    if any(c.code == "onsite" for c in judged.query.conditions):
        return [Reason("far_from_site", {"site": demand.region, "region": profile.region})]
    if demand.remote_ok and profile.remote_ok is False:
        return [Reason("prefers_site", {"region": profile.region})]
    return []


def nearest_phrase(prepared: Prepared, row: int, wanted: np.ndarray, encoder: Encoder) -> tuple[str, str]:
    """The words of profile `row` nearest to a vector (d,), and the title of the case or part they stand in.

    ("", "") for an empty profile.
    """
    rows, parts = prepared.part_rows(row), prepared.views[row].parts
    if not len(rows):
        return "", ""
    part = parts[int(dots(prepared.parts[rows], wanted[None])[:, 0].argmax())]
    profile = prepared.profiles[row]
    held = phrases_of(part, profile)
    near = dots(encoder.encode_document([normalise(piece) for piece in held]), wanted[None])[:, 0]
    title = part.shown
    if part.kind == "case":
        title = next((case.title for case in profile.past_cases if case.text == part.shown), part.shown)
    return held[int(near.argmax())], title
