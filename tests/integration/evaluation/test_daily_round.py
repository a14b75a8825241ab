"""The daily round of evaluations: demands their buyers let lie, and access to trial data that runs out."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace import jobs
from marketplace.db import app_engine, reading, transaction
from marketplace.evaluation import trials, validation
from marketplace.evaluation.validation import Plan
from marketplace.notices.models import Notice
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries
from marketplace.tendering.store import Store
from tests.integration.tendering import market as m
from tests.integration.tendering.conftest import at  # noqa: F401
from tests.integration.tendering.doors import browser


@pytest.fixture
def market(app: Flask, at: Callable) -> m.Market:  # noqa: F811
    """A market with one sealed bid, and people who can sign in."""
    with app.app_context(), transaction(app_engine()) as session:
        made = m.open_market(session, password_hash="none")
        tendering.submit_bid(session, made.demand, m.bid(), actor=made.founders[0], now=m.NOW)
        return made


def morning(day: dt.date) -> dt.datetime:
    """Nine o'clock in Beijing."""
    return dt.datetime(day.year, day.month, day.day, 1, tzinfo=dt.UTC)


def round_of(app: Flask, at: Callable, day: dt.date) -> dict:  # noqa: F811
    at(morning(day))
    with app.app_context():
        return jobs.tick(day.isoformat())


def told(app: Flask, organisation_id: int, *codes: str) -> list[str]:
    with app.app_context(), reading(app_engine()) as session:
        query = select(Notice.code).filter_by(organisation_id=organisation_id).where(Notice.code.in_(codes))
        return list(session.scalars(query.order_by(Notice.id)))


def test_a_demand_left_unopened_is_asked_for_twice_and_then_shown_to_the_operator(
        app: Flask, market: m.Market, at: Callable) -> None:  # noqa: F811
    owed = ("opening_owed", "opening_owed_operator")
    buyer, operator = market.buyer.organisation_id, market.operator.organisation_id
    for day, to_buyer, to_operator in (((2026, 3, 22), 0, 0), ((2026, 3, 23), 1, 0), ((2026, 3, 24), 1, 0),
                                       ((2026, 3, 25), 2, 0), ((2026, 3, 27), 3, 1), ((2026, 3, 30), 3, 1)):
        for _ in range(2):
            round_of(app, at, dt.date(*day))
        assert (len(told(app, buyer, *owed)), len(told(app, operator, *owed))) == (to_buyer, to_operator), day
    assert market.demand.title in browser(app, market.operator).get("/operator").text


def test_an_evaluation_left_undecided_is_asked_for_and_stops_with_the_decision(
        app: Flask, market: m.Market, at: Callable) -> None:  # noqa: F811
    with app.app_context(), transaction(app_engine()) as session:
        m.open_bids(session, market)
    owed = ("decision_owed", "decision_owed_operator")
    buyer, operator = market.buyer.organisation_id, market.operator.organisation_id
    assert round_of(app, at, dt.date(2026, 4, 2))["lying"] == 0
    assert round_of(app, at, dt.date(2026, 4, 3))["lying"] == 1
    round_of(app, at, dt.date(2026, 4, 20))
    assert told(app, buyer, *owed) == ["decision_owed"] * 2
    assert told(app, operator, *owed) == ["decision_owed_operator"]
    desk = browser(app, market.operator)
    assert market.demand.title in desk.get("/operator").text
    with app.app_context(), transaction(app_engine()) as session:
        tendering.none_suitable(session, market.demand, reason="都不合适", actor=market.buyer,
                                now=morning(dt.date(2026, 4, 20)))
    assert market.demand.title not in desk.get("/operator").text
    round_of(app, at, dt.date(2026, 5, 20))
    assert len(told(app, buyer, *owed)) == 2


def test_access_that_ran_out_is_closed_and_its_founder_told_once(
        app: Flask, market: m.Market, at: Callable, tmp_path: Path) -> None:  # noqa: F811
    founder = market.founders[0]
    with app.app_context(), transaction(app_engine()) as session:
        m.open_bids(session, market)
        plan = Plan(1, "检验检出率", "只用于本次验证", 7)
        validation.state(session, market.demand, plan, actor=market.buyer, now=m.AFTER)
        validation.add_file(session, market.demand, "样本.csv", "编号\n1\n".encode(), files=Store(tmp_path / "data"),
                            actor=market.buyer, now=m.AFTER)
        bid = queries.bid_of(session, market.demand, founder.organisation_id)
        grant, = validation.offer(session, market.demand, [bid.id], actor=market.buyer, now=m.AFTER)
        validation.accept(session, grant.id, seen_hash=grant.conditions_hash, actor=founder, now=m.AFTER)
        data = f"/demands/{market.demand.code}/validation/grants/{grant.id}/files/{grant.stage.files[0].id}"
    last, after = dt.date(2026, 3, 27), dt.date(2026, 3, 28)
    assert round_of(app, at, last)["trials"] == 0
    for _ in range(2):
        round_of(app, at, after)
    assert told(app, founder.organisation_id, "validation_ended") == ["validation_ended"]
    with app.app_context(), reading(app_engine()) as session:
        assert [one.status for one in trials.stage_of(session, market.demand).grants] == ["expired"]
    refused = browser(app, founder).get(data)
    assert (refused.status_code, "2026年3月27日" in refused.text) == (409, True)
