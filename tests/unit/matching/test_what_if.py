"""What a founder is told would change their place."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from matching.counterfactual import what_if
from matching.engine import Engine
from matching.records import read_demands, read_profiles
from matching.types import Demand, PastCase, Profile
from tests.unit.matching.test_quality import MARKET


def place(engine: Engine, demand: Demand, profile_id: str) -> int:
    return [m.profile_id for m in engine.rank_profiles(demand, explained=False)].index(profile_id) + 1


@pytest.fixture(scope="module")
def market(encoder):
    profiles = read_profiles(MARKET / "profiles.jsonl")
    return read_demands(MARKET / "demands.jsonl"), profiles, Engine(profiles, encoder=encoder)


def test_making_the_change_gives_the_place_that_was_promised(market, encoder):
    demands, profiles, engine = market
    checked = 0
    for demand in demands[:50:12]:
        for match in engine.rank_profiles(demand, explained=False)[3:30:20]:
            for change in what_if(engine, demand, match.profile_id, limit=1):
                changed = [change.profile if p.id == match.profile_id else p for p in profiles]
                assert change.before == place(engine, demand, match.profile_id)
                assert change.after < change.before
                assert abs(place(Engine(changed, encoder=encoder), demand, match.profile_id) - change.after) <= 1
                checked += 1
    assert checked >= 8


def test_a_certificate_the_demand_asks_for_lifts_the_veto_and_moves_the_founder_up(encoder):
    demand = Demand("d", "肺结节影像勾画", required_skills=("影像标注",), required_certifications=("执业医师",))
    founders = [
        Profile("reader", "肺结节影像标注", bio="三甲医院影像科出来。", skills=("影像标注", "结节勾画")),
        Profile("poster", "医院海报", certifications=("执业医师",)),
    ]
    engine = Engine(founders, encoder=encoder)
    assert [m.profile_id for m in engine.rank_profiles(demand)] == ["poster"]
    best = what_if(engine, demand, "reader")[0]
    assert (best.kind, best.what, best.before, best.after) == ("certificate", "执业医师", None, 1)
    assert best.text("zh") == "若确有“执业医师”并写明，可解除硬性限制，排到第1位"
    assert best.text("en") == "If you hold “执业医师”, naming it would lift the hard requirement and place you at 1"


def test_words_that_break_a_requirement_are_quoted(encoder):
    demand = Demand("d", "档案扫描识别", description="数据不得外出，须本地部署。")
    engine = Engine([Profile("cloud", "档案扫描识别", bio="识别很准。不做本地部署。")], encoder=encoder)
    [change] = what_if(engine, demand, "cloud")
    assert (change.kind, change.what, change.profile.bio) == ("statement", "不做本地部署", "识别很准。。")


def test_requirements_broken_together_are_lifted_together(engine, demands):
    broken = next(m for m in engine.rank_profiles(demands["need-archive"], include_vetoed=True) if not m.eligible)
    assert len(broken.vetoes) > 1
    [change] = what_if(engine, demands["need-archive"], "cloud", limit=1)
    assert (change.kind, change.before) == ("several", None)
    assert all(veto.answer in change.what for veto in broken.vetoes)


def test_the_first_founder_is_told_nothing(engine, demands):
    assert what_if(engine, demands["need-leak"], "pipes") == ()


def test_nothing_is_suggested_that_cannot_be_changed_or_is_denied(encoder):
    demand = Demand("d", "数据分析", required_skills=("数据分析", "海报设计"), conflicts=frozenset({"own"}))
    founders = [
        Profile("best", "数据分析与海报设计", skills=("数据分析", "海报设计")),
        Profile("denies", "海报设计", bio="数据分析不会。", skills=("插画",)),
        Profile("own", "数据分析"),
    ]
    engine = Engine(founders, encoder=encoder)
    assert what_if(engine, demand, "own") == ()
    assert "数据分析" not in {change.what for change in what_if(engine, demand, "denies", limit=9)}


def test_what_is_said_in_other_words_is_not_asked_for_again(engine, demands, encoder):
    """A twin second only by id would come first by repeating the demand's words: it is not told to."""
    pipes = engine.profile("pipes")
    twins = Engine([pipes, replace(pipes, id="twin"), engine.profile("poster")], encoder=encoder)
    demand = replace(demands["need-leak"], required_skills=("漏水排查", "土壤湿度"))
    said = {change.what for change in what_if(twins, demand, "twin", limit=9)}
    assert "土壤湿度" in said
    assert "漏水排查" not in said


def test_an_industry_not_stated_is_suggested(engine, demands, encoder):
    rival = replace(engine.profile("pipes"), id="a-rival", industries=())
    rivals = Engine([engine.profile("poster"), rival, engine.profile("pipes")], encoder=encoder)
    said = {(c.kind, c.what, c.before, c.after) for c in what_if(rivals, demands["need-leak"], "a-rival", limit=9)}
    assert ("industry", "水的生产和供应业", 2, 1) in said


def test_a_free_month_is_suggested_where_days_are_short(encoder):
    demand = Demand("d", "漏损分析", deadline_days=30, capacity_days_needed=12)
    busy = Profile("busy", "供水漏损分析", capacity_days_per_month=5, past_cases=(PastCase("漏损"),))
    [change] = what_if(Engine([busy], encoder=encoder), demand, "busy", limit=1)
    assert (change.kind, change.what, change.after) == ("capacity", "12", 1)


def test_more_days_than_a_month_holds_are_never_suggested(encoder):
    demand = Demand("d", "漏损分析", deadline_days=30, capacity_days_needed=45)
    busy = Profile("busy", "供水漏损分析", capacity_days_per_month=5, past_cases=(PastCase("漏损"),))
    assert what_if(Engine([busy], encoder=encoder), demand, "busy") == ()


def test_an_unknown_profile_is_refused(engine, demands):
    with pytest.raises(KeyError):
        what_if(engine, demands["need-leak"], "nobody")


def test_it_is_fast_enough_for_a_page(market):
    demands, profiles, engine = market
    what_if(engine, demands[0], profiles[0].id)
    took = []
    for profile in profiles[:20]:
        begun = time.perf_counter()
        what_if(engine, demands[3], profile.id)
        took.append(time.perf_counter() - begun)
    assert sorted(took)[len(took) // 2] < 0.3
