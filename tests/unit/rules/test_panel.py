"""Blind order, hidden names, the rounded mean, clearly low prices, and bids out of the ranking."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from marketplace.rules import evaluation, panel
from marketplace.rules.evaluation import Criterion, CriterionKind, OpenedBid
from marketplace.rules.panel import EXPLAIN_HOURS, LOW_OF_BUDGET, LOW_OF_OTHERS

ON = dt.date(2026, 3, 2)
AT = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
PRICE = Criterion("price", "价格", CriterionKind.PRICE, 40)
PLAN = Criterion("plan", "方案", CriterionKind.QUALITY, 60, minimum=60)


@dataclass(frozen=True)
class Row:
    id: int


@pytest.mark.parametrize(("points", "mean", "width"), [
    ((85, 90), 88, 5), ((84, 85, 85), 85, 1), ((70,), 70, 0), ((0, 1), 1, 1), ((33, 33, 34), 33, 1)])
def test_the_mean_is_rounded_half_up(points, mean, width):
    assert (panel.spread(points).mean, panel.spread(points).width) == (mean, width)


@pytest.mark.parametrize(("price", "others", "low"), [
    (5_900_000, [10_000_000, 10_000_000], True),    # 59 % of the others, 29 % of the budget
    (6_000_000, [10_000_000, 10_000_000], False),   # 60 % is not below 60 %
    (10_000_000, [19_000_000, 20_000_000], False),  # below the others, but half of the budget
    (9_999_999, [19_000_000, 20_000_000], True),
    (1, [], False)])                                # one bid alone is lower than nothing
def test_order_87_art_60_a_price_clearly_lower_than_the_others(price, others, low):
    assert panel.low_price(price, others, 20_000_000, on=ON).low is low


def test_the_limits_say_since_when_and_whose_rule_they_are():
    for series in (LOW_OF_OTHERS, LOW_OF_BUDGET, EXPLAIN_HOURS):
        assert all("平台规则" in one.source and "第六十条" in one.source for one in series)


def test_another_round_is_another_order():
    rows = [Row(number) for number in range(1, 9)]
    orders = {tuple(row.id for row in panel.shuffled(rows, key=key, reader=1)) for key in ("a", "b", "c", "d")}
    assert len(orders) == 4


@pytest.mark.parametrize(("text", "shown"), [
    ("杭州明视智能科技有限公司将派李雷到场", "■■■将派■■■到场"),
    ("杭州明视智能科技的案例", "■■■的案例"),
    ("联系 LiLei@Example.com", "联系 ■■■"),
    ("统一社会信用代码 91330100MA2AAAAA1X", "统一社会信用代码 ■■■"),
    ("检出率不低于 98%", "检出率不低于 98%")])
def test_what_names_the_bidder_is_hidden(text, shown):
    words = panel.identifying(["杭州明视智能科技有限公司", "李雷", "lilei@example.com", "91330100MA2AAAAA1X"])
    assert panel.redact(text, words) == shown


def test_nothing_is_hidden_for_a_bidder_nothing_is_known_of():
    assert panel.redact("原文", panel.identifying(["", " "])) == "原文"


def bid(key: str, price: int, points: int, **more) -> OpenedBid:
    return OpenedBid(key, price, AT, {"plan": points}, **more)


def test_a_bid_below_a_minimum_has_no_rank_stands_last_and_sets_no_price():
    ranked = evaluation.rank((PRICE, PLAN), [bid("weak", 50, 59), bid("good", 100, 60), bid("dear", 200, 90)])
    assert [(row.bid.key, row.rank, row.out, [one.name for one in row.failed]) for row in ranked] == [
        ("good", 1, None, []), ("dear", 2, None, []), ("weak", None, "below_minimum", ["方案"])]
    assert [row.parts[0].points for row in ranked] == [10_000, 5_000, 10_000]  # 100/100, 100/200, never above 100


def test_an_excluded_bid_needs_no_points():
    ranked = evaluation.rank((PRICE, PLAN), [
        OpenedBid("out", 1, AT, {}, excluded=True), bid("in", 100, 80)])
    assert [(row.bid.key, row.rank, row.out) for row in ranked] == [("in", 1, None), ("out", None, "excluded")]


@pytest.mark.parametrize(("criterion", "code"), [
    (Criterion("price", "价格", CriterionKind.PRICE, 40, minimum=10), "evaluation.minimum_for_price"),
    (Criterion("price", "方案", CriterionKind.QUALITY, 40, minimum=101), "evaluation.minimum_out_of_range"),
    (Criterion("price", "方案", CriterionKind.QUALITY, 40, minimum=0), "evaluation.minimum_out_of_range")])
def test_a_minimum_is_for_quality_and_between_1_and_100(criterion, code):
    rest = Criterion("rest", "其他", CriterionKind.QUALITY, 60)
    assert [problem.code for problem in evaluation.check_criteria((criterion, rest))] == [code]
