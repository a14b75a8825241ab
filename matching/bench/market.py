"""A made-up market of any size: clustered profiles and demands from templates over the lexicon's own terms.

A profile is drawn piece by piece from the bank of its cluster (a trade, an industry, ten of the trade's
terms), each piece read once as records.make_record reads it; a profile is then put together from them.
The same seed gives the same market; no text is a real one.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from matching.conditions import read_profile
from matching.industry import divisions
from matching.polarity import topic
from matching.retrieval.records import (
    Phrase,
    Piece,
    Record,
    assemble,
    dump_statements,
    load_profile,
    make_piece,
    phrase,
)
from matching.text import lexicon_lines
from matching.types import Demand, PastCase, Profile
from matching.views import ProfileView, view_profile

SEED = 20261121
CLUSTERS = 1000
TERMS = 10
HEADLINES, BIOS, SKILL_SETS, CASES = 8, 16, 16, 12
_PHRASES = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
REGIONS = tuple(_PHRASES["regions"])
BACKGROUNDS = tuple(_PHRASES["backgrounds"])
WAYS = tuple(_PHRASES["ways"])
DENIALS = tuple(_PHRASES["denials"])
CERTIFICATES = tuple(_PHRASES["certificates"])
HEAD = tuple(_PHRASES["head"])
SKILLED = tuple(_PHRASES["skilled"])
CASE = tuple(_PHRASES["case"])
ASKED = tuple(_PHRASES["asked"])
DETAIL = tuple(_PHRASES["detail"])
HARD = tuple(_PHRASES["hard"])


@dataclass(frozen=True)
class Cluster:
    """One kind of founder: a trade, an industry of GB/T 4754, and some of the trade's terms."""

    industry: str
    codes: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Bank:
    """The pieces a cluster's profiles are drawn from; texts are what goes into the stored profile, as JSON."""

    headlines: tuple[tuple[str, Piece], ...]
    bios: tuple[tuple[str, Piece], ...]
    skills: tuple[tuple[str, Piece], ...]
    cases: tuple[tuple[str, tuple[Piece, ...]], ...]


