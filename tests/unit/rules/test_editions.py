"""Editions as rules: months, why a demand is gone, and the two rates a recap is read for."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.rules import lifecycle
from marketplace.rules.editions import (
    EDITION,
    EDITION_ITEM,
    EditionStatus,
    Gone,
    Outcome,
    Part,
    changes,
    fate,
    following,
    read_month,
    recap,
)
from marketplace.rules.errors import WrongState

DAY = dt.date(2026, 5, 31)
ITEM = {"title": "测漏点", "track": "water", "budget_fen": 1, "duration_days": 30, "bid_deadline": "2026-03-20",
        "terms": {"term_days": 30}}


def part(*, due: str | None = "2026-05-10", cleared: str | None = None, left: int = 100) -> Part:
    return Part(100, 0 if cleared else left, dt.date.fromisoformat(due) if due else None,
                dt.date.fromisoformat(cleared) if cleared else None)


def outcome(*parts: Part, bids: int | None = 2, awarded: int | None = 80, cancelled: bool = False,
            delivered: bool = False) -> Outcome:
    return Outcome(100, cancelled, bids, awarded, bool(parts), delivered, parts)


@pytest.mark.parametrize(("text", "month"), [
    ("2026-11", dt.date(2026, 11, 1)), ("2026-13", None), ("2026-1", None), ("26-11", None), ("", None),
    ("2026-11-01", None), ("２０２６-11", None)])
def test_a_month_is_written_in_one_way(text: str, month: dt.date | None) -> None:
    assert read_month(text) == month


def test_december_is_followed_by_january() -> None:
    assert following(dt.date(2026, 12, 1)) == dt.date(2027, 1, 1)
    assert following(dt.date(2026, 1, 1)) == dt.date(2026, 2, 1)


@pytest.mark.parametrize(("status", "takes_bids", "why"), [
    ("complete", False, Gone.AWARDED), ("unsuccessful", False, Gone.UNSUCCESSFUL), ("cancelled", False, Gone.CANCELLED),
    ("evaluation", False, Gone.BIDDING_OVER), ("active", False, Gone.BIDDING_OVER), ("active", True, Gone.LEFT_OUT)])
def test_a_demand_that_is_gone_says_why(status: str, takes_bids: bool, why: Gone) -> None:
    assert fate(status, takes_bids=takes_bids) is why


def test_every_change_a_founder_would_price_is_named() -> None:
    now = ITEM | {"budget_fen": 2, "bid_deadline": "2026-04-20", "terms": {"term_days": 60}, "position": 9}
    assert [(one["field"], one["before"], one["now"]) for one in changes(ITEM, now)] == [
        ("budget_fen", 1, 2), ("bid_deadline", "2026-03-20", "2026-04-20"),
        ("terms", {"term_days": 30}, {"term_days": 60})]
    assert changes(ITEM, dict(ITEM)) == []


def test_a_published_edition_has_no_way_back() -> None:
    assert lifecycle.allowed(EDITION, EditionStatus.PUBLISHED) == ()
    for action in ("freeze", "publish"):
        with pytest.raises(WrongState):
            lifecycle.advance(EDITION, EditionStatus.PUBLISHED, action)
    with pytest.raises(WrongState):
        lifecycle.advance(EDITION, EditionStatus.DRAFT, "publish")
    assert lifecycle.advance(EDITION_ITEM, "declined", "include") == "included"


class TestTheTakenRate:
    """Demands with a bid among those whose bidding is over."""

    def test_counts_no_demand_whose_bids_are_still_secret(self) -> None:
        found = recap([outcome(), outcome(bids=None, awarded=None), outcome(bids=0, awarded=None)], as_of=DAY)
        assert (found.listed, found.closed, found.taken, found.taken_permille) == (3, 2, 1, 500)

    def test_counts_no_demand_that_was_taken_back(self) -> None:
        found = recap([outcome(), outcome(bids=0, awarded=None, cancelled=True)], as_of=DAY)
        assert (found.cancelled, found.taken_permille, found.listed_fen) == (1, 1000, 200)

    def test_is_not_said_before_the_first_deadline(self) -> None:
        assert recap([outcome(bids=None, awarded=None)], as_of=DAY).taken_permille is None


class TestTheRateOfPaymentsOnTime:
    """Payments made in full by their due date among those that were due or made."""

    @pytest.mark.parametrize(("what", "due", "on_time"), [
        (part(cleared="2026-05-10"), 1, 1), (part(cleared="2026-05-11"), 1, 0), (part(), 1, 0),
        (part(due="2026-05-31"), 0, 0),  # due today is not late
        (part(due="2026-06-10"), 0, 0), (part(due="2026-06-10", cleared="2026-05-20"), 1, 1), (part(due=None), 0, 0)])
    def test_counts_the_day_the_money_was_complete(self, what: Part, due: int, on_time: int) -> None:
        found = recap([outcome(what)], as_of=DAY)
        assert (found.due, found.on_time) == (due, on_time)

    def test_amounts_add_up(self) -> None:
        found = recap([outcome(part(cleared="2026-05-01"), part(left=40)), outcome(part())], as_of=DAY)
        assert (found.owed_fen, found.paid_fen, found.awarded_fen) == (300, 160, 160)
        assert (found.due, found.on_time, found.on_time_permille) == (3, 1, 333)
