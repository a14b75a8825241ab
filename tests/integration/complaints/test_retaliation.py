"""Leads on retaliation (Decree 802 Art 20): facts for the operator to ask about, found once, never a verdict."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from marketplace.complaints import queries, retaliation
from marketplace.complaints.models import RetaliationLead
from marketplace.demand.models import Demand
from marketplace.founders import operations as founders
from marketplace.founders.operations import ProfileDraft
from marketplace.suggestions.models import Invitation, MatchEvent
from marketplace.tendering.models import Award, Bid
from tests.integration.complaints.lateness import PRINCIPAL, Lateness, noon, on, refusal

DAY = "2026-04-15"


def bid_of(late: Lateness, demand: Demand, who: Any, status: str) -> Bid:
    made = Bid(demand=demand, founder=who.organisation, version=1, status=status, ciphertext=b"", commitment="0" * 64,
               received_at=noon(DAY), opened_at=noon(DAY), price_fen=4_000_000, plan="x", milestones=[])
    late.session.add(made)
    late.session.flush()
    return made


def awarded(late: Lateness, *, own_total: int, winner_total: int, day: str = DAY) -> Demand:
    """The stranger wins over the founder; totals in hundredths."""
    demand = late.draft()
    demand.published_at = demand.bid_deadline = demand.opened_at = noon(day)
    demand.status = "complete"
    bid_of(late, demand, late.founder, "unsuccessful")
    won = bid_of(late, demand, late.stranger, "awarded")
    places = sorted(((own_total, late.founder), (winner_total, late.stranger)), key=lambda pair: -pair[0])
    late.session.add(Award(demand=demand, bid_id=won.id, reason="更熟悉", awarded_by_id=late.buyer.id,
                           awarded_at=noon(day), ranking=[
                               {"founder_id": who.organisation_id, "rank": rank, "total": total}
                               for rank, (total, who) in enumerate(places, start=1)]))
    late.session.flush()
    return demand


def unsuccessful(late: Lateness, *bidders: Any, title: str = "港口排程") -> Demand:
    demand = late.draft(title)
    demand.status, demand.published_at, demand.bid_deadline = "unsuccessful", noon(DAY), noon(DAY)
    demand.opened_at, demand.updated_at, demand.closed_reason = noon(DAY), noon(DAY), "都不合适"
    for who in bidders:
        bid_of(late, demand, who, "unsuccessful")
    return demand


def found(late: Lateness, day: str = DAY) -> list[str]:
    retaliation.scan(late.session, today=on(day), now=noon(day))
    return list(late.session.scalars(select(RetaliationLead.kind).order_by(RetaliationLead.id)))


def a_lead(late: Lateness) -> RetaliationLead:
    unsuccessful(late, late.founder)
    assert found(late) == ["only_bid_declined"]
    return late.session.scalars(select(RetaliationLead)).one()


@pytest.mark.parametrize(("own", "winner", "kinds"), [
    (9000, 8900, ["passed_over"]),  # ranked first
    (8600, 8900, ["passed_over"]),  # three points behind
    (8599, 8900, []),  # further behind: the better bid won
])
def test_the_complainants_bid_passed_over(late: Lateness, own: int, winner: int, kinds: list[str]) -> None:
    awarded(late, own_total=own, winner_total=winner)
    assert found(late) == kinds


def test_the_only_bid_declined_is_noted_and_one_of_two_is_not(late: Lateness) -> None:
    unsuccessful(late, late.founder, late.stranger)
    assert found(late) == []
    unsuccessful(late, late.founder)
    assert found(late) == ["only_bid_declined"]


def test_nothing_is_noted_without_a_late_payment_before(late: Lateness) -> None:
    unsuccessful(late, late.stranger)  # the buyer owes this one nothing
    awarded(late, own_total=9000, winner_total=8900, day="2026-03-02")  # due today is not late
    assert found(late) == []


def test_the_window_ends_a_year_after_the_debt_was_paid(late: Lateness) -> None:
    late.paid(late.owed_row, "2026-04-01", PRINCIPAL)
    case = late.founder.organisation_id
    between = {"buyer_id": late.buyer.organisation_id, "founder_id": case}
    assert retaliation.case_between(late.session, **between, on=on("2027-04-01")) is not None
    assert retaliation.case_between(late.session, **between, on=on("2027-04-02")) is None


def test_a_debt_paid_in_time_is_no_case(late: Lateness) -> None:
    late.paid(late.owed_row, "2026-03-02", PRINCIPAL)
    awarded(late, own_total=9000, winner_total=8900)
    assert found(late) == []


def test_dismissed_from_the_suggestions_and_after_an_invitation(late: Lateness) -> None:
    profile = founders.save_profile(late.session, ProfileDraft(headline="视觉", bio="x", region="杭州"),
                                    actor=late.founder, now=noon("2026-01-05"))
    demands = [late.draft("一"), late.draft("二")]
    late.session.add(Invitation(demand_id=demands[1].id, founder_id=late.founder.organisation_id,
                                invited_by_id=late.buyer.id, invited_at=noon(DAY)))
    for demand in demands:
        late.session.add(MatchEvent(demand_id=demand.id, profile_id=profile.id, side="buyer", kind="dismissed",
                                    person_id=late.buyer.id, reason="other", happened_on=on(DAY), at=noon(DAY)))
    late.session.flush()
    assert found(late) == ["suggestion_dismissed", "invitation_withdrawn"]


def test_posted_again_with_a_condition_the_founder_does_not_meet(late: Lateness) -> None:
    founders.save_profile(late.session, ProfileDraft(headline="视觉", bio="x", region="杭州", skills=("排程",)),
                          actor=late.founder, now=noon("2026-01-05"))
    unsuccessful(late, late.founder, late.stranger, title="泊位计划")
    again = late.draft("泊位计划")
    again.status, again.published_at, again.bid_deadline = "active", noon(DAY), noon("2026-06-01")
    again.required_skills = ["排程"]
    late.session.flush()
    assert found(late) == [], "the founder meets what was added"
    again.required_certifications = ["CMMI 5"]
    late.session.flush()
    assert found(late) == ["reposted_excluding"]
    lead = late.session.scalars(select(RetaliationLead)).one()
    assert lead.facts["added"] == ["certification:CMMI 5"]


def test_the_same_fact_is_found_once(late: Lateness) -> None:
    unsuccessful(late, late.founder)
    for day in range(5):
        found(late, (on(DAY) + dt.timedelta(days=day)).isoformat())
    assert late.session.scalar(select(func.count()).select_from(RetaliationLead)) == 1
    assert late.told(late.operator).count("lead_found") == 1


def test_the_buyer_hears_of_it_only_when_asked_and_answers_before_it_is_passed_on(late: Lateness) -> None:
    lead, later = a_lead(late), noon("2026-04-16")
    assert queries.leads(late.session, actor=late.buyer) == []
    assert refusal(retaliation.visible, late.session, lead.id, actor=late.buyer) == "not_found"
    assert refusal(retaliation.close, late.session, lead.id, passed_on=True, note="x", actor=late.operator,
                   now=later) == "lead.wrong_state"
    retaliation.ask(late.session, lead.id, question="为何不合适？", actor=late.operator, now=later)
    assert queries.leads(late.session, actor=late.buyer) == [lead]
    assert refusal(retaliation.ask, late.session, lead.id, question="x", actor=late.buyer,
                   now=later) == "remedy.only_operator"
    retaliation.answer(late.session, lead.id, text="报价超过预算", actor=late.buyer, now=later)
    retaliation.close(late.session, lead.id, passed_on=False, note="有评分记录佐证", actor=late.operator, now=later)
    assert (lead.status, lead.answer) == ("explained", "报价超过预算")


def test_strangers_and_the_founder_see_no_lead_the_platform_found(late: Lateness) -> None:
    lead = a_lead(late)
    retaliation.ask(late.session, lead.id, question="为何？", actor=late.operator, now=noon("2026-04-16"))
    for person in (late.founder, late.stranger):
        assert refusal(retaliation.visible, late.session, lead.id, actor=person) == "not_found"


def test_a_founder_reports_one_about_its_own_late_payment(late: Lateness) -> None:
    demand, owed = late.draft(), late.owed_row
    given = {"text": "投诉后被排除", "actor": late.founder, "now": noon(DAY)}
    assert refusal(retaliation.report, late.session, owed, **(given | {"actor": late.buyer})) == "contract.other_side"
    assert refusal(retaliation.report, late.session, owed, **(given | {"now": noon("2026-03-02")})) == "lead.no_case"
    assert refusal(retaliation.report, late.session, owed, demand_code="JB-0", **given) == "lead.demand_unknown"
    lead = retaliation.report(late.session, owed, demand_code=demand.code, **given)
    assert queries.leads(late.session, actor=late.founder) == [lead]
    assert refusal(retaliation.report, late.session, owed, demand_code=demand.code, **given) == "lead.reported_before"