class Market:
    """`clusters` kinds of founders; profiles number 0, 1, 2 … are the same however many are asked for."""

    def __init__(self, clusters: int = CLUSTERS, *, seed: int = SEED):
        self._seed = seed
        random = np.random.default_rng(seed)
        named = ([name, *terms.split()] for name, _, terms in lexicon_lines("domain_terms.tsv"))
        trades = list(islice((trade for trade in named if len(trade) >= TERMS and _neutral(trade)), clusters))
        industries = [row[2] for row in lexicon_lines("industries.tsv")]
        self.clusters = []
        for number in range(clusters):
            trade = trades[number % len(trades)]
            chosen = random.permutation(len(trade))[:TERMS]
            industry = industries[int(random.integers(len(industries)))]
            codes = ",".join(sorted(divisions(industry)))
            self.clusters.append(Cluster(industry, codes, tuple(trade[i] for i in chosen)))
        self._bank = lru_cache(maxsize=None)(self._make_bank)

    def profiles(self, start: int, stop: int) -> Iterator[Profile]:
        """Profiles as values, as a file of them would be read."""
        for drawn in self._drawn(start, stop):
            yield load_profile(drawn.dumped())

    def records(self, start: int, stop: int) -> Iterator[Record]:
        """The same profiles as records, put together from pieces read before."""
        for drawn in self._drawn(start, stop):
            yield assemble(
                drawn.identity, drawn.dumped(), drawn.pieces(), _denials(drawn.denial), drawn.cluster.codes,
                _statements(drawn.denial, drawn.certificate),
            )  # fmt: skip

    def demands(self, count: int) -> list[Demand]:
        """Demands of clusters drawn at random, about 120 characters each."""
        random = np.random.default_rng([self._seed, 1])
        return [self._demand(number, random) for number in range(count)]

    def _drawn(self, start: int, stop: int) -> Iterator[Drawn]:
        block = 10_000
        for first in range(start - start % block, stop, block):
            random = np.random.default_rng([self._seed, 2, first // block])
            columns = [
                random.integers(high, size=block).tolist()
                for high in (len(self.clusters), HEADLINES, BIOS, SKILL_SETS, CASES, CASES, len(REGIONS), 40, 60, 28)
            ]
            for number, row in enumerate(zip(*columns, strict=True), start=first):
                if start <= number < stop:
                    cluster = self.clusters[row[0]]
                    yield Drawn(f"s{number:08d}", cluster, self._bank(row[0]), row[1:])

    def _demand(self, number: int, random: np.random.Generator) -> Demand:
        cluster = self.clusters[int(random.integers(len(self.clusters)))]
        details = [DETAIL[i] for i in random.permutation(len(DETAIL))[:6]]
        hard = HARD[int(random.integers(len(HARD)))]
        text = "，".join(_filled(one, cluster.terms, random) for one in [*details, hard] if one)
        wanted = [cluster.terms[i] for i in random.permutation(TERMS)[:5]]
        return Demand(
            f"q{number:06d}", _filled(ASKED[number % len(ASKED)], cluster.terms, random), f"{text}。", cluster.industry,
            region=REGIONS[number % len(REGIONS)], budget_fen=int(random.integers(3, 50)) * 1_000_000,
            deadline_days=int(random.integers(30, 180)), required_skills=tuple(wanted[:3]),
            deliverables=tuple(f"{one}方案" for one in wanted[3:]), remote_ok=True, capacity_days_needed=5,
        )  # fmt: skip

    def _make_bank(self, number: int) -> Bank:
        random = np.random.default_rng([self._seed, 3, number])
        terms = self.clusters[number].terms
        headlines = [_filled(HEAD[i % len(HEAD)], terms, random) for i in range(HEADLINES)]
        bios = []
        for i in range(BIOS):
            said = [_filled(SKILLED[(i + k) % len(SKILLED)], terms, random) for k in range(2)]
            background, way = random.integers(len(BACKGROUNDS)), random.integers(len(WAYS))
            bios.append("。".join([BACKGROUNDS[background], *said, WAYS[way]]) + "。")
        skills = [tuple(terms[k] for k in random.permutation(len(terms))[:4]) for _ in range(SKILL_SETS)]
        cases = [_filled(CASE[i % len(CASE)], terms, random).split("|") for i in range(CASES)]
        return Bank(
            tuple((_json(text), _piece(Profile("x", text), 0)) for text in headlines),
            tuple((_json(text), _piece(Profile("x", "", text), 1)) for text in bios),
            tuple((_json(held), _piece(Profile("x", "", "", held), 2)) for held in skills),
            tuple((_json(case), _case_pieces(PastCase(*case))) for case in cases),
        )


@dataclass(frozen=True, slots=True)
class Drawn:
    """One profile before it is put together: which pieces of its cluster's bank, and the rest of its facts."""

    identity: str
    cluster: Cluster
    bank: Bank
    choices: tuple[int, ...]

    @property
    def denial(self) -> int:
        """One profile in eight says what it does not do: an index of DENIALS, or their number for none."""
        return min(self.choices[6], len(DENIALS)) if self.choices[6] < 5 else len(DENIALS)

    @property
    def certificate(self) -> int:
        return self.choices[7] if self.choices[7] < len(CERTIFICATES) else len(CERTIFICATES)

    def pieces(self) -> list[Piece]:
        headline, bio, skills, first, second = self.choices[:5]
        bank = self.bank
        said = bank.bios[bio][1]
        if self.denial < len(DENIALS):
            said = _with_denial(said, self.denial)
        return [bank.headlines[headline][1], said, bank.skills[skills][1],
                bank.cases[first][1][0], bank.cases[second][1][1]]  # fmt: skip

    def dumped(self) -> bytes:
        """The JSON of the stored profile."""
        headline, bio, skills, first, second, region = self.choices[:6]
        bank = self.bank
        said = bank.bios[bio][0]
        if self.denial < len(DENIALS):
            said = f'{said[:-1]}{DENIALS[self.denial]}。"'
        held = f',"certifications":["{CERTIFICATES[self.certificate]}"]' if self.certificate < len(CERTIFICATES) else ""
        return (
            f'{{"id":"{self.identity}","headline":{bank.headlines[headline][0]},"bio":{said},'
            f'"skills":{bank.skills[skills][0]},"industries":["{self.cluster.industry}"],"region":"{REGIONS[region]}",'
            f'"past_cases":[{bank.cases[first][0]},{bank.cases[second][0]}],"day_rate_fen":{80_000 + 1000 * second},'
            f'"remote_ok":true,"languages":["中文"]{held},"capacity_days_per_month":{4 + self.choices[8]}}}'
        ).encode()


def _neutral(terms: Sequence[str]) -> bool:
    """Whether none of the terms says anything about certificates, languages or what is not done."""
    templates = (*HEAD, *SKILLED, *CASE)
    said = "。".join(template.format(term, term, term, n=2, m=2, region="") for term in terms for template in templates)
    profile = Profile("x", said)
    read = read_profile(profile)
    return not (read.breaks or read.held or read.no_credential or read.speaks or view_profile(profile).denied)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _filled(template: str, terms: Sequence[str], random: np.random.Generator) -> str:
    chosen = [terms[i] for i in random.permutation(len(terms))[:3]]
    return template.format(*chosen, n=int(random.integers(2, 60)), m=int(random.integers(1, 9)),
                           region=REGIONS[int(random.integers(len(REGIONS)))])  # fmt: skip


def _piece(profile: Profile, number: int) -> Piece:
    part = next(part for part in view_profile(profile).parts if part.kind == ("headline", "bio", "skill")[number])
    return make_piece(part, profile, number)


def _case_pieces(case: PastCase) -> tuple[Piece, Piece]:
    """The case as the first and as the second of a profile."""
    profile = Profile("x", "", past_cases=(case, case))
    first, second = view_profile(profile).parts
    return make_piece(first, profile, 3), make_piece(second, profile, 4)


@cache
def _denials(denial: int) -> tuple[Phrase, ...]:
    if denial == len(DENIALS):
        return ()
    return tuple(phrase(topic(one, "profile") or one) for one in _denying(denial).denied)


def _with_denial(bio: Piece, denial: int) -> Piece:
    """The bio with one more clause, which counts where it is no denial of a subject ("不驻场")."""
    counted = not _denying(denial).denied
    text = f"{bio.text} {DENIALS[denial]}" if counted else bio.text
    return Piece(1, text, (*bio.phrases, phrase(DENIALS[denial])), (*bio.counted, counted), bio.shown)


@cache
def _denying(denial: int) -> ProfileView:
    return view_profile(Profile("x", "甲", f"{DENIALS[denial]}。" if denial < len(DENIALS) else ""))


@cache
def _statements(denial: int, certificate: int) -> bytes:
    profile = Profile(
        "x", "甲", f"{DENIALS[denial]}。" if denial < len(DENIALS) else "", languages=("中文",),
        certifications=CERTIFICATES[certificate : certificate + 1],
    )  # fmt: skip
    return dump_statements(read_profile(profile), _denying(denial).denied)
