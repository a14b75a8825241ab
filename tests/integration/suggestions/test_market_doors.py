"""Requirements, marks, teams, partners, proposals and past cases through the pages and the API."""
from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import clock, jobs
from marketplace.accounts import queries as accounts
from marketplace.db import reading, transaction
from marketplace.demand import operations as demands
from marketplace.demand.drafts import DemandDraft
from marketplace.demand.models import Demand
from marketplace.suggestions import operations, queries
from marketplace.suggestions.models import MatchEvent
from marketplace.tendering import keys
from marketplace.tendering import operations as tendering
from marketplace.tendering.sealing import WrappingCost
from tests.integration.founders import people
from tests.integration.founders.browsing import bearer, populated, post, sign_in, text

SCREENS = dataclasses.replace(
    people.POSTERS, headline="供水调度平台前端可视化", bio="给水司的调度平台做前端可视化大屏，只能线上。",
    skills=("前端可视化", "调度平台大屏"), industries=("软件和信息技术服务业",),
    past_cases=(people.CaseDraft("水厂调度大屏", "把泵站和压力点画在一张图上"),))


@pytest.fixture
def house(app: Flask) -> Flask:
    """A demand of buyer1 that asks for leaks (founder1) and screens (founder2); founder3 does neither."""
    def make(session: Session, password_hash: str) -> str:
        now = clock.utc_now()
        anchor = people.buyer(session, 1, password_hash=password_hash)
        people.buyer(session, 2, password_hash=password_hash)
        people.operator(session, password_hash=password_hash)
        for number, profile in enumerate((people.LEAKS, SCREENS, people.POSTERS), start=1):
            people.founder(session, number, profile=profile, password_hash=password_hash, now=now)
        demand = people.leak_demand(
            session, anchor, now=now, deadline=now + dt.timedelta(days=20), title="管网漏损定位并装进调度平台",
            required_skills=("声学检测", "管网水力模型", "前端可视化"))
        operations.refresh(session, demand.id, now=now)
        return demand.code

    app.extensions["code"] = populated(app, make)
    return app


def url(house: Flask, tail: str = "") -> str:
    return f"/demands/{house.extensions['code']}{tail}"


def events(house: Flask) -> list[tuple[str, str, int | None]]:
    with house.app_context(), reading() as session:
        return [(one.side, one.kind, one.position) for one in session.query(MatchEvent).order_by(MatchEvent.id)]


# Requirements -------------------------------------------------------------------------------------


def test_the_buyer_strikes_out_a_misreading_and_matching_follows(house: Flask) -> None:
    client = sign_in(house, "buyer1@example.com")
    page = text(client.get(url(house, "/conditions")))
    assert "须到现场" in page
    assert "须到现场配合开挖" in page, "the clause is quoted"
    assert "尚未核对" in page
    page = url(house, "/conditions")
    assert post(client, page, {"conditions_shown": "1"}, page=page).status_code == 303
    jobs.drain(house)
    shown = text(client.get(url(house, "/founders")))
    assert "因硬性条件未推荐的创始人" not in shown
    assert "采购方已核对" not in shown, "nothing that counts is left to have been checked"
    assert "没有读到硬性条件" in text(sign_in(house, "founder1@example.com").get(url(house)))


def test_founders_read_the_requirements_and_that_nobody_has_checked_them(house: Flask) -> None:
    page = text(sign_in(house, "founder1@example.com").get(url(house)))
    assert page.index("硬性条件") < page.index("采购方尚未核对") < page.index("原文：“须到现场配合开挖”")


