"""Rows as the matching engine reads them: what is written, nothing decided."""
from __future__ import annotations

from marketplace.accounts.models import PayerType
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from matching import types

# The engine's word where it differs from ours.
_POSTERS = {PayerType.PUBLIC_INSTITUTION: "institution"}

# Where a demand does not say how many days of work it is, whoever has not even one free day cannot take it.
LEAST_DAYS_NEEDED = 1


def demand_text(demand: Demand) -> types.Demand:
    """A demand as it is written. What is left empty is unknown, never "no"."""
    payer = demand.buyer.payer_type
    return types.Demand(
        id=str(demand.id), title=demand.title,
        description="\n".join(text for text in (demand.scene, demand.data_offered, demand.description) if text),
        industry=demand.industry, poster_type=_POSTERS.get(payer, payer or ""), region=demand.region,
        budget_fen=demand.budget_fen, deadline_days=demand.duration_days,
        required_skills=tuple(demand.required_skills), deliverables=tuple(demand.deliverables),
        set_aside=demand.set_aside, data_provided=demand.data_provided, remote_ok=demand.remote_ok,
        required_certifications=tuple(demand.required_certifications),
        capacity_days_needed=demand.work_days or LEAST_DAYS_NEEDED)


def profile_facts(profile: CapabilityProfile) -> types.Profile:
    """A capability profile as the engine reads it."""
    return types.Profile(
        id=str(profile.id), headline=profile.headline, bio=profile.bio, skills=tuple(profile.skills),
        industries=tuple(profile.industries), region=profile.region,
        past_cases=tuple(types.PastCase(case.title, case.summary) for case in profile.past_cases),
        day_rate_fen=profile.day_rate_fen, remote_ok=profile.remote_ok, languages=tuple(profile.languages),
        certifications=tuple(profile.certifications), capacity_days_per_month=profile.capacity_days_per_month,
        size_class=profile.founder.size_class)
