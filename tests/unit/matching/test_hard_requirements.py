"""Hard requirements read from the text, and who breaks them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.conditions import read_profile, stated
from matching.types import Condition, Demand, Profile
from matching.vetoes import denied_skill, missing_certificates, vetoes


def broken(demand: Demand, profile: Profile) -> set[str]:
    return {veto.code for veto in vetoes(demand, stated(demand), profile, read_profile(profile))}


def asks(text: str, **fields) -> Demand:
    return Demand("d", "一件事", description=text, **fields)


def says(text: str, **fields) -> Profile:
    return Profile("p", "一个人", bio=text, **fields)


@pytest.mark.parametrize(
    ("demand", "profile", "code"),
    [
        ("须到厂调试不少于十天", "只能线上交付", "onsite"),
        ("项目期须驻场", "要照顾家人，长期不出差", "onsite"),
        ("不接受远程办理", "只能在家做", "onsite"),
        ("处理机器不得联网", "本地部署暂不支持", "on_premises"),
        ("数据不得离开机房", "不做私有化部署", "on_premises"),
        ("模型须私有化", "仅提供云端服务", "on_premises"),
        ("视频不得上传外部云", "仅提供云端服务", "on_premises"),
        ("须部署在交通局机房", "不支持本地部署", "on_premises"),
        ("材料只能到所里看", "全程线上", "onsite"),
        ("境外大模型一律不许用", "调用GPT-4o出结果", "no_overseas_model"),
        ("完全不用AI", "所有稿件由AI生成后精修", "no_generative_ai"),
        ("不得使用生成式人工智能换脸或配音", "用AI克隆声音和形象", "no_generative_ai"),
        ("没有分层源文件的不收", "直接出PNG，没有源文件", "editable_source"),
    ],
)
def test_a_stated_condition_is_broken_by_what_the_founder_says(demand, profile, code):
    assert broken(asks(demand), says(profile)) == {code}


@pytest.mark.parametrize(
    ("demand", "profile"),
    [
        ("须驻场", "各地工厂都愿意去住"),
        ("须驻场", "做了十年图像识别"),
        ("处理机器不得联网", "整机搬进机房，不留网口"),
        ("完全不用AI", "全程手绘，从不碰生成工具"),
        ("不得使用生成式人工智能配音", "旁白自己录，不碰AI换脸"),
        ("允许使用AI辅助作曲", "所有稿件由AI生成后精修"),
        ("不要一股AI味", "所有稿件由AI生成后精修"),
        ("到场优先", "只能线上交付"),
        ("须交付源文件", "分层交付，字体都有授权"),
    ],
)
def test_silence_willingness_and_preferences_break_nothing(demand, profile):
    assert broken(asks(demand), says(profile)) == set()


def test_the_veto_quotes_the_words_as_they_were_written():
    [veto] = vetoes(
        asks("资料在馆内处理，處理機器不得聯網。"),
        stated(asks("资料在馆内处理，處理機器不得聯網。")),
        says(""),
        read_profile(says("上传即可，本地部署暂不支持。")),
    )
    assert (veto.quote, veto.answer) == ("處理機器不得聯網", "本地部署暂不支持")


def test_a_founder_who_does_not_travel_may_work_on_site_in_their_own_city():
    demand = asks("须驻场", region="江苏省常州市")
    assert broken(demand, says("长期不出差", region="江苏省常州市")) == set()
    assert broken(demand, says("长期不出差", region="云南省昆明市")) == {"onsite"}


def test_a_demand_that_cannot_be_done_remotely_is_on_site_without_saying_so():
    assert broken(asks("", remote_ok=False), says("只能线上")) == {"onsite"}


RADIOLOGIST = "每例须由具备放射科执业医师资格的人员勾画"


def test_a_licence_in_another_field_does_not_answer():
    assert broken(asks(RADIOLOGIST), says("", certifications=("执业医师证（口腔）",))) == {"certificate_field"}
    assert broken(asks(RADIOLOGIST), says("", certifications=("执业医师证（医学影像和放射治疗专业）",))) == set()


def test_a_licence_the_founder_says_they_lack_is_a_veto_and_one_not_named_is_a_question():
    assert broken(asks(RADIOLOGIST), says("价格低，无医学背景人员")) == {"certificate"}
    silent = says("读片十年")
    assert broken(asks(RADIOLOGIST), silent) == set()
    [question] = missing_certificates(stated(asks(RADIOLOGIST)), read_profile(silent))
    assert question.facts["certificate"] == "执业医师"


def test_experience_the_demand_insists_on_is_read_but_silence_about_it_is_no_veto():
    demand = asks("没有测绘或管线数据经历的不予考虑")
    assert [(c.code, c.name) for c in stated(demand)] == [("experience", "测绘或管线数据")]
    assert broken(demand, says("做了十年插画")) == set()


@pytest.mark.parametrize(("text", "name"), [
    ("须有5年以上供水行业经验", "5年以上供水行业经验"),
    ("Applicants need at least 3 years of pipeline experience", "at least 3 years of pipeline experience"),
])
def test_years_of_experience_asked_for_are_read_and_nobody_is_vetoed_for_not_stating_theirs(text, name):
    assert [(c.code, c.name) for c in stated(asks(text))] == [("experience", name)]
    assert broken(asks(text), says("做供水")) == set()
    assert stated(asks("有5年以上经验者优先")) == ()


def test_what_the_poster_confirmed_is_in_force_and_nothing_else():
    text = "须驻场，数据不得出内网"
    confirmed = asks(text, conditions=(Condition("onsite", "须驻场", confirmed=True),))
    away = says("只能线上，不做私有化部署")
    assert broken(asks(text), away) == {"onsite", "on_premises"}
    assert broken(confirmed, away) == {"onsite"}
    assert broken(asks(text, conditions=()), away) == set()


def test_a_licence_read_in_the_text_must_be_held_once_the_poster_insists_on_it():
    [read] = stated(asks(RADIOLOGIST))
    silent = says("读片十年")
    assert broken(asks(RADIOLOGIST), silent) == set()
    insisted = asks(RADIOLOGIST, conditions=(replace(read, confirmed=True),))
    assert broken(insisted, silent) == {"certificate"}
    assert missing_certificates(stated(insisted), read_profile(silent)) == ()


def test_work_that_is_not_offered_at_all_covers_its_special_cases():
    wanted = [("无人机飞行", "无人机飞行")]
    assert denied_skill(wanted, ["不提供飞行"]).facts == {"wanted": "无人机飞行"}
    assert denied_skill(wanted, ["飞行不太懂"]) is None
    assert denied_skill([("飞行计划", "飞行计划")], ["不提供飞行"]) is None


def test_a_certificate_the_poster_confirmed_must_be_held():
    demand = asks("", required_certifications=("注册测绘师",))
    assert broken(demand, says("")) == {"certificate"}
    assert broken(demand, says("", certifications=("注册测绘师",))) == set()


def test_a_dialect_nobody_may_lack():
    demand = asks("听不懂温州话的就不麻烦了")
    assert broken(demand, says("", languages=("中文", "上海话"))) == {"language"}
    assert broken(demand, says("瓯语母语", languages=("中文",))) == set()
    assert broken(demand, says("")) == set(), "languages not stated are not known to be missing"


def test_what_the_result_must_be_read_by_is_no_requirement_of_the_founder():
    assert broken(asks("要老人看得懂的上海话提示"), says("", languages=("中文",))) == set()


def test_capacity_within_the_deadline():
    demand = asks("", capacity_days_needed=25, deadline_days=60)
    assert broken(demand, says("", capacity_days_per_month=12)) == {"capacity"}
    assert broken(demand, says("", capacity_days_per_month=13)) == set()
    assert broken(demand, says("")) == set()


@pytest.mark.parametrize(
    ("text", "days"), [("最快3周交付", 21), ("周期两个月", 60), ("至少十五天", 15), ("45天起接", 45)]
)
def test_a_lead_time_longer_than_the_deadline(text, days):
    assert broken(asks("", deadline_days=days - 1), says(text)) == {"lead_time"}
    assert broken(asks("", deadline_days=days), says(text)) == set()


def test_a_set_aside_keeps_large_firms_out_and_unknown_sizes_in():
    demand = asks("", set_aside=True)
    assert broken(demand, says("", size_class="large")) == {"set_aside"}
    assert broken(demand, says("", size_class="micro")) == set()
    assert broken(demand, says("")) == set()


def test_a_conflict_of_interest():
    assert broken(asks("", conflicts=frozenset({"p"})), says("")) == {"conflict_of_interest"}


def test_a_skill_the_founder_flatly_does_not_do():
    wanted = [("图像识别", "图像识别"), ("ps修图", "PS修图")]
    assert denied_skill(wanted, ["图像识别没有"]).facts == {"wanted": "图像识别"}
    assert denied_skill(wanted, ["ps修图不做"]).facts == {"wanted": "PS修图"}
    assert denied_skill(wanted, ["湖泊图像做得少"]) is None


def test_the_poster_sees_each_requirement_with_its_clause():
    shown = stated(asks("操控员须持CAAC超视距执照，现场买好保险。数据不得出内网。"))
    assert [(c.code, c.name, c.quote) for c in shown] == [
        ("certificate", "无人机驾驶", "操控员须持CAAC超视距执照"),
        ("on_premises", "", "数据不得出内网"),
    ]
