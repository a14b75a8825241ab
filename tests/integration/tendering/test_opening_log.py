"""The opening is public, bid by bid, in count and time; and one form sent twice at once is one bid."""
from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask

from marketplace.db import app_engine, transaction
from marketplace.demand.models import Demand
from marketplace.tendering import operations, queries
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import browser, call, form_of


def hand_in(app: Flask, market: m.Market, founder: int, *, now: dt.datetime) -> str:
    with app.app_context(), transaction(app_engine()) as session:
        demand = session.get_one(Demand, market.demand.id)
        return operations.submit_bid(session, demand, m.bid(), actor=market.founders[founder], now=now).commitment


def test_anyone_reads_when_each_bid_came_and_was_opened_and_nobody_reads_whose_it_was(
        app: Flask, market: m.Market, at) -> None:
    code, noon = market.demand.code, m.NOW + dt.timedelta(hours=3)
    hand_in(app, market, 1, now=noon)
    last = hand_in(app, market, 1, now=noon + dt.timedelta(seconds=1))
    at(m.AFTER)
    assert call(app, None, "GET", f"{code}/openings/log").json == {"opened_at": None, "lines": []}
    assert last not in app.test_client().get(f"/demands/{code}/opening").text
    with app.app_context(), transaction(app_engine()) as session:
        market.demand = session.get_one(Demand, market.demand.id)
        m.open_bids(session, market)
    log = call(app, None, "GET", f"{code}/openings/log").json
    assert [line["received_at"][:19] for line in log["lines"]] == ["2026-03-02T01:00:00", "2026-03-02T04:00:01"]
    assert (log["lines"][1]["commitment"], log["superseded"], log["withdrawn"]) == (last, 1, 0)
    page = app.test_client().get(f"/demands/{code}/opening").text
    assert last in page
    assert "2026-03-02 12:00:01" in page
    assert "founder" not in page
    assert f"/demands/{code}/opening" in app.test_client().get(f"/demands/{code}").text


def test_the_same_form_sent_twice_at_the_same_moment_is_one_bid_with_one_receipt(app: Flask, market: m.Market) -> None:
    code, together = market.demand.code, Barrier(2)
    client = browser(app, market.founders[1])
    typed = form_of(client, code)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)[1]
    cookie = client.get_cookie("jiebang").value

    def click(_number: int) -> str:
        again = app.test_client()
        again.set_cookie("jiebang", cookie)
        together.wait(20)
        answer = again.post(f"/demands/{code}/bid", data=typed | {"csrf_token": token})
        assert answer.status_code == 201
        return re.search(r'name="text" value="([^"]+)"', answer.text)[1]

    with ThreadPoolExecutor(2) as pool:
        texts = set(pool.map(click, range(2)))
    assert len(texts) == 1
    with app.app_context(), transaction(app_engine()) as session:
        assert len(queries.versions(session, market.demand, market.founders[1].organisation_id)) == 1
