"""Who may see what of a bid, door by door; and the whole way from bid to contract through pages and API."""
from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.accounts.models import User
from marketplace.db import app_engine, transaction
from marketplace.tendering import operations, queries
from marketplace.tendering.models import Bid
from tests.integration.tendering import market as m

SECRET_PLAN = "绝密的实施方案"
SECRET_PRICE = 12_345_600


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    """`at(moment)` sets the server's clock."""
    def set_to(moment: dt.datetime) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: moment)

    set_to(m.NOW + dt.timedelta(hours=1))
    return set_to


@pytest.fixture
def market(app: Flask, at) -> m.Market:
    """A market with one sealed bid of the first founder, and strangers of every kind."""
    with app.app_context(), transaction(app_engine()) as session:
        market = m.open_market(session)
        m.person(session, 2, "buyer", payer_type="sme")
        operations.submit_bid(session, market.demand, m.bid(SECRET_PRICE, plan=SECRET_PLAN), actor=market.founders[0],
                              now=m.NOW)
        return market


def browser(app: Flask, user: User | None) -> FlaskClient:
    """A browser in which someone has signed in."""
    client = app.test_client()
    if user is not None:
        with client.session_transaction() as session:
            session["user"], session["epoch"] = user.id, user.session_epoch
    return client


def post(client: FlaskClient, path: str, data: dict[str, object] | None = None, **options) -> TestResponse:
    """Post a form with the token of a page that person can see."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    return client.post(path, data={"csrf_token": token[1], **(data or {})}, **options)


def call(app: Flask, name: str | None, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
    """Call the API with the key of a person of the market."""
    allowed = {"Authorization": f"Bearer key-{name}"} if name else {}
    return app.test_client().open(f"/api/v1/demands/{path}", method=method, json=body, headers=allowed | headers)


def form_of(client: FlaskClient, code: str) -> dict[str, str]:
    """The hidden fields of a fresh bid form, and a bid typed into it."""
    page = client.get(f"/demands/{code}/bid").text
    hidden = {name: re.search(rf'name="{name}" value="([0-9a-f]+)"', page)[1] for name in ("key", "nonce")}
    return hidden | {
        "price": "98,000", "plan": "先采样。\r\n再训练。", "milestones.0.title": "样本", "milestones.0.amount": "2.8万",
        "milestones.0.days": "20", "milestones.0.acceptance_criteria": "样本不少于 5000 张",
        "milestones.1.title": "上线", "milestones.1.amount": "70000", "milestones.1.days": "80",
        "milestones.1.acceptance_criteria": "检出率不低于 98%\r\n\r\n误报率不高于 2%",
        "disclosures.subcontract": "false", "disclosures.ai_generated": "false"}


# Who sees what --------------------------------------------------------------------------------------

PAGES = ("bid", "bid/receipt", "opening", "evaluation")
EXPECTED = {  # anonymous, bidder, other founder, buyer, other buyer, operator; before the opening
    "bid": (302, 200, 200, 403, 403, 403),
    "bid/receipt": (302, 200, 404, 403, 403, 403),
    "opening": (200, 200, 200, 200, 200, 200),
    "evaluation": (302, 403, 403, 303, 404, 403)}
AFTER_OPENING = EXPECTED | {"evaluation": (302, 403, 403, 200, 404, 403)}


def people(app: Flask, market: m.Market) -> list[User | None]:
    with app.app_context(), transaction(app_engine()) as session:
        from marketplace.accounts import queries as accounts

        other_buyer = accounts.user_by_email(session, "buyer2@example.com")
        return [None, market.founders[0], market.founders[1], market.buyer, other_buyer, market.operator]


def tells(response: TestResponse) -> bool:
    """Whether an answer gives away anything the founder wrote."""
    text = response.text
    return SECRET_PLAN in text or "123,456" in text or "12345600" in text or "样本与方案" in text


def test_before_the_opening_no_page_shows_a_bid_to_anyone(app: Flask, market: m.Market) -> None:
    for page in (*PAGES, ""):
        for person, status in zip(people(app, market), EXPECTED.get(page, (200,) * 6), strict=True):
            answer = browser(app, person).get(f"/demands/{market.demand.code}/{page}".rstrip("/"))
            assert (page, person and person.email, answer.status_code) == (page, person and person.email, status)
            assert not tells(answer), (page, person)
    assert not tells(browser(app, market.operator).get("/operator/audit"))


def test_after_the_opening_the_bidder_and_the_buyer_see_the_bid_and_nobody_else(app: Flask, market: m.Market, at) -> None:
    at(m.AFTER)
    with app.app_context(), transaction(app_engine()) as session:
        m.open_bids(session, market)
    for page in (*PAGES, ""):
        for place, person in enumerate(people(app, market)):
            answer = browser(app, person).get(f"/demands/{market.demand.code}/{page}".rstrip("/"))
            assert answer.status_code == AFTER_OPENING.get(page, (200,) * 6)[place], (page, person)
            assert tells(answer) == ((page, place) in {("bid", 1), ("evaluation", 3)}), (page, person)


API = ("GET bid", "GET bids", "GET openings", "DELETE bid", "POST openings", "POST award", "POST none-suitable",
       "PUT bids/1/scores")
BODIES = {"POST openings": {"holder": "buyer", "secret": "wrong"}, "POST award": {"bid_id": 1, "reason": "好"},
          "POST none-suitable": {"reason": "无"}, "PUT bids/1/scores": {"scores": [{"criterion_id": 1, "points": 1}]}}
API_EXPECTED = {  # anonymous, other founder, buyer, other buyer, operator; before the opening
    "GET bid": (401, 404, 403, 403, 403),
    "GET bids": (401, 403, 409, 404, 403),
    "GET openings": (401, 200, 200, 200, 200),
    "DELETE bid": (401, 404, 403, 403, 403),
    "POST openings": (401, 403, 409, 409, 409),
    "POST award": (401, 403, 409, 404, 403),
    "POST none-suitable": (401, 403, 409, 404, 403),
    "PUT bids/1/scores": (401, 403, 409, 404, 403)}


def test_before_the_opening_no_api_call_gives_a_bid_to_anyone_else(app: Flask, market: m.Market) -> None:
    for door in API:
        method, path = door.split()
        for name, status in zip((None, "founder2", "buyer1", "buyer2", "operator0"), API_EXPECTED[door], strict=True):
            answer = call(app, name, method, f"{market.demand.code}/{path}", BODIES.get(door))
            assert (door, name, answer.status_code) == (door, name, status)
            assert not tells(answer), (door, name)


def test_a_stranger_with_the_right_passphrase_is_no_holder(app: Flask, market: m.Market, at) -> None:
    at(m.AFTER)
    body = {"holder": "buyer", "secret": m.BUYER_PASSPHRASE}
    for name in ("buyer2", "operator0"):
        answer = call(app, name, "POST", f"{market.demand.code}/openings", body)
        assert (answer.status_code, answer.json["code"]) == (403, "opening.not_a_holder")


def test_a_loser_sees_their_own_rank_and_nothing_of_the_winner(app: Flask, market: m.Market, at) -> None:
    with app.app_context(), transaction(app_engine()) as session:
        operations.submit_bid(session, market.demand, m.bid(9_000_000, plan="输家的方案"), actor=market.founders[1],
                              now=m.NOW)
        m.open_bids(session, market)
        market.founders = market.founders[:2]
        m.score_all(session, market, {1: (90, 90), 2: (50, 50)})
        operations.award(session, market.demand, bid_id=market.bid_ids(session)[1], reason="方案最好",
                         actor=market.buyer, now=m.AFTER)
    at(m.AFTER)
    loser = browser(app, market.founders[1])
    own = loser.get(f"/demands/{market.demand.code}/bid")
    assert "第 2 名，共 2 份投标，总分 65.00" in own.text  # 50·40% + 50·30% + 100·30%
    assert "输家的方案" in own.text
    for page in (own, loser.get("/founder/bids"), loser.get(f"/demands/{market.demand.code}/bid/receipt"),
                 loser.get("/notices"), loser.get(f"/demands/{market.demand.code}/opening")):
        assert page.status_code == 200
        assert not tells(page)
        assert "方案最好" not in page.text
    told = call(app, "founder2", "GET", f"{market.demand.code}/bid").json
    assert (told["status"], told["result"]["rank"], told["result"]["total"]) == ("unsuccessful", 2, 6500)
    assert not tells(call(app, "founder2", "GET", f"{market.demand.code}/bid"))


# Bidding on the page ---------------------------------------------------------------------------------


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
    from io import BytesIO

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


# From the opening to the contract ---------------------------------------------------------------------


def test_buyer_and_operator_open_score_and_award_on_the_pages(app: Flask, market: m.Market, at) -> None:
    at(m.AFTER)
    code, buyer, operator = market.demand.code, browser(app, market.buyer), browser(app, market.operator)
    wrong = post(buyer, f"/demands/{code}/opening", {"holder": "buyer", "secret": "wrong passphrase"})
    assert wrong.status_code == 403
    assert "口令不对" in wrong.text
    assert post(buyer, f"/demands/{code}/opening", {"holder": "buyer", "secret": m.BUYER_PASSPHRASE}).status_code == 303
    assert "1 / 2" in app.test_client().get(f"/demands/{code}/opening").text
    opened = post(operator, f"/demands/{code}/opening", {"holder": "operator", "secret": m.OPERATOR_PASSPHRASE})
    assert opened.status_code == 303
    page = buyer.get(f"/demands/{code}/evaluation")
    assert SECRET_PLAN in page.text
    assert "¥123,456.00 ÷ ¥123,456.00 × 100 = 100.00" in page.text
    with app.app_context(), transaction(app_engine()) as session:
        bid = queries.opened_bids(session, market.demand)[0]
        quality = [c.id for c in bid.demand.criteria if c.kind == "quality"]
    half = post(buyer, f"/demands/{code}/evaluation/{bid.id}", {f"bid{bid.id}.points.{quality[0]}": "101"})
    assert half.status_code == 422
    assert f'id="f-bid{bid.id}.points.{quality[0]}-error"' in half.text
    assert post(buyer, f"/demands/{code}/award", {"bid_id": bid.id, "reason": "好"}).status_code == 409
    scored = post(buyer, f"/demands/{code}/evaluation/{bid.id}",
                  {f"bid{bid.id}.points.{quality[0]}": "９0", f"bid{bid.id}.points.{quality[1]}": "80",
                   f"bid{bid.id}.comments.{quality[0]}": "思路清楚"})
    assert scored.status_code == 303
    ranked = buyer.get(f"/demands/{code}/evaluation").text
    assert "90.00 × 40% = 36.00" in ranked
    assert "思路清楚" in ranked
    assert post(buyer, f"/demands/{code}/award", {"bid_id": bid.id, "reason": " "}).status_code == 422
    made = post(buyer, f"/demands/{code}/award", {"bid_id": bid.id, "reason": "总分第一"})
    assert made.status_code == 303
    assert made.headers["Location"].startswith("/contracts/HT-2026-")
    assert buyer.get(made.headers["Location"]).status_code == 200
    assert post(buyer, f"/demands/{code}/evaluation/{bid.id}",
                {f"bid{bid.id}.points.{quality[0]}": "1"}).status_code == 409


def test_five_wrong_passphrases_pause_the_door_for_the_right_one_too(app: Flask, market: m.Market, at) -> None:
    at(m.AFTER)
    code = market.demand.code
    for _ in range(5):
        assert call(app, "buyer1", "POST", f"{code}/openings",
                    {"holder": "buyer", "secret": "wrong"}).status_code == 403
    right = {"holder": "buyer", "secret": m.BUYER_PASSPHRASE}
    assert call(app, "buyer1", "POST", f"{code}/openings", right).status_code == 429
    at(m.AFTER + dt.timedelta(minutes=15))
    assert call(app, "buyer1", "POST", f"{code}/openings", right).status_code == 201


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


# The same for programs --------------------------------------------------------------------------------


def api_bid(**changes: object) -> dict[str, object]:
    return {"price_fen": 5_000_000, "plan": "方案", "milestones": [
        {"title": "全部", "amount_fen": 5_000_000, "days": 60, "acceptance_criteria": ["可用"]}],
        "disclosures": {"subcontract": False, "ai_generated": False}} | changes


def test_the_same_way_for_programs(app: Flask, market: m.Market, at) -> None:
    code = market.demand.code
    made = call(app, "founder2", "POST", f"{code}/bid", api_bid())
    assert made.status_code == 201
    assert hashlib.sha256(made.json["text"].encode()).hexdigest() == made.json["commitment"]
    own = call(app, "founder2", "GET", f"{code}/bid").json
    assert (own["status"], own["version"], own["price_fen"], own["plan"]) == ("sealed", 1, None, None)
    assert call(app, "founder2", "DELETE", f"{code}/bid").json["status"] == "withdrawn"
    assert call(app, "founder2", "POST", f"{code}/bid", api_bid()).json["version"] == 2
    at(m.AFTER)
    for name, holder, secret in (("buyer1", "buyer", m.BUYER_PASSPHRASE), ("operator0", "escrow", market.escrow)):
        state = call(app, name, "POST", f"{code}/openings", {"holder": holder, "secret": secret})
        assert state.status_code == 201
    assert state.json["status"] == "evaluation"
    bids = call(app, "buyer1", "GET", f"{code}/bids").json
    assert [(one["price_fen"], one["result"]) for one in bids] == [(SECRET_PRICE, None), (5_000_000, None)]
    with app.app_context(), transaction(app_engine()) as session:
        demand = queries.bid_of(session, market.demand, market.founders[0].organisation_id).demand
        quality = [c.id for c in demand.criteria if c.kind == "quality"]
    for one in bids:
        ranked = call(app, "buyer1", "PUT", f"{code}/bids/{one['bid_id']}/scores", {
            "scores": [{"criterion_id": key, "points": 80} for key in quality]})
        assert ranked.status_code == 200
    assert [one["result"]["rank"] for one in ranked.json] == [1, 2]
    assert ranked.json[0]["result"]["total"] == 8600  # 80·70% + 100·30%
    body = {"bid_id": bids[1]["bid_id"], "reason": "总分第一"}
    once, again = (call(app, "buyer1", "POST", f"{code}/award", body, **{"Idempotency-Key": "a1"}) for _ in range(2))
    assert once.status_code == again.status_code == 201
    assert once.json == again.json
    assert once.json["contract_number"].startswith("HT-2026-")


def test_a_program_repeats_a_bid_with_its_own_nonce(app: Flask, market: m.Market) -> None:
    path, key = f"{market.demand.code}/bid", {"Idempotency-Key": "k1"}
    assert call(app, "founder2", "POST", path, api_bid(), **key).json["errors"][0]["code"] == "bid.nonce_needed"
    once, again = (call(app, "founder2", "POST", path, api_bid(nonce="0f" * 32), **key).json for _ in range(2))
    assert once == again
    other = call(app, "founder2", "POST", path, api_bid(nonce="0f" * 32, plan="另一个"), **key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency.other_request")


def test_the_kept_answers_of_the_api_hold_no_bid(app: Flask, market: m.Market) -> None:
    call(app, "founder2", "POST", f"{market.demand.code}/bid", api_bid(nonce="0f" * 32, plan=SECRET_PLAN),
         **{"Idempotency-Key": "k1"})
    with app.app_context(), app_engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM idempotent_reply").scalar() == 0


@pytest.mark.parametrize(("changes", "field"), [
    ({"price_fen": 10**30}, "price_fen"), ({"price_fen": 1.5}, "price_fen"), ({"plan": None}, "plan"),
    ({"milestones": []}, "milestones"), ({"milestones": [{}]}, "milestones.0.title"), ({"nonce": "xyz"}, "nonce"),
    ({"plan": "\ud800"}, "plan"), ({"disclosures": {}}, "disclosures.subcontract")])
def test_a_bad_bid_gets_problem_json_that_names_the_field(app: Flask, market: m.Market, changes: dict[str, object],
                                                          field: str) -> None:
    answer = call(app, "founder2", "POST", f"{market.demand.code}/bid", api_bid(**changes))
    assert answer.status_code == 422
    assert field in [problem["field"] for problem in answer.json["errors"]]
