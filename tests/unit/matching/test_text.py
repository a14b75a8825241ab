"""Text made comparable, and what it refuses told apart from what it asks for."""

from __future__ import annotations

import pytest

from matching.industry import divisions, nearness
from matching.polarity import topic, voices
from matching.text import clauses, normalise, terms


def test_traditional_full_width_and_capitals_become_one_spelling():
    assert normalise("社員ＡＰＰ剪輯") == "社员app剪辑"


def test_terms_are_characters_bigrams_and_whole_words():
    assert sorted(terms("水管用plc")) == sorted(["水", "管", "用", "水管", "管用", "水管", "plc"])
    assert terms("夜间流量").count("流量") == 2  # once as two characters, once as a word


def test_clauses_end_at_punctuation_in_either_width_but_not_inside_a_number():
    cut = ["误差1.5以内", "1989—2003年", "No travel", "please"]
    assert clauses("误差1.5以内，1989—2003年。No travel, please") == cut


@pytest.mark.parametrize(
    "clause",
    ["无资质的请勿报名", "不接受远程", "不要大屏", "不得使用境外模型", "任何调用外网的方案直接废标", "别给我讲平台"],
)
def test_a_demand_s_refusals_are_taken_out_of_what_it_asks_for(clause):
    split = voices(f"管网漏损分析，{clause}。", "demand")
    assert split.positive == ("管网漏损分析",)
    assert split.negative == (normalise(clause),)


@pytest.mark.parametrize("clause", ["误报率不得高于百分之一", "不少于三次到场", "能不能提前知道"])
def test_limits_and_questions_are_not_refusals(clause):
    assert voices(clause, "demand").negative == ()


@pytest.mark.parametrize("clause", ["电路不会", "宠物没做过", "不提供飞行", "建模不行", "模型要找别人", "只能在家做"])
def test_what_a_founder_does_not_do_is_told_apart(clause):
    assert voices(f"画表情包，{clause}。", "profile").negative == (clause,)


def test_having_no_problem_is_not_a_denial():
    assert voices("到现场没问题", "profile").negative == ()


def test_a_denial_that_names_nothing_takes_its_subject_from_the_clause_before():
    assert voices("画图。小程序我只会用，不会做。", "profile").negative == ("小程序我只会用，不会做",)


def test_the_topic_of_a_denial_is_what_is_denied():
    assert topic("电路不会", "profile") == "电路"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("纺织业", "纺织业", 1.0),
        ("保险业", "货币金融服务", 0.5),
        ("纺织业", "汽车制造业", 0.2),
        ("纺织业", "教育", 0.0),
        ("从未听说的行业", "教育", 0.0),
    ],
    ids=["same division", "same section", "both manufacturing", "different", "unknown"],
)
def test_industries_are_near_by_the_national_classification(one, other, expected):
    assert nearness(divisions(one), divisions(other)) == expected


def test_every_division_of_the_classification_is_there_once():
    from matching.text import lexicon_lines

    codes = [code for _, code, *_ in lexicon_lines("industries.tsv")]
    assert codes == [f"{number:02d}" for number in range(1, 98)]
