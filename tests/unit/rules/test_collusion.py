"""Patterns in bids that independent bidders seldom make, next to the innocent ones that look like them."""
from __future__ import annotations

import pytest

from marketplace.rules.collusion import CollusionKind, Strength, Trace, price_patterns, same_files, same_network, unit
from marketplace.rules.shingles import commonplaces, is_near_identical, likeness, read

BUDGET = 20_000_000  # 200,000.00 yuan


def found(*prices: int, budget: int = BUDGET) -> list[tuple[CollusionKind, tuple[int, ...]]]:
    return [(one.kind, one.bids) for one in price_patterns(dict(enumerate(prices, 1)), budget_fen=budget)]


# Prices -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prices", [
    (18_000_000, 18_000_000),              # 180,000 twice: everybody writes round prices
    (16_000_000, 17_000_000, 18_000_000),  # 160, 170, 180 thousand
    (9_500_000, 9_750_000, 10_000_000),
    (19_000_000, 20_000_000),              # 95 % of it, but both round
    (12_345_600, 15_432_100, 13_999_900),
])
def test_round_and_unlike_prices_are_no_pattern(prices: tuple[int, ...]) -> None:
    assert found(*prices) == []


def test_the_same_odd_price_twice_is_a_lead() -> None:
    assert found(18_436_752, 17_000_000, 18_436_752) == [(CollusionKind.IDENTICAL_PRICE, (1, 3))]


def test_a_whole_percentage_of_a_rivals_price_to_the_fen_is_a_lead() -> None:
    assert found(18_436_752, 17_514_914) == [(CollusionKind.PRICE_RATIO, (1, 2))]  # 95 %
    assert found(18_436_752, 17_514_915) == []


def test_prices_at_equal_steps_are_one_lead_however_many_they_are() -> None:
    odd = [17_000_037 + 123_450 * place for place in range(4)]
    assert found(odd[2], odd[0], odd[3], odd[1]) == [(CollusionKind.PRICE_SERIES, (1, 2, 3, 4))]
    assert found(odd[0], odd[1], odd[3]) == []


def test_a_lead_says_how_seldom_it_comes_about_by_accident() -> None:
    [one] = price_patterns({1: 18_436_752, 2: 18_436_752}, budget_fen=BUDGET)
    assert one.facts["one_in"] == 2_000_000  # prices of two fen within a fifth of the budget
    assert one.strength is Strength.STRONG


def test_many_bidders_make_coincidences_likelier() -> None:
    """Two of fifty bidders at 184,360 yuan: the same unit of price, more chances to meet."""
    pair = (18_436_000, 18_436_000)
    assert (CollusionKind.IDENTICAL_PRICE, (1, 2)) in found(*pair)
    crowd = [10_000_000 + 100_000 * place for place in range(48)]
    assert (CollusionKind.IDENTICAL_PRICE, (1, 2)) not in found(*pair, *crowd)


def test_all_bids_just_under_the_budget_are_a_weak_lead() -> None:
    [one] = price_patterns({1: 19_700_000, 2: 19_850_000, 3: 19_900_000}, budget_fen=BUDGET)
    assert (one.kind, one.strength) == (CollusionKind.JUST_UNDER_BUDGET, Strength.WEAK)
    assert found(19_700_000, 19_900_000) == []
    assert found(19_700_000, 19_850_000, 15_100_000) == []


def test_the_unit_of_prices_is_the_coarsest_they_share() -> None:
    assert [unit(18_000_000), unit(18_000_000, 17_500_000), unit(1_234_501)] == [2_000_000, 500_000, 1]


# Files --------------------------------------------------------------------------------------------


def test_the_very_same_file_in_two_bids_is_a_lead() -> None:
    [one] = same_files({1: {"ab" * 32: "方案.pdf"}, 2: {"cd" * 32: "方案.pdf"}, 3: {"ab" * 32: "我们的方案.pdf"}})
    assert (one.kind, one.bids) == (CollusionKind.SAME_FILE, (1, 3))
    assert one.facts["names"] == ["我们的方案.pdf", "方案.pdf"]


# Where bids came from -----------------------------------------------------------------------------


def traces(*seen: tuple[int, str | None, str]) -> list[Trace]:
    return [Trace(bid, bid, address, agent, at=bid * 60) for bid, address, agent in seen]


def test_two_founders_on_one_device_are_a_strong_lead() -> None:
    [one] = same_network(traces((1, "a", "firefox"), (2, "b", "chrome"), (4, "a", "firefox")))
    assert (one.bids, one.strength, one.facts["minutes"]) == ((1, 4), Strength.STRONG, 3)


