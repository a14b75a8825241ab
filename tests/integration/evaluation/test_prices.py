"""A price clearly lower than the others is asked about, explained in time, accepted or out of the ranking."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.evaluation import operations, prices, queries
from marketplace.notices import operations as notices
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import evaluation as scoring
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries as bids
from marketplace.tendering.models import RevokedAward
from tests.integration.tendering import market as m

LATER = m.AFTER + dt.timedelta(hours=48)


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def market(session: Session) -> m.Market:
    """Bids of 160,000, 150,000 and, clearly lower, 60,000 yuan, on a budget of 200,000."""
    market = m.open_market(session)
    for founder, price in zip(market.founders, (16_000_000, 15_000_000, 6_000_000), strict=True):
        tendering.submit_bid(session, market.demand, m.bid(price), actor=founder, now=m.NOW)
    m.open_bids(session, market)
    return market


def ask(session: Session, market: m.Market, number: int = 3):
    return prices.ask(session, market.demand, market.bid_ids(session)[number], actor=market.buyer, now=m.AFTER)


def answer(session: Session, market: m.Market, now: dt.datetime = m.AFTER):
    return prices.answer(session, market.demand, "已有现成样机，只收调试费。", actor=market.founders[2], now=now)


def decide(session: Session, market: m.Market, *, accept: bool, now: dt.datetime = m.AFTER, reason: str = "说明不成立"):
    return prices.decide(session, market.demand, market.bid_ids(session)[3], accept=accept, reason=reason,
                         actor=market.buyer, now=now)


def test_only_a_clearly_low_price_is_asked_about_and_once(session: Session, market: m.Market) -> None:
    assert refusal(ask, session, market, 2) == "evaluation.price_not_low"
    made = ask(session, market)
    assert (made.facts["others_share"], made.facts["budget_share"]) == (38, 30)  # 60/155 and 60/200, rounded down
    assert made.answer_by == LATER
    assert refusal(ask, session, market) == "evaluation.price_asked"
    assert notices.inbox(session, market.founders[2].organisation_id)[0].code == "price_asked"


def test_an_answer_counts_until_the_stated_second(session: Session, market: m.Market) -> None:
    ask(session, market)
    assert refusal(answer, session, market, LATER + m.MICROSECOND) == "evaluation.price_answer_late"
    assert answer(session, market, LATER).status == "answered"


def test_nobody_is_excluded_before_they_could_answer(session: Session, market: m.Market) -> None:
    ask(session, market)
    assert refusal(decide, session, market, accept=False) == "evaluation.price_not_answered_yet"
    decide(session, market, accept=False, now=LATER + m.MICROSECOND)
    assert bids.opened_bid(session, market.demand, market.bid_ids(session)[3]).exclusion == "说明不成立"


def test_an_excluded_bid_stays_listed_last_and_sets_no_price(session: Session, market: m.Market) -> None:
    ask(session, market)
    answer(session, market)
    assert refusal(decide, session, market, accept=False, reason=" ") == "evaluation.price_reason_missing"
    decide(session, market, accept=False)
    m.score_all(session, market, {1: (80, 80), 2: (80, 80)})
    ranked = scoring.ranking(market.demand, bids.opened_bids(session, market.demand))
    ids = market.bid_ids(session)
    assert [(ids.index(row.bid.key), row.rank, row.out) for row in ranked] == [
        (2, 1, None), (1, 2, None), (3, None, "excluded")]
    assert ranked[0].parts[-1].points == 10_000  # the lowest of those still in
    assert refusal(tendering.award, session, market.demand, bid_id=ids[3], reason="便宜", actor=market.buyer,
                   now=m.AFTER) == "award.out_of_ranking"


def test_an_accepted_price_is_ranked_like_the_others(session: Session, market: m.Market) -> None:
    ask(session, market)
    answer(session, market)
    decide(session, market, accept=True, reason="样机属实")
    m.score_all(session, market, {1: (80, 80), 2: (80, 80), 3: (80, 80)})
    ranked = scoring.ranking(market.demand, bids.opened_bids(session, market.demand))
    assert market.bid_ids(session).index(ranked[0].bid.key) == 3


def test_no_award_and_no_closing_while_a_low_price_is_unexplained(session: Session, market: m.Market) -> None:
    m.score_all(session, market, {1: (80, 80), 2: (80, 80), 3: (80, 80)})

    def close() -> None:
        operations.close(session, market.demand, no_conflict=True, actor=market.buyer, now=m.AFTER)

    assert refusal(close) == "evaluation.price_unasked"
    assert refusal(operations.require_consensus, session, market.demand) == "evaluation.price_unasked"
    ask(session, market)
    assert refusal(close) == "evaluation.price_open"
    answer(session, market)
    decide(session, market, accept=True, reason="样机属实")
    close()
    assert queries.standing(session, market.demand).status == "closed"


def test_after_an_award_that_fell_no_bid_stays_excluded_without_a_new_decision(
        session: Session, market: m.Market) -> None:
    ask(session, market)
    answer(session, market)
    decide(session, market, accept=False)
    bid, before = bids.opened_bid(session, market.demand, market.bid_ids(session)[3]), notices_of(session, market)
    operations.reopen(session, market.demand, reason="异议成立", actor="system", now=LATER)
    assert (bid.exclusion, queries.explanation_of(session, bid).status) == (None, "answered")
    assert refusal(prices.require_settled, session, market.demand) == "evaluation.price_open"
    with_the_award(session, market)
    decide(session, market, accept=True, reason="重评认可", now=LATER)
    prices.require_settled(session, market.demand)
    assert notices_of(session, market)[:-len(before)] == ["price_accepted"]


def test_who_was_excluded_in_silence_is_asked_again_after_an_award_that_fell(
        session: Session, market: m.Market) -> None:
    ask(session, market)
    decide(session, market, accept=False, now=LATER + m.MICROSECOND)
    with_the_award(session, market)
    operations.reopen(session, market.demand, reason="异议成立", actor="system", now=LATER + m.MICROSECOND)
    found = queries.explanations(session, market.demand)[market.bid_ids(session)[3]]
    assert (found.status, found.answer_by) == ("asked", LATER + m.MICROSECOND + dt.timedelta(hours=48))
    assert notices_of(session, market)[0] == "price_asked"
    assert answer(session, market, LATER + dt.timedelta(hours=1)).status == "answered"


def notices_of(session: Session, market: m.Market) -> list[str]:
    """The codes of what the lowest bidder was told, the newest first."""
    return [one.code for one in notices.inbox(session, market.founders[2].organisation_id)]


def with_the_award(session: Session, market: m.Market) -> None:
    """An award of this demand was revoked."""
    session.add(RevokedAward(demand_id=market.demand.id, round=1, award_id=1, bid_id=market.bid_ids(session)[1],
                             founder_id=market.founders[0].organisation_id, reason="总分第一", ranking=[],
                             awarded_by_id=market.buyer.id, awarded_at=m.AFTER, revoked_at=LATER, revoked_by="system",
                             cause="异议成立"))
    session.flush()
