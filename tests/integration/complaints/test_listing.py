"""The public list: nothing before a decision with a reason, never without the right of reply, gone with the debt."""
from __future__ import annotations

import pytest

from marketplace.complaints import listings, queries
from marketplace.payments.models import Obligation
from tests.integration.complaints.lateness import PRINCIPAL, Lateness, noon, on, refusal

# Due 2026-03-02: 2026-05-01 is the sixtieth late day. Proposed on Wednesday 05-06, five working days end on 05-12
# (05-09 is a working Saturday).


def published(late: Lateness) -> listings.PublicListing:
    return late.decided(late.proposed(), "2026-05-13")


def current(late: Lateness, day: str) -> list[queries.PublicEntry]:
    return queries.public_list(late.session, today=on(day))[0]


def test_it_is_proposed_from_the_sixtieth_day_on_and_by_the_operator(late: Lateness, owed: Obligation) -> None:
    assert refusal(late.proposed, "2026-04-30") == "listing.not_late_enough"
    assert refusal(listings.propose, late.session, owed, reason="x", actor=late.founder,
                   now=noon("2026-05-06")) == "remedy.only_operator"
    found = late.proposed("2026-05-01")
    assert found.status == "proposed"
    assert refusal(late.proposed, "2026-05-06") == "listing.one_is_open"


def test_nothing_is_published_before_the_reply_or_the_end_of_its_days(late: Lateness) -> None:
    found = late.proposed()
    assert (found.reply_until, found.provisional) == (on("2026-05-12"), False)
    assert refusal(late.decided, found, "2026-05-12") == "listing.reply_window_open"
    assert current(late, "2026-05-12") == []
    late.decided(found, "2026-05-13")
    assert len(current(late, "2026-05-13")) == 1


def test_a_reply_is_published_with_the_entry_and_allows_the_decision(late: Lateness, owed: Obligation) -> None:
    found = late.proposed()
    listings.reply(late.session, owed, found.id, text="上级拨款未到，五月底付清", actor=late.buyer,
                   now=noon("2026-05-07"))
    late.decided(found, "2026-05-07")
    assert [one.reply for one in current(late, "2026-05-07")] == ["上级拨款未到，五月底付清"]


def test_the_right_of_reply_is_the_buyers_and_ends(late: Lateness, owed: Obligation) -> None:
    found = late.proposed()
    for actor, day, code in ((late.founder, "2026-05-07", "contract.other_side"),
                             (late.stranger, "2026-05-07", "not_found"),
                             (late.buyer, "2026-05-13", "listing.reply_late")):
        assert refusal(listings.reply, late.session, owed, found.id, text="x", actor=actor, now=noon(day)) == code


def test_only_facts_are_shown_and_the_number_is_masked(late: Lateness, owed: Obligation) -> None:
    published(late)
    entry, = current(late, "2026-05-20")
    # 100,000 yuan lies between 50,000 and 200,000
    assert (entry.low_fen, entry.below_fen, entry.days_late) == (5_000_000, 20_000_000, 79)
    assert entry.buyer == late.buyer.organisation.name
    assert owed.contract.number not in str(entry)
    assert late.founder.organisation.name not in str(entry)


def test_a_declined_proposal_is_never_public(late: Lateness) -> None:
    late.decided(late.proposed(), "2026-05-06", publish=False)
    assert queries.public_list(late.session, today=on("2026-06-01")) == ([], [])


def test_payment_takes_it_down_at_once_and_history_keeps_the_day(late: Lateness, owed: Obligation) -> None:
    found = published(late)
    late.paid(owed, "2026-05-20", PRINCIPAL)
    now, gone = queries.public_list(late.session, today=on("2026-05-20"))
    assert (now, [one.removed_on for one in gone]) == ([], [on("2026-05-20")]), "before any round has run"
    assert late.round("2026-05-21")["taken_down"] == 1
    assert late.round("2026-05-21")["taken_down"] == 0
    assert (found.status, found.removed_on, found.removal_reason) == ("removed", on("2026-05-20"), "settled")


def test_a_proposal_ends_unpublished_when_the_debt_is_paid(late: Lateness, owed: Obligation) -> None:
    found = late.proposed()
    late.paid(owed, "2026-05-07", PRINCIPAL)
    assert refusal(late.decided, found, "2026-05-13") == "remedy.not_overdue"
    late.round("2026-05-08")
    assert found.status == "withdrawn"
    assert queries.public_list(late.session, today=on("2026-06-01")) == ([], [])


@pytest.mark.parametrize(("uphold", "status", "shown"), [(True, "removed", 0), (False, "published", 1)])
def test_an_appeal_takes_it_down_or_leaves_it(late: Lateness, owed: Obligation, uphold: bool, status: str,
                                              shown: int) -> None:
    found = published(late)
    listings.appeal(late.session, owed, found.id, text="已付，银行退回", actor=late.buyer, now=noon("2026-05-14"))
    assert [one.appealed for one in current(late, "2026-05-14")] == [True]
    assert refusal(listings.answer_appeal, late.session, owed, found.id, uphold=uphold, note="核实", actor=late.buyer,
                   now=noon("2026-05-15")) == "remedy.only_operator"
    listings.answer_appeal(late.session, owed, found.id, uphold=uphold, note="已核实", actor=late.operator,
                           now=noon("2026-05-15"))
    assert (found.status, len(current(late, "2026-05-15"))) == (status, shown)
    if not uphold:
        assert refusal(listings.appeal, late.session, owed, found.id, text="再申请", actor=late.buyer,
                       now=noon("2026-05-16")) == "listing.appealed_before"


def test_the_founder_sees_a_proposal_only_once_it_is_decided(late: Lateness, owed: Obligation) -> None:
    found = late.proposed()
    assert queries.case_of(late.session, owed.id, actor=late.founder, today=on("2026-05-06")).listings == []
    assert not [code for code in late.told(late.founder) if code.startswith("listing")]
    late.decided(found, "2026-05-13")
    assert len(queries.case_of(late.session, owed.id, actor=late.founder, today=on("2026-05-13")).listings) == 1
