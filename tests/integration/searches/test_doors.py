"""Saved searches through the pages and through the API."""
from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import clock, jobs
from marketplace.accounts import queries as accounts
from marketplace.db import transaction
from tests.integration.founders import people
from tests.integration.founders.browsing import bearer, populated, post, sign_in, text

NEW = "/founder/searches/new"


@pytest.fixture
def house(app: Flask) -> Flask:
    def make(session: Session, password_hash: str) -> None:
        people.buyer(session, 1, password_hash=password_hash)
        people.founder(session, 1, profile=people.LEAKS, password_hash=password_hash)
        people.founder(session, 2, password_hash=password_hash)

    populated(app, make)
    return app


def publish(house: Flask) -> None:
    with house.app_context(), transaction() as session:
        buyer = accounts.user_by_email(session, "buyer1@example.com")
        now = clock.utc_now()
        people.leak_demand(session, buyer, deadline=now.replace(year=now.year + 1), now=now)


def test_a_founder_saves_is_alerted_pauses_and_deletes(house: Flask) -> None:
    client = sign_in(house, "founder1@example.com")
    assert "还没有保存检索" in text(client.get("/founder/searches"))
    refused = post(client, NEW, {"name": "水务", "budget_min": "一万"}, page=NEW)
    assert refused.status_code == 422
    assert 'value="水务"' in refused.get_data(as_text=True)
    made = post(client, NEW, {"name": "水务", "text": "漏损", "budget_min": "10000", "by_email": "1"}, page=NEW)
    shown = client.get(made.location)
    assert "现在符合的需求（0）" in text(shown)
    assert 'value="10000.00"' in shown.get_data(as_text=True)
    publish(house)
    with house.app_context():
        assert jobs.alert_searches() == {"search_alerts": 1}
    page = text(client.get("/founder/searches"))
    assert "管网漏损定位" in page
    assert "出现“漏损”（标题）：“管网漏损定位”" in page
    assert "预算 ¥180,000.00" in page
    assert "现在符合的需求（1）" in text(client.get(made.location))
    number = re.search(r"\d+$", made.location)[0]
    for verb, state in (("pause", "已暂停"), ("resume", "提醒中")):
        post(client, f"/founder/searches/{number}/{verb}", page=NEW)
        assert state in text(client.get("/founder/searches"))
    assert client.get("/founder/searches?lang=en").status_code == 200
    stranger = sign_in(house, "founder2@example.com")
    assert stranger.get(made.location).status_code == 404
    post(client, f"/founder/searches/{number}/delete", page=NEW)
    assert "还没有保存检索" in text(client.get("/founder/searches"))


def test_a_program_does_the_same(house: Flask) -> None:
    client, key = house.test_client(), bearer("founder1")
    wrong = client.post("/api/v1/searches", json={"text": "漏损", "min_percent": 100, "payer": "x"}, headers=key)
    assert {problem["field"] for problem in wrong.json["errors"]} == {"name", "min_percent", "payer"}
    once = key | {"Idempotency-Key": "one"}
    body = {"name": "水务", "text": "漏损", "budget_min_fen": 1_000_000, "payer": "not_bad"}
    made = [client.post("/api/v1/searches", json=body, headers=once) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    url = f"/api/v1/searches/{made[0].json['id']}"
    publish(house)
    with house.app_context():
        jobs.alert_searches()
    [alert] = client.get(f"{url}/alerts", headers=key).json["items"]
    assert [hit["code"] for hit in alert["hits"]] == ["budget", "payer", "word"]
    assert client.patch(url, json={"paused": True}, headers=key).json["paused"] is True
    assert client.put(url, json=body | {"name": "水"}, headers=key).json["name"] == "水"
    assert client.get("/api/v1/searches", headers=bearer("founder2")).json == {"items": []}
    assert client.delete(url, headers=bearer("founder2")).status_code == 404
    assert client.delete(url, headers=key).status_code == 204
    assert client.get("/api/v1/searches", headers=key).json == {"items": []}
