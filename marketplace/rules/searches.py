"""Whether a demand is what a saved search looks for, and which words and filters say so.

Everything a search names must hold. The answer quotes the demand's own words, so that a founder sees at once why the
alert came.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

MOST_SEARCHES = 20
"""Platform rule: how many searches a company may keep."""
MOST_WORDS = 8
AROUND = 12
PROVEN_PERCENT = 90
"""Platform rule: a buyer pays reliably when this share of its known payments came by the due date."""
_CODE = re.compile(r"([A-Ta-t]?)(\d{0,4})")


class PayerWish(StrEnum):
    """The payment record a founder asks of a buyer. `proven`: there is one and it is good; `not_bad`: none, or good."""

    PROVEN = "proven"
    NOT_BAD = "not_bad"


@dataclass(frozen=True)
class Criteria:
    """What a search asks for; empty or None asks nothing. `divisions` are those of GB/T 4754 the industry stands for.

    closing_within_days counts from today; min_percent is the chance of the founder's own match.
    """

    words: tuple[str, ...] = ()
    industry: str = ""
    divisions: frozenset[str] = frozenset()
    region: str = ""
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    remote: bool = False
    set_aside: bool = False
    micro: bool = False
    payer: PayerWish | None = None
    closing_within_days: int | None = None
    min_percent: int | None = None

    @property
    def asks_nothing(self) -> bool:
        """Whether every demand would answer it."""
        return self == Criteria()


@dataclass(frozen=True)
class Offer:
    """What a demand says, read once for all searches. `texts` are (field, text); on_time of `known` payments of the
    buyer came by their due date; closes_in_days is None where no deadline is set."""

    texts: tuple[tuple[str, str], ...]
    industry: str = ""
    divisions: frozenset[str] = frozenset()
    region: str = ""
    budget_fen: int = 0
    remote_ok: bool = False
    set_aside: bool = False
    micro: bool = False
    on_time: int = 0
    known: int = 0
    closes_in_days: int | None = None

    @cached_property
    def folded(self) -> tuple[tuple[str, str, str], ...]:
        """(field, text as it is quoted, the same folded for comparing); the two are equally long."""
        found = []
        for name, text in self.texts:
            folded = fold(text)
            found.append((name, text if len(folded) == len(text) else folded, folded))
        return tuple(found)


@dataclass(frozen=True)
class Fit:
    """The founder's own match: its chance in percent, and the codes with facts of what speaks for it."""

    percent: int
    reasons: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Hit:
    """One thing that a search asks for and a demand has: "word" with `quote` and the `field` it stands in, or the
    name of a filter."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def fold(text: str) -> str:
    """Width and case aside."""
    return unicodedata.normalize("NFKC", text).lower()


def words_of(text: str) -> tuple[str, ...]:
    """The words of a search as typed, each once, at most MOST_WORDS."""
    return tuple(dict.fromkeys(fold(text).replace("，", " ").replace("、", " ").replace(",", " ").split()))[:MOST_WORDS]


def hits(criteria: Criteria, offer: Offer, fit: Fit | None = None) -> list[Hit] | None:
    """Everything that was asked for, as the demand has it; None when any of it is not there."""
    if criteria.asks_nothing:
        return None
    found = _filters(criteria, offer)
    if found is None:
        return None
    for word in criteria.words:
        hit = _word(word, offer)
        if hit is None:
            return None
        found.append(hit)
    if criteria.min_percent is not None:
        if fit is None or fit.percent < criteria.min_percent:
            return None
        found.append(Hit("match", {"percent": fit.percent, "least": criteria.min_percent,
                                   "reasons": [dict(one) for one in fit.reasons]}))
    return found


def industry_fits(wanted: str, divisions: frozenset[str], offer: Offer) -> bool:
    """By code ("46", "D", "D46"; finer digits are not known of a demand) or by name, as written or as classified."""
    code = _CODE.fullmatch(wanted.strip())
    if code:
        section, digits = code[1].upper(), code[2][:2]
        return any(one.startswith(section) and one[1:].startswith(digits) for one in offer.divisions)
    return fold(wanted) in fold(offer.industry) or bool(divisions & offer.divisions)


def _filters(criteria: Criteria, offer: Offer) -> list[Hit] | None:
    least, most, within = criteria.budget_min_fen, criteria.budget_max_fen, criteria.closing_within_days
    closes = offer.closes_in_days
    asked = [
        (bool(criteria.industry), lambda: industry_fits(criteria.industry, criteria.divisions, offer),
         Hit("industry", {"industry": offer.industry})),
        (bool(criteria.region), lambda: fold(criteria.region) in fold(offer.region),
         Hit("region", {"region": offer.region})),
        (least is not None or most is not None,
         lambda: (least or 0) <= offer.budget_fen <= (offer.budget_fen if most is None else most),
         Hit("budget", {"budget_fen": offer.budget_fen})),
        (criteria.remote, lambda: offer.remote_ok, Hit("remote")),
        (criteria.set_aside, lambda: offer.set_aside, Hit("set_aside")),
        (criteria.micro, lambda: offer.micro, Hit("micro")),
        (criteria.payer is not None, lambda: _pays(criteria.payer, offer),
         Hit("payer", {"on_time": offer.on_time, "known": offer.known})),
        (within is not None, lambda: closes is not None and 0 <= closes <= (within or 0),
         Hit("closing", {"days": closes or 0})),
    ]
    if any(wanted and not holds() for wanted, holds, _ in asked):
        return None
    return [hit for wanted, _, hit in asked if wanted]


def _pays(wish: PayerWish | None, offer: Offer) -> bool:
    if offer.known == 0:
        return wish == PayerWish.NOT_BAD
    return 100 * offer.on_time >= PROVEN_PERCENT * offer.known


def _word(word: str, offer: Offer) -> Hit | None:
    for name, shown, folded in offer.folded:
        at = folded.find(word)
        if at >= 0:
            first, last = max(at - AROUND, 0), min(at + len(word) + AROUND, len(shown))
            quote = " ".join(shown[first:last].split())
            return Hit("word", {"word": word, "field": name, "quote": ("…" if first else "") + quote + (
                "…" if last < len(shown) else "")})
    return None
