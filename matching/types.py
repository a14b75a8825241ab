"""What goes into the engine and what comes out of it: plain immutable values.

Money is integer fen, time is whole days. Every optional field has a default, so that a file
that leaves it out is as good as one that states it as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp


@dataclass(frozen=True, slots=True)
class Condition:
    """One hard requirement. quote: its clause, "" for a structured field; name: the certificate, language or field
    of experience; special: the specialisations named with a certificate; confirmed: the poster said so."""

    code: str
    quote: str = ""
    name: str = ""
    special: frozenset[str] = frozenset()
    confirmed: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes two conditions the same requirement, however they are worded."""
        return self.code, self.name


@dataclass(frozen=True, slots=True)
class Demand:
    """One slice of work a buyer posts. `None` means not stated, never "no"."""

    id: str
    title: str
    description: str = ""
    industry: str = ""
    poster_type: str = ""
    region: str = ""
    budget_fen: int | None = None
    deadline_days: int | None = None
    required_skills: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    set_aside: bool = False
    data_provided: bool | None = None
    remote_ok: bool | None = None
    required_certifications: tuple[str, ...] = ()
    capacity_days_needed: int | None = None
    conflicts: frozenset[str] = frozenset()
    """Profile ids that may not be suggested: the poster's own firm, its affiliates, its evaluators."""
    conditions: tuple[Condition, ...] | None = None
    """The hard requirements in force once the poster has been asked; None: all that are read in the text."""


@dataclass(frozen=True, slots=True)
class PastCase:
    """Something a founder did before."""

    title: str
    summary: str = ""

    @property
    def text(self) -> str:
        return f"{self.title}，{self.summary}" if self.summary else self.title


@dataclass(frozen=True, slots=True)
class Profile:
    """One founder's capability profile.

    size_class: "micro", "small", "medium" or "large" as the firm declared it; None is unknown.
    lapsed: certificates that have expired, each with its last day (ISO); they count for nothing, wherever named.
    overseas_tools: declared tools that call models abroad and cannot do without; () none do, None nothing declared.
    """

    id: str
    headline: str
    bio: str = ""
    skills: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    region: str = ""
    past_cases: tuple[PastCase, ...] = ()
    day_rate_fen: int | None = None
    remote_ok: bool | None = None
    languages: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()
    capacity_days_per_month: int | None = None
    size_class: str | None = None
    lapsed: tuple[tuple[str, str], ...] = ()
    overseas_tools: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One named part of a score: value = weight x feature, in log-odds."""

    name: str
    value: float
    weight: float
    feature: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a match is good, or what speaks against it: a code and its facts, in no language."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: str = "zh") -> str:
        """The sentence in "zh" or "en"."""
        from matching.texts import sentence

        return sentence(self.code, self.facts, lang)


@dataclass(frozen=True, slots=True)
class Veto:
    """A hard requirement that the profile breaks.

    quote: the demand's own words that state it; answer: the profile's own words that break it.
    Either is "" where the fact came from a structured field.
    """

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    quote: str = ""
    answer: str = ""

    def text(self, lang: str = "zh") -> str:
        """The sentence in "zh" or "en", with the quoted phrases."""
        from matching.texts import sentence

        return sentence(self.code, {**self.facts, "quote": self.quote, "answer": self.answer}, lang)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The part of the profile that matched best.

    kind: "case", "skill", "headline" or "bio"; title: the case's title or the text itself;
    phrase: the words of the profile nearest to the demand; wanted: the demand's words they answer.
    """

    kind: str
    title: str
    phrase: str
    wanted: str = ""
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """One demand and one profile, judged.

    score: log-odds of being shortlisted, equal to the sum of the contributions' values and
    comparable across demands and profiles. A vetoed match keeps its score and is not eligible.
    """

    profile_id: str
    demand_id: str
    score: float
    eligible: bool
    contributions: tuple[Contribution, ...] = ()
    reasons: tuple[Reason, ...] = ()
    counter_reasons: tuple[Reason, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def probability(self) -> float:
        """The score read as a probability between 0 and 1."""
        if self.score < -700:
            return 0.0
        return 1.0 / (1.0 + exp(-self.score))

    @property
    def past_case(self) -> Evidence | None:
        """The past case nearest to the demand, where the profile has one."""
        return next((item for item in self.evidence if item.kind == "case"), None)
