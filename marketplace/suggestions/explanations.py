"""A stored explanation in the reader's language."""
from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Any

from marketplace import i18n
from marketplace.demand.terms import Summary
from marketplace.suggestions.models import Suggestion
from marketplace.suggestions.payer import PayerPart
from matching.texts import codes, sentence

BASE = "base"
# Below this chance, in percent, a founder is told that the match is weak.
WEAK = 10


@dataclass(frozen=True)
class Explained:
    """One suggestion as a page or program shows it.

    `percent` is the score (log-odds) read as the chance of being shortlisted. `parts` are (label, value): what
    each feature adds to the `base`, the starting point that is the same for all; all of them add up to the score.
    `reasons`, `counter_reasons` and `vetoes` are sentences; `veto_codes` the codes of the last. For a founder the door
    adds the buyer's payment `terms` and `record`.
    """

    suggestion: Suggestion
    percent: int
    parts: list[tuple[str, float]]
    reasons: list[str]
    counter_reasons: list[str]
    vetoes: list[str]
    veto_codes: list[str]
    evidence: list[dict[str, Any]]
    base: tuple[str, float] = ("", 0.0)
    terms: Summary | None = None
    record: Any = None
    payer: PayerPart | None = None

    @property
    def list_score(self) -> float:
        """What a founder's list is ordered by: the score of the match, and the buyer's payment record."""
        return self.suggestion.score + (self.payer.value if self.payer else 0.0)

    @property
    def shown_parts(self) -> list[tuple[str, float]]:
        """The parts, the payment record among them, and the starting point last; they add up to the list score."""
        record = [] if self.payer is None else [(i18n.t("payer_policy.part"), self.payer.value)]
        return [*self.parts, *record, self.base]


def explain(suggestion: Suggestion, lang: str | None = None) -> Explained:
    """Codes and facts made into sentences."""
    kept, lang = suggestion.explanation, lang or i18n.language()
    vetoes = [{"code": veto["code"], "facts": {**veto["facts"], "quote": veto["quote"], "answer": veto["answer"]}}
              for veto in kept["vetoes"]]
    base = sum(part["value"] for part in kept["contributions"] if part["name"] == BASE)
    return Explained(
        suggestion, round(100 / (1 + exp(-max(min(suggestion.score, 50), -50)))),
        [(sentence(part["name"], {}, lang), part["value"]) for part in kept["contributions"]
         if part["name"] in codes() and part["name"] != BASE and part["value"]],
        _said(kept["reasons"], lang), _said(kept["counter_reasons"], lang), _said(vetoes, lang),
        [veto["code"] for veto in vetoes], kept["evidence"], (sentence(BASE, {}, lang), base))


def said(reasons: list[dict[str, Any]], lang: str | None = None) -> list[str]:
    """Stored reasons, or some of them, as sentences."""
    return _said(reasons, lang or i18n.language())


def _said(reasons: list[dict[str, Any]], lang: str) -> list[str]:
    """Sentences of the reasons; until the next refresh some may be of an earlier engine that knew other codes."""
    return [sentence(reason["code"], reason["facts"], lang) for reason in reasons if reason["code"] in codes()]
