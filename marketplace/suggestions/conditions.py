"""The hard requirements of a demand: read from its text, confirmed by its buyer, shown to founders.

What the buyer said is kept with the demand as a list of {"code", "name", "quote", "special", "kept", "added"}. A
requirement read from text that changed later has no answer yet and counts until it gets one; an answer whose words
are gone from the text no longer counts.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.db import lock
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions import facts
from matching import conditions as reading
from matching.types import Condition
from matching.views import view_profile

Key = tuple[str, str]
ANSWERABLE = (DemandStatus.PLANNING, DemandStatus.ACTIVE)


@dataclass(frozen=True)
class Requirement:
    """One hard requirement and what the buyer said to it.

    answer: True kept, False not meant, None not answered yet (it counts until then). added: put there by the buyer,
    not read from the text. `quote` is "" for one that comes from a field of the form.
    """

    condition: Condition
    answer: bool | None
    added: bool = False

    @property
    def code(self) -> str:
        return self.condition.code

    @property
    def name(self) -> str:
        return self.condition.name

    @property
    def quote(self) -> str:
        return self.condition.quote

    @property
    def key(self) -> str:
        """How forms name it."""
        return f"{self.code}|{self.name}"

    @property
    def counts(self) -> bool:
        return self.answer is not False


def of_demand(demand: Demand) -> list[Requirement]:
    """Every requirement read or added, the ones not meant among them."""
    said: dict[Key, dict[str, Any]] = {(one["code"], one["name"]): one for one in demand.conditions or ()}
    found = [Requirement(condition, said[condition.key]["kept"] if condition.key in said else None)
             for condition in reading.extracted(facts.demand_text(demand))]
    known = {one.condition.key for one in found}
    found += [Requirement(_condition(one), True, added=True) for key, one in said.items()
              if one["added"] and one["kept"] and key not in known]
    return found


def is_confirmed(demand: Demand) -> bool:
    """Whether the buyer has answered everything that is read from the text as it is now."""
    return demand.conditions is not None and all(one.answer is not None for one in of_demand(demand))


def in_force(demand: Demand) -> tuple[Condition, ...] | None:
    """What the matching holds founders against; None while the buyer has not been asked: all that is read."""
    if demand.conditions is None:
        return None
    return tuple(replace(one.condition, confirmed=one.answer is True) for one in of_demand(demand) if one.counts)


def _condition(kept: dict[str, Any]) -> Condition:
    return Condition(kept["code"], kept["quote"], kept["name"], frozenset(kept["special"]))


def choices(demand: Demand) -> dict[str, tuple[str, ...]]:
    """What the buyer may add: codes with the names each needs, those already there left out."""
    there = {one.condition.key for one in of_demand(demand)}
    offered = {code: tuple(name for name in names if (code, name) not in there)
               for code, names in reading.choices().items()}
    return {code: names for code, names in offered.items() if names or (code, "") not in there}


def confirm(session: Session, demand: Demand, *, keep: Iterable[Key], add: Iterable[Key] = (), actor: User,
            now: dt.datetime) -> list[Requirement]:
    """Keep the named requirements, let the others go, and add some.

    After publication readings may be confirmed or let go, which only lets more founders in; a requirement nobody
    read in the published text is not added to it. Raises Problems (unknown ones, additions after publication),
    WrongState (bids are no longer taken).
    """
    demand = lock(session, Demand, demand.id)
    if demand.status not in ANSWERABLE:
        raise WrongState("conditions.too_late", code=demand.code, status=DemandStatus(demand.status))
    kept, added = set(keep), list(dict.fromkeys(add))
    found = of_demand(demand)
    if problems := list(_problems(demand, found, kept, added)):
        raise Problems(problems)
    answered = [_row(one.condition, kept=one.condition.key in kept, added=one.added) for one in found]
    answered += [_row(Condition(code, "", name), kept=True, added=True) for code, name in added]
    demand.conditions, demand.updated_at = answered, now
    audit.record(session, "demand:conditions", demand, actor=actor, at=now,
                 kept=[[one["code"], one["name"]] for one in answered if one["kept"]],
                 not_meant=[[one["code"], one["name"]] for one in answered if not one["kept"]],
                 added=[list(key) for key in added])
    session.flush()
    return of_demand(demand)


def _problems(demand: Demand, found: Sequence[Requirement], kept: set[Key], added: Sequence[Key]) -> list[Problem]:
    known, offered = {one.condition.key for one in found}, reading.choices()
    problems = [Problem("keep", "conditions.unknown", {"code": code, "name": name})
                for code, name in sorted(kept - known)]
    for code, name in added:
        if code not in offered or (name not in offered[code] if offered[code] else name):
            problems.append(Problem("add", "conditions.unknown", {"code": code, "name": name}))
    if added and demand.status != DemandStatus.PLANNING:
        problems.append(Problem("add", "conditions.fixed", {"code": demand.code}))
    return problems


def _row(condition: Condition, *, kept: bool, added: bool) -> dict[str, Any]:
    return {"code": condition.code, "name": condition.name, "quote": condition.quote,
            "special": sorted(condition.special), "kept": kept, "added": added}


@dataclass(frozen=True)
class Reading:
    """Something read in a profile's own words: a condition it breaks, or work that is not done (code "denied")."""

    code: str
    quote: str


def said_not(profile: CapabilityProfile) -> list[Reading]:
    """What a founder says they do not do, as the matching reads it, in the founder's words, each clause once."""
    person = facts.profile_facts(profile)
    read = reading.read_profile(person)
    found = [Reading(code, quote) for code, quote in sorted(read.breaks.items())]
    if read.no_credential:
        found.append(Reading("certificate", read.no_credential))
    quoted = {one.quote for one in found}
    for clause in view_profile(person).denied:
        if not any(clause in quote or quote in clause for quote in quoted):
            found.append(Reading("denied", clause))
            quoted.add(clause)
    return found
