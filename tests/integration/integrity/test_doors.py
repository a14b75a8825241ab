"""Declaring with a bid, looking at leads, and closing one, through the pages and the API."""
from __future__ import annotations

import dataclasses
import re

import pytest
from flask import Flask

from marketplace import clock, create_app, jobs
from marketplace.config import ConfigurationError, Settings
from marketplace.db import app_engine, reading, transaction
from marketplace.integrity import collusion, declarations, traces
from marketplace.integrity.models import BidTrace
from marketplace.payments.web.calculator import EXAMPLE
from tests.integration.integrity import world
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import api_bid, browser, call, form_of, post

OFFICE = {"REMOTE_ADDR": "114.55.10.7"}


@pytest.fixture
def market(app: Flask, monkeypatch: pytest.MonkeyPatch) -> m.Market:
    monkeypatch.setattr(clock, "utc_now", lambda: m.NOW)
    with app.app_context(), transaction(app_engine()) as session:
        return m.open_market(session, founders=2)


def test_a_bid_on_the_page_needs_a_declaration_and_leaves_a_trace_without_an_address(
        app: Flask, market: m.Market) -> None:
    client, path = browser(app, market.founders[0]), f"/demands/{market.demand.code}/bid"
    typed = form_of(client, market.demand.code)
    refused = post(client, path, {name: text for name, text in typed.items() if name != "related"})
    assert refused.status_code == 422
    assert "请先声明与采购方及其工作人员有没有关系" in refused.text
    assert post(client, path, typed, environ_base=OFFICE).status_code == 201
    program = {"headers": {"Authorization": "Bearer key-founder2", "User-Agent": "curl/8"}, "environ_base": OFFICE}
    silent = app.test_client().post(f"/api/v1{path}", json=api_bid(related=None), **program)
    assert (silent.status_code, silent.json["errors"][0]["code"]) == (422, "declaration.needed"), "at both doors"
    assert app.test_client().post(f"/api/v1{path}", json=api_bid(), **program).status_code == 201
    assert app.test_client().post(f"/api/v1{path}", json=api_bid(related=None), **program).json["version"] == 2
    with app.app_context(), reading(app_engine()) as session:
        said = declarations.latest(session, market.demand, market.founders[0].organisation_id)
        assert said.related is False
        one, other, _ = session.query(BidTrace).order_by(BidTrace.bid_id)
        assert one.address_hash == other.address_hash
        assert one.agent_hash != other.agent_hash
    page = client.get(path).text
    assert "180 天删除" in page
    assert "不保存地址本身" in page
    # a later bid without a new answer lets the declaration stand
    again = {name: text for name, text in form_of(client, market.demand.code).items() if name != "related"}
    assert post(client, path, again, environ_base=OFFICE).status_code == 201


@pytest.mark.parametrize(("proxies", "found"), [(0, None), (1, "114.55.10.7")])
def test_behind_a_proxy_the_address_it_names_counts_and_what_the_caller_wrote_does_not(
        settings: Settings, monkeypatch: pytest.MonkeyPatch, proxies: int, found: str | None) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: m.NOW)
    app = create_app(dataclasses.replace(settings, trusted_proxies=proxies))
    with app.app_context(), transaction(app_engine()) as session:
        market = m.open_market(session, founders=1)
    passed = {"X-Forwarded-For": "8.8.8.8, 114.55.10.7", "X-Forwarded-Proto": "https"}
    bid = app.test_client().post(
        f"/api/v1/demands/{market.demand.code}/bid", json=api_bid(), environ_base={"REMOTE_ADDR": "127.0.0.1"},
        headers=passed | {"Authorization": "Bearer key-founder1"})
    assert bid.status_code == 201
    with app.app_context(), reading(app_engine()) as session:
        kept = session.query(BidTrace).one()
        traces.keep(session, -1, demand_code=market.demand.code, address=found, agent=None, secret=app.secret_key)
        [same] = session.new
        assert kept.address_hash == same.address_hash
    calculator = app.test_client().get("/calculator", query_string=EXAMPLE, headers=passed).text
    assert ("https://localhost/" in calculator) is bool(proxies)
    app.extensions["engine"].dispose()


