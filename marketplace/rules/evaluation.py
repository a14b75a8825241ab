"""Scoring opened bids by published criteria: parts that add up, a price formula, a written tie rule.

Points and scores are integers in hundredths of a point (8333 is 83.33), so that what is printed adds up.
Price formula: lowest price / price x 100, rounded half up to two decimals; the lowest price is that of the bids that
stay in the ranking, after 《政府采购货物和服务招标投标管理办法》 (财政部令第87号, in force 2017-10-01) Art. 55.
Tie rule: higher quality score, then lower price, then earlier receipt. A bid below a published minimum, or excluded
for its price, has no rank and stands last.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from marketplace.rules.errors import Problem, Problems
from marketplace.rules.money import round_half_up

FULL_WEIGHT = 100
MOST_POINTS = 100
HUNDREDTHS = 100


class CriterionKind(StrEnum):
    """A price criterion is computed, a quality criterion is scored by people."""

    PRICE = "price"
    QUALITY = "quality"


class TieRule(StrEnum):
    """What placed a bid above the next one."""

    TOTAL = "total"
    QUALITY = "quality"
    PRICE = "price"
    RECEIPT = "receipt"
    EQUAL = "equal"


class OutOfRanking(StrEnum):
    """Why a bid has no rank."""

    BELOW_MINIMUM = "below_minimum"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class Criterion:
    """`weight` in percent; `key` identifies it in the scores. Below `minimum` points (1-100) a bid is not ranked."""

    key: int | str
    name: str
    kind: CriterionKind
    weight: int
    minimum: int | None = None


@dataclass(frozen=True)
class OpenedBid:
    """`points` of people, 0-100 per quality criterion; `received_at` is the server's time of receipt.

    An `excluded` bid (its price was not explained) needs no points.
    """

    key: int | str
    price_fen: int
    received_at: datetime
    points: Mapping[int | str, int]
    excluded: bool = False


@dataclass(frozen=True)
class Part:
    """One criterion's part of a score, both in hundredths: `points` 0-10000, `score` = points x weight / 100."""

    criterion: Criterion
    points: int
    score: int


@dataclass(frozen=True)
class Ranked:
    """A bid with its parts, which add up to `total`. `above_next_by` says what placed it there, None for the last.

    `rank` is None for a bid out of the ranking: `out` says why, `failed` names the criteria below their minimum.
    """

    bid: OpenedBid
    rank: int | None
    parts: tuple[Part, ...]
    total: int
    quality: int
    above_next_by: TieRule | None
    out: OutOfRanking | None = None
    failed: tuple[Criterion, ...] = ()


def check_criteria(criteria: Sequence[Criterion]) -> list[Problem]:
    """What is wrong with criteria before they are published; `row` is the place in the list, from 1."""
    problems = []
    for row, criterion in enumerate(criteria, start=1):
        if not criterion.name.strip():
            problems.append(Problem("name", "evaluation.criterion_without_name", {}, row))
        if not 1 <= criterion.weight <= FULL_WEIGHT:
            problems.append(Problem("weight", "evaluation.weight_out_of_range", {"weight": criterion.weight}, row))
        problems += _minimum_problems(criterion, row)
    names = [criterion.name.strip() for criterion in criteria]
    if len(set(names)) != len(names):
        problems.append(Problem("criteria", "evaluation.criterion_twice"))
    if sum(criterion.kind is CriterionKind.PRICE for criterion in criteria) > 1:
        problems.append(Problem("criteria", "evaluation.price_twice"))
    total = sum(criterion.weight for criterion in criteria)
    if total != FULL_WEIGHT:
        problems.append(Problem("criteria", "evaluation.weights_not_100", {"total": total}))
    return problems


def _minimum_problems(criterion: Criterion, row: int) -> Iterator[Problem]:
    if criterion.minimum is None:
        return
    if criterion.kind is CriterionKind.PRICE:
        yield Problem("minimum_points", "evaluation.minimum_for_price", {}, row)
    elif not 1 <= criterion.minimum <= MOST_POINTS:
        yield Problem("minimum_points", "evaluation.minimum_out_of_range", {"minimum": criterion.minimum}, row)


def price_points(price_fen: int, lowest_fen: int) -> int:
    """Hundredths of a point, at most 100.00: lowest / price x 100, rounded half up to two decimals."""
    return min(round_half_up(Fraction(lowest_fen, price_fen) * MOST_POINTS * HUNDREDTHS), MOST_POINTS * HUNDREDTHS)