def test_publishing_keeps_what_was_ticked_on_the_page(house: Flask) -> None:
    with house.app_context(), transaction() as session:
        person = session.query(Demand).one().buyer.people[0]
        [operator] = accounts.people_of_role(session, "operator")
        keys.create_platform_keys(session, operator.organisation_id, "operator-opens-2026", now=clock.utc_now(),
                                  actor=operator, cost=WrappingCost(passes=1, memory_kib=8))
        code = demands.create(session, DemandDraft(
            title="查漏", scene="管网", data_offered="不提供", description="须到现场开挖。数据不得出内网。",
            budget_fen=100_000, duration_days=30,
            deliverables=("清单",), acceptance_criteria=("开挖命中八成",), term_days=30, acceptance_period_days=10),
            actor=person, now=clock.utc_now()).code
    client = sign_in(house, "buyer1@example.com")
    page = f"/demands/{code}/publish"
    assert "数据不外出、本地或内网部署" in text(client.get(page))
    passphrase = "opens in the morning 2026"
    done = post(client, page, {
        "bid_deadline": (clock.utc_now() + dt.timedelta(days=14)).strftime("%Y-%m-%dT%H:%M"), "conditions_shown": "1",
        "keep": "on_premises|", "add_language": "language|上海话", "passphrase": passphrase,
        "passphrase_again": passphrase, "unclassified": "1"}, page=page)
    assert done.status_code == 303, text(done)
    with house.app_context(), transaction() as session:
        [operator] = accounts.people_of_role(session, "operator")
        demand = session.query(Demand).filter_by(code=code).one()
        tendering.publish_demand(session, demand, actor=operator, now=clock.utc_now())
    kept = client.application.test_client().get(f"/api/v1/demands/{code}/conditions", headers=bearer("founder1")).json
    assert kept["confirmed"]
    assert [(one["code"], one["name"], one["counts"]) for one in kept["items"]] == [
        ("onsite", "", False), ("on_premises", "", True), ("language", "上海话", True)]


def test_programs_confirm_the_same_and_only_the_buyer_may(house: Flask) -> None:
    client, address = house.test_client(), f"/api/v1{url(house, '/conditions')}"
    assert client.put(address, json={"keep": []}, headers=bearer("buyer2")).status_code == 404
    assert client.put(address, json={"keep": []}, headers=bearer("founder1")).status_code == 403
    wrong = client.put(address, json={"keep": [{"code": "language", "name": "上海话"}]}, headers=bearer("buyer1"))
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "conditions.unknown")
    done = client.put(address, json={"keep": [{"code": "onsite"}]}, headers=bearer("buyer1")).json
    assert (done["confirmed"], done["items"][0]["answer"]) == (True, True)


def test_a_founders_page_shows_what_is_read_as_not_done(house: Flask) -> None:
    page = text(sign_in(house, "founder2@example.com").get("/founders/2"))
    assert "系统读到的“不做”" in page
    assert "“只能线上”" in page


# Marks --------------------------------------------------------------------------------------------


def test_a_dismissed_demand_leaves_the_founders_list_and_comes_back(house: Flask) -> None:
    client, page = sign_in(house, "founder1@example.com"), "/founder/matches"
    address = f"/founder/matches/{house.extensions['code']}/mark"
    post(client, address, {"action": "dismiss", "reason": "no_time"}, page=page)
    shown = text(client.get(page))
    assert "已不再推荐（1）" in shown
    assert "合适的理由" not in shown
    post(client, address, {"action": "restore"}, page=page)
    assert "合适的理由" in text(client.get(page))


def test_a_dismissal_without_a_reason_is_refused_in_words(house: Flask) -> None:
    client = sign_in(house, "founder1@example.com")
    done = post(client, f"/founder/matches/{house.extensions['code']}/mark", {"action": "dismiss"},
                page="/founder/matches", follow_redirects=True)
    assert "请选一个不再推荐的原因" in text(done)


def test_programs_mark_too_and_see_the_shorter_list(house: Flask) -> None:
    client, address = house.test_client(), f"/api/v1{url(house)}/suggestions"
    for mark in ("kept", "suggested", "kept"):
        assert client.put(f"{address}/1/mark", json={"mark": mark}, headers=bearer("buyer1")).json == {"mark": mark}
    gone = client.put(f"{address}/1/mark", json={"mark": "dismissed", "reason": "other_field"},
                      headers=bearer("buyer1"))
    assert gone.json == {"mark": "dismissed"}
    assert 1 not in {one["profile_id"] for one in client.get(address, headers=bearer("buyer1")).json["items"]}
    mine = client.put(f"/api/v1/matches/{house.extensions['code']}/mark", json={"mark": "kept"},
                      headers=bearer("founder1"))
    assert mine.json == {"mark": "kept"}


