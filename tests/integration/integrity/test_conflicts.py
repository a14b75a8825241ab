"""Who decides on a demand and who bids for it: what both declare, what is compared, who may look and when."""
from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.integrity import conflicts, declarations, particulars
from marketplace.integrity.particulars import EmploymentForm
from marketplace.rules.conflicts import SignalKind
from marketplace.rules.errors import NotAllowed, NotFound, Problems, WrongState
from marketplace.tendering import operations
from tests.integration.integrity import world
from tests.integration.tendering import market as m

DAY = dt.date(2026, 3, 20)


@pytest.fixture
def market(session: Session) -> m.Market:
    return m.open_market(session, founders=3)


def kinds(session: Session, market: m.Market, founder: int = 0) -> list[SignalKind]:
    return [signal.kind for signal in conflicts.between(
        session, market.buyer, market.founders[founder].organisation_id, on=DAY)]


def test_strangers_have_no_signal_between_them(session: Session, market: m.Market) -> None:
    world.says(session, market.buyer, legal_representative="陈国栋", registered_address="杭州市江南大道300号A座1201室",
               phone="0571-87654321")
    world.says(session, market.founders[0], legal_representative="周敏", phone="13805710000",
               registered_address="杭州市江南大道300号A座1202室")
    assert kinds(session, market) == []


def test_the_same_head_phone_and_office_are_signals(session: Session, market: m.Market) -> None:
    world.says(session, market.buyer, legal_representative="陈国栋", registered_address="杭州市江南大道300号A座1201室",
               phone="0571-87654321")
    world.says(session, market.founders[0], legal_representative="陈 国栋", phone="+86 571 8765 4321",
               registered_address="杭州市江南大道３００号A栋1201")
    assert kinds(session, market) == [SignalKind.SAME_REPRESENTATIVE, SignalKind.SAME_PHONE, SignalKind.SAME_ADDRESS]
    assert kinds(session, market, founder=1) == []


def test_recent_employment_is_a_signal_in_both_directions_and_old_is_not(session: Session, market: m.Market) -> None:
    """政府采购法实施条例 Art. 9: three years."""
    buyer = market.buyer.organisation
    world.worked(session, market.founders[0], "某公司", "2018-01-01", "2024-06-30", uscc=buyer.uscc)
    world.worked(session, market.founders[1], buyer.name, "2015-01-01", "2023-03-19")
    world.worked(session, market.buyer, market.founders[2].organisation.name, "2025-01-01")
    assert [kinds(session, market, place) for place in range(3)] == [
        [SignalKind.EMPLOYED], [], [SignalKind.EMPLOYED]]


def test_an_employment_taken_back_no_longer_counts(session: Session, market: m.Market) -> None:
    founder = market.founders[0]
    work = particulars.declare_employment(session, EmploymentForm(market.buyer.organisation.name, dt.date(2025, 1, 1)),
                                          actor=founder, now=m.NOW)
    with pytest.raises(NotFound):
        particulars.withdraw_employment(session, work.id, actor=market.founders[1], now=m.NOW)
    particulars.withdraw_employment(session, work.id, actor=founder, now=m.NOW)
    assert kinds(session, market) == []


def test_what_a_company_says_of_itself_does_not_stand_in_the_audit_chain(session: Session, market: m.Market) -> None:
    world.says(session, market.founders[0], legal_representative="周敏", phone="13805710000")
    [said] = [entry for entry in audit.latest(session) if entry.action == "organisation:state_particulars"]
    assert json.loads(said.facts) == {"fields": ["legal_representative", "phone"]}


def test_all_that_is_wrong_with_an_employment_is_said_at_once(session: Session, market: m.Market) -> None:
    with pytest.raises(Problems) as refused:
        world.worked(session, market.founders[0], " ", "2025-02-01", "2025-01-01")
    assert {problem.field for problem in refused.value} == {"employer", "ended_on"}


# Declarations -------------------------------------------------------------------------------------


