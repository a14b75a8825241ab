"""A clearly low price on the pages: asked about, explained, decided; who may see which of it."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask

from marketplace.db import app_engine, transaction
from marketplace.tendering import operations as tendering
from tests.integration.tendering import market as m
from tests.integration.tendering.conftest import at  # noqa: F401
from tests.integration.tendering.doors import browser, call, post

ANSWER = "founder3 公司已有现成样机，只收调试费。"
LATE = m.AFTER + dt.timedelta(hours=48, seconds=1)


@pytest.fixture
def opened(app: Flask, at: Callable) -> m.Market:  # noqa: F811
    """Bids of 160,000, 150,000 and, clearly lower, 60,000 yuan, on a budget of 200,000."""
    with app.app_context(), transaction(app_engine()) as session:
        market = m.open_market(session)
        for founder, price in zip(market.founders, (16_000_000, 15_000_000, 6_000_000), strict=True):
            tendering.submit_bid(session, market.demand, m.bid(price), actor=founder, now=m.NOW)
        m.open_bids(session, market)
        market.ids = market.bid_ids(session)
    at(m.AFTER)
    return market


def test_from_the_question_to_the_exclusion_by_links(app: Flask, opened: m.Market) -> None:
    demand, low = f"/demands/{opened.demand.code}", opened.ids[3]
    buyer, bidder = browser(app, opened.buyer), browser(app, opened.founders[2])
    assert f"{demand}/price" not in bidder.get(demand).text
    assert f"{demand}/prices" in buyer.get(f"{demand}/evaluation").text
    page = buyer.get(f"{demand}/prices").text
    assert ("38%" in page, "30%" in page, "第六十条" in page) == (True, True, True)
    assert "founder3" not in page
    usual = post(buyer, f"{demand}/prices/{opened.ids[1]}/ask")
    assert (usual.status_code, "无须说明" in usual.text) == (422, True)
    assert post(buyer, f"{demand}/prices/{low}/ask").status_code == 303
    assert post(buyer, f"{demand}/prices/{low}/ask").status_code == 409
    early = post(buyer, f"{demand}/prices/{low}/decide", {"decision": "exclude", "reason": "太低"})
    assert early.status_code == 409
    assert f'href="{demand}/price"' in bidder.get(demand).text
    assert "2026年3月22日" in bidder.get(f"{demand}/price").text
    assert post(bidder, f"{demand}/price", {"answer": " "}).status_code == 422
    assert post(bidder, f"{demand}/price", {"answer": ANSWER}).status_code == 303
    assert post(bidder, f"{demand}/price", {"answer": ANSWER}).status_code == 409
    shown = buyer.get(f"{demand}/prices").text
    assert ("现成样机" in shown, "founder3" in shown) == (True, False)
    nothing = post(buyer, f"{demand}/prices/{low}/decide", {"decision": "exclude", "reason": ""})
    assert nothing.status_code == 422
    assert re.search(r'value="exclude"\s+id="[^"]+" checked', nothing.text)
    assert post(buyer, f"{demand}/prices/{low}/decide", {"reason": "说明不成立"}).status_code == 422
    assert post(buyer, f"{demand}/prices/{low}/decide",
                {"decision": "exclude", "reason": "没有样机凭证"}).status_code == 303
    evaluation = buyer.get(f"{demand}/evaluation").text
    assert "没有样机凭证" in evaluation
    assert "¥150,000.00 ÷ ¥160,000.00 × 100 = 93.75" in evaluation
    assert "¥150,000.00 ÷ ¥60,000.00" not in evaluation  # out of the ranking, and no arithmetic that does not hold
    assert "没有样机凭证" in bidder.get(f"{demand}/price").text


def test_who_said_nothing_can_only_be_excluded_and_only_when_the_time_is_over(
        app: Flask, opened: m.Market, at: Callable) -> None:  # noqa: F811
    demand, low = f"/demands/{opened.demand.code}", opened.ids[3]
    buyer, bidder = browser(app, opened.buyer), browser(app, opened.founders[2])
    post(buyer, f"{demand}/prices/{low}/ask")
    assert 'name="decision"' not in buyer.get(f"{demand}/prices").text
    at(LATE)
    page = buyer.get(f"{demand}/prices").text
    assert ('value="exclude"' in page, 'value="accept"' in page) == (True, False)
    assert post(buyer, f"{demand}/prices/{low}/decide", {"decision": "accept", "reason": "好"}).status_code == 409
    assert 'name="answer"' not in bidder.get(f"{demand}/price").text
    assert post(bidder, f"{demand}/price", {"answer": ANSWER}).status_code == 409
    assert post(buyer, f"{demand}/prices/{low}/decide", {"decision": "exclude", "reason": "未说明"}).status_code == 303


def test_a_price_question_is_between_the_buyer_and_its_bidder(app: Flask, opened: m.Market) -> None:
    demand, low = f"/demands/{opened.demand.code}", opened.ids[3]
    buyer, other = browser(app, opened.buyer), browser(app, opened.founders[0])
    post(buyer, f"{demand}/prices/{low}/ask")
    assert other.get(f"{demand}/price").status_code == 404
    assert post(other, f"{demand}/price", {"answer": ANSWER}).status_code == 404
    for who in (other, browser(app, opened.operator)):
        assert who.get(f"{demand}/prices").status_code == 403
        assert post(who, f"{demand}/prices/{low}/decide", {"decision": "exclude", "reason": "无"}).status_code == 403


def test_programs_read_an_answer_without_its_bidder_while_names_are_hidden(app: Flask, opened: m.Market) -> None:
    code, low = opened.demand.code, opened.ids[3]
    asked = call(app, "buyer1", "POST", f"{code}/prices/{low}/question")
    assert (asked.status_code, asked.json["status"]) == (201, "asked")
    assert call(app, "founder3", "POST", f"{code}/price", {"answer": ANSWER}).json["answer"] == ANSWER
    rows = {row["bid_id"]: row for row in call(app, "buyer1", "GET", f"{code}/prices").json}
    assert rows[low]["explanation"]["answer"] == "■■■已有现成样机，只收调试费。"
    assert rows[opened.ids[1]]["explanation"] is None
    decided = call(app, "buyer1", "POST", f"{code}/prices/{low}/decision", {"accept": True, "reason": "样机属实"})
    assert (decided.json["status"], decided.json["answer"]) == ("accepted", "■■■已有现成样机，只收调试费。")


def test_what_is_sent_before_the_opening_leads_to_where_the_demand_stands(app: Flask, at: Callable) -> None:  # noqa: F811
    with app.app_context(), transaction(app_engine()) as session:
        market = m.open_market(session)
    buyer, demand = browser(app, market.buyer), f"/demands/{market.demand.code}"
    for path, leads in (("award", f"{demand}/opening"), ("none-suitable", f"{demand}/opening"), ("panel", demand),
                        ("consensus/change", f"{demand}/panel")):
        sent = post(buyer, f"{demand}/{path}")
        assert (sent.status_code, sent.headers.get("Location")) == (303, leads), path