def test_what_signed_in_people_see_is_noted_once_a_day_and_strangers_leave_no_trace(house: Flask) -> None:
    house.test_client().get(url(house))
    sign_in(house, "buyer2@example.com").get(url(house))
    assert events(house) == []
    founder, buyer = sign_in(house, "founder1@example.com"), sign_in(house, "buyer1@example.com")
    for _ in range(2):
        founder.get("/founder/matches")
        founder.get(url(house))
        buyer.get(url(house, "/founders"))
        buyer.get(f"/founders/1?demand={house.extensions['code']}")
    noted = events(house)
    assert noted[:2] == [("founder", "shown", 1), ("founder", "viewed", 1)]
    assert ("buyer", "viewed", 1) in noted
    assert len(noted) == len(set(noted)), "twice on one day is once"


# Teams and partners -------------------------------------------------------------------------------


def test_the_buyer_sees_the_team_that_covers_what_nobody_covers_alone_and_invites_it(house: Flask) -> None:
    client, page = sign_in(house, "buyer1@example.com"), url(house, "/founders")
    shown = text(client.get(page))
    assert "单人难以覆盖：建议组合" in shown
    assert "少了这一位，没人能做：前端可视化" in shown
    done = post(client, url(house, "/teams/invite"), {"profile_ids": ["1", "2"]}, page=page, follow_redirects=True)
    assert "founder1 公司" in text(done)
    with house.app_context(), reading() as session:
        assert len(queries.invited(session, session.query(Demand).one())) == 2
    found = house.test_client().get(f"/api/v1{url(house, '/teams')}", headers=bearer("buyer1")).json
    assert {one["profile_id"] for one in found["teams"][0]["members"]} == {1, 2}
    assert house.test_client().get(f"/api/v1{url(house, '/teams')}", headers=bearer("buyer2")).status_code == 404


def test_a_founder_finds_a_partner_asks_and_gets_an_answer(house: Flask) -> None:
    first, second = sign_in(house, "founder1@example.com"), sign_in(house, "founder2@example.com")
    page = url(house, "/partners")
    assert "founder2 公司" in text(first.get(page))
    post(first, url(house, "/partners/2"), {"note": "一起做？"}, page=page)
    assert "founder1 公司邀您一起做" in text(second.get("/notices"))
    assert "founder1@example.com" not in text(second.get(page)), "no address before both agree"
    post(second, "/partners/1/answer", {"answer": "accept"}, page=page)
    assert "founder1@example.com" in text(second.get(page))
    assert "founder2@example.com" in text(first.get(page))
    assert post(second, "/partners/1/answer", {"answer": "decline"}, page=page).status_code == 409


def test_only_the_founder_who_was_asked_answers(house: Flask) -> None:
    first, third = sign_in(house, "founder1@example.com"), sign_in(house, "founder3@example.com")
    post(first, url(house, "/partners/2"), {"note": ""}, page=url(house, "/partners"))
    for client in (first, third):
        assert post(client, "/partners/1/answer", {"answer": "accept"}, page="/founder/matches").status_code == 404
    again = post(first, url(house, "/partners/2"), page=url(house, "/partners"), follow_redirects=True)
    assert "请等待答复" in text(again)
    self_asked = post(first, url(house, "/partners/1"), page=url(house, "/partners"), follow_redirects=True)
    assert "不能邀请自己" in text(self_asked)


def test_a_founder_reads_what_would_move_them_up(house: Flask) -> None:
    page = text(sign_in(house, "founder2@example.com").get(url(house, "/improve")))
    assert "怎样提高名次" in page
    assert "未入选" in page, "only on line, and the work is on site"


# Proposals, exposure, cases -----------------------------------------------------------------------


