"""The bid form and its neighbours: nothing typed is lost, every refusal says what to do. The rules behind them are
tested on both databases; the pages, which are the same on both, on SQLite."""
from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import re
from io import BytesIO

import pytest
from flask import Flask

from marketplace.db import app_engine, transaction
from marketplace.tendering import bids, operations, queries, sealing
from marketplace.tendering.models import Bid
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import SECRET_PLAN, api_bid, browser, call, form_of, post


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only."""
    return sqlite_url


def test_a_founder_bids_keeps_the_file_and_can_check_it(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    answer = post(client, f"/demands/{code}/bid", form_of(client, code))
    assert answer.status_code == 201
    packed = re.search(r'name="text" value="([^"]+)"', answer.text)[1]
    file = post(client, f"/demands/{code}/bid/file", {"text": packed})
    assert file.headers["Content-Disposition"] == f'attachment; filename="bid-{code}-v1.json"'
    said = json.loads(file.data)
    assert (said["price_fen"], said["plan"]) == (9_800_000, "先采样。\n再训练。")
    assert said["milestones"][1]["acceptance_criteria"] == ["检出率不低于 98%", "误报率不高于 2%"]
    with app.app_context(), transaction(app_engine()) as session:
        kept = queries.bid_of(session, market.demand, market.founders[1].organisation_id)
        assert kept.commitment == hashlib.sha256(file.data).hexdigest()
    checked = post(client, f"/demands/{code}/bid/check", {"text": file.text})
    assert "一致：这是第 1 版的投标文件" in checked.text
    changed = post(client, f"/demands/{code}/bid/check", {"text": file.text.replace("9800000", "9800001")})
    assert "不一致" in changed.text
    assert post(client, f"/demands/{code}/bid/file",
                {"text": base64.b64encode(b"{}").decode()}).status_code == 422


def test_a_double_click_is_one_bid_with_one_receipt(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    typed = form_of(client, code)
    texts = [re.search(r'name="text" value="([^"]+)"', post(client, f"/demands/{code}/bid", typed).text)[1]
             for _ in range(2)]
    assert texts[0] == texts[1]
    with app.app_context(), transaction(app_engine()) as session:
        assert len(queries.versions(session, market.demand, market.founders[1].organisation_id)) == 1


def test_going_back_and_changing_the_bid_asks_to_submit_again_and_then_makes_a_new_version(
        app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    typed = form_of(client, code)
    post(client, f"/demands/{code}/bid", typed)
    again = post(client, f"/demands/{code}/bid", typed | {"plan": "改了"})
    assert again.status_code == 422
    fresh = {name: re.search(rf'name="{name}" value="([0-9a-f]+)"', again.text)[1] for name in ("key", "nonce")}
    assert post(client, f"/demands/{code}/bid", typed | fresh | {"plan": "改了"}).status_code == 201


def test_what_was_typed_stays_and_every_error_stands_beside_its_field(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    wrong = form_of(client, code) | {"price": "三万", "milestones.0.amount": "-5", "milestones.1.days": "x", "plan": ""}
    answer = post(client, f"/demands/{code}/bid", wrong)
    assert answer.status_code == 422
    for field in ("price", "plan", "milestones.0.amount", "milestones.1.days"):
        assert f'href="#f-{field}"' in answer.text
        assert f'id="f-{field}-error"' in answer.text
    for typed in ("三万", "-5", 'value="x"', "样本不少于 5000 张"):
        assert typed in answer.text


def test_amounts_that_do_not_add_up_are_told_in_yuan_with_the_difference(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    answer = post(client, f"/demands/{code}/bid", form_of(client, code) | {"price": "98000.01"})
    assert "里程碑合计 ¥98,000.00，比报价 ¥98,000.01 少 ¥0.01" in html.unescape(answer.text)


def test_milestones_are_added_and_removed_without_losing_anything(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    typed = form_of(client, code)
    more = post(client, f"/demands/{code}/bid", typed | {"do": "add"})
    assert more.status_code == 200
    assert 'name="milestones.2.title"' in more.text
    fewer = post(client, f"/demands/{code}/bid", typed | {"do": "remove-0"})
    assert 'name="milestones.1.title"' not in fewer.text
    assert 'value="上线"' in fewer.text
    assert typed["key"] in fewer.text


def test_a_kept_file_fills_the_form_for_a_new_version(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    answer = post(client, f"/demands/{code}/bid", form_of(client, code))
    file = base64.b64decode(re.search(r'name="text" value="([^"]+)"', answer.text)[1])
    loaded = post(client, f"/demands/{code}/bid/load", {"file": (BytesIO(file), "bid.json")})
    for shown in ('value="98000"', "再训练。", 'value="上线"', "误报率不高于 2%"):
        assert shown in loaded.text
    bad = post(client, f"/demands/{code}/bid/load", {"file": (BytesIO(b"\xff\xfe"), "bid.json")})
    assert bad.status_code == 422


def test_a_bid_one_second_late_is_refused_with_both_times(app: Flask, market: m.Market, at) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    typed = form_of(client, code)
    at(m.DEADLINE + dt.timedelta(seconds=1))
    answer = post(client, f"/demands/{code}/bid", typed)
    assert answer.status_code == 409
    assert "2026-03-20 17:00:00" in html.unescape(answer.text)
    late = call(app, "founder2", "POST", f"{code}/bid", api_bid())
    assert (late.status_code, late.json["facts"]["received"]) == (409, "2026-03-20 17:00:01")


def test_a_founder_withdraws_on_the_page(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[0]), market.demand.code
    assert post(client, f"/demands/{code}/bid/withdraw").status_code == 303
    assert "已撤回" in client.get("/founder/bids").text
    assert post(client, f"/demands/{code}/bid/withdraw").status_code == 404


def test_a_founder_without_a_profile_is_told_before_typing(app: Flask, market: m.Market) -> None:
    with app.app_context(), transaction(app_engine()) as session:
        newcomer = m.founder(session, 9, profile=False)
    page = browser(app, newcomer).get(f"/demands/{market.demand.code}/bid").text
    assert "能力档案" in page
    assert 'name="plan"' not in page


def test_a_demand_nobody_bid_on_is_closed_on_the_page(app: Flask, market: m.Market, at) -> None:
    post(browser(app, market.founders[0]), f"/demands/{market.demand.code}/bid/withdraw")
    at(m.AFTER)
    buyer = browser(app, market.buyer)
    assert "无人投标" in buyer.get(f"/demands/{market.demand.code}/opening").text
    assert post(buyer, f"/demands/{market.demand.code}/opening/close").status_code == 303
    assert "已流标" in buyer.get(f"/demands/{market.demand.code}/opening").text


def test_none_suitable_on_the_page_needs_a_reason(app: Flask, market: m.Market, at) -> None:
    at(m.AFTER)
    with app.app_context(), transaction(app_engine()) as session:
        m.open_bids(session, market)
    buyer, path = browser(app, market.buyer), f"/demands/{market.demand.code}/none-suitable"
    assert post(buyer, path, {"none_reason": ""}).status_code == 422
    assert post(buyer, path, {"none_reason": "均不符合"}).status_code == 303
    assert "均不符合" in browser(app, market.founders[0]).get(f"/demands/{market.demand.code}/bid").text


def test_a_bid_that_could_not_be_read_is_named_to_the_buyer_and_counted_for_all(
        app: Flask, market: m.Market, at) -> None:
    at(m.AFTER)
    with app.app_context(), transaction(app_engine()) as session:
        operations.submit_bid(session, market.demand, m.bid(), actor=market.founders[1], now=m.NOW)
        bad = session.get_one(Bid, queries.bid_of(session, market.demand, market.founders[0].organisation_id).id)
        bad.ciphertext = bad.ciphertext[:-1] + b"!"
        m.open_bids(session, market)
    path = f"/demands/{market.demand.code}"
    assert "1 份投标无法读取" in app.test_client().get(f"{path}/opening").text
    assert "founder1" not in app.test_client().get(f"{path}/opening").text
    assert "founder1 公司：无法解密" in browser(app, market.buyer).get(f"{path}/evaluation").text
    assert "无法解密" in browser(app, market.founders[0]).get(f"{path}/bid").text


def test_a_program_repeats_a_bid_with_its_own_nonce(app: Flask, market: m.Market) -> None:
    path, key = f"{market.demand.code}/bid", {"Idempotency-Key": "k1"}
    assert call(app, "founder2", "POST", path, api_bid(), **key).json["errors"][0]["code"] == "bid.nonce_needed"
    once, again = (call(app, "founder2", "POST", path, api_bid(nonce="0f" * 32), **key).json for _ in range(2))
    assert once == again
    other = call(app, "founder2", "POST", path, api_bid(nonce="0f" * 32, plan="另一个"), **key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency.other_request")


def test_a_bid_file_with_more_milestones_than_a_bid_may_have_is_no_bid_file(app: Flask, market: m.Market) -> None:
    client, path = browser(app, market.founders[0]), f"/demands/{market.demand.code}/bid"
    said = json.loads(sealing.payload_text(bids.payload(
        m.bid(), demand=market.demand, founder=market.founders[0].organisation, nonce="0f" * 32)))
    long = json.dumps(said | {"milestones": said["milestones"][:1] * 21}).encode()
    answer = post(client, f"{path}/load", {"file": (BytesIO(long), "bid.json")})
    assert answer.status_code == 422
    assert answer.text.count("acceptance_criteria\"") < 5


def test_the_kept_answers_of_the_api_hold_no_bid(app: Flask, market: m.Market) -> None:
    call(app, "founder2", "POST", f"{market.demand.code}/bid", api_bid(nonce="0f" * 32, plan=SECRET_PLAN),
         **{"Idempotency-Key": "k1"})
    with app.app_context(), app_engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM idempotent_reply").scalar() == 0


BAD_BIDS: list[tuple[dict[str, object], str]] = [
    ({"price_fen": 10**30}, "price_fen"), ({"price_fen": 1.5}, "price_fen"), ({"plan": None}, "plan"),
    ({"milestones": []}, "milestones"), ({"milestones": [{}]}, "milestones.0.title"), ({"nonce": "xyz"}, "nonce"),
    ({"plan": "\ud800"}, "plan"), ({"disclosures": {}}, "disclosures.subcontract")]


def test_a_bad_bid_gets_problem_json_that_names_the_field(app: Flask, market: m.Market) -> None:
    for changes, field in BAD_BIDS:
        answer = app.test_client().post(
            f"/api/v1/demands/{market.demand.code}/bid", data=json.dumps(api_bid(**changes)),
            content_type="application/json", headers={"Authorization": "Bearer key-founder2"})
        assert (changes, answer.status_code) == (changes, 422)
        assert field in [problem["field"] for problem in answer.json["errors"]]
