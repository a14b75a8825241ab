"""What may change after publication, and the time that must be left: Tendering and Bidding Law Art. 23."""
from __future__ import annotations

from datetime import date

import pytest

from marketplace.rules import addendum

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(("deadline", "tender_law", "closes"), [
    (date(2026, 3, 5), False, date(2026, 3, 5)),   # three days are left: enough below the threshold
    (date(2026, 3, 4), False, date(2026, 3, 5)),   # two are not
    (date(2026, 3, 17), True, date(2026, 3, 17)),  # fifteen days under the tender law
    (date(2026, 3, 16), True, date(2026, 3, 17)),
    (date(2026, 3, 5), True, date(2026, 3, 17))])
def test_a_late_change_moves_the_deadline_and_an_early_one_does_not(deadline, tender_law, closes) -> None:
    assert addendum.latest_closing(deadline, MONDAY, tender_law=tender_law) == closes


def test_each_period_names_the_rule_it_comes_from() -> None:
    assert "第二十三条" in addendum.time_left(True, MONDAY).source
    assert "平台规则" in addendum.time_left(False, MONDAY).source


def test_a_new_title_changes_no_bid_and_a_new_deliverable_may() -> None:
    assert not addendum.is_material(["title", "work_days"])
    assert addendum.is_material(["title", "deliverables"])


def test_what_a_bidder_decided_on_is_not_changeable() -> None:
    assert not {"criteria", "set_aside", "late_rate_value", "start_basis", "industry"} & set(addendum.CHANGEABLE)
