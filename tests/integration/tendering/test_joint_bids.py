"""Founders bid as one: each confirms its share itself, nobody stands in two bids, and the contract divides exactly."""
from __future__ import annotations

import dataclasses
import json

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.audit import operations as audit
from marketplace.contracts import operations as contracts
from marketplace.demand.models import Demand
from marketplace.notices import operations as notices
from marketplace.rules.errors import Problems, RuleViolation
from marketplace.tendering import bids, operations, queries, sealing, teams
from marketplace.tendering.models import Bid, BidTeam, BidTeamMember
from marketplace.tendering.teams import Share
from tests.integration.tendering import market as m


def refused(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def form_team(session: Session, market: m.Market, *shares: int, confirm: bool = True, now=m.NOW) -> BidTeam:
    """The first founder leads; `shares` in basis points, the lead's first."""
    lead, *others = market.founders
    team = teams.propose(
        session, market.demand, Share(None, "总体与算法", shares[0]),
        [Share(one.organisation.uscc, "装调", share) for one, share in zip(others, shares[1:], strict=False)],
        actor=lead, now=now)
    for one in others[:len(shares) - 1] if confirm else ():
        answer(session, market, one, team)
    return team


def answer(session: Session, market: m.Market, who: User, team: BidTeam, *, confirm: bool = True) -> BidTeamMember:
    return teams.answer(session, market.demand, team.id, confirm=confirm, actor=who, now=m.NOW)


def submit(session: Session, market: m.Market, who: int = 0, price: int = 10_000_000) -> operations.Receipt:
    return operations.submit_bid(session, market.demand, m.bid(price), actor=market.founders[who], now=m.NOW)


def statuses(team: BidTeam) -> list[str]:
    return [row.status for row in team.members]


def test_a_joint_bid_is_handed_in_only_once_every_member_has_confirmed(session: Session) -> None:
    market = m.open_market(session)
    team = form_team(session, market, 6_000, 2_500, 1_500, confirm=False)
    assert refused(submit, session, market) == "team.unconfirmed"
    answer(session, market, market.founders[1], team)
    assert refused(submit, session, market) == "team.unconfirmed"
    answer(session, market, market.founders[2], team)
    said = json.loads(submit(session, market).text)
    assert said["format"] == 2
    assert [(one["uscc"], one["role"], one["share_bp"]) for one in said["team"]] == [
        (one.organisation.uscc, role, share) for one, role, share in zip(
            market.founders, ("总体与算法", "装调", "装调"), (6_000, 2_500, 1_500), strict=True)]


def test_a_member_who_declines_stops_the_bid_until_the_lead_changes_the_team(session: Session) -> None:
    market = m.open_market(session)
    team = form_team(session, market, 6_000, 2_500, 1_500)
    answer(session, market, market.founders[2], team, confirm=False)
    assert refused(submit, session, market) == "team.declined"
    form_team(session, market, 7_000, 3_000, confirm=False)
    assert statuses(team) == ["confirmed", "invited", "withdrawn"], "whose share changed is asked again"
    assert refused(submit, session, market) == "team.unconfirmed"
    answer(session, market, market.founders[1], team)
    assert [one["share_bp"] for one in json.loads(submit(session, market).text)["team"]] == [7_000, 3_000]


def test_a_team_given_up_leaves_everyone_free(session: Session) -> None:
    market = m.open_market(session)
    form_team(session, market, 6_000, 4_000)
    teams.dissolve(session, market.demand, actor=market.founders[0], now=m.NOW)
    assert [json.loads(submit(session, market, who).text)["team"] for who in (0, 1)] == [[], []]


def test_only_whose_part_changed_is_asked_again(session: Session) -> None:
    market = m.open_market(session)
    team = form_team(session, market, 6_000, 2_500, 1_500)
    form_team(session, market, 5_500, 2_500, 2_000, confirm=False, now=m.NOW + m.MICROSECOND)
    assert statuses(team) == ["confirmed", "confirmed", "invited"]
    told = [notice.code for notice in notices.inbox(session, market.founders[2].organisation_id)]
    assert told.count("team_invited") == 2


def test_who_has_confirmed_bids_neither_alone_nor_in_another_team(session: Session) -> None:
    """Implementing Regulation of the Tendering and Bidding Law Art. 37(3)."""
    market = m.open_market(session)
    lead, member, third = market.founders
    form_team(session, market, 6_000, 4_000)
    assert refused(submit, session, market, 1) == "bid.in_team"
    assert refused(teams.propose, session, market.demand, Share(None, "总体", 5_000),
                   [Share(third.organisation.uscc, "装调", 5_000)], actor=member, now=m.NOW) == "bid.in_team"
    other = teams.propose(session, market.demand, Share(None, "总体", 5_000),
                          [Share(member.organisation.uscc, "装调", 5_000)], actor=third, now=m.NOW)
    assert refused(answer, session, market, member, other) == "bid.in_team"
    assert refused(teams.propose, session, market.demand, Share(None, "总体", 5_000),
                   [Share(lead.organisation.uscc, "装调", 5_000)], actor=member, now=m.NOW) == "bid.in_team"


def test_who_bids_alone_cannot_confirm_and_the_lead_of_a_team_cannot_join_a_second(session: Session) -> None:
    market = m.open_market(session)
    team = form_team(session, market, 6_000, 4_000, confirm=False)
    submit(session, market, 1)
    assert refused(answer, session, market, market.founders[1], team) == "team.has_own_bid"
    other = teams.propose(session, market.demand, Share(None, "总体", 5_000),
                          [Share(market.founders[0].organisation.uscc, "装调", 5_000)], actor=market.founders[2],
                          now=m.NOW)
    assert refused(answer, session, market, market.founders[0], other) == "team.leads_own"


def test_the_database_itself_keeps_a_founder_out_of_two_teams(session: Session) -> None:
    market = m.open_market(session)
    form_team(session, market, 6_000, 4_000)
    second = BidTeam(demand_id=market.demand.id, lead_id=market.founders[2].organisation_id, created_at=m.NOW)
    session.add(second)
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(BidTeamMember(
            team_id=second.id, demand_id=market.demand.id, founder_id=market.founders[1].organisation_id, role="装调",
            share_bp=1, status="confirmed", asked_at=m.NOW))


def test_members_stay_while_the_bid_lies_and_are_free_when_it_is_withdrawn(session: Session) -> None:
    market = m.open_market(session)
    team = form_team(session, market, 6_000, 4_000)
    submit(session, market)
    assert submit(session, market, price=9_000_000).version == 2, "the price may still change"
    assert refused(form_team, session, market, 5_000, 5_000) == "team.bid_lies"
    assert refused(answer, session, market, market.founders[1], team, confirm=False) == "team.bid_lies"
    operations.withdraw_bid(session, market.demand, actor=market.founders[0], now=m.NOW)
    assert statuses(team) == ["withdrawn", "withdrawn"]
    assert submit(session, market, 1).version == 1
    assert json.loads(submit(session, market).text)["team"] == []


@pytest.mark.parametrize(("change", "code"), [
    ("size", "team.member_set_aside"), ("profile", "team.member_profile_missing"), ("buyer", "team.unknown_founder")])
def test_every_member_must_be_allowed_to_bid(session: Session, change: str, code: str) -> None:
    market = m.open_market(session, founders=1, set_aside=True)
    named = market.buyer if change == "buyer" else m.founder(
        session, 7, size="medium" if change == "size" else "micro", profile=change != "profile")
    with pytest.raises(Problems) as caught:
        teams.propose(session, market.demand, Share(None, "总体", 5_000),
                      [Share(named.organisation.uscc, "装调", 5_000)], actor=market.founders[0], now=m.NOW)
    assert [(problem.field, problem.code) for problem in caught.value] == [("members.0.uscc", code)]


def test_a_member_who_is_no_longer_allowed_to_bid_stops_the_joint_bid(session: Session) -> None:
    market = m.open_market(session, set_aside=True)
    form_team(session, market, 6_000, 4_000)
    market.founders[1].organisation.size_class = "large"
    assert refused(submit, session, market) == "bid.set_aside"


def test_nobody_answers_for_another_and_nothing_moves_after_the_deadline(session: Session) -> None:
    market = m.open_market(session)
    team = form_team(session, market, 6_000, 4_000, confirm=False)
    for stranger in (market.founders[0], market.founders[2], market.buyer):
        assert refused(answer, session, market, stranger, team) == "team.not_found"
    late = m.DEADLINE + m.MICROSECOND
    assert refused(teams.answer, session, market.demand, team.id, confirm=True, actor=market.founders[1],
                   now=late) == "team.past_deadline"


def test_the_audit_chain_names_no_member_before_the_opening(session: Session) -> None:
    market = m.open_market(session)
    form_team(session, market, 6_000, 4_000)
    entries = [entry for entry in audit.latest(session) if entry.action.startswith("team:")]
    assert {entry.action for entry in entries} == {"team:propose", "team:confirm"}
    assert {entry.actor for entry in entries} == {"bidder:sealed"}
    codes = [one.organisation.uscc for one in market.founders]
    assert not any(code in entry.facts for code in codes for entry in entries)


def test_the_same_request_again_gives_the_same_receipt_with_the_team_it_had(session: Session) -> None:
    market = m.open_market(session)
    form_team(session, market, 6_000, 4_000)
    form, founder = m.bid(nonce="b" * 64), market.founders[0]
    first = operations.submit_bid(session, market.demand, form, actor=founder, now=m.NOW, idempotency_key="k")
    operations.withdraw_bid(session, market.demand, actor=founder, now=m.NOW)
    again = operations.submit_bid(session, market.demand, form, actor=founder, now=m.NOW, idempotency_key="k")
    assert (again.text, again.commitment) == (first.text, first.commitment)


def test_two_bids_that_share_a_founder_are_both_void_at_the_opening_and_the_others_stand(session: Session) -> None:
    market = m.open_market(session, founders=4)
    form_team(session, market, 6_000, 4_000)
    for who in (0, 2, 3):
        submit(session, market, who)
    _tamper(session, market)
    m.open_bids(session, market)
    opened = queries.opened_bids(session, market.demand)
    assert [bid.founder_id for bid in opened] == [market.founders[3].organisation_id]
    assert {bid.opening_problem for bid in queries.sealed_bids(session, market.demand)} == {"founder_twice"}


def _tamper(session: Session, market: m.Market) -> None:
    """Somebody with access to the database turns the third founder's bid into one with the first one's member."""
    bid = session.scalars(select(Bid).filter_by(founder_id=market.founders[2].organisation_id)).one()
    form = dataclasses.replace(m.bid(), team=tuple(
        {"uscc": one.organisation.uscc, "name": "x", "role": "x", "share_bp": 5_000}
        for one in (market.founders[2], market.founders[1])))
    text = sealing.payload_text(bids.payload(form, demand=market.demand, founder=bid.founder, nonce="c" * 64))
    bid.ciphertext = sealing.seal_bid(text, operations._public_key(session, market.demand))
    bid.commitment = sealing.commitment(text)
    session.flush()


def test_what_was_sealed_before_joint_bids_existed_still_opens(session: Session) -> None:
    market = m.open_market(session)
    receipt = submit(session, market)
    bid = session.get_one(Bid, receipt.bid_id)
    said = json.loads(receipt.text)
    del said["team"], said["attachments"]
    said |= {"format": 1, "disclosures": {"subcontract": False, "ai_generated": True, "details": "初稿由 AI 生成"}}
    text = sealing.payload_text(said)
    bid.ciphertext = sealing.seal_bid(text, operations._public_key(session, market.demand))
    bid.commitment = sealing.commitment(text)
    m.open_bids(session, market)
    opened = queries.opened_bids(session, market.demand)
    assert [(one.price_fen, one.team, one.attachments) for one in opened] == [(10_000_000, [], [])]
    assert opened[0].disclosures == {"subcontract": False, "ai_generated": True, "details": "初稿由 AI 生成"}


def test_the_contract_names_the_members_and_divides_every_milestone_to_the_fen(session: Session) -> None:
    market = m.open_market(session)
    form_team(session, market, 3_334, 3_333, 3_333)
    submit(session, market, price=10_000_001)
    m.open_bids(session, market)
    bid = queries.opened_bids(session, market.demand)[0]
    assert [one["share_bp"] for one in bid.team] == [3_334, 3_333, 3_333]
    demand = session.get_one(Demand, market.demand.id)
    quality = [criterion.id for criterion in demand.criteria if criterion.kind == "quality"]
    operations.score_bid(session, demand, bid_id=bid.id, points=dict.fromkeys(quality, 80), actor=market.buyer,
                         now=m.AFTER)
    contract = contracts.award_and_draft(session, demand, bid_id=bid.id, reason="唯一", actor=market.buyer, now=m.AFTER)
    names = [one.organisation.name for one in market.founders]
    assert f"牵头人：{names[0]}" in contract.text
    assert "连带责任（《招标投标法》第三十一条第三款）" in contract.text
    # 3,000,000 and 7,000,001 fen in shares of 33.34, 33.33 and 33.33 percent
    assert f"1. 样本与方案：{names[0]} ¥10,002.00，{names[1]} ¥9,999.00，{names[2]} ¥9,999.00。" in contract.text
    assert f"2. 上线：{names[0]} ¥23,338.01，{names[1]} ¥23,331.00，{names[2]} ¥23,331.00。" in contract.text
    assert "由生成式人工智能产生的交付物：扩充的测试数据；使用的工具：开源图像生成模型" in contract.text


def test_a_member_finds_what_it_is_asked_and_never_the_price(session: Session) -> None:
    market = m.open_market(session)
    form_team(session, market, 6_000, 4_000, confirm=False)
    asked = teams.invitations(session, market.founders[1].organisation_id, market.demand)
    assert [(one.team.lead.name, one.role, one.share_bp, one.status) for one in asked] == [
        ("founder1 公司", "装调", 4_000, "invited")]
    assert [one.name for one in teams.found(session, "founder3", without=market.founders[0].organisation_id)] == [
        "founder3 公司"]
    assert teams.found(session, "f", without=0) == []
