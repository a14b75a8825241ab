"""Teams, assignments over a market, similar demands, past cases, and lists that do not repeat themselves."""

from __future__ import annotations

import dataclasses
import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import team
from matching.assign import Pair, assign, gini, greedy, report
from matching.commands import main
from matching.diversify import diversify
from matching.engine import Engine
from matching.similar import CaseShelf, DemandShelf
from matching.types import Condition, Demand, Match, PastCase, Profile
from matching.vetoes import vetoes

LEAKS = Demand(
    "leaks", "管网漏损定位并装进调度平台", "找出供水管网漏点，再把结果接进调度平台。须到现场配合开挖。",
    industry="水的生产和供应业", region="江苏省苏州市", deadline_days=60, capacity_days_needed=20,
    required_skills=("声学检测", "管网水力模型", "前端可视化"))
ACOUSTICS = Profile(
    "acoustics", "供水管网漏损定位", "做了八年漏损控制，带相关仪到现场听漏，管网水力模型也自己搭。",
    skills=("声学检测", "管网水力模型", "漏损定位"), industries=("水的生产和供应业",), region="江苏省苏州市",
    past_cases=(PastCase("县城水司漏损普查", "半年把漏损率从21%降到12%"),), capacity_days_per_month=10)
SCREENS = Profile(
    "screens", "调度平台前端可视化", "给供水调度平台做前端可视化大屏，只能线上。",
    skills=("前端可视化", "调度平台"), industries=("软件和信息技术服务业",), capacity_days_per_month=10,
    past_cases=(PastCase("水厂调度大屏", "把泵站和压力点画在一张图上"),))
SINGER = Profile("singer", "婚礼歌手", "唱歌主持。", skills=("声乐",), capacity_days_per_month=20)
LISTENER = Profile("listener", "声学听漏", "声学检测听漏，能到现场。", skills=("声学检测",),
                   industries=("水的生产和供应业",), capacity_days_per_month=10)


@pytest.fixture(scope="module")
def water(encoder) -> Engine:
    return Engine([ACOUSTICS, SCREENS, SINGER, LISTENER], encoder=encoder)


def ids(found: team.Team) -> set[str]:
    return {member.profile_id for member in found.members}


# Teams --------------------------------------------------------------------------------------------


def test_two_founders_cover_what_neither_covers_alone(water):
    found = team.staff(water, LEAKS)
    assert found.singles == ()
    assert ids(found.teams[0]) == {"acoustics", "screens"}
    assert found.teams[0].complete


def test_each_member_says_what_they_bring_in_their_own_words_and_what_would_be_missing_without_them(water):
    by_id = {member.profile_id: member for member in team.staff(water, LEAKS).teams[0].members}
    assert {facet.text for facet in by_id["screens"].gap} == {"前端可视化"}
    [share] = by_id["screens"].shares
    assert share.phrase
    assert share.phrase in "，".join([SCREENS.headline, SCREENS.bio, *SCREENS.skills, SCREENS.past_cases[0].text])


def test_one_member_at_the_site_is_enough_and_is_told_so(water):
    by_id = {member.profile_id: member for member in team.staff(water, LEAKS).teams[0].members}
    assert "onsite" in {facet.kind for facet in by_id["acoustics"].gap}


@pytest.mark.parametrize(("text", "says"), [
    ("境外大模型一律不许用", "画面说明调用GPT-4o生成"), ("数据不得出内网", "不做私有化部署"),
])
def test_what_binds_every_member_keeps_one_who_breaks_it_out_of_any_team(encoder, text, says):
    demand = dataclasses.replace(LEAKS, description=f"{LEAKS.description}{text}。")
    careless = dataclasses.replace(SCREENS, bio=f"{SCREENS.bio}{says}。")
    assert team.staff(Engine([ACOUSTICS, careless, LISTENER], encoder=encoder), demand).teams == ()


