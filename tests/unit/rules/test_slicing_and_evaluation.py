"""Cutting a project into one-person slices, and scoring bids in the open."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from marketplace.rules.errors import Problems
from marketplace.rules.evaluation import (
    Criterion,
    CriterionKind,
    OpenedBid,
    TieRule,
    check_criteria,
    price_points,
    rank,
)
from marketplace.rules.slicing import SliceDraft, check_slices


def part(position: int, budget_fen: int = 100, *, depends_on=(), **changed) -> SliceDraft:
    return SliceDraft(**{"position": position, "title": f"标包{position}", "budget_fen": budget_fen,
                         "duration_days": 20, "deliverables": ("报告",), "acceptance_criteria": ("通过测试",),
                         "depends_on": depends_on} | changed)


def codes(found) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.row) for problem in found]


def test_slices_that_add_up_can_be_posted():
    found = check_slices(300, [part(1), part(2, depends_on=(1,)), part(3, depends_on=(1,))])
    assert (found.problems, found.warnings, found.levels) == ((), (), ((1,), (2, 3)))


@pytest.mark.parametrize(("budget", "reserve", "code", "difference"), [
    (199, 0, "slicing.over_budget", 1), (201, 0, "slicing.under_budget", 1), (250, 60, "slicing.over_budget", 10),
    (250, 49, "slicing.under_budget", 1)])
def test_slices_and_a_stated_reserve_equal_the_budget_to_the_fen(budget, reserve, code, difference):
    (problem,) = check_slices(budget, [part(1), part(2)], reserve_fen=reserve).problems
    assert (problem.code, problem.facts["difference_fen"]) == (code, difference)


def test_a_stated_reserve_closes_the_gap():
    assert check_slices(250, [part(1), part(2)], reserve_fen=50).problems == ()


def test_a_circle_is_named_by_its_slices():
    found = check_slices(400, [part(1), part(2, depends_on=(1, 4)), part(3, depends_on=(2,)), part(4, depends_on=(3,))])
    (problem,) = found.problems
    assert (problem.code, problem.facts["path"]) == ("slicing.cycle", "标包2 → 标包4 → 标包3 → 标包2")
    assert found.levels == ()


def test_every_fault_of_every_slice_is_said_at_once():
    found = check_slices(100, [
        part(1, 0, title=" ", duration_days=0, deliverables=(), acceptance_criteria=(" ",), depends_on=(1, 9)),
        part(2), part(2, 0)])
    assert codes(found.problems) == [
        ("slicing.no_title", 1), ("slicing.budget_not_positive", 1), ("slicing.duration_not_positive", 1),
        ("slicing.no_deliverable", 1), ("slicing.no_acceptance_criterion", 1), ("slicing.budget_not_positive", 2),
        ("slicing.position_twice", 2), ("slicing.depends_on_itself", 1), ("slicing.unknown_dependency", 1)]
    assert codes(check_slices(100, []).problems) == [("slicing.no_slices", None)]


def test_a_slice_that_buys_more_days_than_it_lasts_is_no_work_for_one():
    found = check_slices(4100, [part(1, 2000), part(2, 2100)], day_rate_fen=100)
    assert found.problems == ()
    (warning,) = found.warnings
    assert (warning.code, warning.row, warning.facts) == (
        "slicing.more_than_one_person", 2, {"person_days": 21, "duration_days": 20})


PRICE = Criterion("price", "价格", CriterionKind.PRICE, 40)
SKILL = Criterion("skill", "技术", CriterionKind.QUALITY, 45)
PLAN = Criterion("plan", "方案", CriterionKind.QUALITY, 15)
CRITERIA = (PRICE, SKILL, PLAN)
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=8)))


def bid(key: str, price_fen: int, skill: int, plan: int, minutes: int = 0) -> OpenedBid:
    return OpenedBid(key, price_fen, NOON + timedelta(minutes=minutes), {"skill": skill, "plan": plan})


def order(*bids: OpenedBid, criteria=CRITERIA) -> list[tuple[str, int, TieRule | None]]:
    return [(ranked.bid.key, ranked.rank, ranked.above_next_by) for ranked in rank(criteria, bids)]


def test_the_price_formula():
    assert (price_points(100, 100), price_points(300, 100), price_points(150, 100)) == (10_000, 3_333, 6_667)


def test_a_score_is_the_sum_of_its_parts():
    """Price 1000/1200 = 83.33 x 40 % = 33.33; skill 90 x 45 % = 40.50; plan 75 x 15 % = 11.25; total 85.08."""
    ranked = next(r for r in rank(CRITERIA, [bid("a", 1000, 60, 60), bid("b", 1200, 90, 75)]) if r.bid.key == "b")
    assert [p.score for p in ranked.parts] == [3333, 4050, 1125]
    assert (ranked.total, ranked.quality) == (8508, 5175)


def test_the_higher_total_comes_first():
    assert order(bid("low", 1000, 60, 60), bid("high", 1000, 61, 60)) == [
        ("high", 1, TieRule.TOTAL), ("low", 2, None)]


def test_at_equal_totals_quality_comes_first():
    """Price 80 x 50 % + quality 60 x 50 % equals price 100 x 50 % + quality 40 x 50 %: 70 points each."""
    half = (Criterion("price", "价格", CriterionKind.PRICE, 50), Criterion("skill", "技术", CriterionKind.QUALITY, 50))
    cheap = OpenedBid("cheap", 800, NOON, {"skill": 40})
    good = OpenedBid("good", 1000, NOON + timedelta(minutes=5), {"skill": 60})
    assert order(cheap, good, criteria=half) == [("good", 1, TieRule.QUALITY), ("cheap", 2, None)]


def test_at_equal_quality_the_lower_price_then_the_earlier_receipt():
    quality_only = (Criterion("skill", "技术", CriterionKind.QUALITY, 100),)
    bids = [OpenedBid("dear", 1000, NOON, {"skill": 80}),
            OpenedBid("late", 900, NOON + timedelta(minutes=1), {"skill": 80}),
            OpenedBid("early", 900, NOON, {"skill": 80})]
    assert order(*bids, criteria=quality_only) == [
        ("early", 1, TieRule.RECEIPT), ("late", 2, TieRule.PRICE), ("dear", 3, None)]


def test_bids_alike_in_everything_share_a_rank():
    found = order(bid("a", 1000, 80, 80), bid("b", 1000, 80, 80), bid("c", 1000, 70, 80))
    assert found == [("a", 1, TieRule.EQUAL), ("b", 1, TieRule.TOTAL), ("c", 3, None)]


def test_no_bids_are_no_ranking():
    assert rank(CRITERIA, []) == []


def test_nothing_is_ranked_while_a_score_is_missing_or_wrong():
    with pytest.raises(Problems) as refused:
        rank(CRITERIA, [OpenedBid("a", 0, NOON, {"skill": 101})])
    assert [p.code for p in refused.value] == [
        "evaluation.price_not_positive", "evaluation.points_out_of_range", "evaluation.score_missing"]


@pytest.mark.parametrize(("criteria", "found"), [
    (CRITERIA, []),
    ((), ["evaluation.weights_not_100"]),
    ((PRICE, SKILL), ["evaluation.weights_not_100"]),
    ((PRICE, PRICE, Criterion("x", "其他", CriterionKind.QUALITY, 20)),
     ["evaluation.criterion_twice", "evaluation.price_twice"]),
    ((Criterion("x", " ", CriterionKind.QUALITY, 0), Criterion("y", "全部", CriterionKind.QUALITY, 100)),
     ["evaluation.criterion_without_name", "evaluation.weight_out_of_range"]),
])
def test_criteria_are_checked_before_they_are_published(criteria, found):
    assert [problem.code for problem in check_criteria(criteria)] == found
