"""A panel of two from naming to award on the pages; one person alone; the programs' doors; who may see what."""
from __future__ import annotations

import pytest
from flask import Flask

from marketplace.db import app_engine, transaction
from marketplace.evaluation import queries as rounds
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries as bids
from tests.integration.tendering import market as m
from tests.integration.tendering.conftest import at, market  # noqa: F401
from tests.integration.tendering.doors import browser, call, post

FOUNDER = "founder1 公司"


@pytest.fixture
def opened(app: Flask, market: m.Market, at) -> m.Market:  # noqa: F811
    """Two bids opened, and an expert from outside with an account."""
    with app.app_context(), transaction(app_engine()) as session:
        market.founders.append(m.founder(session, 8))
        tendering.submit_bid(session, market.demand, m.bid(11_000_000), actor=market.founders[1], now=m.NOW)
        m.open_bids(session, market)
    at(m.AFTER)
    return market


def facts(app: Flask, of: m.Market) -> tuple[list[int], list[int]]:
    """(ids of the opened bids, ids of the quality criteria)."""
    with app.app_context(), transaction(app_engine()) as session:
        found = bids.opened_bids(session, of.demand)
        return [one.id for one in found], [one.id for one in rounds.quality(found[0].demand)]


def filled(bid_ids: list[int], quality: list[int], points: int) -> dict[str, object]:
    return {f"bid{bid_id}.points.{key}": points for bid_id in bid_ids for key in quality}


def test_a_panel_from_naming_to_award_on_the_pages(app: Flask, opened: m.Market) -> None:
    path, (bid_ids, quality) = f"/demands/{opened.demand.code}", facts(app, opened)
    buyer, expert = browser(app, opened.buyer), browser(app, opened.founders[-1])
    assert expert.get(f"{path}/scoring").status_code == 404
    wrong = post(buyer, f"{path}/panel", {"emails": "nobody@example.com"})
    assert (wrong.status_code, "没有邮箱为 nobody@example.com 的账号" in wrong.text) == (422, True)
    named = {"own": opened.buyer.email, "emails": "founder8@example.com"}
    assert post(buyer, f"{path}/panel", named).status_code == 303
    assert path in expert.get("/scoring").text
    before = expert.get(f"{path}/scoring").text
    assert FOUNDER in before  # the list of bidders, for the declaration
    assert "投标人甲" not in before
    for client in (buyer, expert):
        assert post(client, f"{path}/scoring/declaration", {"conflict": "no"}).status_code == 303
        page = client.get(f"{path}/scoring").text
        assert FOUNDER not in page
        assert "投标人甲" in page
    half = post(expert, f"{path}/scoring", filled(bid_ids[:1], quality, 101) | {"do": "save"})
    assert half.status_code == 422
    assert f'id="f-bid{bid_ids[0]}.points.{quality[0]}-error"' in half.text
    assert post(expert, f"{path}/scoring", filled(bid_ids[:1], quality, 90) | {"do": "submit"}).status_code == 422
    assert post(expert, f"{path}/scoring", filled(bid_ids, quality, 90) | {"do": "submit"}).status_code == 303
    for page in ("evaluation", "panel", "consensus"):
        shown = buyer.get(f"{path}/{page}").text
        assert ">90<" not in shown, page
    assert post(buyer, f"{path}/award", {"bid_id": bid_ids[0], "reason": "好"}).status_code == 409
    assert post(buyer, f"{path}/scoring", filled(bid_ids, quality, 80) | {"do": "submit"}).status_code == 303
    table = buyer.get(f"{path}/consensus").text
    assert FOUNDER not in table
    assert "85" in table
    change = {"bid_id": bid_ids[0], "criterion_id": quality[0], "points": "60"}
    assert post(buyer, f"{path}/consensus/change", change).status_code == 422
    assert post(buyer, f"{path}/consensus/change", change | {"reason": "漏看锈斑"}).status_code == 303
    assert "85 → 60" in buyer.get(f"{path}/consensus").text
    assert post(buyer, f"{path}/consensus").status_code == 303
    ranked = buyer.get(f"{path}/evaluation").text
    assert FOUNDER in ranked
    assert post(buyer, f"{path}/award", {"bid_id": bid_ids[1], "reason": "总分第一"}).status_code == 303
    record = browser(app, opened.operator).get(f"{path}/evaluation/record")
    assert "founder8" in record.text
    assert "漏看锈斑" in record.text
    assert browser(app, opened.founders[1]).get(f"{path}/evaluation/record").status_code == 403
    own = browser(app, opened.founders[1]).get(f"{path}/bid").text
    assert FOUNDER not in own
    assert "founder8" not in own