def test_nobody_with_a_conflict_is_a_member(water):
    demand = dataclasses.replace(LEAKS, conflicts=frozenset({"screens"}))
    assert all("screens" not in ids(found) for found in team.staff(water, demand).teams)


def test_a_member_without_whom_nothing_is_missing_is_in_no_team(water):
    """The listener hears leaks, but so does the one who also models the network."""
    for found in team.staff(water, LEAKS, limit=10).teams:
        assert all(member.gap for member in found.members)


def test_members_bring_their_days_together(encoder):
    engine = Engine([ACOUSTICS, SCREENS], encoder=encoder)  # ten days a month each, two months: forty days
    fits, too_much = (dataclasses.replace(LEAKS, capacity_days_needed=days) for days in (40, 41))
    assert team.staff(engine, fits).teams
    assert team.staff(engine, too_much).teams == ()


def test_a_founder_who_covers_everything_needs_no_team(encoder):
    both = dataclasses.replace(ACOUSTICS, id="both", skills=(*ACOUSTICS.skills, "前端可视化"))
    found = team.staff(Engine([both, ACOUSTICS, SCREENS], encoder=encoder), LEAKS)
    assert [one.profile_id for one in found.singles] == ["both"]
    assert found.teams == ()


def test_who_complements_me(water):
    found = team.staff(water, LEAKS, with_member="listener")
    assert found.teams
    assert all("listener" in ids(one) for one in found.teams)
    assert team.staff(water, LEAKS, with_member="nobody").teams == ()


def candidates(covers: np.ndarray) -> team._Candidates:
    n = len(covers)
    matches = tuple(Match(f"p{i:02d}", "d", 0.0, True) for i in range(n))
    return team._Candidates(matches, np.arange(n), covers.astype(float), covers, (None,) * n)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 7), st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_smallest_team_that_covers_most_comes_first_and_has_no_idle_member(n, f, random):
    covers = np.array([[random.random() < 0.4 for _ in range(f)] for _ in range(n)])
    found = candidates(covers)
    demand = Demand("d", "一件事")
    order = team._best(demand, found, 20, None)
    everyone = {size: max(int(covers[list(one)].any(axis=0).sum()) for one in combinations(range(n), size))
                for size in (1, 2, 3) if size <= n}
    if not order:
        assert max(everyone.values()) == everyone[1]
        return
    first = order[0]
    covered = int(covers[list(first)].any(axis=0).sum())
    assert covered == max(everyone.values()) > everyone[1]
    assert all(everyone[size] < covered for size in everyone if size < len(first))
    for one in order:
        whole = covers[list(one)].any(axis=0).sum()
        assert all(covers[[i for i in one if i != out]].any(axis=0).sum() < whole for out in one)


def test_nobody_is_taken_on_for_their_free_days_alone():
    """The pair that covers both lacks the days; a third who covers nothing new would only bring hours."""
    covers = np.array([[True, False], [False, True], [True, False]])
    found = dataclasses.replace(candidates(covers), days=(10, 10, 90))
    assert team._best(Demand("d", "一件事", capacity_days_needed=21), found, 5, None) == [(1, 2)]
    two_only = dataclasses.replace(candidates(covers[:2]), days=(10, 9))
    assert team._best(Demand("d", "一件事", capacity_days_needed=20), two_only, 5, None) == []
    idle = dataclasses.replace(candidates(np.array([[True, False], [False, True], [False, False]])), days=(5, 5, 90))
    assert team._best(Demand("d", "一件事", capacity_days_needed=20), idle, 5, None) == []


def test_growing_teams_for_many_candidates_finds_as_much_as_trying_all():
    covers = np.random.default_rng(5).random((60, 6)) < 0.25
    found = candidates(covers)
    demand = Demand("d", "一件事")

    def most(teams) -> int:
        return max(int(covers[list(one)].any(axis=0).sum()) for one in teams)

    assert most(team._grown(found, None)) == most(team._every(60, None))
    assert team._best(demand, found, 1, None)


