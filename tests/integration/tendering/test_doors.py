"""Who may see what of a bid, door by door; and the whole way from bid to contract through pages and API."""
from __future__ import annotations

import datetime as dt
import hashlib

from flask import Flask

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import User
from marketplace.db import app_engine, transaction
from marketplace.tendering import operations, queries
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import SECRET_PLAN, SECRET_PRICE, api_bid, browser, call, post, tells

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
        other_buyer = accounts.user_by_email(session, "buyer2@example.com")
        return [None, market.founders[0], market.founders[1], market.buyer, other_buyer, market.operator]


def test_before_the_opening_no_page_shows_a_bid_to_anyone(app: Flask, market: m.Market) -> None:
    for page in (*PAGES, ""):
        for person, status in zip(people(app, market), EXPECTED.get(page, (200,) * 6), strict=True):
            answer = browser(app, person).get(f"/demands/{market.demand.code}/{page}".rstrip("/"))
            assert (page, person and person.email, answer.status_code) == (page, person and person.email, status)
            assert not tells(answer), (page, person)
    assert not tells(browser(app, market.operator).get("/operator/audit"))


def test_how_many_compete_is_told_to_nobody_but_buyer_and_operator_until_the_deadline(
        app: Flask, market: m.Market, at) -> None:
    """招标投标法 Art. 22."""
    for page in ("", "/opening"):
        told = ["Art. 22" not in browser(app, person).get(f"/demands/{market.demand.code}{page}?lang=en").text
                for person in people(app, market)]
        assert told == [False, False, False, True, False, True], page
    at(m.AFTER)
    assert "Art. 22" not in browser(app, None).get(f"/demands/{market.demand.code}/opening?lang=en").text


def test_after_the_opening_bidder_and_buyer_see_the_bid_and_nobody_else(app: Flask, market: m.Market, at) -> None:
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


# The same for programs --------------------------------------------------------------------------------


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
    assert [(one["price_fen"], one["result"]) for one in bids] == [(SECRET_PRICE, None), (11_000_000, None)]
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
