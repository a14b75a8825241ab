"""Rows as the matching engine reads them: what is written, nothing decided."""
from __future__ import annotations

from marketplace.accounts.models import PayerType
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.agents import ModelResidency
from marketplace.rules.credentials import COUNTING, same_name
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
        certifications=certifications(profile), capacity_days_per_month=profile.capacity_days_per_month,
        size_class=profile.founder.size_class, lapsed=lapsed(profile), overseas_tools=overseas_tools(profile))


def certifications(profile: CapabilityProfile) -> tuple[str, ...]:
    """What counts as held: the credentials that are neither refused nor expired, and what the profile states besides.

    A stated name that is that of a credential counts only while the credential does.
    """
    counting = [one.name for one in profile.credentials if one.status in COUNTING and one.lapsed_at is None]
    known = {same_name(one.name) for one in profile.credentials}
    stated = [name for name in profile.certifications if same_name(name) not in known]
    return tuple(dict.fromkeys([*stated, *counting]))


def lapsed(profile: CapabilityProfile) -> tuple[tuple[str, str], ...]:
    """(name, last day) of the credentials whose expiry has taken effect."""
    return tuple((one.name, one.valid_until.isoformat()) for one in profile.credentials
                 if one.status in COUNTING and one.lapsed_at is not None and one.valid_until is not None)


def overseas_tools(profile: CapabilityProfile) -> tuple[str, ...] | None:
    """The declared tools that cannot do without a model abroad; None where no tool is declared."""
    if not profile.agents:
        return None
    return tuple(f"{one['name']}：{one['purpose']}" if one["purpose"] else one["name"]
                 for one in profile.agents if one["residency"] == ModelResidency.OVERSEAS)
