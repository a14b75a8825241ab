"""招标投标法第四条: what must be tendered may not be broken up; near purchases of twelve months count together."""
from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.rules import splitting
from marketplace.rules.payment_facts import PayerType
from marketplace.rules.splitting import Purchase, find, nearness

TODAY = date(2026, 3, 2)
YUAN = 100


def bought(title: str, yuan: int, *, days_ago: int = 0, parts: int = 1) -> Purchase:
    return Purchase("demand", f"{title}/{yuan}/{days_ago}", title, yuan * YUAN, TODAY - timedelta(days=days_ago), parts)


def found(about: Purchase, *others: Purchase, payer=PayerType.GOVERNMENT, state_owned=False, text=""):
    return find(about, others, payer=payer, state_owned=state_owned, text=text, today=TODAY)


ABOUT = bought("管网漏损定位模型", 800_000)
BEFORE = bought("管网漏损定位数据治理", 700_000, days_ago=100)
EARLIER = bought("管网漏损定位看板", 500_000, days_ago=300)


def test_three_near_purchases_that_reach_the_threshold_together_are_flagged_with_their_facts() -> None:
    split = found(ABOUT, BEFORE, EARLIER)
    assert (split.threshold, split.total_fen) == ("government_services", 200_000_000)
    assert split.purchases == (ABOUT, EARLIER, BEFORE)
    assert splitting.LAW in split.laws
    assert splitting.PROCUREMENT in split.laws


def test_one_yuan_below_the_threshold_is_not() -> None:
    assert found(bought("管网漏损定位模型", 799_999), BEFORE, EARLIER) is None


def test_a_project_cut_into_slices_counts_with_its_whole_budget() -> None:
    assert found(bought("智慧水务运营", 2_400_000, parts=6)).total_fen == 240_000_000
    assert found(bought("智慧水务运营", 2_400_000)) is None, "bought whole, nothing is split"


def test_purchases_longer_ago_than_twelve_months_do_not_count() -> None:
    assert found(ABOUT, BEFORE, bought("管网漏损定位看板", 500_000, days_ago=366)) is None
    assert found(ABOUT, BEFORE, bought("管网漏损定位看板", 500_000, days_ago=365)) is not None


def test_other_subjects_do_not_count_however_large() -> None:
    assert found(ABOUT, bought("非遗口述史采访", 1_900_000), bought("公交客流预测", 1_900_000)) is None


def test_what_was_bought_whole_above_the_threshold_is_not_a_part() -> None:
    assert found(ABOUT, bought("管网漏损定位总包", 5_000_000, days_ago=30)) is None


@pytest.mark.parametrize(("payer", "state_owned", "text", "expected"), [
    (PayerType.LARGE_ENTERPRISE, False, "厂区建设工程监理", None),
    (PayerType.LARGE_ENTERPRISE, True, "厂区建设工程监理", "engineering_services"),
    (PayerType.LARGE_ENTERPRISE, True, "数据标注", None),
    (PayerType.PUBLIC_INSTITUTION, False, "建设工程勘察", "engineering_services"),
    (PayerType.SME, False, "建设工程勘察", None)])
def test_the_threshold_follows_who_buys_and_whether_it_serves_works(payer, state_owned, text, expected) -> None:
    split = found(bought("厂区监测", 1_200_000, parts=3), payer=payer, state_owned=state_owned, text=text)
    assert (split.threshold if split else None) == expected


@pytest.mark.parametrize(("one", "other", "near"), [
    ("管网漏损定位（一期）", "管网漏损定位（二期）", True), ("城市内涝预警平台", "城市内涝预警数据服务", True),
    ("数据治理项目", "数据标注项目", False), ("云锦纹样还原", "脑卒中风险模型", False), ("系统建设", "平台建设", False),
    ("Leak detection phase 1", "Leak detection phase 2", True), ("Leak detection", "Road survey", False)])
def test_names_are_near_by_what_they_are_about_not_by_common_words(one: str, other: str, near: bool) -> None:
    assert (nearness(one, other) >= splitting.NEAR) is near
    assert nearness(one, other) == nearness(other, one)
