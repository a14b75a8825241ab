"""A search finds what it asks for and nothing else, and says in the demand's own words why."""
from __future__ import annotations

import time

import pytest

from marketplace.rules import searches as rules
from marketplace.rules.searches import Criteria, Fit, Offer, PayerWish

WATER = Offer(
    texts=(("title", "管网漏损定位"),
           ("description", "三个月内把漏损点缩小到五十米以内，须到现场配合开挖，报告用 PDF 提交。")),
    industry="水的生产和供应业", divisions=frozenset({"D46"}), region="江苏省苏州市", budget_fen=18_000_000,
    remote_ok=False, set_aside=True, on_time=9, known=10, closes_in_days=12)


def codes(criteria: Criteria, offer: Offer = WATER, fit: Fit | None = None) -> list[str] | None:
    found = rules.hits(criteria, offer, fit)
    return None if found is None else [hit.code for hit in found]


@pytest.mark.parametrize("criteria", [
    Criteria(words=("漏损",)), Criteria(words=("pdf", "漏损")), Criteria(industry="46"), Criteria(industry="d"),
    Criteria(industry="D46"), Criteria(industry="4610"), Criteria(industry="供水", divisions=frozenset({"D46"})),
    Criteria(industry="水的生产"), Criteria(region="苏州"), Criteria(budget_min_fen=18_000_000),
    Criteria(budget_max_fen=18_000_000), Criteria(set_aside=True), Criteria(payer=PayerWish.PROVEN),
    Criteria(closing_within_days=12)])
def test_what_is_asked_for_is_found(criteria: Criteria) -> None:
    assert codes(criteria)


@pytest.mark.parametrize("criteria", [
    Criteria(), Criteria(words=("漏损", "无人机")), Criteria(industry="C"), Criteria(industry="45"),
    Criteria(industry="纺织业", divisions=frozenset({"C17"})), Criteria(region="浙江"),
    Criteria(budget_min_fen=18_000_001), Criteria(budget_max_fen=17_999_999), Criteria(remote=True),
    Criteria(micro=True), Criteria(closing_within_days=11), Criteria(min_percent=1),
    Criteria(words=("漏损",), region="浙江")])
def test_one_thing_that_does_not_hold_and_nothing_is_found(criteria: Criteria) -> None:
    assert codes(criteria) is None


def test_a_word_is_quoted_with_what_stands_around_it() -> None:
    [hit] = rules.hits(Criteria(words=rules.words_of("ＰＤＦ")), WATER)
    assert hit.facts["field"] == "description"
    assert "报告用 PDF 提交" in hit.facts["quote"]
    assert hit.facts["quote"].startswith("…")


def test_everything_asked_for_is_named_in_the_answer() -> None:
    wanted = Criteria(words=("漏损",), industry="46", payer=PayerWish.PROVEN, min_percent=30)
    assert codes(wanted, fit=Fit(30)) == ["industry", "payer", "word", "match"]
    assert codes(wanted, fit=Fit(29)) is None


@pytest.mark.parametrize(("on_time", "known", "proven", "not_bad"), [
    (0, 0, False, True), (9, 10, True, True), (8, 10, False, False)])
def test_a_buyer_without_a_record_is_not_bad_but_not_proven(on_time: int, known: int, proven: bool,
                                                            not_bad: bool) -> None:
    offer = Offer(texts=(), on_time=on_time, known=known)
    assert (codes(Criteria(payer=PayerWish.PROVEN), offer) is not None) is proven
    assert (codes(Criteria(payer=PayerWish.NOT_BAD), offer) is not None) is not_bad


def test_words_are_split_at_blanks_and_commas_each_once() -> None:
    assert rules.words_of(" 漏损　声学，漏损 ＧＩＳ ") == ("漏损", "声学", "gis")


def test_a_thousand_searches_over_fifty_demands_take_a_moment() -> None:
    searches = [Criteria(words=(f"词{n}", "漏损"), region="江苏", industry="46") for n in range(1000)]
    begun = time.process_time()
    for number in range(50):
        offer = Offer(texts=(*WATER.texts, ("scene", f"词{number}" * 200)), industry=WATER.industry,
                      divisions=WATER.divisions, region=WATER.region)
        assert sum(rules.hits(one, offer) is not None for one in searches) >= 1
    assert time.process_time() - begun < 5
