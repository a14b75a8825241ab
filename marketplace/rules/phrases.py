"""Sentences held against a readable list of phrases, with the words found quoted. Pure; the lists are TOML files."""
from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# Everything a demand says is at most this long; what a pattern reads is one sentence.
LONGEST_SENTENCE = 400
_SENTENCES = re.compile(r"[^。；;！!？?\n]+")
_ENGLISH_STOP = re.compile(r"\.\s+(?=[A-Z])")


@dataclass(frozen=True)
class Phrase:
    """One entry of a list. `exempt` words in the same part of the sentence make a match harmless.

    `severity` is "warn" or "block", `severity_public` what it is for public bodies; `basis` cites law.
    """

    code: str
    patterns: tuple[re.Pattern[str], ...]
    exempt: re.Pattern[str] | None
    severity: str
    severity_public: str
    basis: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """Words found: `quote` is the sentence as written, `match` for what the pattern named in it."""

    phrase: Phrase
    quote: str
    match: re.Match[str]


@cache
def load(name: str) -> tuple[Phrase, ...]:
    """The list in `rules/<name>.toml`: shared words under [words], entries under [[phrase]]."""
    document = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = document.get("words", {})
    return tuple(_phrase(entry, words) for entry in document["phrase"])


def _phrase(entry: dict[str, Any], words: dict[str, str]) -> Phrase:
    def compiled(text: str) -> re.Pattern[str]:
        for name, said in words.items():
            text = text.replace(f"<{name}>", f"(?:{said})")
        return re.compile(text, re.IGNORECASE)

    exempt = "|".join([*entry.get("exempt", ()), *([words["never"]] if "never" in words else [])])
    severity = entry.get("severity", "warn")
    return Phrase(
        entry["code"], tuple(map(compiled, entry["patterns"])), compiled(exempt) if exempt else None, severity,
        entry.get("severity_public", severity), tuple(entry.get("basis", ())), tuple(entry.get("fields", ())))


def find(text: str, phrases: Sequence[Phrase], *, field: str = "") -> Iterator[Hit]:
    """Each phrase at most once in a sentence; a phrase with `fields` is looked for in those only."""
    for quote, sentence in _sentences(text):
        for phrase in phrases:
            if phrase.fields and field not in phrase.fields:
                continue
            found = next((match for pattern in phrase.patterns for match in pattern.finditer(sentence)
                          if not _exempted(phrase, sentence, match)), None)
            if found:
                yield Hit(phrase, quote, found)


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """(as written, as patterns read it): full-width letters made plain one by one, so that both are equally long."""
    plain = "".join(form if len(form := unicodedata.normalize("NFKC", letter)) == 1 else letter for letter in text)
    for found in _SENTENCES.finditer(plain):
        start = found.start()
        for stop in [*(one.start() for one in _ENGLISH_STOP.finditer(found[0])), len(found[0])]:
            end = min(found.start() + stop, start + LONGEST_SENTENCE)
            if plain[start:end].strip():
                yield text[start:end].strip(" .\t"), plain[start:end]
            start = found.start() + stop


def _exempted(phrase: Phrase, sentence: str, match: re.Match[str]) -> bool:
    """Whether a word that makes it harmless stands in the part of the sentence where the match is."""
    if phrase.exempt is None:
        return False
    start = max(sentence.rfind(mark, 0, match.start()) for mark in ",，:") + 1
    ends = [place for mark in ",，" if (place := sentence.find(mark, match.end())) >= 0]
    return phrase.exempt.search(sentence[start:min(ends, default=len(sentence))]) is not None
