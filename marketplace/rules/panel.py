"""Scoring by several people who do not know whose bid they read, and prices clearly lower than the others.

Basis: 《政府采购货物和服务招标投标管理办法》 (财政部令第87号, in force 2017-10-01) Art. 60: a price clearly lower than
the others', which may endanger quality or honest performance, must be explained in writing within a reasonable time,
else the bid is invalid. What "clearly lower" means the article leaves open: the figures here are the platform's.
Consensus points: the mean of everyone's points, rounded half up (platform rule); any other figure needs a reason.
"""
from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from marketplace.rules.lifecycle import Lifecycle
from marketplace.rules.money import round_half_up
from marketplace.rules.statutes import Dated, in_force

LAW = "《政府采购货物和服务招标投标管理办法》（财政部令第87号，2017-10-01起施行）第六十条"
_PLATFORM = f"平台规则，落实{LAW}"
LOW_OF_OTHERS = (Dated(60, "percent of the mean of the other opened bids", date(2017, 10, 1), _PLATFORM),)
LOW_OF_BUDGET = (Dated(50, "percent of the budget", date(2017, 10, 1), _PLATFORM),)
EXPLAIN_HOURS = (Dated(48, "hours to explain a price", date(2017, 10, 1), _PLATFORM),)
HIDDEN = "■■■"
SHORTEST_HIDDEN = 3  # a shorter word stands in too many texts that name nobody
_FORM_OF_COMPANY = re.compile(r"(?:股份有限公司|有限责任公司|有限公司|合伙企业|工作室|商行|中心|公司)$")
T = TypeVar("T")


class RoundStatus(StrEnum):
    """A round of scoring: everyone alone, then everyone's points side by side, then closed for good or reopened."""

    SCORING = "scoring"
    COMPARING = "comparing"
    CLOSED = "closed"
    REOPENED = "reopened"


class EvaluatorStatus(StrEnum):
    """Only the points of a `submitted` evaluator count."""

    NAMED = "named"
    DECLARED = "declared"
    SUBMITTED = "submitted"
    RECUSED = "recused"
    REMOVED = "removed"


class ExplanationStatus(StrEnum):
    """A bidder is asked to explain a price; the buyer accepts what it says or excludes the bid."""

    ASKED = "asked"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    EXCLUDED = "excluded"


_R, _E, _X = RoundStatus, EvaluatorStatus, ExplanationStatus
ROUND = Lifecycle("evaluation_round", _R, {
    (_R.SCORING, "name"): _R.SCORING,
    (_R.SCORING, "compare"): _R.COMPARING,
    (_R.COMPARING, "name"): _R.SCORING,
    (_R.COMPARING, "lose"): _R.SCORING,
    (_R.COMPARING, "close"): _R.CLOSED,
    (_R.CLOSED, "reopen"): _R.REOPENED,
})
EVALUATOR = Lifecycle("evaluator", _E, {
    (_E.NAMED, "declare"): _E.DECLARED,
    (_E.NAMED, "recuse"): _E.RECUSED,
    (_E.NAMED, "remove"): _E.REMOVED,
    (_E.DECLARED, "submit"): _E.SUBMITTED,
    (_E.DECLARED, "recuse"): _E.RECUSED,
    (_E.DECLARED, "remove"): _E.REMOVED,
    (_E.SUBMITTED, "recuse"): _E.RECUSED,
})
EXPLANATION = Lifecycle("price_explanation", _X, {
    (_X.ASKED, "answer"): _X.ANSWERED,
    (_X.ASKED, "exclude"): _X.EXCLUDED,
    (_X.ANSWERED, "accept"): _X.ACCEPTED,
    (_X.ANSWERED, "exclude"): _X.EXCLUDED,
    # An award fell: what was decided on a price is decided again, and who had said nothing is asked again.
    (_X.ACCEPTED, "reconsider"): _X.ANSWERED,
    (_X.EXCLUDED, "reconsider"): _X.ANSWERED,
    (_X.EXCLUDED, "ask_again"): _X.ASKED,
})


@dataclass(frozen=True)
class LowPrice:
    """A price against the others and the budget: shares in whole percent rounded down, `others_share` None when there
    is no other bid. `low` when it is below both limits."""

    price_fen: int
    others_share: int | None
    budget_share: int
    others_limit: int
    budget_limit: int
    low: bool


def low_price(price_fen: int, others_fen: Sequence[int], budget_fen: int, *, on: date) -> LowPrice:
    """Whether a price is clearly lower than the others'. `on` is the day the demand was published.

    Basis: Order 87 Art. 60; the limits are dated platform figures. One bid alone is lower than nothing.
    """
    of_others = (in_force(LOW_OF_OTHERS, on) or LOW_OF_OTHERS[-1]).value
    of_budget = (in_force(LOW_OF_BUDGET, on) or LOW_OF_BUDGET[-1]).value
    share = Fraction(price_fen * 100 * len(others_fen), sum(others_fen)) if others_fen else None
    budget_share = Fraction(price_fen * 100, budget_fen)
    low = share is not None and share < of_others and budget_share < of_budget
    return LowPrice(price_fen, None if share is None else int(share), int(budget_share), of_others, of_budget, low)


def explain_by(asked_at: datetime, *, on: date) -> datetime:
    """Until when a price must be explained."""
    return asked_at + timedelta(hours=(in_force(EXPLAIN_HOURS, on) or EXPLAIN_HOURS[-1]).value)


@dataclass(frozen=True)
class Spread:
    """Everyone's points for one bid and criterion: `mean` rounded half up, `width` from the lowest to the highest."""

    points: tuple[int, ...]
    mean: int
    width: int


def spread(points: Iterable[int]) -> Spread | None:
    """None where nobody has given points."""
    given = tuple(points)
    if not given:
        return None
    return Spread(given, round_half_up(Fraction(sum(given), len(given))), max(given) - min(given))


def shuffled(bids: Iterable[T], *, key: str, reader: int | str, name: str = "id") -> list[T]:
    """The bids in an order of this reader's own: always the same for one key and reader, and telling nothing of the
    order of receipt. `key` is the round's secret; `reader` an evaluator's id, or a word for a page all share."""
    def place(bid: T) -> bytes:
        return hmac.new(key.encode(), f"{reader}:{getattr(bid, name)}".encode(), hashlib.sha256).digest()

    return sorted(bids, key=place)


def identifying(names: Iterable[str]) -> tuple[str, ...]:
    """The words that give a bidder away, longest first: names as they stand, and companies' without their form."""
    words = set()
    for name in names:
        plain = name.strip()
        words |= {plain, re.sub(r"[（(].*?[)）]", "", _FORM_OF_COMPANY.sub("", plain)).strip()}
    return tuple(sorted((word for word in words if len(word) >= SHORTEST_HIDDEN or _is_name(word)),
                        key=lambda word: (-len(word), word)))


def _is_name(word: str) -> bool:
    """A person's name of two characters is hidden too."""
    return re.fullmatch(r"[一-鿿]{2}", word) is not None


def redact(text: str, words: Sequence[str]) -> str:
    """`text` with every literal occurrence of the words (from `identifying`) hidden, whatever their capitals."""
    if not words or not text:
        return text
    return re.sub("|".join(re.escape(word) for word in words), HIDDEN, text, flags=re.IGNORECASE)


def points_hash(points: Iterable[tuple[int, int, int]]) -> str:
    """SHA-256 of (bid, criterion, points) in their order: what the audit entry of a closed round holds."""
    return hashlib.sha256(repr(sorted(points)).encode()).hexdigest()
