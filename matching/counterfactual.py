"""What would change a founder's place for a demand: facts not stated that, if true, could be stated.

Nothing is suggested that the founder denies, nothing already said in other words, and nothing a founder
cannot change (a conflict of interest, the size of the firm, work they say they do not do).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from matching import explain
from matching.conditions import Condition
from matching.engine import Engine
from matching.index import Prepared
from matching.industry import nearness
from matching.text import normalise
from matching.texts import sentence
from matching.types import Demand, Match, PastCase, Profile, Veto
from matching.vetoes import CERTIFICATE_VETOES, DAYS_PER_MONTH

OTHERS_SAME = 1e-9
"""Scores nearer than this are equal: the same sum taken in another order."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would improve a founder's place.

    kind: certificate, skill, industry, case, language, capacity, statement (words to withdraw) or several
    (requirements that only together can be met); what: the fact; before: place among the eligible now, None
    where a hard requirement is broken; after: the place with it; gain: log-odds; profile: the profile with
    the change made.
    """

    kind: str
    what: str
    before: int | None
    after: int
    gain: float
    profile: Profile

    def text(self, lang: str = "zh") -> str:
        """The sentence in "zh" or "en"."""
        facts = {"what": self.what, "before": self.before, "after": self.after}
        effect = "change_moves" if self.before is not None else "change_admits"
        return sentence(f"change_{self.kind}", facts, lang) + sentence(effect, facts, lang)


def what_if(engine: Engine, demand: Demand, profile_id: str, *, limit: int = 3) -> tuple[Change, ...]:
    """At most `limit` changes that raise the founder's place, the highest place first, a past case last.

    Each is tried on its own against the ranking as it is now, with the engine's statistics as they are (an
    engine built anew with the change counts words anew: the place may then differ by one where two founders
    are nearly equal). Raises KeyError for a profile the engine does not hold.
    """
    profile = engine.profile(profile_id)
    ranking = engine.rank_profiles(demand, include_vetoed=True, explained=False)
    now = next(match for match in ranking if match.profile_id == profile_id)
    others = [match for match in ranking if match.eligible and match.profile_id != profile_id]
    before = _place(now, others) if now.eligible else None
    if before == 1:
        return ()
    found = []
    for kind, what, changed in _candidates(engine, demand, profile, now):
        [match] = engine.rank_demands(changed, [demand], include_vetoed=True, explained=False)
        if not match.eligible:
            continue
        after = _place(match, others)
        if before is None or after < before:
            found.append(Change(kind, what, before, after, match.score - now.score, changed))
    found.sort(key=lambda change: (change.kind == "case", change.after, -change.gain, change.kind, change.what))
    return tuple(found[:limit])


def _place(match: Match, others: list[Match]) -> int:
    return 1 + sum(
        other.score > match.score + OTHERS_SAME
        or (abs(other.score - match.score) <= OTHERS_SAME and other.profile_id < match.profile_id)
        for other in others
    )


def _candidates(engine: Engine, demand: Demand, profile: Profile, now: Match) -> Iterator[tuple[str, str, Profile]]:
    """(kind, what, the profile with it) of every fact worth trying."""
    seen: set[tuple[str, str]] = set()
    lifts = [lift for veto in now.vetoes if (lift := _lift(engine, demand, veto)) is not None]
    tried = [(kind, what, change(profile)) for kind, what, change in lifts]
    if 1 < len(lifts) == len(now.vetoes):
        together = profile
        for _, _, change in lifts:
            together = change(together)
        tried.append(("several", "、".join(what for _, what, _ in lifts), together))
    for kind, what, changed in (*tried, *_additions(engine, demand, profile)):
        if (kind, what) not in seen and changed != profile:
            seen.add((kind, what))
            yield kind, what, changed


def _additions(engine: Engine, demand: Demand, profile: Profile) -> Iterator[tuple[str, str, Profile]]:
    query, prepared = engine.read(demand), engine.prepared
    row = prepared.profiles.index(profile)
    judged = explain.Judged(
        explain.read_demand(query, engine.encoder), prepared, row, engine.statistics, engine.encoder
    )
    held = prepared.statements[row].held
    for condition in query.conditions:
        if condition.code == "certificate" and condition.name not in held:
            yield "certificate", _certificate(condition), _with_certificate(profile, condition)
    for skill, share in explain.coverage_of(judged):
        if share < explain.COVERED and not _denied(engine, prepared, row, skill):
            yield "skill", skill, replace(profile, skills=(*profile.skills, skill))
    if demand.industry and not nearness(query.industry, prepared.industries[row]):
        yield "industry", demand.industry, replace(profile, industries=(*profile.industries, demand.industry))
    strongest = max((e.strength for e in explain.evidence(judged) if e.kind == "case"), default=0.0)
    if demand.deliverables and strongest < explain.SIMILAR_CASE:
        what = "、".join(demand.deliverables)
        case = PastCase(what, demand.industry)
        yield "case", what, replace(profile, past_cases=(*profile.past_cases, case))


def _denied(engine: Engine, prepared: Prepared, row: int, skill: str) -> bool:
    """Whether the founder says they do not do it, in these words or near ones."""
    wanted = normalise(skill)
    return any(
        wanted in clause or engine.statistics.aligner.answered(wanted, clause) >= explain.COVERED
        for clause in prepared.views[row].denied
    )


Lift = tuple[str, str, Callable[[Profile], Profile]]


def _lift(engine: Engine, demand: Demand, veto: Veto) -> Lift | None:
    """(kind, what, how the profile changes) of what would lift one veto; None where nothing honest would."""
    if veto.code in CERTIFICATE_VETOES:
        name = str(veto.facts["certificate"])
        [condition] = [c for c in engine.read(demand).conditions if (c.code, c.name) == ("certificate", name)]
        return "certificate", _certificate(condition), lambda profile: _with_certificate(profile, condition)
    if veto.code == "language":
        language = str(veto.facts["language"])
        return "language", language, lambda profile: replace(profile, languages=(*profile.languages, language))
    if veto.code == "capacity" and demand.deadline_days:
        days = -(-int(str(veto.facts["needed"])) * DAYS_PER_MONTH // demand.deadline_days)
        if days > DAYS_PER_MONTH:  # nobody has more days than a month holds
            return None
        return "capacity", str(days), lambda profile: replace(profile, capacity_days_per_month=days)
    if veto.answer and veto.code != "denied_skill":
        return "statement", veto.answer, lambda profile: _without(profile, veto.answer)
    return None


def _certificate(condition: Condition) -> str:
    """The certificate as one would write it, with a specialisation the demand names."""
    special = sorted(condition.special)[:1]
    return f"{condition.name}（{special[0]}）" if special else condition.name


def _with_certificate(profile: Profile, condition: Condition) -> Profile:
    return replace(profile, certifications=(*profile.certifications, _certificate(condition)))


def _without(profile: Profile, said: str) -> Profile:
    return replace(
        profile,
        headline=profile.headline.replace(said, ""),
        bio=profile.bio.replace(said, ""),
        skills=tuple(skill for skill in profile.skills if said not in skill),
        past_cases=tuple(
            PastCase(case.title.replace(said, ""), case.summary.replace(said, "")) for case in profile.past_cases
        ),
    )
