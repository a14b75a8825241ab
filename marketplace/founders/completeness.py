"""What a profile still lacks for a good match, the most useful step first."""
from __future__ import annotations

from dataclasses import dataclass

from marketplace.founders.models import CapabilityProfile

FEWEST_SKILLS = 3
SHORTEST_BIO = 40


@dataclass(frozen=True)
class Completeness:
    """`done` of `total` steps; `missing` are text keys founders.step.<code>, the most useful first."""

    done: int
    total: int
    missing: tuple[str, ...]


def of_profile(profile: CapabilityProfile | None) -> Completeness:
    """How complete a profile is; all steps are missing when there is none."""
    steps = {
        "headline": profile is not None and bool(profile.headline),
        "skills": profile is not None and len(profile.skills) >= FEWEST_SKILLS,
        "past_case": profile is not None and any(case.summary for case in profile.past_cases),
        "bio": profile is not None and len(profile.bio) >= SHORTEST_BIO,
        "industries": profile is not None and bool(profile.industries),
        "region": profile is not None and bool(profile.region),
        "capacity": profile is not None and profile.capacity_days_per_month is not None,
        "day_rate": profile is not None and profile.day_rate_fen is not None,
        "languages": profile is not None and bool(profile.languages),
    }
    missing = tuple(code for code, done in steps.items() if not done)
    return Completeness(len(steps) - len(missing), len(steps), missing)
