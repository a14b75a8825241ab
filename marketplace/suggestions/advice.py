"""What would move a founder up for a demand: facts not stated that, if true, could be stated in the profile."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.suggestions import pairing

SHOWN = 4


@dataclass(frozen=True)
class Advice:
    """One change, with its sentence in each language. before: None where a hard requirement keeps the founder out."""

    kind: str
    what: str
    before: int | None
    after: int
    sentences: dict[str, str]


@dataclass(frozen=True)
class Standing:
    """Where a founder stands for a demand, and what would change it. place: None where a hard requirement is not met;
    `of` is how many founders meet them all."""

    place: int | None
    of: int
    changes: list[Advice]


def for_founder(session: Session, demand: Demand, profile: CapabilityProfile) -> Standing:
    """A founder's standing among the profiles as they are now (an index on disk: among those found for the demand),
    and up to SHOWN changes, the highest place first."""
    from matching.counterfactual import what_if

    engine, facts = pairing.pool(session).around(session, demand, including=[profile.id])
    eligible = [match.profile_id for match in engine.rank_profiles(facts, explained=False)]
    place = eligible.index(str(profile.id)) + 1 if str(profile.id) in eligible else None
    found = what_if(engine, facts, str(profile.id), limit=SHOWN)
    return Standing(place, len(eligible), [
        Advice(one.kind, one.what, one.before, one.after, {lang: one.text(lang) for lang in ("zh", "en")})
        for one in found])
