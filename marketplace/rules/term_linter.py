"""Payment clauses in a demand's own words, held against Decree 802 Arts 7, 9-17 (in force 2025-06-01).

The stated terms are judged by `screening`; this reads what was typed beside them. Phrases stand in term_clauses.toml.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from marketplace.rules import phrases, statutes
from marketplace.rules.payment_facts import PayerType
from marketplace.rules.phrases import Hit
from marketplace.rules.proposal_order import number_of

CODES = tuple(dict.fromkeys(phrase.code for phrase in phrases.load("term_clauses")))
WORKING_DAYS, TOO_LONG, DIFFERENT = "working_days", "term_over_60", "term_differs"
ALL_CODES = (*(code for code in CODES if code != "days"), WORKING_DAYS, TOO_LONG, DIFFERENT)
# Five working days in a calendar week; holidays only make it longer.
_CALENDAR = {"工作日": Fraction(7, 5), "working days": Fraction(7, 5), "business days": Fraction(7, 5),
             "月": Fraction(30), "个月": Fraction(30), "months": Fraction(30)}


@dataclass(frozen=True)
class Clause:
    """A clause found: `code` of its sentence, the words, keys in statutes.ARTICLES, and whether it forbids
    publishing."""

    code: str
    quote: str
    articles: tuple[str, ...]
    blocks: bool
    facts: dict[str, Any] = field(default_factory=dict)


def find(text: str, *, payer: PayerType, state_owned: bool = False, term_days: int | None = None,
         place: str = "") -> Iterator[Clause]:
    """Clauses of one field against the law; `place` "criteria" for the name of an evaluation criterion.

    A payer that is itself an SME is outside Decree 802: only a criterion that rewards deferral is reported.
    `term_days` are the calendar days stated in the terms, None for the statutory default.
    """
    for hit in phrases.find(text, phrases.load("term_clauses"), field=place):
        if payer is PayerType.SME and hit.phrase.code != "deferral_scores":
            continue
        if hit.phrase.code == "days":
            yield from _days(hit, payer, term_days)
            continue
        severity = hit.phrase.severity_public if payer.is_public_body or (
            state_owned and hit.phrase.code == "audit_as_basis") else hit.phrase.severity
        yield Clause(hit.phrase.code, hit.quote, _articles(hit, payer), severity == "block")


def _articles(hit: Hit, payer: PayerType) -> tuple[str, ...]:
    """The articles cited; of the two paragraphs of Article 9 only the one for this payer."""
    other = "CN-802/9-2" if payer.is_public_body else "CN-802/9-1"
    kept = tuple(key for key in hit.phrase.basis if key != other)
    return kept or hit.phrase.basis


def _days(hit: Hit, payer: PayerType, term_days: int | None) -> Iterator[Clause]:
    """A number of days to pay in: counted in working days, over the longest term, or not what the terms say."""
    found = re.sub(r"\s", "", hit.match["number"])
    number = number_of(found)
    if not number:
        return
    unit = re.sub(r"\s+", " ", hit.match["unit"].lower())
    calendar = int(number * _CALENDAR.get(unit, Fraction(1)))
    articles = _articles(hit, payer)
    longest = (statutes.PUBLIC_LONGEST_TERM if payer.is_public_body else statutes.LARGE_REVIEW_TERM)[-1].value
    facts = {"days": number, "calendar_days": calendar, "longest": longest}
    if calendar > longest:
        yield Clause(TOO_LONG, hit.quote, articles, payer.is_public_body, facts)
    elif unit in ("工作日", "working days", "business days"):
        yield Clause(WORKING_DAYS, hit.quote, articles, False, facts)
    elif term_days is not None and calendar != term_days:
        yield Clause(DIFFERENT, hit.quote, articles, False, facts | {"term_days": term_days})
