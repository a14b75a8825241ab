"""A founder's own record through the pages and the API: credentials and their queue, days away, tools, cases."""
from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import clock, jobs
from marketplace.founders import operations
from tests.integration.founders import people
from tests.integration.founders.browsing import bearer, populated, post, sign_in, text
from tests.integration.payments.world import World

PAGE = "/founder/credentials"
STATED = {"name": "执业药师", "issuer": "国家药监局", "number": "ZY20190001", "valid_from": "2019-01-01"}


@pytest.fixture
def house(app: Flask) -> Flask:
    def make(session: Session, password_hash: str) -> None:
        people.buyer(session, 1, password_hash=password_hash)
        people.founder(session, 1, profile=people.LEAKS, password_hash=password_hash)
        people.founder(session, 2, password_hash=password_hash)
        people.operator(session, password_hash=password_hash)

    populated(app, make)
    return app


def test_a_credential_goes_from_the_founder_to_the_operator_and_onto_the_public_page(house: Flask) -> None:
    founder, operator = sign_in(house, "founder1@example.com"), sign_in(house, "operator1@example.com")
    wrong = post(founder, PAGE, STATED | {"name": "", "evidence_sha256": "abc", "valid_from": "昨天"}, page=PAGE)
    assert wrong.status_code == 422
    for name in ("name", "valid_from", "evidence_sha256"):
        assert f'href="#f-{name}"' in wrong.get_data(as_text=True)
    digest = "AB" * 32
    assert post(founder, PAGE, STATED | {"evidence_sha256": digest}, page=PAGE).status_code == 303
    assert "待核实" in text(founder.get(PAGE))
    queue = operator.get("/operator/credentials")
    assert digest.lower() in text(queue)
    number = re.search(r"/operator/credentials/(\d+)/verify", queue.get_data(as_text=True))[1]
    bare = post(operator, f"/operator/credentials/{number}/refuse", page="/operator/credentials")
    assert bare.status_code == 422
    assert f'id="reason-{number}-error"' in bare.get_data(as_text=True)
    assert post(founder, f"/operator/credentials/{number}/verify", page=PAGE).status_code == 403
    post(operator, f"/operator/credentials/{number}/verify", page="/operator/credentials")
    jobs.drain(house)
    profile = re.search(r"/founders/\d+", founder.get("/founder/profile").get_data(as_text=True))[0]
    shown = text(sign_in(house, "buyer1@example.com").get(profile))
    assert "执业药师 已核实" in shown
    assert "ZY******01" in shown
    assert STATED["number"] not in shown
    other = sign_in(house, "founder2@example.com")
    assert post(other, f"/founder/credentials/{number}/withdraw", page=PAGE).status_code == 404
    assert other.get(f"{PAGE}?correct={number}").status_code == 404
    for client, url in ((founder, f"{PAGE}?renews={number}&lang=en"), (operator, "/operator/credentials?lang=en")):
        assert client.get(url).status_code == 200
    post(founder, f"/founder/credentials/{number}/withdraw", page=PAGE)
    jobs.drain(house)
    assert "执业药师" not in text(founder.get(profile))


def test_the_calendar_takes_days_away_and_tells_buyers_one_sentence(house: Flask) -> None:
    founder, page = sign_in(house, "founder1@example.com"), "/founder/calendar"
    told = re.compile(r"未来 8 周可投入 (\d+) 天")
    before = int(told.search(text(founder.get(page)))[1])
    first = clock.legal_day(clock.utc_now()) + dt.timedelta(days=1)
    assert post(founder, f"{page}/away", {"first_day": first.isoformat()}, page=page).status_code == 422
    away = {"first_day": first.isoformat(), "last_day": (first + dt.timedelta(days=20)).isoformat(), "note": "家事"}
    assert post(founder, f"{page}/away", away, page=page).status_code == 303
    after = int(told.search(text(founder.get(page)))[1])
    assert after < before
    profile = re.search(r"/founders/\d+", founder.get("/founder/profile").get_data(as_text=True))[0]
    shown = text(sign_in(house, "buyer1@example.com").get(profile))
    assert f"未来 8 周可投入 {after} 天" in shown
    assert "家事" not in shown
    number = re.search(r"away/(\d+)/remove", founder.get(page).get_data(as_text=True))[1]
    post(founder, f"{page}/away/{number}/remove", page=page)
    assert int(told.search(text(founder.get(f"{page}")))[1]) == before
    assert founder.get(f"{page}?lang=en").status_code == 200
    assert "先写出每月可投入的天数" in text(sign_in(house, "founder2@example.com").get(page))


