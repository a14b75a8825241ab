"""Which hard requirements of a demand a profile breaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from matching.conditions import Condition, Statements, lapsed
from matching.polarity import topic
from matching.text import clauses, normalise
from matching.types import Demand, Profile, Reason, Veto

SMALL_ENOUGH = ("micro", "small")
DAYS_PER_MONTH = 30
CERTIFICATE_VETOES = frozenset({"certificate", "certificate_field", "certificate_expired"})
_UNITS = {"天": 1, "日": 1, "周": 7, "星期": 7, "月": 30, "day": 1, "week": 7, "month": 30}
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "半": 0.5}
_NUMBER = r"(\d+|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九半])"
_LEAD = re.compile(
    rf"(?:最快|最短|最少|至少|起码|周期|工期|排期|交期).{{0,6}}?{_NUMBER}个?(天|日|周|星期|月)"
    rf"|{_NUMBER}个?(天|日|周|星期|月)起(?:接|做|步|订)"
)
_ROOTED = re.compile(r"出差|离不开")
_ABILITY = re.compile(r"(?:必须|务必|一定要|须)要?(?:会|懂|能)([看做写用读说听弹唱开])?([\u3400-\u9fffa-z0-9]{2,8})")
_NOT_OFFERED = re.compile(r"不(提供|承接|做|接)")
_HARD_DENIAL = re.compile(
    r"不(提供|做|会|接|写|剪|画|懂|搞|排|审|飞|建|编|支持|承接|从事)|没有$|不行$|找别人|请自己找|不是做的人|暂不支持"
)


def vetoes(
    demand: Demand, conditions: Sequence[Condition], profile: Profile, statements: Statements
) -> tuple[Veto, ...]:
    """Every hard requirement the profile breaks, in a fixed order; () when it is eligible."""
    found = [*_from_fields(demand, profile)]
    for condition in conditions:
        veto = _broken(condition, demand, profile, statements)
        if veto is not None:
            found.append(veto)
    return tuple(found)


def _from_fields(demand: Demand, profile: Profile) -> list[Veto]:
    found = []
    if profile.id in demand.conflicts:
        found.append(Veto("conflict_of_interest"))
    if demand.set_aside and profile.size_class is not None and profile.size_class not in SMALL_ENOUGH:
        found.append(Veto("set_aside", {"size_class": profile.size_class}))
    needed, capacity = demand.capacity_days_needed, profile.capacity_days_per_month
    if needed is not None and demand.deadline_days and capacity is not None:
        available = capacity * demand.deadline_days // DAYS_PER_MONTH
        if available < needed:
            found.append(Veto("capacity", {"needed": needed, "available": available}))
    lead = lead_time(profile)
    if lead is not None and demand.deadline_days is not None and lead[0] > demand.deadline_days:
        found.append(Veto("lead_time", {"days": lead[0], "deadline_days": demand.deadline_days}, answer=lead[1]))
    return found


def _broken(
    condition: Condition, demand: Demand, profile: Profile, statements: Statements
) -> Veto | None:
    if condition.code == "certificate":
        return _certificate(condition, profile, statements, confirmed=condition.confirmed or not condition.quote)
    if condition.code == "language":
        if condition.name in statements.speaks or not profile.languages:
            return None
        return Veto("language", {"language": condition.name}, condition.quote, "、".join(profile.languages))
    answer = statements.breaks.get(condition.code)
    if answer is None:
        return None
    near = bool(demand.region) and same_city(demand.region, profile.region)
    if condition.code == "onsite" and near and _ROOTED.search(answer):
        return None
    return Veto(condition.code, {}, condition.quote, answer)


def _certificate(
    condition: Condition, profile: Profile, statements: Statements, *, confirmed: bool
) -> Veto | None:
    facts = {"certificate": condition.name}
    held = statements.held.get(condition.name)
    if held is not None:
        if condition.special and held and not condition.special & held:
            return Veto("certificate_field", {**facts, "held": "、".join(sorted(held))}, condition.quote)
        return None
    expired = lapsed(profile).get(condition.name) if profile.lapsed else None
    if expired is not None:
        return Veto("certificate_expired", {**facts, "day": expired}, condition.quote)
    if any(normalise(condition.name) in normalise(item) for item in profile.certifications):
        return None  # a certificate of no known family, named as the demand names it
    if confirmed or statements.no_credential:
        return Veto("certificate", facts, condition.quote, statements.no_credential)
    return None


def missing_certificates(conditions: Sequence[Condition], statements: Statements) -> tuple[Reason, ...]:
    """Certificates the text asks for and the profile does not name: a counter-reason, not a veto."""
    return tuple(
        Reason("certificate_not_named", {"certificate": c.name, "quote": c.quote})
        for c in conditions
        if c.code == "certificate" and c.quote and not c.confirmed and c.name not in statements.held
    )


def denied_skill(wanted: Sequence[tuple[str, str]], denials: Sequence[str]) -> Veto | None:
    """A skill or deliverable asked for that the founder flatly says they do not do, word for word.

    wanted: each item normalised and as written; denials: the profile's negative clauses. A denial of
    something near ("漂移预报不懂" for "72小时漂移预报") is a counter-reason instead; a kind of work that is not offered
    at all ("不提供飞行") covers its special cases, which end in its name ("无人机飞行").
    """
    for clause in denials:
        if not _HARD_DENIAL.search(clause):
            continue
        core = re.sub(r"[\s/的]+", "", topic(clause, "profile"))
        for facet, shown in wanted:
            if facet == core or facet in core.split("、") or _a_kind_of(facet, core, clause):
                return Veto("denied_skill", {"wanted": shown}, shown, clause)
    return None


def abilities(demand: Demand) -> tuple[tuple[str, str], ...]:
    """What the text says one must be able to do ("必须会看工尺谱"), as a denial would put it, and as written."""
    found = []
    for clause in clauses(f"{demand.title}\n{demand.description}"):
        for verb, thing in _ABILITY.findall(normalise(clause)):
            found += [(words, clause) for words in dict.fromkeys((thing, verb + thing, thing + verb))]
    return tuple(found)


def _a_kind_of(facet: str, core: str, clause: str) -> bool:
    return len(core) > 1 and facet.endswith(core) and bool(_NOT_OFFERED.search(clause))


def lead_time(profile: Profile) -> tuple[int, str] | None:
    """The shortest lead time in days that the founder states, and the words; None when not stated."""
    match = _LEAD.search(normalise(profile.bio))
    if not match:
        return None
    number, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    return int(_count(number) * _UNITS[unit]), match[0]


def _count(number: str) -> float:
    if number.isdigit():
        return int(number)
    if "十" in number:
        tens, _, ones = number.partition("十")
        return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
    return _DIGITS[number]


@lru_cache(maxsize=4096)
def same_city(one: str, other: str) -> bool:
    """Whether two region texts ("江苏省南京市") name the same city, or a bare province holds the other."""
    a, b = normalise(one), normalise(other)
    return bool(a and b) and (a.startswith(b) or b.startswith(a))