def below_minimum(criteria: Sequence[Criterion], bid: OpenedBid) -> tuple[Criterion, ...]:
    """The criteria whose published minimum a bid's points do not reach; points not given yet count for neither."""
    return tuple(one for one in criteria if one.minimum is not None and one.key in bid.points
                 and bid.points[one.key] < one.minimum)


def lowest_price(criteria: Sequence[Criterion], bids: Sequence[OpenedBid]) -> int | None:
    """The price the formula measures against: the lowest of the bids still in; of all when none is."""
    still_in = [bid for bid in bids if not bid.excluded and not below_minimum(criteria, bid)]
    return min((bid.price_fen for bid in still_in or bids), default=None)


def rank(criteria: Sequence[Criterion], bids: Sequence[OpenedBid]) -> list[Ranked]:
    """The bids, best first; those out of the ranking last, in the order of receipt.

    Bids that no rule can tell apart share a rank.

    Raises Problems: those of check_criteria, evaluation.score_missing, evaluation.points_out_of_range,
    evaluation.price_not_positive.
    """
    problems = [*check_criteria(criteria), *_bid_problems(criteria, bids)]
    if problems:
        raise Problems(problems)
    if not bids:
        return []
    lowest = lowest_price(criteria, bids) or 0
    scored = [(bid, parts, sum(part.score for part in parts),
               sum(part.score for part in parts if part.criterion.kind is CriterionKind.QUALITY))
              for bid in bids for parts in [_parts(criteria, bid, lowest)]]
    placed = [row for row in scored if not row[0].excluded and not below_minimum(criteria, row[0])]
    placed.sort(key=lambda row: (-row[2], -row[3], row[0].price_fen, row[0].received_at))
    ranked: list[Ranked] = []
    place = 1
    for index, (bid, parts, total, quality) in enumerate(placed):
        above = _above_next_by(placed[index], placed[index + 1]) if index + 1 < len(placed) else None
        ranked.append(Ranked(bid, place, parts, total, quality, above))
        place = place if above is TieRule.EQUAL else index + 2
    left = sorted((row for row in scored if row not in placed), key=lambda row: row[0].received_at)
    return ranked + [_out(criteria, row) for row in left]


def _out(criteria: Sequence[Criterion], row: _Scored) -> Ranked:
    bid, parts, total, quality = row
    why = OutOfRanking.EXCLUDED if bid.excluded else OutOfRanking.BELOW_MINIMUM
    return Ranked(bid, None, parts, total, quality, None, why, below_minimum(criteria, bid))


def _parts(criteria: Sequence[Criterion], bid: OpenedBid, lowest_fen: int) -> tuple[Part, ...]:
    """Empty for an excluded bid that was never scored."""
    if bid.excluded and any(c.kind is CriterionKind.QUALITY and c.key not in bid.points for c in criteria):
        return ()
    parts = []
    for criterion in criteria:
        points = price_points(bid.price_fen, lowest_fen) if criterion.kind is CriterionKind.PRICE \
            else bid.points[criterion.key] * HUNDREDTHS
        parts.append(Part(criterion, points, round_half_up(Fraction(points * criterion.weight, FULL_WEIGHT))))
    return tuple(parts)


_Scored = tuple[OpenedBid, tuple[Part, ...], int, int]


def _above_next_by(this: _Scored, following: _Scored) -> TieRule:
    if this[2] != following[2]:
        return TieRule.TOTAL
    if this[3] != following[3]:
        return TieRule.QUALITY
    if this[0].price_fen != following[0].price_fen:
        return TieRule.PRICE
    return TieRule.RECEIPT if this[0].received_at != following[0].received_at else TieRule.EQUAL


def _bid_problems(criteria: Sequence[Criterion], bids: Sequence[OpenedBid]) -> Iterator[Problem]:
    for row, bid in enumerate(bids, start=1):
        if bid.price_fen <= 0:
            yield Problem("price", "evaluation.price_not_positive", {}, row)
        for criterion in criteria:
            if criterion.kind is CriterionKind.PRICE:
                continue
            points = bid.points.get(criterion.key)
            if points is None:
                if not bid.excluded:
                    yield Problem("points", "evaluation.score_missing", {"criterion": criterion.name}, row)
            elif not 0 <= points <= MOST_POINTS:
                yield Problem("points", "evaluation.points_out_of_range",
                              {"criterion": criterion.name, "points": points}, row)