def test_tools_and_availability_are_kept_by_the_form_and_shown(house: Flask) -> None:
    founder = sign_in(house, "founder2@example.com")
    typed = {"headline": "写报告", "agents.0.name": "", "agents.1.name": "写作助手", "agents.1.purpose": "初稿",
             "agents.1.residency": "overseas", "agents.1.human_review": "1", "hours_per_week": "20",
             "available_from": "2099-01-01"}
    wrong = post(founder, "/founder/profile", typed | {"agents.1.name": "", "hours_per_week": "100"},
                 page="/founder/profile").get_data(as_text=True)
    assert 'href="#f-agents.0.name"' in wrong
    assert 'href="#f-hours_per_week"' in wrong
    assert post(founder, "/founder/profile", typed, page="/founder/profile").status_code == 303
    jobs.drain(house)
    kept = house.test_client().get("/api/v1/profile", headers=bearer("founder2")).json
    assert kept["agents"] == [{"name": "写作助手", "purpose": "初稿", "residency": "overseas", "human_review": True}]
    assert (kept["hours_per_week"], kept["available_from"]) == (20, "2099-01-01")
    editor = founder.get("/founder/profile")
    assert 'value="写作助手"' in editor.get_data(as_text=True)
    profile = re.search(r"/founders/\d+", editor.get_data(as_text=True))[0]
    assert "写作助手 初稿 只能用境外模型 是" in text(sign_in(house, "buyer1@example.com").get(profile))


def test_programs_state_credentials_and_read_the_calendar(house: Flask) -> None:
    client, key = house.test_client(), bearer("founder1")
    wrong = client.post("/api/v1/credentials", json={"name": "x"}, headers=key)
    assert {one["field"] for one in wrong.json["errors"]} == {"issuer", "number", "valid_from"}
    made = client.post("/api/v1/credentials", json=STATED | {"valid_until": "2099-01-01"}, headers=key)
    assert (made.status_code, made.json["state"], made.json["valid_until"]) == (201, "claimed", "2099-01-01")
    url = f"/api/v1/credentials/{made.json['id']}"
    renewed = client.post(f"{url}/renewals", json=STATED | {"valid_from": "2020-01-01"}, headers=key)
    assert renewed.json["renews_id"] == made.json["id"]
    assert client.post(f"{url}/renewals", json=STATED, headers=bearer("founder2")).status_code == 404
    assert client.delete(url, headers=key).status_code == 204
    assert [one["state"] for one in client.get("/api/v1/credentials", headers=key).json["items"]] == [
        "claimed", "withdrawn"]
    first = clock.legal_day(clock.utc_now())
    away = client.post("/api/v1/capacity/away", json={"first_day": str(first), "last_day": str(first)}, headers=key)
    assert away.status_code == 201
    read = client.get("/api/v1/capacity", headers=key).json
    assert (len(read["weeks"]), read["away"][0]["id"]) == (26, away.json["id"])
    assert client.delete(f"/api/v1/capacity/away/{away.json['id']}", headers=key).status_code == 204
    jobs.drain(house)


@pytest.fixture
def finished(app: Flask):
    """A fulfilled contract between buyer and founder; the founder has a profile."""
    def make(session: Session, password_hash: str) -> str:
        world = World(session, password_hash=password_hash)
        operations.save_profile(session, operations.ProfileDraft("识别水表"), actor=world.founder, now=people.NOW)
        contract = world.signed(at="2025-07-01", term_days=30)
        owed = world.delivered(contract, "2025-07-20")
        world.accepted(contract, "2025-07-21")
        world.paid(owed, "2025-07-30", owed.amount_fen)
        return contract.number

    return app, populated(app, make)


def test_a_finished_contract_stands_on_the_profile_and_names_its_buyer_only_with_consent(finished) -> None:
    house, number = finished
    founder, buyer = sign_in(house, "founder@example.com"), sign_in(house, "buyer@example.com")
    profile = re.search(r"/founders/\d+", founder.get("/founder/profile").get_data(as_text=True))[0]
    seen = text(sign_in(house, "stranger@example.com").get(profile))
    assert "平台核验" in seen
    assert "5 万至 20 万元" in seen
    assert "buyer 公司" not in seen
    assert f"/cases/{number}" in buyer.get(f"/contracts/{number}").get_data(as_text=True)
    assert post(founder, f"/cases/{number}/consent", page="/founder/cases").status_code == 403
    post(buyer, f"/cases/{number}/consent", page=f"/cases/{number}")
    assert "buyer 公司" in text(sign_in(house, "stranger@example.com").get(profile))
    post(buyer, f"/cases/{number}/end-consent", page=f"/cases/{number}")
    post(founder, f"/cases/{number}/hide", page="/founder/cases")
    jobs.drain(house)
    assert "平台核验" not in text(sign_in(house, "stranger@example.com").get(profile))
    key = {"Authorization": "Bearer key-founder"}
    client = house.test_client()
    shown = client.patch(f"/api/v1/verified-cases/{number}", json={"hidden": False}, headers=key).json
    assert (shown["hidden"], shown["buyer"], shown["amount_band"]) == (False, None, "to_20_wan")
    assert client.get("/api/v1/verified-cases", headers=key).json["items"] == [shown]
    assert sign_in(house, "stranger@example.com").get(f"/cases/{number}").status_code == 404
    for url in ("/founder/cases?lang=en", f"/cases/{number}?lang=en"):
        assert founder.get(url).status_code == 200
    jobs.drain(house)
