"""The platform's rules after a late payment, and the tables of what may follow what."""
from __future__ import annotations

from datetime import date

import pytest

from marketplace import i18n, reference
from marketplace.rules import remedies
from marketplace.rules import remedy_policy as policy
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import advance
from marketplace.rules.remedies import COMPLAINT, LISTING, MEDIATION, ComplaintStatus, ListingStatus, MediationStatus

CALENDAR = reference.calendar()


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_status_and_refusal_has_a_name(lang: str) -> None:
    for table in remedies.ALL:
        assert i18n.has_text(f"error.{table.name}.wrong_state", lang)
        assert all(i18n.has_text(f"enum.{table.statuses.__name__}.{one.value}", lang) for one in table.statuses)
    for enum in (remedies.ComplaintEnd, remedies.LeadKind, remedies.PartnerKind, remedies.LiftReason):
        assert all(i18n.has_text(f"enum.{enum.__name__}.{one.value}", lang) for one in enum)
    for key, rule in policy.RULES.items():
        assert i18n.has_text(f"complaints.rule.{key}", lang)
        assert i18n.has_text(f"complaints.unit.{rule.series[0].unit}", lang)


@pytest.mark.parametrize(("table", "status", "action"), [
    (LISTING, ListingStatus.PROPOSED, "appeal"),  # nothing to appeal against before it is published
    (LISTING, ListingStatus.DECLINED, "publish"),
    (LISTING, ListingStatus.REMOVED, "publish"),
    (COMPLAINT, ComplaintStatus.FILED, "accept"),  # the authority has not seen it
    (COMPLAINT, ComplaintStatus.ACCEPTED, "decide"),  # nobody handles it yet
    (COMPLAINT, ComplaintStatus.DECIDED, "withdraw"),
    (MEDIATION, MediationStatus.REQUESTED, "assign"),  # the other side has not agreed
    (MEDIATION, MediationStatus.ASSIGNED, "settle"),  # no terms to confirm
    (MEDIATION, MediationStatus.LAPSED, "agree"),
])
def test_what_may_not_follow(table, status, action) -> None:
    with pytest.raises(WrongState):
        advance(table, status, action)


def test_publishing_is_blocked_from_the_thirtieth_late_day() -> None:
    on = date(2026, 4, 1)
    assert [policy.blocks_publishing(days, on=on) for days in (29, 30)] == [False, True]
    assert [policy.may_be_listed(days, on=on) for days in (59, 60)] == [False, True]


def test_the_right_of_reply_is_counted_in_working_days() -> None:
    """Five working days from 2026-09-30: 1 to 7 October are off, 10 October is a working Saturday."""
    assert policy.reply_until(date(2026, 9, 30), calendar=CALENDAR).day == date(2026, 10, 13)
    assert policy.reply_until(date(2026, 12, 30), calendar=CALENDAR).provisional, "2027 is not published"


@pytest.mark.parametrize(("fen", "band"), [
    (1, (0, 1_000_000)), (999_999, (0, 1_000_000)), (1_000_000, (1_000_000, 5_000_000)),
    (19_999_999, (5_000_000, 20_000_000)), (100_000_000, (100_000_000, None))])
def test_the_public_reads_a_band_that_holds_the_amount(fen: int, band: tuple[int, int | None]) -> None:
    assert policy.amount_band(fen) == band


@pytest.mark.parametrize(("number", "shown"), [("HT-2026-000123", "HT-2026-****23"), ("7", "**7")])
def test_a_masked_number_shows_no_more_than_its_end(number: str, shown: str) -> None:
    assert policy.masked(number) == shown


def test_an_instalment_is_late_the_day_after_its_own_and_rolls_off_rest_days() -> None:
    """Civil Code 203: 2026-04-25 is a Saturday, its last day the Monday after."""
    plan = [policy.Instalment(date(2026, 4, 20), 100), policy.Instalment(date(2026, 4, 25), 50)]
    promised = {day: policy.promised_before(plan, today=date(2026, 4, day), calendar=CALENDAR)
                for day in (20, 21, 27, 28)}
    assert promised == {20: 0, 21: 100, 27: 100, 28: 150}
    assert [policy.next_promised(plan, paid) for paid in (99, 100, 150)] == [plan[0], plan[1], None]


def test_only_a_condition_that_is_new_and_not_met_excludes() -> None:
    before = policy.Conditions(frozenset({"排程"}), frozenset(), remote_ok=True)
    after = policy.Conditions(frozenset({"排程", "港口"}), frozenset({"CMMI 5"}), remote_ok=False)
    held = {"skills": frozenset({"港口"}), "certifications": frozenset()}
    assert policy.newly_excluding(before, after, **held) == ("certification:CMMI 5", "on_site")
    assert policy.newly_excluding(after, after, **held) == ()


def test_a_bid_far_behind_the_winner_was_not_passed_over() -> None:
    on, places = date(2026, 4, 1), [policy.Ranked(1, 1, 9000), policy.Ranked(2, 2, 8699), policy.Ranked(3, 3, 8700)]
    found = {one: policy.passed_over(places, winner_id=1, founder_id=one, on=on) is not None for one in (1, 2, 3, 4)}
    assert found == {1: False, 2: False, 3: True, 4: False}
