"""What a search asks for and why an alert came, in the reader's language."""
from __future__ import annotations

from typing import Any

from marketplace.i18n import t
from marketplace.rules import searches as rules
from marketplace.rules.searches import Criteria
from marketplace.suggestions.explanations import said


def hit(one: dict[str, Any]) -> str:
    """One stored hit as a sentence, the words it rests on quoted."""
    facts = dict(one["facts"])
    reasons = said(facts.pop("reasons", []))
    key = one["code"]
    if "field" in facts:
        key, facts["field"] = "word_in", t(f"searches.field.{facts['field']}")
    text = t(f"searches.hit.{key}", **facts)
    return t("searches.hit.with_reasons", hit=text, reasons=reasons) if reasons else text


def asked(criteria: Criteria) -> list[str]:
    """Everything a search asks for, one phrase each."""
    found = [t("searches.asked.word", word=word) for word in criteria.words]
    for name in ("industry", "region"):
        if getattr(criteria, name):
            found.append(t(f"searches.asked.{name}", value=getattr(criteria, name)))
    if criteria.budget_min_fen is not None:
        found.append(t("searches.asked.budget_min", least_fen=criteria.budget_min_fen))
    if criteria.budget_max_fen is not None:
        found.append(t("searches.asked.budget_max", most_fen=criteria.budget_max_fen))
    found += [t(f"searches.asked.{name}") for name in ("remote", "set_aside", "micro") if getattr(criteria, name)]
    if criteria.payer is not None:
        found.append(t(f"searches.asked.payer_{criteria.payer}", percent=rules.PROVEN_PERCENT))
    if criteria.closing_within_days is not None:
        found.append(t("searches.asked.closing", days=criteria.closing_within_days))
    if criteria.min_percent is not None:
        found.append(t("searches.asked.match", percent=criteria.min_percent))
    return found


