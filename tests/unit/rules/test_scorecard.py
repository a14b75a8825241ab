"""The payer scorecard: days from term start to cash, shares, trend and tier; little is never dressed up as percent."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.scorecard import THRESHOLDS, Direction, Paid, Scorecard, Tier, scorecard

AS_OF = date(2026, 6, 30)


def paid(days: int, *, cleared: date = date(2026, 6, 1), **changed: Any) -> Paid:
    """An obligation of 60 days to a micro firm, paid so many days after its term began."""
    values: dict[str, Any] = {"started_on": cleared - timedelta(days), "cleared_on": cleared, "left_fen": 0,
                              "overdue": False, "disputed": False, "term_days": 60, "small_payee": True}
    return Paid(**values | changed)


def unpaid(days: int, *, overdue: bool = True, left_fen: int = 100_000, **changed: Any) -> Paid:
    """An obligation whose term began so many days ago and on which money is owed."""
    began = {"started_on": AS_OF - timedelta(days)} | changed
    return paid(0, cleared_on=None, left_fen=left_fen, overdue=overdue, **began)


def card(*records: Paid, as_of: date = AS_OF) -> Scorecard:
    return scorecard(records, as_of=as_of)


def test_day_30_is_within_30_and_day_60_within_60() -> None:
    found = card(paid(0), paid(30), paid(31), paid(60), paid(61))
    assert (found.within_fast, found.within_slow, found.over_slow) == (2, 2, 1)
    assert found.shares == ("40.0", "40.0", "20.0")
    assert found.median_days == 31


def test_money_before_the_term_began_took_no_days() -> None:
    early = [paid(-10) for _ in range(4)]
    assert card(*early, paid(0, started_on=None)).median_days == 0


def test_fewer_than_five_settled_give_counts_and_nothing_else() -> None:
    found = card(*[paid(10)] * 4, unpaid(90), unpaid(10, overdue=False))
    assert (found.known, found.settled, found.within_fast, found.over_slow) == (6, 4, 4, 1)
    assert (found.overdue_now, found.overdue_fen) == (1, 100_000)
    assert found.suppressed
    assert (found.tier, found.shares, found.median_days, found.trend, found.disputed_share) == (None,) * 5
    assert card(*[paid(10)] * 5).tier is Tier.GOLD


def test_nothing_is_said_of_a_buyer_without_obligations() -> None:
    found = card()
    assert (found.known, found.tier, found.median_days, found.longest_term_days) == (0, None, None, None)


@pytest.mark.parametrize(("fast", "slow", "over", "tier"), [
    (19, 1, 0, Tier.GOLD),      # 95 percent within 30 days is enough
    (18, 2, 0, Tier.BRONZE),    # 90 percent is not; all are paid within 60
    (0, 19, 1, Tier.BRONZE),
    (0, 18, 2, None),
    (19, 0, 1, Tier.GOLD),      # one of twenty may be late
    (18, 0, 2, None),
])
def test_tiers_by_the_published_thresholds(fast: int, slow: int, over: int, tier: Tier | None) -> None:
    assert card(*[paid(30)] * fast, *[paid(31)] * slow, *[paid(61)] * over).tier is tier


def test_silver_is_for_paying_the_small_at_once_and_the_medium_within_60() -> None:
    to_medium = [paid(45, small_payee=False)] * 10
    assert card(*[paid(20)] * 10, *to_medium).tier is Tier.SILVER
    assert card(*[paid(20)] * 9, paid(40), *to_medium).tier is Tier.BRONZE


def test_what_is_unpaid_for_more_than_60_days_counts_as_such_though_it_is_not_settled() -> None:
    prompt = [paid(10)] * 10
    assert card(*prompt, unpaid(60)).shares == ("100.0", "0.0", "0.0")
    found = card(*prompt, unpaid(61))
    assert (found.over_slow, found.shares, found.tier) == (1, ("90.9", "0.0", "9.1"), None)
    assert card(*prompt, unpaid(61, left_fen=0, overdue=False, disputed=True)).over_slow == 0  # all in dispute


def test_a_term_that_begins_later_is_not_known_yet() -> None:
    assert card(*[paid(10)] * 5, unpaid(-5, overdue=False)).known == 5
    assert card(unpaid(0, started_on=None, overdue=False)).known == 0


def test_disputed_share_and_longest_term() -> None:
    found = card(*[paid(10)] * 5, paid(10, disputed=True, term_days=90), paid(10, term_days=None))
    assert (found.disputed, found.disputed_share, found.longest_term_days) == (1, "14.3", 90)


def test_the_trend_compares_two_half_years_of_at_least_five() -> None:
    recent, earlier = date(2025, 12, 31), date(2025, 12, 30)  # the half year before 30 June begins after 30 December
    too_old = [paid(99, cleared=date(2025, 6, 30))] * 6
    found = card(*[paid(20, cleared=recent)] * 5, *[paid(40, cleared=earlier)] * 5, *too_old)
    assert (found.trend.recent_days, found.trend.earlier_days, found.trend.direction) == (20, 40, Direction.FASTER)
    assert card(*[paid(20, cleared=recent)] * 5, *[paid(40, cleared=earlier)] * 4).trend is None
    slower = card(*[paid(41, cleared=recent)] * 5, *[paid(40, cleared=earlier)] * 5).trend
    assert slower.direction is Direction.SLOWER


def test_six_months_before_the_31st_is_the_end_of_a_short_month() -> None:
    at_the_end = [paid(20, cleared=date(2026, 3, 1))] * 5 + [paid(40, cleared=date(2026, 2, 28))] * 5
    assert card(*at_the_end, as_of=date(2026, 8, 31)).trend.recent_days == 20


def test_before_the_rule_was_published_no_tier_is_given() -> None:
    since = THRESHOLDS[0].since
    records = [paid(10, cleared=date(2025, 5, 1))] * 5
    assert card(*records, as_of=since - timedelta(1)).tier is None
    assert card(*records, as_of=since).tier is Tier.GOLD


records = st.builds(lambda days, owed: unpaid(days) if owed else paid(days), st.integers(-30, 200), st.booleans())


@given(st.lists(records, max_size=30), st.randoms())
def test_shares_add_up_and_order_does_not_matter(given_records: list[Paid], order: Any) -> None:
    found = card(*given_records)
    if found.shares:
        assert sum(round(float(share) * 10) for share in found.shares) == 1000
    shuffled = list(given_records)
    order.shuffle(shuffled)
    assert card(*shuffled) == found


@given(st.lists(st.integers(0, 120), min_size=5, max_size=30), st.data())
def test_paying_one_bill_sooner_never_costs_a_tier(days: list[int], data: Any) -> None:
    rank = [None, Tier.BRONZE, Tier.SILVER, Tier.GOLD]
    place = data.draw(st.integers(0, len(days) - 1))
    sooner = [*days[:place], data.draw(st.integers(0, days[place])), *days[place + 1:]]
    assert rank.index(card(*map(paid, sooner)).tier) >= rank.index(card(*map(paid, days)).tier)