def test_how_many_proxies_are_believed_is_a_small_number() -> None:
    known = {"SECRET_KEY": "x"}
    assert (Settings.from_env(known).trusted_proxies, Settings.from_env(known | {"TRUSTED_PROXIES": "2"}
                                                                      ).trusted_proxies) == (0, 2)
    for wrong in ("yes", "-1", "10", "²"):
        with pytest.raises(ConfigurationError, match="TRUSTED_PROXIES"):
            Settings.from_env(known | {"TRUSTED_PROXIES": wrong})


def test_the_operator_follows_a_lead_from_the_opening_to_the_buyer(
        app: Flask, market: m.Market, monkeypatch: pytest.MonkeyPatch) -> None:
    code = market.demand.code
    with app.app_context(), transaction(app_engine()) as session:
        world.says(session, market.founders[0], phone="13805710000")
        world.says(session, market.founders[1], phone="0086 138 0571 0000")
        world.bid_all(session, market, plans=world.PLANS[:2], prices=world.PRICES[:2])
    operator, buyer, founder = (browser(app, one) for one in (market.operator, market.buyer, market.founders[0]))
    assert operator.get(f"/demands/{code}/integrity").status_code == 409, "before the opening nobody looks"
    monkeypatch.setattr(clock, "utc_now", lambda: m.AFTER)
    with app.app_context(), transaction(app_engine()) as session:
        m.open_bids(session, market)
    with app.app_context():
        assert jobs.compare_bids() == {"compared": 1, "traces_removed": 0}
        assert jobs.compare_bids() == {"compared": 0, "traces_removed": 0}
    page = operator.get("/integrity").text
    [address] = set(re.findall(r"/integrity/leads/\d+", page))
    assert "电话相同（尾号 0000）" in page
    assert "0571 0000" not in page, "the number itself is shown to nobody"
    assert post(operator, f"{address}/look", {"note": "两家用同一个代办机构"}).status_code == 303
    assert buyer.get(address).status_code == 404
    assert founder.get("/integrity").status_code == 403
    assert post(operator, f"{address}/closing", {"forwarded": "true", "closing": "请采购方了解"}).status_code == 303
    hidden = buyer.get(address)
    assert (hidden.status_code, "匿名评分" in hidden.text) == (409, True), "a lead does not tell evaluators who bid"
    assert call(app, "buyer1", "GET", f"{code}/interests").json["code"] == "integrity.blind"
    told = call(app, "operator0", "GET", f"{code}/interests").json
    assert [one["founder"] for one in told] == ["founder1 公司", "founder2 公司"]
    assert "没有比对到您与采购方有相同之处" in founder.get(f"/demands/{code}/declaration").text
    said = {"related": "false", "relation_details": "代办机构的电话"}
    explained = post(founder, f"/demands/{code}/declaration", said)
    assert explained.status_code == 303
    assert "代办机构的电话" in operator.get(f"/demands/{code}/integrity").text
    with app.app_context(), reading(app_engine()) as session:
        [lead] = collusion.of_demand(session, market.demand)
        assert (lead.stage, lead.note) == ("forwarded", "两家用同一个代办机构")


def test_a_person_keeps_the_company_and_the_own_employment(app: Flask, market: m.Market) -> None:
    client = browser(app, market.founders[0])
    assert post(client, "/account/particulars", {"phone": "8021"}).status_code == 422
    assert post(client, "/account/particulars", {"legal_representative": "周敏"}).status_code == 303
    wrong = post(client, "/account/employments", {"employer": "", "started_on": "x"})
    assert wrong.status_code == 422
    assert post(client, "/account/employments", {"employer": "恒泰轴承", "started_on": "2024-01-01",
                                                 "ended_on": ""}).status_code == 303
    page = client.get("/account/particulars").text
    assert 'value="周敏"' in page
    assert "2024年1月1日 起" in page
    withdraw = re.search(r"/account/employments/\d+/withdraw", page)[0]
    assert post(browser(app, market.founders[1]), withdraw).status_code == 404
    assert post(client, withdraw).status_code == 303
    assert "还没有申报" in client.get("/account/particulars").text