def test_another_browser_behind_the_same_address_is_a_weaker_one() -> None:
    [one] = same_network(traces((1, "a", "firefox"), (2, "a", "chrome")))
    assert one.strength is Strength.MEDIUM


def test_a_campus_behind_one_address_is_weak() -> None:
    [one] = same_network(traces(*((bid, "campus", "chrome") for bid in range(1, 6))))
    assert (one.strength, one.facts["crowd"], one.facts["founders"]) == (Strength.WEAK, True, 5)


def test_one_founder_who_replaces_a_bid_and_unknown_addresses_are_no_lead() -> None:
    own = [Trace(1, 7, "a", "firefox", 0), Trace(1, 7, "a", "firefox", 600)]
    assert same_network([*own, *traces((2, None, "chrome"), (3, None, "chrome"))]) == []


# Texts --------------------------------------------------------------------------------------------

DEMAND = ("用相机找出轴承表面的划伤和锈斑，检出率不低于 98%，误报率不高于 2%，单件检测时间不超过 1.5 秒，"
          "部署在甲方产线工控机上，并交付标注规范、训练脚本和操作手册。")
OWN = ("先在产线边采集两周样本，按光照条件分成六组，每组至少八百张；再用蒸馏后的小模型做首轮筛查，"
       "可疑件转入第二级比对，比对结果由质检员在平板上复核。模型每周用复核结果再训练一次，连续三周指标稳定后交付。")
OTHER = ("我们建议不采集新样本，直接使用甲方历史图片库完成标注，由两名标注员交叉检查；算法采用分割网络，"
         "在工控机上以量化方式运行。现场调试安排在停机检修的两个周末，之后提供一个月陪跑。")


def alike(one: str, other: str, ignored: frozenset[str] = frozenset()) -> bool:
    return is_near_identical(likeness(read(one), read(other), ignored=ignored))


def test_a_copied_plan_is_found_though_marks_and_spaces_and_some_words_were_changed() -> None:
    copy = OWN.replace("，", ", ").replace("八百张", "９００张").replace("质检员", "检验人员") + "另附甘特图。"
    said = likeness(read(OWN), read(copy))
    assert is_near_identical(said)
    assert said.percent >= 60
    assert len(said.passages[0]) >= 20
    assert said.passages[0] in OWN


def test_two_plans_of_their_own_are_not_alike() -> None:
    assert likeness(read(OWN), read(OTHER)).percent == 0


def test_quoting_the_demand_is_innocent() -> None:
    quoting = frozenset(read(DEMAND).pieces)
    one, other = f"{DEMAND}{OWN[:20]}", f"{DEMAND}{OTHER[:20]}"
    assert alike(one, other)
    assert not alike(one, other, quoting)


def test_phrases_of_the_trade_are_innocent_and_two_authors_do_not_make_one() -> None:
    phrase = ("本方案严格遵守国家法律法规和行业标准，项目全程接受甲方监督，未经甲方书面同意不向任何第三方披露数据，"
              "项目结束后按要求销毁全部副本并出具书面证明。")
    others = {author: [read(phrase + str(author) * 30)] for author in range(3)}
    assert alike(phrase + OWN[:30], phrase + OTHER[:30])
    assert not alike(phrase + OWN[:30], phrase + OTHER[:30], commonplaces(others))
    assert commonplaces({author: others[author] for author in (0, 1)}) == frozenset()


def test_the_seams_between_a_quotation_and_a_phrase_are_nobodys_own_words() -> None:
    phrases = ("先用三天到现场看清楚", "再按需求说明分两步交付", "验收之后再交付其余部分", "每周一版附改动清单")
    quotations = ("轴承外观缺陷检测模型", "产线工控机部署脚本", "标注规范与操作手册", "误报清单与复核记录")
    ignored = frozenset(piece for text in (*phrases, *quotations) for piece in read(text).pieces)
    template = "".join(phrase + quoted for phrase, quoted in zip(phrases, quotations, strict=True))
    assert alike(template + OWN[:20], template + OTHER[:20])
    assert not alike(template + OWN[:20], template + OTHER[:20], ignored)


def test_a_short_agreement_is_no_lead() -> None:
    assert not alike("按期交付，质量保证，售后一年。", "按期交付，质量保证，售后一年。")
    assert likeness(read(""), read("")).percent == 0