def test_every_code_that_can_veto_says_how_it_binds_a_team():
    codes = {"conflict_of_interest", "set_aside", "capacity", "lead_time", "certificate", "certificate_field",
             "language", "denied_skill", "onsite", "on_premises", "no_overseas_model", "no_generative_ai",
             "editable_source"}
    assert team.bindings().keys() == codes
    assert set(team.bindings().values()) == {team.ALL, team.ONE, team.TOGETHER}


# Assignment ---------------------------------------------------------------------------------------


def pair(demand: str, profile: str, score: float, *, eligible: bool = True) -> Match:
    return Match(profile, demand, score, eligible)


def market(scores: np.ndarray, eligible: np.ndarray | None = None) -> list[Match]:
    return [pair(f"d{i}", f"p{j}", float(scores[i, j]), eligible=eligible is None or bool(eligible[i, j]))
            for i in range(scores.shape[0]) for j in range(scores.shape[1])]


def chosen(pairs: list[Pair]) -> set[tuple[str, str]]:
    return {(one.demand_id, one.profile_id) for one in pairs}


def test_a_conflict_is_never_assigned_even_when_all_scores_are_zero():
    matches = [pair("d0", "p0", -50.0, eligible=False), pair("d0", "p1", -50.0)]
    assert chosen(assign(matches, quota=2, capacity=2, least=0.0)) == {("d0", "p1")}
    assert assign([pair("d0", "p0", 9.0, eligible=False)], quota=1, capacity=1, least=0.0) == []


def test_nobody_gets_more_than_they_can_answer_and_no_demand_sends_more_than_its_quota():
    scores = np.random.default_rng(3).normal(size=(6, 5))
    scores[:, 0] += 5  # whom everybody wants
    found = assign(market(scores), quota=2, capacity={"p0": 1, "p1": 2, "p2": 2, "p3": 2, "p4": 2}, least=0.0)
    demands, people = [one.demand_id for one in found], [one.profile_id for one in found]
    assert max(demands.count(d) for d in set(demands)) <= 2
    assert people.count("p0") == 1
    assert len(found) == 9
    assert report(greedy(market(scores), quota=2, least=0.0), market(scores), capacity=1, least=0.0).over_capacity > 0


def test_the_sum_of_chances_is_as_large_as_it_can_be():
    """Greedy gives p0 to d0 and leaves d1 the bad one; the best whole swaps them."""
    scores = np.array([[2.0, 1.9], [1.8, -4.0]])
    assert chosen(assign(market(scores), quota=1, capacity=1, least=0.0)) == {("d0", "p1"), ("d1", "p0")}


def test_newcomers_get_their_share_as_far_as_there_are_newcomers_who_fit():
    scores = np.full((5, 4), 2.0)
    scores[:, 3] = -1.0
    without = assign(market(scores), quota=1, capacity=2)
    assert not any(one.profile_id == "p3" for one in without)
    with_share = assign(market(scores), quota=1, capacity=2, newcomers={"p3"}, floor=0.4)
    assert [one.newcomer for one in with_share].count(True) == 2
    assert len(with_share) == len(without)
    assert len(assign(market(scores), quota=1, capacity=2, newcomers={"nobody"}, floor=1.0)) == len(without)


def test_an_invitation_nobody_would_be_shortlisted_for_is_not_sent():
    assert assign([pair("d0", "p0", -9.0)], quota=1, capacity=1) == []
    assert assign([], quota=1, capacity=1) == []


def test_the_order_of_the_pairs_changes_nothing():
    scores = np.round(np.random.default_rng(1).normal(size=(5, 6)), 1)  # with ties
    matches = market(scores)
    there = assign(matches, quota=2, capacity=2, newcomers={"p1"}, floor=0.3, least=0.0)
    assert assign(matches[::-1], quota=2, capacity=2, newcomers={"p1"}, floor=0.3, least=0.0) == there


def test_a_share_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        assign([], quota=1, capacity=1, floor=1.5)


