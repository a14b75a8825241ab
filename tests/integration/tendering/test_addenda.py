"""A published demand changes by addendum only: seen by everyone, told to everyone, and never at a bidder's cost."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from marketplace.demand import addenda, deadlines, following
from marketplace.demand.models import Demand
from marketplace.notices.models import Notice
from marketplace.rules.errors import Invalid, Problems, WrongState
from marketplace.tendering import operations, queries
from tests.integration.tendering import market as m

DAY = dt.timedelta(days=1)
SOON = m.DEADLINE - 2 * DAY


@pytest.fixture
def market(session):
    return m.open_market(session)


def amend(session, market, *, now=m.NOW, reason="车间加装了第二条线", bid_deadline=None, **said):
    return addenda.issue(session, market.demand, said, reason=reason, bid_deadline=bid_deadline, actor=market.buyer,
                         now=now)


def told(session, code: str) -> set[int]:
    return set(session.scalars(select(Notice.organisation_id).filter_by(code=code)))


def test_an_addendum_keeps_old_and_new_and_its_reason(session, market) -> None:
    made = amend(session, market, deliverables=("检测模型", "培训"), title=market.demand.title)
    assert made.fields == {"deliverables": [["检测模型"], ["检测模型", "培训"]]}
    assert (made.number, made.reason, market.demand.deliverables) == (1, "车间加装了第二条线", ["检测模型", "培训"])
    assert amend(session, market, title="轴承外观检测").number == 2
    assert [one.number for one in addenda.of_demand(session, market.demand)] == [2, 1]


def test_everyone_who_bids_follows_or_was_told_by_hand_hears_of_it(session, market) -> None:
    bidder, follower, stranger = market.founders
    operations.submit_bid(session, market.demand, m.bid(), actor=bidder, now=m.NOW)
    following.follow(session, market.demand, follower.organisation_id, now=m.NOW)
    following.unfollow(session, market.demand, bidder.organisation_id)  # whose bid is live is told all the same
    amend(session, market, deliverables=("检测模型", "培训"))
    heard = told(session, "demand_addendum")
    assert {bidder.organisation_id, follower.organisation_id} <= heard
    assert stranger.organisation_id not in heard


def test_a_change_two_days_before_the_deadline_moves_it_to_three_full_days(session, market) -> None:
    made = amend(session, market, now=SOON, deliverables=("检测模型", "培训"))
    assert (made.by_rule, made.deadline_before, made.deadline_after) == (True, m.DEADLINE, m.DEADLINE + DAY)
    assert market.demand.bid_deadline == m.DEADLINE + DAY
    [moved] = deadlines.changes(session, market.demand)
    assert (moved.cause, moved.facts["number"], moved.facts["days"]) == ("addendum_late", 1, 3)


def test_a_new_title_or_an_early_change_leaves_the_deadline(session, market) -> None:
    amend(session, market, now=SOON, title="轴承外观检测")
    amend(session, market, now=m.NOW, deliverables=("检测模型", "培训"))
    assert (market.demand.bid_deadline, deadlines.changes(session, market.demand)) == (m.DEADLINE, [])


def test_what_the_tender_law_governs_keeps_fifteen_days(session, market) -> None:
    market.demand.budget_fen, market.demand.buyer.payer_type = 300_000_000, "government"
    session.flush()
    assert addenda.under_tender_law(market.demand, now=m.NOW)
    made = amend(session, market, now=m.DEADLINE - 14 * DAY, deliverables=("检测模型", "培训"))
    assert made.deadline_after == m.DEADLINE + DAY


@pytest.mark.parametrize(("said", "field", "code"), [
    ({"budget_fen": m.BUDGET_FEN - 1}, "budget_fen", "addendum.budget_lower"),
    ({"term_days": 31}, "term_days", "addendum.terms_worse"),
    ({"term_days": None}, "term_days", "addendum.terms_worse"),  # the statutory 60 days of a large firm
    ({"acceptance_period_days": 16}, "acceptance_period_days", "addendum.terms_worse"),
    ({"set_aside": True}, "set_aside", "addendum.not_changeable"),
    ({"criteria": ()}, "criteria", "addendum.not_changeable"),
    ({"title": "轴承外观检测", "reason": " "}, "reason", "addendum.reason_missing"),
    ({"bid_deadline": m.DEADLINE - DAY}, "bid_deadline", "addendum.deadline_earlier"),
    ({"acceptance_criteria": ()}, "acceptance_criteria", "demand.acceptance_missing"),
    ({}, "", "addendum.nothing_changed")])
def test_what_a_bidder_relied_on_is_never_worsened(session, market, said, field, code) -> None:
    with pytest.raises(Problems) as caught:
        amend(session, market, **said)
    assert (field, code) in {(one.field, one.code) for one in caught.value}
    again = session.get_one(Demand, market.demand.id)
    assert (again.budget_fen, again.term_days, again.set_aside) == (m.BUDGET_FEN, 30, False)
    assert addenda.of_demand(session, again) == []


def test_better_terms_and_more_money_are_welcome(session, market) -> None:
    made = amend(session, market, budget_fen=m.BUDGET_FEN + 100, term_days=20, acceptance_period_days=10)
    assert set(made.fields) == {"budget_fen", "term_days", "acceptance_period_days"}
    assert made.material


def test_after_the_deadline_nothing_changes_any_more(session, market) -> None:
    with pytest.raises(WrongState):
        amend(session, market, now=m.AFTER, title="轴承外观检测")


def test_a_sealed_bid_stands_and_can_be_replaced_until_the_new_deadline(session, market) -> None:
    founder = market.founders[0]
    operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
    amend(session, market, now=SOON, deliverables=("检测模型", "培训"))
    bid = queries.bid_of(session, market.demand, founder.organisation_id)
    assert (bid.status, bid.version) == ("sealed", 1)
    later = m.DEADLINE + dt.timedelta(hours=1)
    assert operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=later).version == 2


def test_a_deadline_only_ever_moves_later_and_says_why(session, market) -> None:
    for wrong in (m.DEADLINE, m.DEADLINE - DAY):
        with pytest.raises(Invalid):
            deadlines.extend(session, market.demand, wrong, cause="addendum", facts={}, actor="system", now=m.NOW)
    following.follow(session, market.demand, market.founders[1].organisation_id, now=m.NOW)
    deadlines.extend(session, market.demand, m.DEADLINE + DAY, cause="addendum", facts={"number": 1}, actor="system",
                     now=m.NOW)
    assert told(session, "deadline_extended") == {market.founders[1].organisation_id, market.buyer.organisation_id}


def test_a_cancelled_demand_is_told_to_bidders_and_followers_once_each(session, market) -> None:
    bidder, follower, _ = market.founders
    operations.submit_bid(session, market.demand, m.bid(), actor=bidder, now=m.NOW)
    following.follow(session, market.demand, follower.organisation_id, now=m.NOW)
    following.follow(session, market.demand, follower.organisation_id, now=m.NOW)
    operations.cancel_demand(session, market.demand, reason="预算调整", actor=market.buyer, now=m.NOW)
    assert (told(session, "demand_cancelled"), told(session, "followed_cancelled")) == (
        {bidder.organisation_id}, {follower.organisation_id})
