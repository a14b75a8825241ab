"""A stored explanation in the reader's language."""
from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Any

from marketplace import i18n
from marketplace.demand.terms import Summary
from marketplace.suggestions.models import Suggestion
from matching.texts import codes, sentence

BASE = "base"
# Below this chance, in percent, a founder is told that the match is weak.
WEAK = 10


@dataclass(frozen=True)
class Explained:
    """One suggestion as a page or program shows it.

    `percent` is the score (log-odds) read as the chance of being shortlisted. `parts` are (label, value): how the
    pair differs from an average one; they and the base, which is the same for all, add up to the score. `reasons`,
    `counter_reasons` and `vetoes` are sentences; `veto_codes` the codes of the last. For a founder the door adds the
    buyer's payment `terms` and `record`.
    """

    suggestion: Suggestion
    percent: int
    parts: list[tuple[str, float]]
    reasons: list[str]
    counter_reasons: list[str]
    vetoes: list[str]
    veto_codes: list[str]
    evidence: list[dict[str, Any]]
    terms: Summary | None = None
    record: Any = None


def explain(suggestion: Suggestion, lang: str | None = None) -> Explained:
    """Codes and facts made into sentences."""
    kept, lang = suggestion.explanation, lang or i18n.language()
    vetoes = [{"code": veto["code"], "facts": {**veto["facts"], "quote": veto["quote"], "answer": veto["answer"]}}
              for veto in kept["vetoes"]]
    return Explained(
        suggestion, round(100 / (1 + exp(-max(min(suggestion.score, 50), -50)))),
        [(sentence(part["name"], {}, lang), part["value"]) for part in kept["contributions"]
         if part["name"] in codes() and part["name"] != BASE and part["value"]],
        _said(kept["reasons"], lang), _said(kept["counter_reasons"], lang), _said(vetoes, lang),
        [veto["code"] for veto in vetoes], kept["evidence"])


def _said(reasons: list[dict[str, Any]], lang: str) -> list[str]:
    """Sentences of the reasons; until the next refresh some may be of an earlier engine that knew other codes."""
    return [sentence(reason["code"], reason["facts"], lang) for reason in reasons if reason["code"] in codes()]