def test_exposure_is_even_at_zero_and_one_sided_near_one():
    assert gini([2, 2, 2]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([]) == gini([0, 0]) == 0


# Similar demands, past cases, varied lists --------------------------------------------------------


def test_a_demand_like_another_is_found_and_itself_is_not(encoder):
    again = dataclasses.replace(LEAKS, id="again", title="小区漏水点排查", description="夜间流量高，找出漏点。")
    other = Demand("song", "给城市写一首歌", "三分钟，能循环。", industry="文化艺术业", required_skills=("作曲",))
    shelf = DemandShelf([other, again, LEAKS], encoder)
    assert [one.demand_id for one in shelf.like(LEAKS)] == ["again"]
    assert shelf.like(LEAKS)[0].shared == again.required_skills
    assert DemandShelf([], encoder).like(LEAKS) == []


def test_who_did_something_like_this_answers_in_other_words_and_quotes_the_case(encoder):
    shelf = CaseShelf([ACOUSTICS, SCREENS, SINGER], encoder)
    best = shelf.search("自来水管漏水排查")[0]
    assert (best.profile_id, best.place) == ("acoustics", 0)
    assert best.phrase in f"{best.title}，{best.summary}"
    assert [hit.profile_id for hit in shelf.like(LEAKS)][:1] == ["acoustics"]
    assert shelf.search("  ") == []
    assert CaseShelf([SINGER], encoder).search("漏水") == []


def test_a_varied_list_begins_with_the_best_and_puts_the_same_again_later():
    alike = np.array([[1, 0.95, 0.1], [0.95, 1, 0.1], [0.1, 0.1, 1]])
    assert diversify([0.9, 0.85, 0.7], alike) == [0, 2, 1]
    assert diversify([0.9, 0.85, 0.7], alike, trade=1.0) == [0, 1, 2]
    assert diversify([0.2, 0.9], np.eye(2), limit=1) == [1]
    assert diversify([], np.zeros((0, 0))) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_however_alike_the_best_is_first_and_everything_is_there_once(relevance, random):
    n = len(relevance)
    alike = np.array([[random.random() for _ in range(n)] for _ in range(n)])
    order = diversify(relevance, alike)
    assert sorted(order) == list(range(n))
    assert relevance[order[0]] == max(relevance)


# Commands -----------------------------------------------------------------------------------------


def written(path, records) -> str:
    path.write_text("".join(json.dumps(dataclasses.asdict(one), ensure_ascii=False, default=sorted) + "\n"
                            for one in records), encoding="utf-8")
    return str(path)


def test_teams_and_assignments_from_a_shell(tmp_path, capsys):
    demands = written(tmp_path / "d.jsonl", [LEAKS])
    profiles = written(tmp_path / "p.jsonl", [ACOUSTICS, SCREENS, SINGER])
    assert main(["teams", "--demands", demands, "--profiles", profiles]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert {one["profile_id"] for one in json.loads(line)["teams"][0]["members"]} == {"acoustics", "screens"}
    out = tmp_path / "a.jsonl"
    assert main(["assign", "--demands", demands, "--profiles", profiles, "--out", str(out)]) == 0
    assert json.loads(capsys.readouterr().out)["assigned"]["over_capacity"] == 0
    assert [json.loads(line)["profile_id"] for line in out.read_text().splitlines()] == ["acoustics"]
    assert main(["assign", "--demands", demands, "--profiles", profiles, "--out", str(tmp_path / "no" / "a")]) == 2


def test_a_confirmed_requirement_survives_as_the_engine_reads_it():
    demand = dataclasses.replace(LEAKS, conditions=(Condition("language", "须会上海话", "上海话"),))
    from matching.conditions import read_profile, stated

    speaker = dataclasses.replace(ACOUSTICS, languages=("中文",))
    assert [veto.code for veto in vetoes(demand, stated(demand), speaker, read_profile(speaker))] == ["language"]
