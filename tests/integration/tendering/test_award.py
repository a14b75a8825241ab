"""Scores by the published criteria, one award, and what each bidder is told of it."""
from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.notices import operations as notices
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import evaluation, operations, queries
from marketplace.tendering.models import Bid
from tests.integration.tendering import market as m


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def market(session: Session) -> m.Market:
    """Three opened bids of 100,000, 80,000 and 120,000 yuan, by the founders in that order."""
    market = m.open_market(session)
    for founder, price in zip(market.founders, (10_000_000, 8_000_000, 12_000_000), strict=True):
        operations.submit_bid(session, market.demand, m.bid(price), actor=founder, now=m.NOW)
    m.open_bids(session, market)
    return market


def award(session: Session, market: m.Market, number: int = 2, reason: str = "总分第一"):
    return operations.award(session, market.demand, bid_id=market.bid_ids(session)[number],
                            reason=reason, actor=market.buyer, now=m.AFTER)


def test_the_ranking_follows_the_published_weights_and_price_formula(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    ids = market.bid_ids(session)
    ranked = evaluation.ranking(market.demand, queries.opened_bids(session, market.demand))
    # price points: 80000/100000 = 80.00, 100.00, 80000/120000 = 66.67 (66.666… half up); weights 40, 30, 30
    # bid 1: 36.00 + 24.00 + 24.00 = 84.00; bid 2: 28.00 + 18.00 + 30.00 = 76.00; bid 3: 38.00 + 27.00 + 20.00 = 85.00
    assert [(ids.index(row.bid.key), row.rank, row.total) for row in ranked] == [
        (3, 1, 8500), (1, 2, 8400), (2, 3, 7600)]
    assert all(sum(part.score for part in row.parts) == row.total for row in ranked)


def test_no_award_before_every_bid_is_scored(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (90, 80), 2: (70, 60)})
    assert refusal(award, session, market) == "award.scores_missing"
    assert market.demand.status == "evaluation"


def test_an_award_needs_its_reason(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    assert refusal(award, session, market, reason=" \n") == "award.reason_missing"


def test_an_award_decides_every_bid_and_freezes_the_ranking(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    made = award(session, market, number=3)
    assert market.demand.status == "complete"
    assert [b.status for b in queries.opened_bids(session, market.demand)] == [
        "unsuccessful", "unsuccessful", "awarded"]
    ids = market.bid_ids(session)
    assert [(ids.index(row["bid_id"]), row["rank"], row["total"]) for row in made.ranking] == [
        (3, 1, 8500), (1, 2, 8400), (2, 3, 7600)]
    facts = audit.history(session, "demand", market.demand.id)[-1].facts
    assert '"rank":1' in facts
    assert '"reason":"总分第一"' in facts


def test_scores_do_not_change_after_the_award(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    award(session, market)
    assert refusal(m.score_all, session, market, {1: (100, 100)}) == "demand.wrong_state"
    assert refusal(award, session, market, number=1) == "demand.wrong_state"


def test_a_loser_learns_their_own_rank_and_score_and_nothing_of_the_others(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    award(session, market, number=3)
    told = notices.inbox(session, market.founders[0].organisation_id)[0]
    assert told.code == "bid_lost"
    assert told.facts == {"demand": market.demand.code, "title": market.demand.title, "rank": 2, "count": 3,
                          "score": "84.00"}
    result = queries.result_of(session, queries.opened_bid(session, market.demand, market.bid_ids(session)[1]))
    assert (result.rank, result.bids, result.total) == (2, 3, 8400)
    assert [(part["name"], part["points"], part["score"]) for part in result.parts] == [
        ("方案", 9000, 3600), ("案例", 8000, 2400), ("价格", 8000, 2400)]
    assert notices.inbox(session, market.founders[2].organisation_id)[0].code == "bid_won"


def test_before_the_award_no_result_is_told(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    assert queries.result_of(session, queries.opened_bid(session, market.demand, market.bid_ids(session)[1])) is None


def test_a_score_can_be_corrected_until_the_award(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (10, 10)})
    m.score_all(session, market, {1: (90, 80)})
    bid = queries.opened_bid(session, market.demand, market.bid_ids(session)[1])
    assert sorted(score.points for score in bid.scores) == [80, 90]


@pytest.mark.parametrize(("criterion", "points", "code"), [
    (0, 101, "evaluation.points_out_of_range"), (0, -1, "evaluation.points_out_of_range"),
    (2, 50, "evaluation.criterion_unknown")])
def test_points_are_0_to_100_and_only_for_quality(session: Session, market: m.Market, criterion: int, points: int,
                                                  code: str) -> None:
    key = market.demand.criteria[criterion].id  # the third is the price, which is computed
    assert refusal(operations.score_bid, session, market.demand, bid_id=market.bid_ids(session)[1],
                   points={key: points}, actor=market.buyer, now=m.AFTER) == code


def test_a_bid_of_another_demand_is_neither_scored_nor_awarded(session: Session, market: m.Market) -> None:
    other = m.publish(session, market.buyer, deadline=m.AFTER + (m.AFTER - m.DEADLINE), now=m.AFTER)
    theirs = operations.submit_bid(session, other, m.bid(), actor=market.founders[0], now=m.AFTER).bid_id
    m.open_bids(session, dataclasses.replace(market, demand=other), now=m.AFTER + dt.timedelta(days=1))
    assert session.get_one(Bid, theirs).status == "opened"
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    for bid_id in (theirs, 0, 2**40):
        assert refusal(operations.award, session, market.demand, bid_id=bid_id, reason="好", actor=market.buyer,
                       now=m.AFTER) == "not_found"
        assert refusal(operations.score_bid, session, market.demand, bid_id=bid_id,
                       points={market.demand.criteria[0].id: 1}, actor=market.buyer, now=m.AFTER) == "not_found"


def test_none_suitable_ends_the_demand_and_tells_every_bidder_why(session: Session, market: m.Market) -> None:
    assert refusal(operations.none_suitable, session, market.demand, reason="", actor=market.buyer,
                   now=m.AFTER) == "award.none_suitable_reason_missing"
    operations.none_suitable(session, market.demand, reason="方案均未覆盖锈斑", actor=market.buyer, now=m.AFTER)
    assert (market.demand.status, market.demand.closed_reason) == ("unsuccessful", "方案均未覆盖锈斑")
    for founder in market.founders:
        told = notices.inbox(session, founder.organisation_id)[0]
        assert (told.code, told.facts["reason"]) == ("none_suitable", "方案均未覆盖锈斑")
