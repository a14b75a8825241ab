"""From rows to what the matching engine reads, and back; one engine for each state of the profiles."""
from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.founders.models import CapabilityProfile
from marketplace.suggestions import conditions
from marketplace.suggestions.facts import demand_text, profile_facts
from matching import types

if TYPE_CHECKING:
    from matching.engine import Engine

@dataclass(frozen=True)
class Pool:
    """The engine over all profiles at one moment.

    `fingerprint` names that moment; `interests` maps an organisation code to the ids of the profiles that have an
    interest in that organisation.
    """

    engine: Engine
    fingerprint: str
    interests: Mapping[str, frozenset[str]]

    @property
    def version(self) -> str:
        """Which model and weights judged."""
        return self.engine.version


_pools: dict[str, Pool] = {}
_building = threading.Lock()


def pool(session: Session) -> Pool:
    """The pool of the profiles as they are now; built once for each state, shared by the threads of the process."""
    where = str(session.get_bind().engine.url)
    now = founders.fingerprint(session)
    with _building:
        kept = _pools.get(where)
        if kept is None or kept.fingerprint != now:
            kept = _pools[where] = build(founders.all_profiles(session), now)
        return kept


def build(profiles: Iterable[CapabilityProfile], fingerprint: str) -> Pool:
    """A pool over these profiles."""
    from matching.engine import Engine  # numpy, jieba and the model: only where something is matched

    profiles = list(profiles)
    interested: dict[str, set[str]] = {}
    for profile in profiles:
        for code in interests(profile):
            interested.setdefault(code, set()).add(str(profile.id))
    return Pool(Engine(profile_facts(profile) for profile in profiles), fingerprint,
                {code: frozenset(ids) for code, ids in interested.items()})


def organisation_code(uscc: str) -> str:
    """Characters 9-17 of a credit code, which name the organisation itself (GB 32100-2015, GB 11714-1997).

    They stay the same when the organisation moves to another registering authority and gets a new code.
    """
    return uscc[8:17]


def interests(profile: CapabilityProfile) -> frozenset[str]:
    """The organisations a founder may not be matched with: the founder's own, and those declared as related."""
    return frozenset(map(organisation_code, (profile.founder.uscc, *profile.related_usccs)))


def demand_facts(demand: Demand, conflicts: frozenset[str] = frozenset()) -> types.Demand:
    """A demand as the engine reads it, held to the hard requirements its buyer confirmed."""
    return replace(demand_text(demand), conflicts=conflicts, conditions=conditions.in_force(demand))


def explanation_of(match: types.Match) -> dict[str, Any]:
    """What is kept of a match beside its score: codes and facts as plain JSON, no sentences."""
    kept = {"contributions": [asdict(part) for part in match.contributions],
            "reasons": [asdict(reason) for reason in match.reasons],
            "counter_reasons": [asdict(reason) for reason in match.counter_reasons],
            "vetoes": [asdict(veto) for veto in match.vetoes],
            "evidence": [asdict(item) for item in match.evidence]}
    return json.loads(json.dumps(kept, ensure_ascii=False, default=str))