def test_the_operator_works_out_the_month_and_the_buyer_invites_from_it(house: Flask) -> None:
    buyer, operator = sign_in(house, "buyer1@example.com"), sign_in(house, "operator1@example.com")
    assert "本期还没有计算建议" in text(buyer.get("/proposals"))
    assert post(buyer, "/proposals", page="/proposals").status_code == 403
    post(operator, "/proposals", page="/proposals")
    assert "统筹分配" in text(operator.get("/proposals"))
    assert "统筹分配" not in text(buyer.get("/proposals")), "the market's figures are the operator's"
    [one] = house.test_client().get("/api/v1/proposals", headers=bearer("buyer1")).json["items"]
    assert one["profile_id"] == 1
    assert house.test_client().get("/api/v1/proposals", headers=bearer("buyer2")).json["items"] == []
    pair = f"{house.extensions['code']}:1"
    assert post(sign_in(house, "buyer2@example.com"), "/proposals/invite", {"pairs": pair},
                page="/proposals").status_code == 404
    assert "没有勾选" in text(post(buyer, "/proposals/invite", page="/proposals", follow_redirects=True))
    post(buyer, "/proposals/invite", {"pairs": pair}, page="/proposals")
    assert "已邀请" in text(buyer.get("/proposals"))


def test_exposure_is_for_the_operator(house: Flask) -> None:
    assert "曝光与公平" in text(sign_in(house, "operator1@example.com").get("/operator/exposure"))
    assert sign_in(house, "buyer1@example.com").get("/operator/exposure").status_code == 403
    found = house.test_client().get("/api/v1/exposure", headers=bearer("operator1")).json
    assert found["ranked"]["ratio"] is None, "too few pairs to say anything"


def test_past_cases_are_found_in_free_words_from_a_demand_and_by_programs(house: Flask) -> None:
    client = sign_in(house, "buyer1@example.com")
    page = text(client.get("/cases?q=自来水管漏水普查"))
    assert "县城水司漏损普查" in page
    assert page.count("县城水司漏损普查") == 1, "a quotation that only repeats the title is left out"
    assert "县城水司漏损普查" in text(client.get(f"/cases?demand={house.extensions['code']}"))
    found = house.test_client().get("/api/v1/cases?q=漏水普查", headers=bearer("founder3")).json["items"]
    assert found[0]["title"] == "县城水司漏损普查"
    assert house.test_client().get("/cases?q=x").status_code == 302, "signed in only"
    assert client.get("/cases?demand=JB-0000-000000").status_code == 404


def test_outcomes_are_written_for_the_trainer_with_the_texts_beside_them(house: Flask, tmp_path) -> None:
    from matching.outcomes import read_outcomes
    from matching.records import read_demands, read_profiles

    sign_in(house, "founder1@example.com").get("/founder/matches")
    out, wanted, persons = (tmp_path / name for name in ("o.jsonl", "d.jsonl", "p.jsonl"))
    done = house.test_cli_runner().invoke(args=["export", "outcomes", "--out", str(out), "--demands", str(wanted),
                                                "--profiles", str(persons)])
    assert done.exit_code == 0, done.output
    [one] = read_outcomes(out)
    assert (one.event, one.position) == ("shown", 1)
    assert {demand.id for demand in read_demands(wanted)} == {one.demand_id}
    assert one.profile_id in {profile.id for profile in read_profiles(persons)}
    assert json.loads(out.read_text())["propensity"] is None


def test_a_month_is_worked_out_from_a_shell_and_by_the_clock_only_once(house: Flask) -> None:
    assert "1 invitations proposed" in house.test_cli_runner().invoke(args=["matching", "propose"]).output
    with house.app_context():
        assert jobs.propose_invitations() == {"done_before": True}


def test_every_new_page_reads_in_english(house: Flask) -> None:
    founder, buyer = sign_in(house, "founder1@example.com"), sign_in(house, "buyer1@example.com")
    for client, address, words in (
            (buyer, url(house, "/conditions"), "Rules out"), (buyer, url(house, "/founders"), "suggested teams"),
            (founder, url(house, "/partners"), "A partner for"), (founder, url(house, "/improve"), "move you up"),
            (founder, "/founder/matches?view=varied", "Varied trades"), (founder, "/cases", "Who did something"),
            (buyer, "/proposals", "Proposed invitations")):
        shown = client.get(f"{address}{'&' if '?' in address else '?'}lang=en")
        assert shown.status_code == 200
        assert words in text(shown)
