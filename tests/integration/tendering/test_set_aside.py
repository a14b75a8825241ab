"""Reserved demands: the ledger against its targets, and a reserve given up when too few answer."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from marketplace.demand import reserves
from marketplace.notices.models import Notice
from marketplace.rules.errors import NotAllowed, Problems, WrongState
from marketplace.tendering import operations
from tests.integration.tendering import market as m

LATER = m.AFTER + dt.timedelta(days=14)


def reserved(session, bids: int):
    market = m.open_market(session, set_aside=True)
    for founder in market.founders[:bids]:
        operations.submit_bid(session, market.demand, m.bid(15_000_000), actor=founder, now=m.NOW)
    return market


def release(session, market, **said):
    return reserves.release(session, market.demand, **{
        "bid_deadline": LATER, "reason": "合格投标不足", "actor": market.buyer, "now": m.AFTER} | said)


def test_with_two_qualified_bids_at_the_deadline_the_reserve_is_given_up_and_both_bidders_are_told(session) -> None:
    market = reserved(session, 2)
    made = release(session, market)
    assert (made.bids, made.needed, made.deadline_before) == (2, 3, m.DEADLINE)
    assert (market.demand.set_aside, market.demand.bid_deadline) == (False, LATER)
    told = session.scalars(select(Notice.organisation_id).filter_by(code="set_aside_released"))
    assert set(told) == {one.organisation_id for one in market.founders[:2]}


def test_after_the_release_a_medium_company_may_bid_and_the_old_bids_stand(session) -> None:
    market = reserved(session, 1)
    medium = m.founder(session, 9, size="medium")
    with pytest.raises(NotAllowed):
        operations.submit_bid(session, market.demand, m.bid(15_000_000), actor=medium, now=m.NOW)
    release(session, market)
    after = m.AFTER + dt.timedelta(hours=1)
    assert operations.submit_bid(session, market.demand, m.bid(15_000_000), actor=medium, now=after).version == 1
    assert operations.withdraw_bid(session, market.demand, actor=market.founders[0], now=after).status == "withdrawn"


def test_three_qualified_bids_or_a_running_deadline_keep_the_reserve(session) -> None:
    market = reserved(session, 3)
    with pytest.raises(WrongState):
        release(session, market)


def test_before_the_deadline_nobody_can_know_how_many_will_bid(session) -> None:
    market = reserved(session, 0)
    with pytest.raises(WrongState):
        release(session, market, now=m.DEADLINE)


def test_a_release_needs_its_reason_and_leaves_time_to_bid(session) -> None:
    market = reserved(session, 0)
    with pytest.raises(Problems) as caught:
        release(session, market, reason=" ", bid_deadline=m.AFTER + dt.timedelta(days=1))
    assert {one.code for one in caught.value} == {"set_aside.reason_missing", "set_aside.deadline"}


def test_the_ledger_counts_what_is_reserved_and_a_released_demand_no_longer(session) -> None:
    market = reserved(session, 1)
    m.publish(session, market.buyer)
    (ledger,) = reserves.ledgers(session, buyer_id=market.buyer.organisation_id)
    (line,) = ledger.lines
    assert (str(line.quarter), line.published_fen, line.reserved_fen, line.reserved_share) == (
        "2026Q1", 2 * m.BUDGET_FEN, m.BUDGET_FEN, 50)
    release(session, market)
    (line,) = reserves.ledgers(session, buyer_id=market.buyer.organisation_id)[0].lines
    assert (line.reserved_fen, line.released_fen, line.reserved_share) == (0, m.BUDGET_FEN, 0)
    assert line.missing_fen == 2 * m.BUDGET_FEN * 30 // 100
