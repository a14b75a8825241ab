"""What a founder and a buyer are told about a match."""

from __future__ import annotations

import re

import pytest

from matching import texts
from matching.types import Demand, PastCase, Profile, Veto


@pytest.fixture(scope="module")
def best(engine, demands):
    return engine.rank_profiles(demands["need-leak"], depth=1)[0]


def test_the_past_case_is_named_with_its_own_words(best, profiles, demands):
    case = best.past_case
    assert case.title == "县级水司漏损治理"
    assert case.phrase in profiles["pipes"].past_cases[0].text
    asked = demands["need-leak"]
    assert case.wanted in f"{asked.title}{asked.description}{asked.required_skills}{asked.deliverables}"


def test_reasons_name_the_case_and_the_industry(best):
    said = [reason.text("zh") for reason in best.reasons]
    assert any("县级水司漏损治理" in line for line in said)
    assert any("水的生产和供应业" in line for line in said)


def test_what_the_founder_does_not_do_is_a_counter_reason_in_their_words(engine):
    demand = Demand("d", "经营数据分析", required_skills=("数据分析",), region="江西省九江市")
    match = next(m for m in engine.rank_profiles(demand, include_vetoed=True) if m.profile_id == "poster")
    assert any("数据分析不会" in reason.text("zh") for reason in match.counter_reasons)


def test_a_past_case_about_something_else_is_not_called_similar(engine, demands):
    found = engine.rank_profiles(demands["need-orchard"], include_vetoed=True)
    match = next(m for m in found if m.profile_id == "scans")
    assert "past_case" not in {reason.code for reason in match.reasons}


def test_a_founder_without_a_past_case_and_far_from_the_site_hears_it(demands, encoder):
    from matching.engine import Engine

    far = Profile("far", "公文识别", region="黑龙江省哈尔滨市")
    [match] = Engine([far], encoder=encoder).rank_profiles(demands["need-archive"])
    assert {"no_past_case", "far_from_site"} <= {reason.code for reason in match.counter_reasons}


def test_experience_the_demand_insists_on_and_the_profile_does_not_show(engine):
    demand = Demand("d", "管线入库", description="没有供水管网经历的不予考虑。")
    said = {
        match.profile_id: {reason.code for reason in match.counter_reasons}
        for match in engine.rank_profiles(demand, include_vetoed=True)
    }
    assert "experience_not_seen" in said["leaves"]
    assert "experience_not_seen" not in said["pipes"]


def test_a_budget_below_ten_days_of_work_is_said(encoder):
    from matching.engine import Engine

    dear = Profile("dear", "公文识别", day_rate_fen=300_000, past_cases=(PastCase("公文"),))
    [match] = Engine([dear], encoder=encoder).rank_profiles(Demand("d", "公文识别", budget_fen=2_000_000))
    [tight] = [reason for reason in match.counter_reasons if reason.code == "budget_tight"]
    assert tight.facts == {"days": 6}


def test_a_veto_quotes_both_sides():
    veto = Veto("on_premises", {}, quote="处理机器不得联网", answer="本地部署暂不支持")
    assert "“处理机器不得联网”" in veto.text("zh")
    assert "“本地部署暂不支持”" in veto.text("en")


def test_every_sentence_exists_in_both_languages_with_the_same_facts():
    for code in texts.codes():
        fields = [
            set(re.findall(r"{(\w+)}", texts._sentences()[code][lang])) for lang in texts.LANGUAGES
        ]
        assert fields[0] == fields[1], code


def test_evidence_answers_what_is_asked_for_and_not_a_place_that_stands_alone(encoder):
    from matching.engine import Engine

    profile = Profile("here", "港口排程", past_cases=(PastCase("唐山某码头", "泊位计划自动滚动"),))
    demand = Demand("d", "泊位排程", region="河北省唐山市", description="河北省唐山市，泊位计划要自动滚动。")
    match = Engine([profile], encoder=encoder).rank_profiles(demand)[0]
    assert [item.wanted for item in match.evidence if item.kind == "case"] == ["泊位计划要自动滚动"]