def test_one_person_scores_blind_and_closes_with_one_button(app: Flask, opened: m.Market) -> None:
    path, (bid_ids, quality) = f"/demands/{opened.demand.code}", facts(app, opened)
    buyer = browser(app, opened.buyer)
    for bid_id in bid_ids:
        assert post(buyer, f"{path}/evaluation/{bid_id}", filled([bid_id], quality, 80)).status_code == 303
    scored = buyer.get(f"{path}/evaluation").text
    assert "投标人甲" in scored
    assert scored.count(FOUNDER) == 1  # only in the list of bidders
    assert 'name="bid_id"' not in scored
    refused = post(buyer, f"{path}/consensus", {"back": "evaluation"}, follow_redirects=True)
    assert "请先声明有无利害关系" in refused.text
    assert post(buyer, f"{path}/consensus", {"no_conflict": "1", "back": "evaluation"}).status_code == 303
    closed = buyer.get(f"{path}/evaluation").text
    assert FOUNDER in closed
    assert 'name="bid_id"' in closed
    assert post(buyer, f"{path}/evaluation/{bid_ids[0]}", filled(bid_ids[:1], quality, 1)).status_code == 409


def test_a_panel_by_programs(app: Flask, opened: m.Market) -> None:
    code, (bid_ids, quality) = opened.demand.code, facts(app, opened)
    named = call(app, "buyer1", "POST", f"{code}/panel", {"emails": ["founder8@example.com"]})
    assert [one["status"] for one in named.json["evaluators"]] == ["named"]
    assert call(app, "founder2", "GET", f"{code}/scoring").status_code == 404
    declared = call(app, "founder8", "POST", f"{code}/scoring/declaration", {"conflict": False})
    assert sorted(one["bid_id"] for one in declared.json["bids"]) == bid_ids
    assert FOUNDER not in str(declared.json["bids"])
    for bid_id in bid_ids:
        put = call(app, "founder8", "PUT", f"{code}/scoring/bids/{bid_id}/points", {
            "scores": [{"criterion_id": key, "points": 70} for key in quality]})
        assert put.status_code == 200
    assert call(app, "buyer1", "GET", f"{code}/consensus").json["rows"] == []
    assert [one["founder"] for one in call(app, "buyer1", "GET", f"{code}/bids").json] == [None, None]
    assert call(app, "founder8", "POST", f"{code}/scoring/submission").status_code == 201
    rows = call(app, "buyer1", "GET", f"{code}/consensus").json["rows"]
    assert {row["points"] for row in rows} == {70}
    once = [call(app, "buyer1", "POST", f"{code}/consensus", {}, **{"Idempotency-Key": "c"}) for _ in range(2)]
    assert [one.status_code for one in once] == [201, 201]
    assert (once[0].json["status"], once[0].json) == ("closed", once[1].json)
    assert {one["founder"]["name"] for one in call(app, "buyer1", "GET", f"{code}/bids").json} == {
        FOUNDER, "founder2 公司"}


def test_the_command_finds_scores_that_were_altered(app: Flask, opened: m.Market) -> None:
    runner, (bid_ids, quality) = app.test_cli_runner(), facts(app, opened)
    buyer = browser(app, opened.buyer)
    for bid_id in bid_ids:
        post(buyer, f"/demands/{opened.demand.code}/evaluation/{bid_id}", filled([bid_id], quality, 80))
    post(buyer, f"/demands/{opened.demand.code}/consensus", {"no_conflict": "1"})
    assert runner.invoke(args=["evaluation", "check"]).exit_code == 0
    with app.app_context(), transaction(app_engine()) as session:
        bids.opened_bid(session, opened.demand, bid_ids[0]).scores[0].points = 100
    found = runner.invoke(args=["evaluation", "check"])
    assert found.exit_code == 1
    assert opened.demand.code in found.output
