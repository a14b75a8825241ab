"""A profile as it is stored: everything the ranker and the explanation need, read once when it is saved.

One record is one run of bytes, so that a candidate costs one or two pages of disk: the text and word
codes for BM25, the encoder's tokens phrase by phrase (a text's vector is the mean of its tokens'), what
it says about hard requirements, and the profile itself. About 1.3 KB for 120 characters of text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import accumulate, pairwise
from struct import Struct

import numpy as np

from matching.conditions import Statements, read_profile
from matching.encode import Encoder, StaticEncoder, embedded
from matching.industry import divisions
from matching.polarity import topic
from matching.retrieval.protocol import key_of
from matching.text import clauses, normalise, words
from matching.types import PastCase, Profile
from matching.views import Part, ProfileView, phrases_of, view_profile

HEADER = Struct("<12I")
"""Version, parts, length in terms, then the bytes of each of the nine sections below."""
VERSION = 1
TEXT, WORDS, TOKENS, PHRASES, PARTS, NORMS, INDUSTRIES, STATEMENTS, PROFILE = range(9)
"""text: the parts' texts joined by spaces, UTF-16; words: uint32 codes; tokens: uint32; phrases: uint16 rows
(part or DENIAL, 1 if it counts in the part's vector, tokens); parts: uint32 rows (its number among the pieces of
the profile, characters of its text, 1 if its phrases are those that are shown); norms: float32 lengths of the sums of
tokens, of the whole, the parts and the denials, or float16 unit vectors of another encoder than the embedded."""
DENIAL = 0xFFFF
PHRASE_ROW, PART_ROW = Struct("<3H"), Struct("<3I")
GAP = " ".encode("utf-16-le")
LIKELY_PARTS = 12
LONGEST = 0xFFFF
FIRST_CHINESE, LAST_CHINESE = 0x3400, 0x9FFF
KEPT_PIECES = 1 << 16
KEPT_TEXTS = 256
LISTS = {"skills", "industries", "languages", "certifications", "overseas_tools"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A clause or a skill, ready to be put into a record. vector: the sum of its token vectors."""

    words: bytes
    tokens: bytes
    terms: tuple[str, ...]
    length: int
    vector: np.ndarray