def test_a_relation_needs_details_and_what_was_declared_stays(session: Session, market: m.Market) -> None:
    founder = market.founders[0]
    with pytest.raises(Problems):
        declarations.declare(session, market.demand, related=True, details=" ", actor=founder, now=m.NOW)
    for details in ("采购经理是我表兄", "采购经理是我表兄", "采购经理是我表兄，两年没有往来"):
        declarations.declare(session, market.demand, related=True, details=details, actor=founder, now=m.NOW)
    made = declarations.of_founder(session, market.demand, founder.organisation_id)
    assert [one.details for one in made] == ["采购经理是我表兄", "采购经理是我表兄，两年没有往来"]


def test_who_declares_is_as_secret_as_who_bids(session: Session, market: m.Market) -> None:
    made = declarations.declare(session, market.demand, related=False, details="", actor=market.founders[0], now=m.NOW)
    [entry] = audit.history(session, "relation_declaration", made.id)
    assert entry.actor == operations.SEALED_ACTOR
    assert "founder" not in entry.facts
    with pytest.raises(WrongState, match="before_opening"):
        conflicts.look(session, market.demand, actor=market.operator, now=m.NOW)


def test_after_the_opening_a_bidder_explains_and_others_cannot(session: Session, market: m.Market) -> None:
    world.bid_all(session, market)
    m.open_bids(session, market)
    stranger = m.founder(session, 9)
    said = declarations.declare(session, market.demand, related=False, details="同名同姓", actor=market.founders[0],
                                now=m.AFTER)
    assert said.stage == "explanation"
    with pytest.raises(WrongState, match="not_now"):
        declarations.declare(session, market.demand, related=False, details="我也解释", actor=stranger, now=m.AFTER)
    with pytest.raises(NotAllowed):
        declarations.declare(session, market.demand, related=False, details="", actor=market.buyer, now=m.AFTER)


def test_each_look_at_the_leads_is_written_down(session: Session, market: m.Market) -> None:
    world.says(session, market.buyer, phone="0571-87654321")
    world.says(session, market.founders[1], phone="057187654321")
    world.bid_all(session, market)
    m.open_bids(session, market)
    found = conflicts.look(session, market.demand, actor=market.operator, now=m.AFTER)
    assert [[signal.kind for _, signals in one.signals for signal in signals] for one in found] == [
        [], [SignalKind.SAME_PHONE], []]
    looks = [entry for entry in audit.history(session, "demand", market.demand.id) if entry.action == "integrity:look"]
    assert [(entry.actor, json.loads(entry.facts)) for entry in looks] == [
        (f"user:{market.operator.id}", {"bidders": 3, "signals": 1})]
    with pytest.raises(NotFound):
        conflicts.look(session, market.demand, actor=market.founders[1], now=m.AFTER)


def test_an_employment_that_ended_three_years_before_the_opening_is_past(session: Session, market: m.Market) -> None:
    world.worked(session, market.founders[0], market.buyer.organisation.name, "2020-01-01", "2023-03-20")
    world.bid_all(session, market)
    m.open_bids(session, market)
    [mine, *_] = conflicts.of_demand(session, market.demand)
    assert [signal.since for _, signals in mine.signals for signal in signals] == [dt.date(2020, 1, 1)]


def test_every_member_of_a_joint_bid_is_compared_and_may_explain(session: Session, market: m.Market) -> None:
    lead, member, stranger = market.founders
    world.says(session, market.buyer, phone="0571-87654321")
    world.says(session, member, phone="057187654321")
    world.team_up(session, market, lead, member)
    world.hand_in(session, market, lead, 17_000_000, world.PLANS[0])
    m.open_bids(session, market)
    found = conflicts.of_demand(session, market.demand)
    assert [(one.founder.id, [signal.kind for _, signals in one.signals for signal in signals]) for one in found] == [
        (lead.organisation_id, []), (member.organisation_id, [SignalKind.SAME_PHONE])]
    said = declarations.declare(session, market.demand, related=False, details="代办机构的电话", actor=member,
                                now=m.AFTER)
    assert said.stage == "explanation"
    assert declarations.stage_of(session, market.demand, stranger.organisation_id, now=m.AFTER) is None
