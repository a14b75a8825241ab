"""What the ranker reads in a demand and in a profile: the same text, cut by role and polarity."""

from __future__ import annotations

from dataclasses import dataclass

from matching.polarity import topic, voices
from matching.text import clauses, normalise
from matching.types import Demand, Profile


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a profile encoded on its own. kind: headline, bio, skill or case; shown: its own words."""

    kind: str
    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class DemandView:
    """positive: all that is asked for; facets: the pieces to be covered; refused: clauses that exclude."""

    positive: str
    facets: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileView:
    """positive: all that is offered; parts: its pieces; denied: what the founder says they do not do."""

    positive: str
    parts: tuple[Part, ...]
    denied: tuple[str, ...]


def view_demand(demand: Demand) -> DemandView:
    title, body = voices(demand.title, "demand"), voices(demand.description, "demand")
    wanted = [normalise(item) for item in (*demand.required_skills, *demand.deliverables)]
    said = [*title.positive, *body.positive]
    facets = [" ".join(title.positive), " ".join(body.positive), *wanted]
    return DemandView(
        positive=" ".join([*said, *wanted]),
        facets=tuple(facet for facet in facets if facet),
        refused=tuple(topic(clause, "demand") for clause in (*title.negative, *body.negative)),
    )


def view_profile(profile: Profile) -> ProfileView:
    headline, bio = voices(profile.headline, "profile"), voices(profile.bio, "profile")
    cases = [voices(case.text, "profile") for case in profile.past_cases]
    parts = [Part("headline", " ".join(headline.positive), profile.headline)]
    parts.append(Part("bio", " ".join(bio.positive), profile.bio))
    parts.append(Part("skill", normalise(" ".join(profile.skills)), "、".join(profile.skills)))
    for case, voice in zip(profile.past_cases, cases, strict=True):
        parts.append(Part("case", " ".join(voice.positive), case.text))
    negative = [clause for voice in (headline, bio, *cases) for clause in voice.negative]
    kept = tuple(part for part in parts if part.text)
    return ProfileView(
        positive=" ".join(part.text for part in kept),
        parts=kept,
        denied=tuple(negative),
    )


def phrases_of(part: Part, profile: Profile) -> list[str]:
    """The phrases of a part as a reader is shown them: skill by skill, or clause by clause; never none."""
    held = list(profile.skills) if part.kind == "skill" else clauses(part.shown)
    return [piece for piece in held if piece.strip()] or [part.shown]
