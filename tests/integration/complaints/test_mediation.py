"""Mediation: both sides agree or nothing happens, both confirm or nothing is settled, and no clock stops by itself."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEntry
from marketplace.complaints import mediation, partners
from marketplace.complaints.models import MediationPartner
from marketplace.complaints.partners import PartnerForm
from marketplace.payments import queries as payments
from marketplace.payments.models import Obligation
from marketplace.rules.errors import NotFound, Problems
from tests.integration.complaints.lateness import Lateness, noon, on, refusal


def test_the_other_side_has_five_working_days_and_silence_means_no(late: Lateness, owed: Obligation) -> None:
    found = mediation.request(late.session, owed, text="请调解", actor=late.founder, now=noon("2026-04-10"))
    assert found.answer_until == on("2026-04-17")
    assert late.round("2026-04-17")["lapsed"] == 0
    assert late.round("2026-04-18")["lapsed"] == 1
    assert (found.status, late.round("2026-04-18")["lapsed"]) == ("lapsed", 0)


def test_nobody_answers_their_own_request_and_nobody_else_takes_it_back(late: Lateness, owed: Obligation) -> None:
    found = mediation.request(late.session, owed, text="请调解", actor=late.buyer, now=noon("2026-04-10"))
    answered = {"agree": True, "now": noon("2026-04-11")}
    assert refusal(mediation.answer, late.session, owed, found.id, actor=late.buyer, **answered) == "mediation.your_own"
    assert refusal(mediation.answer, late.session, owed, found.id, actor=late.stranger, **answered) == "not_found"
    assert refusal(mediation.withdraw, late.session, owed, found.id, actor=late.founder,
                   now=noon("2026-04-11")) == "mediation.not_yours"
    assert refusal(mediation.answer, late.session, owed, found.id, agree=True, actor=late.founder,
                   now=noon("2026-04-20")) == "mediation.answer_late"


def test_it_needs_something_late_or_disputed(late: Lateness, owed: Obligation) -> None:
    assert refusal(mediation.request, late.session, owed, text="x", actor=late.founder,
                   now=noon("2026-03-02")) == "mediation.nothing_to_mediate"


def test_both_sides_confirm_the_terms_and_changed_terms_anew(late: Lateness, owed: Obligation) -> None:
    found = late.mediating()
    mediation.record_terms(late.session, owed, found.id, terms="四月底付清本金", actor=late.operator,
                           now=noon("2026-04-15"))
    mediation.confirm_terms(late.session, owed, found.id, actor=late.buyer, now=noon("2026-04-15"))
    assert found.status == "terms_recorded"
    mediation.record_terms(late.session, owed, found.id, terms="五月底付清本金", actor=late.operator,
                           now=noon("2026-04-16"))
    mediation.confirm_terms(late.session, owed, found.id, actor=late.founder, now=noon("2026-04-16"))
    assert (found.status, found.buyer_confirmed_at) == ("terms_recorded", None), "the buyer confirmed other words"
    mediation.confirm_terms(late.session, owed, found.id, actor=late.buyer, now=noon("2026-04-17"))
    assert (found.status, found.ended_on) == ("settled", on("2026-04-17"))


def test_it_stops_nothing_unless_both_agree_to_the_same_day_in_writing(late: Lateness, owed: Obligation) -> None:
    late.refreshed("2026-04-09")
    found = late.mediating()
    assert late.refreshed("2026-04-10")["unblocked"] == 0
    until = {"until": on("2026-05-10"), "now": noon("2026-04-11")}
    mediation.agree_pause(late.session, owed, found.id, actor=late.founder, **until)
    assert mediation.paused_until(late.session, owed.id, on=on("2026-04-11")) is None
    mediation.agree_pause(late.session, owed, found.id, actor=late.buyer, until=on("2026-05-11"),
                          now=noon("2026-04-11"))
    assert mediation.paused_until(late.session, owed.id, on=on("2026-04-11")) is None, "two different days"
    mediation.agree_pause(late.session, owed, found.id, actor=late.buyer, **until)
    mediation.agree_pause(late.session, owed, found.id, actor=late.founder, **until)
    assert late.refreshed("2026-05-10") == {"plans_ended": 0, "blocked": 0, "unblocked": 0}
    assert late.refreshed("2026-05-11")["blocked"] == 1, "the pause is over"


def test_a_pause_moves_neither_the_due_date_nor_the_interest(late: Lateness, owed: Obligation) -> None:
    found = late.mediating()
    for side in (late.founder, late.buyer):
        mediation.agree_pause(late.session, owed, found.id, until=on("2026-05-10"), actor=side, now=noon("2026-04-11"))
    shown = late.statement(owed, "2026-05-10")
    assert (shown.due, shown.interest_fen) == (on("2026-03-02"), 345_000)  # 100,000 yuan x 0.05 % x 69 days


def test_what_is_said_stays_between_the_sides(late: Lateness, owed: Obligation) -> None:
    found = late.mediating()
    mediation.add_session(late.session, owed, found.id, held_on=on("2026-04-14"), note="采购方承认验收拖延",
                          actor=late.operator, now=noon("2026-04-14"))
    with pytest.raises(NotFound):
        payments.for_party(late.session, owed.id, actor=late.stranger)
    facts = late.session.scalars(select(AuditEntry.facts).where(AuditEntry.object_type == "mediation"))
    assert not [entry for entry in facts if "承认" in entry]


def test_the_operator_names_a_partner_in_use(late: Lateness, owed: Obligation) -> None:
    found = late.mediating()
    partner = late.session.get_one(MediationPartner, found.partner_id)
    unused = PartnerForm(partner.name, "lawyer", "杭州", "陈律师", phone="1", active=False)
    partners.edit(late.session, partner.id, unused, actor=late.operator, now=noon("2026-04-11"))
    assert refusal(mediation.assign, late.session, owed, found.id, partner_id=partner.id, actor=late.operator,
                   now=noon("2026-04-11")) == "field.not_a_choice"
    with pytest.raises(Problems) as caught:
        partners.add(late.session, PartnerForm(partner.name, "friend", "", "陈"), actor=late.operator,
                     now=noon("2026-04-11"))
    assert {one.field for one in caught.value.problems} == {"region", "kind", "email", "name"}
    assert refusal(partners.add, late.session, PartnerForm("乙", "lawyer", "杭州", "王", phone="1"), actor=late.buyer,
                   now=noon("2026-04-11")) == "remedy.only_operator"


def test_either_side_may_end_it(late: Lateness, owed: Obligation) -> None:
    found = late.mediating()
    mediation.fail(late.session, owed, found.id, note="谈不拢", actor=late.buyer, now=noon("2026-04-20"))
    assert (found.status, found.end_note) == ("failed", "谈不拢")
    assert mediation.open_mediation(late.session, owed.id) is None
