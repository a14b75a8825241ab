"""Hard requirements stated in a demand's text, and what a profile says that breaks them.

Patterns are data (lexicon/conditions.json, certificates.tsv, languages.tsv). A condition is reported
with the clause that states it, so that the poster can confirm it; a wrong veto costs a founder a
contract and a missed one costs a reader a minute, so silence in a profile never breaks a condition.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache

from matching.text import LEXICON, clauses, lexicon_lines, normalise
from matching.types import Condition, Demand, Profile

_MANDATORY = re.compile(
    r"须|必须|需(?!求)|应(?!用)|持有?|具备|具有|取得|要求|勿|不予|谢绝|不接受|不要|must|required|licen[cs]ed"
)
_PREFERENCE = re.compile(r"优先|加分|最好|更好|更佳|可选|preferred|a plus|nice to have")
_NO_CREDENTIAL = re.compile(r"(无|没有|不具备|没)(.{0,6})(资质|资格|执照|证书|证件|医学背景|从业证)")
_SPEAKS = re.compile(
    r"听不懂|(须|必须|需|要|(?<![看听读])得|应)(会|懂|能听|能说|能读|能用|精通|熟练|掌握)|母语|流利|fluent|native"
)

_EXPERIENCE = re.compile(
    r"(?:没有|没|无|未)(?:做过|相关)?(.{2,14}?)(?:经历|经验|背景|案例|业绩)的?.{0,6}(?:不予|勿|不考虑|谢绝|不要|免)"
)
_YEARS = re.compile(
    r"[\d一二两三四五六七八九十]+\s*年(?:及)?以上.{0,14}?(?:经验|经历|从业|工龄|背景)"
    r"|(?:at least|minimum of|over) \d+ years.{0,40}?experience|\d+\+ years.{0,40}?experience"
)


OVERSEAS = "no_overseas_model"


@dataclass(frozen=True, slots=True)
class Statements:
    """What a profile says about conditions, read once.

    breaks: condition code to the clause that breaks it; held: certificate family to the
    specialisations named with it; no_credential: the clause that denies any; speaks: languages named.
    """

    breaks: dict[str, str]
    held: dict[str, frozenset[str]]
    no_credential: str
    speaks: frozenset[str]


@cache
def _kinds() -> dict[str, tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]]:
    table = {}
    for kind in json.loads((LEXICON / "conditions.json").read_text(encoding="utf-8"))["kinds"]:
        unless = re.compile("|".join(kind["unless"])) if kind["unless"] else None
        table[kind["code"]] = (
            re.compile("|".join(kind["demand"])),
            re.compile("|".join(kind["profile"])),
            unless,
        )
    return table


@cache
def _certificates() -> dict[str, tuple[re.Pattern[str], tuple[str, ...]]]:
    return {
        family: (re.compile(pattern), tuple(special))
        for family, pattern, *special in lexicon_lines("certificates.tsv")
    }


@cache
def _languages() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in lexicon_lines("languages.tsv")}


def stated(demand: Demand) -> tuple[Condition, ...]:
    """The hard requirements in force: what the poster confirmed, or, before they were asked, all that is read."""
    return demand.conditions if demand.conditions is not None else extracted(demand)


def extracted(demand: Demand) -> tuple[Condition, ...]:
    """The hard requirements of a demand's own fields and text, for the poster to confirm."""
    found: dict[tuple[str, str], Condition] = {}
    for name in demand.required_certifications:
        for condition in _named_certificates(normalise(name), quote="") or [
            Condition("certificate", name=name)
        ]:
            found[condition.code, condition.name] = condition
    for clause in clauses(f"{demand.title}\n{demand.description}"):
        for condition in _in_clause(clause):
            found.setdefault((condition.code, condition.name), condition)
    if demand.remote_ok is False:
        found.setdefault(("onsite", ""), Condition("onsite"))
    return tuple(found.values())


def choices() -> dict[str, tuple[str, ...]]:
    """What a poster may add by hand: each code with the names it needs, () for a code that needs none."""
    return dict.fromkeys(_kinds(), ()) | {
        "certificate": tuple(_certificates()), "language": tuple(_languages())}


def _in_clause(clause: str) -> list[Condition]:
    text = normalise(clause)
    if _PREFERENCE.search(text):
        return []
    found = [Condition(code, clause) for code, (asks, _, _) in _kinds().items() if asks.search(text)]
    if _MANDATORY.search(text):
        found += _named_certificates(text, quote=clause)
    experience = _EXPERIENCE.search(text)
    if experience:
        found.append(Condition("experience", clause, experience[1]))
    years = _YEARS.search(text)
    if years:
        found.append(Condition("experience", clause, years[0]))
    if _SPEAKS.search(text):
        found += [
            Condition("language", clause, name) for name, words in _languages().items() if words.search(text)
        ]
    return found


def _named_certificates(text: str, *, quote: str) -> list[Condition]:
    return [
        Condition("certificate", quote, family, frozenset(s for s in _alternatives(special) if s in text))
        for family, (words, special) in _certificates().items()
        if words.search(text)
    ]


def lapsed(profile: Profile) -> dict[str, str]:
    """Certificate family, or name of none, to the last day it was valid; not those of which another still is."""
    valid = [normalise(item) for item in profile.certifications]
    found = {}
    for name, day in profile.lapsed:
        for family in families(name):
            words = _certificates()[family][0] if family in _certificates() else None
            if not any(words.search(item) if words else normalise(name) in item for item in valid):
                found[family] = max(day, found.get(family, ""))
    return found


def families(name: str) -> list[str]:
    """The certificate families a name stands for, or the name itself where it is of none."""
    return [one.name for one in _named_certificates(normalise(name), quote="")] or [name]


def _alternatives(special: tuple[str, ...]) -> list[str]:
    return [word for group in special for word in group.split("|")]


def read_profile(profile: Profile) -> Statements:
    """What a profile's own words say against conditions and for credentials."""
    cases = [case.text for case in profile.past_cases]
    said = clauses("\n".join([profile.headline, profile.bio, *profile.skills, *cases]))
    whole = normalise("\n".join([*said, *profile.certifications, *profile.languages]))
    breaks = {}
    for code, (_, broken_by, unless) in _kinds().items():
        if unless and unless.search(whole):
            continue
        for clause in said:
            if broken_by.search(normalise(clause)):
                breaks[code] = clause
                break
    if profile.overseas_tools is not None:  # what is declared tool by tool says more than a sentence that names one
        breaks.pop(OVERSEAS, None)
        if profile.overseas_tools:
            breaks[OVERSEAS] = "、".join(profile.overseas_tools)
    held = {}
    credentials = [normalise(item) for item in (*profile.certifications, profile.headline, profile.bio)]
    for family, (words, special) in _certificates().items():
        naming = [item for item in credentials if words.search(item)]
        if naming:
            held[family] = frozenset(s for s in _alternatives(special) for item in naming if s in item)
    for family in lapsed(profile):
        held.pop(family, None)
    denied = next((clause for clause in said if _NO_CREDENTIAL.search(normalise(clause))), "")
    speaks = frozenset(name for name, words in _languages().items() if words.search(whole))
    return Statements(breaks, held, denied, speaks)