@dataclass(frozen=True)
class Piece:
    """One part of a profile cut into phrases, as it goes into a record.

    number: its place among headline 0, bio 1, skills 2 and the cases from 3 on; counted: whether each phrase
    belongs to what is offered; shown: whether the phrases are those a reader sees.
    """

    number: int
    text: str
    phrases: tuple[Phrase, ...]
    counted: tuple[bool, ...]
    shown: bool

    @cached_property
    def offered(self) -> tuple[Phrase, ...]:
        return tuple(one for one, counted in zip(self.phrases, self.counted, strict=True) if counted)

    @cached_property
    def vector(self) -> np.ndarray:
        return sum((one.vector for one in self.offered), np.zeros(embedded().dimensions, dtype=np.float32))

    @cached_property
    def norm(self) -> float:
        return float(np.linalg.norm(self.vector))

    @cached_property
    def terms(self) -> str:
        return " ".join([term for one in self.offered for term in one.terms])

    @cached_property
    def length(self) -> int:
        return sum(one.length for one in self.offered)

    @cached_property
    def sections(self) -> tuple[bytes, bytes, bytes, bytes]:
        """text, words, tokens and the row of parts."""
        return (
            self.text.encode("utf-16-le", "surrogatepass"),
            b"".join([one.words for one in self.offered]),
            b"".join([one.tokens for one in self.phrases]),
            PART_ROW.pack(self.number, len(self.text), self.shown),
        )

    @cached_property
    def rows(self) -> tuple[bytes, ...]:
        """Its rows of phrases, for each of the places it is likely to have among the parts."""
        return tuple(self.rows_at(place) for place in range(LIKELY_PARTS))

    def rows_at(self, place: int) -> bytes:
        rows = zip(self.counted, self.phrases, strict=True)
        return b"".join([PHRASE_ROW.pack(place, counted, len(one.tokens) // 4) for counted, one in rows])


@dataclass(frozen=True, slots=True)
class Record:
    """A profile to be stored: vector (d,) float32 of length 1 or 0, terms parted by spaces, blob as written above."""

    key: int
    vector: np.ndarray
    terms: str
    blob: bytes


def word_code(word: str) -> int:
    """32 bits for a term: a character or a pair is itself, anything else a hash between the two ranges."""
    if len(word) <= 2 and all(map(_chinese, word)):
        return ord(word[0]) if len(word) == 1 else ord(word[0]) << 16 | ord(word[1])
    span = (FIRST_CHINESE << 16) - (1 << 16)
    return (1 << 16) + int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big") % span


def characters(units: np.ndarray) -> np.ndarray:
    """UTF-16 units with everything but Chinese characters set to 0."""
    return np.where((units >= FIRST_CHINESE) & (units <= LAST_CHINESE), units, 0)


def utf16(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")


def pairs(chars: np.ndarray) -> np.ndarray:
    """uint32 codes of the bigrams; neighbours across a gap make none."""
    first, second = chars[:-1].astype(np.uint32), chars[1:].astype(np.uint32)
    both = (first > 0) & (second > 0)
    return first[both] << 16 | second[both]


def retrieval_terms(text: str) -> list[str]:
    """What a normalised text is found by: its words and its Chinese bigrams."""
    bigrams = [a + b for a, b in pairwise(text) if _chinese(a) and _chinese(b)]
    return bigrams + [word for word in kept_words(text) if len(word) > 2 or not _chinese(word[:1])]


@lru_cache(maxsize=KEPT_TEXTS)
def kept_words(text: str) -> tuple[str, ...]:
    """text.words, kept since a demand is first looked up and then scored by them."""
    return tuple(words(text))


def _chinese(character: str) -> bool:
    return FIRST_CHINESE <= ord(character) <= LAST_CHINESE if character else False


@lru_cache(maxsize=KEPT_PIECES)
def phrase(text: str) -> Phrase:
    """A phrase of normalised text; skills and turns of phrase recur, so the last ones read are kept."""
    table = embedded()
    chars = characters(utf16(text))
    found = kept_words(text)
    tokens = table.tokens(text)
    return Phrase(
        words=np.array([word_code(word) for word in found], dtype="<u4").tobytes(),
        tokens=np.array(tokens, dtype="<u4").tobytes(),
        terms=tuple(retrieval_terms(text)),
        length=int(np.count_nonzero(chars)) + len(pairs(chars)) + len(found),
        vector=table.token_vectors(tokens).sum(axis=0),
    )


def make_record(profile: Profile, encoder: Encoder) -> Record:
    """Read a profile as index.prepare reads it, once and for all."""
    view = view_profile(profile)
    denials = [topic(clause, "profile") or clause for clause in view.denied]
    vectors = None
    if not isinstance(encoder, StaticEncoder):
        vectors = encoder.encode_document([view.positive, *(part.text for part in view.parts), *denials])
    codes = frozenset(code for name in profile.industries for code in divisions(name))
    return assemble(
        profile.id,
        dump_profile(profile),
        [make_piece(part, profile, number) for number, part in numbered(view, profile)],
        [phrase(denial) for denial in denials],
        ",".join(sorted(codes)),
        dump_statements(read_profile(profile), view.denied),
        vectors,
    )


def numbered(view: ProfileView, profile: Profile) -> list[tuple[int, Part]]:
    """The parts of a view with their places among headline 0, bio 1, skills 2 and the cases from 3 on."""
    places = {"headline": 0, "bio": 1, "skill": 2}
    found, case = [], 3
    for part in view.parts:
        if part.kind == "case":
            while profile.past_cases[case - 3].text != part.shown:
                case += 1
            found.append((case, part))
            case += 1
        else:
            found.append((places[part.kind], part))
    return found


def make_piece(part: Part, profile: Profile, number: int) -> Piece:
    """A part cut into the phrases a reader is shown, where its text can be put together from them."""
    shown = [normalise(one).strip() for one in phrases_of(part, profile)]
    offered = clauses(normalise(part.shown)) if part.kind != "skill" else shown
    if shown != offered or max(map(len, shown), default=0) >= LONGEST:
        return Piece(number, part.text, (phrase(part.text),), (True,), False)
    counted, rest = [], part.text
    for one in shown:
        stands = rest == one or rest.startswith(f"{one} ")
        counted.append(stands)
        rest = rest[len(one) :].lstrip(" ") if stands else rest
    if rest:
        return Piece(number, part.text, (phrase(part.text),), (True,), False)
    return Piece(number, part.text, tuple(map(phrase, shown)), tuple(counted), True)


def assemble(
    identity: str,
    profile: bytes,
    parts: Sequence[Piece],
    denials: Sequence[Phrase],
    industries: str,
    statements: bytes,
    vectors: np.ndarray | None = None,
) -> Record:
    """A record of pieces. vectors: (1 + parts + denials, d) of another encoder than the embedded one."""
    cuts = [part.sections for part in parts]
    if vectors is None:
        whole = sum((part.vector for part in parts), np.zeros(embedded().dimensions, dtype=np.float32))
        length = float(np.linalg.norm(whole))
        norms = [length, *(part.norm for part in parts), *(float(np.linalg.norm(one.vector)) for one in denials)]
        vector, stored = whole / (length or 1.0), np.array(norms, dtype="<f4").tobytes()
    else:
        vector, stored = vectors[0], vectors.astype("<f2").tobytes()
    rows = [part.rows[i] if i < LIKELY_PARTS else part.rows_at(i) for i, part in enumerate(parts)]
    sections = (
        GAP.join([text for text, _, _, _ in cuts]),
        b"".join([found for _, found, _, _ in cuts]),
        b"".join([*(tokens for _, _, tokens, _ in cuts), *(one.tokens for one in denials)]),
        b"".join([*rows, *(PHRASE_ROW.pack(DENIAL, 0, len(one.tokens) // 4) for one in denials)]),
        b"".join([row for _, _, _, row in cuts]),
        stored,
        industries.encode("ascii"),
        statements,
        profile,
    )
    header = HEADER.pack(VERSION, len(parts), sum(part.length for part in parts), *map(len, sections))
    terms = " ".join([part.terms for part in parts])
    return Record(key_of(identity), vector, terms, b"".join((header, *sections)))


def cut(blob: bytes) -> tuple[int, int, list[bytes]]:
    """How many parts, how many terms, and the sections of a record."""
    version, parts, length, *sizes = HEADER.unpack_from(blob)
    if version != VERSION:
        raise ValueError(f"a record of version {version}, not {VERSION}")
    ends = list(accumulate(sizes, initial=HEADER.size))
    return parts, length, [blob[a:b] for a, b in pairwise(ends)]


def profile_of(blob: bytes) -> Profile:
    return load_profile(cut(blob)[2][PROFILE])


def dump_profile(profile: Profile) -> bytes:
    """JSON that begins with the id, without what is not stated."""
    values = {name: getattr(profile, name) for name in Profile.__slots__}
    values["past_cases"] = [[case.title, case.summary] for case in profile.past_cases]
    stated = {name: value for name, value in values.items() if value not in (None, "", (), [])}
    return _json({"id": profile.id, "headline": profile.headline, **stated})


def load_profile(data: bytes) -> Profile:
    values = json.loads(data)
    values["past_cases"] = tuple(PastCase(*case) for case in values.get("past_cases", ()))
    for name in LISTS & values.keys():
        values[name] = tuple(values[name])
    values["lapsed"] = tuple((name, day) for name, day in values.get("lapsed", ()))
    return Profile(**values)


def load_view(profile: Profile, sections: Sequence[bytes], denied: tuple[str, ...]) -> ProfileView:
    """What views.view_profile says of the profile, from the record."""
    positive = sections[TEXT].decode("utf-16-le", "surrogatepass")
    numbers = np.frombuffer(sections[PARTS], dtype="<u4").reshape(-1, 3).tolist()
    parts, start = [], 0
    for number, length, _ in numbers:
        kind, shown = _shown(profile, number)
        parts.append(Part(kind, positive[start : start + length], shown))
        start += length + 1
    return ProfileView(positive, tuple(parts), denied)


def _shown(profile: Profile, number: int) -> tuple[str, str]:
    if number >= 3:
        return "case", profile.past_cases[number - 3].text
    return (("headline", profile.headline), ("bio", profile.bio), ("skill", "、".join(profile.skills)))[number]


def dump_statements(said: Statements, denied: Sequence[str]) -> bytes:
    if not (said.breaks or said.held or said.no_credential or said.speaks or denied):
        return b""
    held = {family: sorted(special) for family, special in said.held.items()}
    return _json([said.breaks, held, said.no_credential, sorted(said.speaks), list(denied)])


def load_statements(data: bytes) -> tuple[Statements, tuple[str, ...]]:
    """What the profile says about conditions, and the clauses in which it denies something."""
    if not data:
        return Statements({}, {}, "", frozenset()), ()
    breaks, held, denied_credential, speaks, denied = json.loads(data)
    families = {family: frozenset(special) for family, special in held.items()}
    return Statements(breaks, families, denied_credential, frozenset(speaks)), tuple(denied)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
