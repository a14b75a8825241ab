"""Demands like a demand, and past cases like a need: "who did something like this"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.alignment import WordAligner
from matching.diversify import SAME_TRADE, vectors_of
from matching.encode import Encoder, StaticEncoder, dots
from matching.industry import divisions, nearness
from matching.lexical import Bm25
from matching.polarity import voices
from matching.text import clauses, normalise
from matching.types import Demand, Profile
from matching.views import view_demand

ALIKE, ALIKE_IN_SKILLS = 0.6, 0.45
"""Likeness below which two demands are not called similar: in general, and where they ask for the same skill."""
SAME_MATTER = 0.55
"""Cosine of two skills from which they are called the same matter."""
NEAR_CASE = 0.25
"""Nearness below which a case is no answer to a question."""
BESIDE_THE_BEST = 0.6
"""Share of the best case's nearness below which another is left out: it shares some word, not the matter."""


@dataclass(frozen=True, slots=True)
class SimilarDemand:
    """likeness: 0 to 1; shared: the skills both ask for, as the other demand puts them."""

    demand_id: str
    likeness: float
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A past case that answers a question. place: its number in the profile, from 0; phrase: its nearest words."""

    profile_id: str
    place: int
    title: str
    summary: str
    phrase: str
    nearness: float


class DemandShelf:
    """A set of demands, ready to be compared. Ids are the demands' own; their order changes nothing."""

    def __init__(self, demands: Sequence[Demand], encoder: Encoder):
        self._demands = sorted(demands, key=lambda demand: demand.id)
        self._encoder = encoder
        self._vectors = vectors_of(self._demands, encoder)
        self._trades = [divisions(demand.industry) for demand in self._demands]

    def like(self, demand: Demand, *, limit: int = 5) -> list[SimilarDemand]:
        """The demands most like one, itself left out, best first, ties by id; [] where none is alike enough."""
        if not self._demands:
            return []
        vector = vectors_of([demand], self._encoder)
        trade = divisions(demand.industry)
        near = np.array([nearness(trade, other) for other in self._trades])
        alike = (1 - SAME_TRADE) * np.clip(dots(self._vectors, vector)[:, 0], 0, 1) + SAME_TRADE * near
        order = [int(i) for i in np.argsort(-alike, kind="stable") if alike[i] >= ALIKE_IN_SKILLS]
        found = [SimilarDemand(other.id, float(alike[i]), self._shared(demand, other))
                 for i in order if (other := self._demands[i]).id != demand.id]
        return [one for one in found if one.shared or one.likeness >= ALIKE][:limit]

    def _shared(self, ours: Demand, theirs: Demand) -> tuple[str, ...]:
        """What the other asks for that is also asked for here, in the same or in near words, as the other puts it."""
        wanted, asked = list(ours.required_skills), list(theirs.required_skills)
        if not wanted or not asked:
            return ()
        near = dots(self._encoder.encode_query([normalise(one) for one in asked]),
                    self._encoder.encode_query([normalise(one) for one in wanted])).max(axis=1)
        return tuple(one for one, cosine in zip(asked, near, strict=True) if cosine >= SAME_MATTER)


class CaseShelf:
    """Every past case of a set of profiles, ready to be searched in words and in meaning.

    A case is a line or two: who did it (headline and skills) is read with it, or "漏水" never finds a waterworks'
    "降到12%".
    """

    def __init__(self, profiles: Sequence[Profile], encoder: StaticEncoder):
        self._cases = [(profile, place) for profile in sorted(profiles, key=lambda one: one.id)
                       for place in range(len(profile.past_cases))]
        texts = [" ".join(voices(profile.past_cases[place].text, "profile").positive)
                 for profile, place in self._cases]
        people = [normalise(" ".join([profile.headline, *profile.skills])) for profile, _ in self._cases]
        both = [f"{text} {person}" for text, person in zip(texts, people, strict=True)]
        self._encoder = encoder
        self._bm25 = Bm25(both)
        self._aligner, self._words = WordAligner.of(encoder, both)
        self._vectors, self._people = encoder.encode_document(texts), encoder.encode_document(people)

    def __len__(self) -> int:
        return len(self._cases)

    def search(self, question: str, *, limit: int = 20, least: float = NEAR_CASE) -> list[CaseHit]:
        """The cases nearest to a question in free words, best first, ties by profile and place; [] for no words."""
        text = normalise(question).strip()
        return self._nearest(text, limit, least) if text else []

    def like(self, demand: Demand, *, limit: int = 20, least: float = NEAR_CASE) -> list[CaseHit]:
        """The cases nearest to what a demand asks for."""
        return self._nearest(view_demand(demand).positive, limit, least)

    def _nearest(self, text: str, limit: int, least: float) -> list[CaseHit]:
        """Nearness is the mean of four: shared terms, words answered, and the meaning of the case and of the person."""
        if not self._cases:
            return []
        vector = self._encoder.encode_query([text])
        near = (np.sqrt(np.clip(self._bm25.scores(text, self._bm25.rows), 0, 1))
                + self._aligner.scores(text, self._words)
                + np.clip(dots(self._vectors, vector)[:, 0], 0, 1)
                + np.clip(dots(self._people, vector)[:, 0], 0, 1)) / 4
        enough = max(least, BESIDE_THE_BEST * float(near.max()))
        order = [int(i) for i in np.argsort(-near, kind="stable") if near[i] >= enough][:limit]
        return [self._hit(i, float(near[i]), vector[0]) for i in order]

    def _hit(self, i: int, near: float, wanted: np.ndarray) -> CaseHit:
        profile, place = self._cases[i]
        case = profile.past_cases[place]
        said = clauses(case.text) or [case.title]
        like = dots(self._encoder.encode_document([normalise(piece) for piece in said]), wanted[None])[:, 0]
        return CaseHit(profile.id, place, case.title, case.summary, said[int(like.argmax())], near)
