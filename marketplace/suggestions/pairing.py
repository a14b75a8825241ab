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
    from matching.national import NationalEngine


@dataclass(frozen=True)
class Pool:
    """The profiles at one moment, which `fingerprint` names.

    They are in memory, or, where MATCHING_STORE names a folder, in an index on disk that many processes share
    (suggestions.stored); then an engine holds those found for one demand.
    """

    engine: Engine | NationalEngine
    fingerprint: str
    interests: Mapping[str, frozenset[str]] | None = None  # organisation code: profile ids; None for an index on disk

    @property
    def version(self) -> str:
        """Which model and weights judged."""
        return self.engine.version

    def around(self, session: Session, demand: Demand, *, including: Iterable[int] = ()) -> tuple[Engine, types.Demand]:
        """The engine to ask about a demand, and the demand as it reads it; `including` are profiles it must hold."""
        from matching.national import NationalEngine

        engine = self.engine
        if isinstance(engine, NationalEngine):
            engine = engine.around(demand_facts(demand), including=[str(one) for one in including], depth=FOUND)
        interested = self.interests
        if interested is None:
            interested = _interested(founders.related(session, [int(one.id) for one in engine.prepared.profiles]))
        code = organisation_code(demand.buyer.uscc)
        return engine, demand_facts(demand, interested.get(code, frozenset()))


FOUND = 100
"""How long a list an index on disk is asked to find profiles for: the 50 kept, and as many that fail a condition."""
_pools: dict[str, Pool] = {}
_building = threading.Lock()


def pool(session: Session) -> Pool:
    """The pool of the profiles as they are now; built once for each state, shared by the threads of the process."""
    where = str(session.get_bind().engine.url)
    now = founders.fingerprint(session)
    with _building:
        kept = _pools.get(where)
        if kept is None or kept.fingerprint != now:
            kept = _pools[where] = _built(session, kept, now)
        return kept


def _built(session: Session, kept: Pool | None, fingerprint: str) -> Pool:
    from marketplace.suggestions import stored  # numpy, jieba and the model: only where something is matched
    from matching.engine import Engine
    from matching.national import NationalEngine

    folder = stored.folder()
    if folder is None:
        engine = Engine(profile_facts(profile) for profile in founders.all_profiles(session))
        return Pool(engine, fingerprint, _interested(founders.related(session)))
    opened = kept.engine if kept and isinstance(kept.engine, NationalEngine) else stored.opened(folder)
    stored.level(session, opened)
    return Pool(opened, fingerprint)


def _interested(related: Iterable[tuple[int, list[str]]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for profile_id, usccs in related:
        for uscc in usccs:
            found.setdefault(organisation_code(uscc), set()).add(str(profile_id))
    return {code: frozenset(ids) for code, ids in found.items()}


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
