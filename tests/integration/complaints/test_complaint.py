"""A complaint at the authority: who records what, and the time limits of Decree 802 Art 25."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.complaints import filing, queries
from marketplace.payments.models import Obligation
from marketplace.rules.errors import Problems
from tests.integration.complaints.lateness import PRINCIPAL, Lateness, noon, on, refusal


def transferred(late: Lateness, accepted: str, received: str) -> filing.Complaint:
    found = late.accepted_complaint(accepted)
    return filing.transfer(late.session, late.owed_row, found.id, handler="市工信局", transferred_on=on(received),
                           received_on=on(received), actor=late.operator, now=noon(received))


def test_ten_working_days_to_transfer_skip_the_holiday(late: Lateness) -> None:
    """Accepted on Wednesday 2026-04-29; 1 to 5 May are off, 9 May is a working Saturday."""
    found = late.accepted_complaint("2026-04-29")
    clock, = filing.clocks_of(found, today=on("2026-04-30"))
    assert (clock.until, clock.article, clock.provisional) == (on("2026-05-15"), "CN-802/25", False)
    assert not filing.is_late(found, today=on("2026-05-15"))
    assert filing.is_late(found, today=on("2026-05-16"))


def test_thirty_days_for_the_result_and_ninety_at_most_with_an_extension(late: Lateness, owed: Obligation) -> None:
    found = transferred(late, "2026-04-29", "2026-05-11")
    _, clock = filing.clocks_of(found, today=on("2026-06-01"))
    # 2026-06-10 is thirty days after 05-11; ninety are a Sunday, 08-09, which rolls (Civil Code 203)
    assert (clock.until, clock.longest) == (on("2026-06-10"), on("2026-08-10"))
    assert filing.is_late(found, today=on("2026-06-11"))
    filing.extend(late.session, owed, found.id, extended_on=on("2026-06-09"), note="案情复杂", actor=late.operator,
                  now=noon("2026-06-11"))
    assert filing.clocks_of(found, today=on("2026-06-11"))[1].until == on("2026-08-10")
    assert not filing.is_late(found, today=on("2026-06-11"))
    assert refusal(filing.extend, late.session, owed, found.id, extended_on=on("2026-06-10"), note="再延",
                   actor=late.operator, now=noon("2026-06-11")) == "complaint.extended_before"


def test_a_limit_in_an_unpublished_year_is_marked_provisional(late: Lateness) -> None:
    found = late.accepted_complaint("2026-12-21")
    assert filing.clocks_of(found, today=on("2026-12-22"))[0].provisional


def test_a_late_authority_is_at_the_top_of_the_operators_queue(late: Lateness) -> None:
    late.accepted_complaint("2026-04-29")
    first = queries.queue(late.session, today=on("2026-05-16"))[0]
    assert (first.what, first.whose, first.late, first.until) == (
        "complaint_accepted", "authority", True, on("2026-05-15"))


def test_the_buyer_learns_of_it_when_it_is_handed_in(late: Lateness, owed: Obligation) -> None:
    late.filed()
    seen = queries.case_of(late.session, owed.id, actor=late.buyer, today=on("2026-04-10"))
    assert (seen.complaints, "complaint_file" in late.told(late.buyer)) == ([], False)
    found = queries.case_of(late.session, owed.id, actor=late.operator, today=on("2026-04-10")).complaints[0]
    filing.submit(late.session, owed, found.id, authority="省经信厅", submitted_on=on("2026-04-10"),
                  actor=late.operator, now=noon("2026-04-10"))
    seen = queries.case_of(late.session, owed.id, actor=late.buyer, today=on("2026-04-10"))
    assert (len(seen.complaints), "complaint_submit" in late.told(late.buyer)) == (1, True)


def test_a_complaint_needs_lateness_and_the_founders_word(late: Lateness, owed: Obligation) -> None:
    assert refusal(late.filed, "2026-03-02") == "remedy.not_overdue", "due today is not late"
    with pytest.raises(Problems) as caught:
        filing.file(late.session, owed, request="", truthful=False, actor=late.founder, now=noon("2026-04-10"))
    assert {problem.field for problem in caught.value.problems} == {"request", "truthful"}
    for actor, code in ((late.buyer, "contract.other_side"), (late.stranger, "not_found")):
        assert refusal(filing.file, late.session, owed, request="x", truthful=True, actor=actor,
                       now=noon("2026-04-10")) == code
    late.filed()
    assert refusal(late.filed) == "complaint.one_is_open"


def test_the_authoritys_days_are_the_operators_to_record_in_their_order(late: Lateness, owed: Obligation) -> None:
    found = late.accepted_complaint("2026-04-29")
    given = {"handler": "市工信局", "transferred_on": on("2026-05-08"), "received_on": on("2026-05-07")}
    assert refusal(filing.transfer, late.session, owed, found.id, **given, actor=late.founder,
                   now=noon("2026-05-08")) == "remedy.only_operator"
    with pytest.raises(Problems) as caught:
        filing.transfer(late.session, owed, found.id, **given, actor=late.operator, now=noon("2026-05-08"))
    assert [problem.field for problem in caught.value.problems] == ["received_on"]
    assert refusal(filing.decide, late.session, owed, found.id, decided_on=on("2026-05-08"), result="责令支付",
                   actor=late.operator, now=noon("2026-05-08")) == "complaint.wrong_state"


def test_payment_of_principal_and_interest_closes_it(late: Lateness, owed: Obligation) -> None:
    found = late.accepted_complaint("2026-04-29")
    late.paid(owed, "2026-05-06", PRINCIPAL)
    late.round("2026-05-07")
    assert found.status == "accepted", "the interest is still owed"
    late.paid(owed, "2026-05-08", late.statement(owed, "2026-05-08").interest_unpaid_fen or 0)
    assert late.round("2026-05-08")["complaints_closed"] == 1
    assert (found.status, found.close_reason, found.ended_on) == ("closed", "paid", on("2026-05-08"))
    assert late.round("2026-05-09")["complaints_closed"] == 0


def test_the_founder_withdraws_or_closes_it_but_not_as_paid_before_it_is(late: Lateness, owed: Obligation) -> None:
    found = late.accepted_complaint("2026-04-29")
    closing = {"note": "已谈妥", "now": noon("2026-05-06")}
    for reason, code in (("paid", "complaint.not_paid"), ("decision", "complaint.not_decided")):
        assert refusal(filing.close, late.session, owed, found.id, reason=reason, actor=late.founder, **closing) == code
    assert refusal(filing.close, late.session, owed, found.id, reason="settlement", actor=late.buyer,
                   **closing) == "contract.other_side"
    filing.withdraw(late.session, owed, found.id, actor=late.founder, now=noon("2026-05-06"))
    assert (found.status, found.ended_on) == ("withdrawn", on("2026-05-06"))
    assert late.filed("2026-05-07").status == "filed", "a better one may follow"


def test_a_complaint_of_another_payment_is_not_reached_through_this_one(late: Lateness) -> None:
    found = late.filed()
    other = late.delivered(late.signed(at="2025-12-06"), "2026-01-02")
    assert refusal(filing.withdraw, late.session, other, found.id, actor=late.founder,
                   now=noon("2026-04-10")) == "not_found"


def test_a_result_in_time_stops_the_clock(late: Lateness, owed: Obligation) -> None:
    found = transferred(late, "2026-04-29", "2026-05-11")
    filing.decide(late.session, owed, found.id, decided_on=on("2026-06-10"), result="责令十日内支付",
                  actor=late.operator, now=noon("2026-06-10"))
    assert [(one.late, one.done_on) for one in filing.clocks_of(found, today=dt.date(2026, 9, 1))] == [
        (False, on("2026-05-11")), (False, on("2026-06-10"))]
