"""Leads on collusion after an opening: what is found, what innocent bidders are spared, what the operator does."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.integrity import collusion, traces
from marketplace.integrity.models import BidTrace
from marketplace.notices.operations import inbox
from marketplace.rules.collusion import CollusionKind, LeadStage, Strength
from marketplace.rules.errors import NotAllowed, NotFound, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import operations
from tests.integration.integrity import world
from tests.integration.tendering import market as m

OFFICE, HOME = "114.55.10.7", "60.191.2.33"
SECRET = "server secret"


@pytest.fixture
def market(session: Session) -> m.Market:
    return m.open_market(session, founders=3)


def traced(session: Session, market: m.Market, bid_id: int, address: str, agent: str = "Firefox/128") -> None:
    traces.keep(session, bid_id, demand_code=market.demand.code, address=address, agent=agent, secret=SECRET)


def test_independent_bids_give_no_lead(session: Session, market: m.Market) -> None:
    bids = world.bid_all(session, market)
    for number, bid_id in enumerate(bids):
        traced(session, market, bid_id, f"60.191.2.{number}")
    assert world.compared(session, market) == []
    done = collusion.scan_of(session, market.demand)
    assert (done.bids, done.pairs) == (3, 3)


def test_a_copied_plan_is_a_lead_that_quotes_what_was_copied(session: Session, market: m.Market) -> None:
    copied = world.PLANS[0].replace("，", ", ").replace("八百张", "九百张")
    bids = world.bid_all(session, market, plans=(world.PLANS[0], world.PLANS[1], copied))
    [lead] = world.compared(session, market)
    assert (lead.kind, lead.bid_ids) == (CollusionKind.SIMILAR_TEXT, [bids[0], bids[2]])
    [pair] = lead.facts["pairs"]
    assert len(pair["passages"][0]) > 40
    assert pair["passages"][0] in world.PLANS[0]
    assert lead.facts["nearness"] > lead.facts["usual"]


def test_plans_that_quote_the_demand_are_innocent(session: Session, market: m.Market) -> None:
    market.demand.description = ("用相机找出轴承表面的划伤和锈斑，检出率不低于百分之九十八，误报率不高于百分之二，"
                                 "单件检测时间不超过一秒半，部署在产线工控机上，交付标注规范、训练脚本和操作手册。")
    quoted = tuple(f"需求：{market.demand.description} 我们的做法：{plan[:40]}" for plan in world.PLANS)
    world.bid_all(session, market, plans=quoted)
    assert world.compared(session, market) == []


def test_phrases_of_the_trade_are_innocent(session: Session, market: m.Market) -> None:
    """What three other founders wrote in bids on another demand is nobody's own."""
    phrase = ("本方案严格遵守法律法规和行业标准，全程接受甲方监督，未经书面同意不向任何第三方披露数据，"
              "项目结束后按要求销毁全部副本并出具书面证明，质保期内四小时响应。")
    others = [m.founder(session, number) for number in (11, 12, 13)]
    for founder in others:
        world.hand_in(session, market, founder, 15_000_000, phrase)
    m.open_bids(session, market)
    again = m.Market(market.operator, market.buyer, market.founders, m.publish(session, market.buyer), market.escrow)
    world.bid_all(session, again, plans=tuple(phrase + plan[:30] for plan in world.PLANS))
    assert world.compared(session, again) == []


def test_prices_at_equal_odd_steps_are_a_lead_and_round_ones_are_not(session: Session, market: m.Market) -> None:
    world.bid_all(session, market, prices=(17_000_037, 17_123_487, 17_246_937))
    [lead] = world.compared(session, market)
    assert (lead.kind, lead.strength, lead.facts["step_fen"]) == (CollusionKind.PRICE_SERIES, Strength.STRONG, 123_450)


def test_one_device_for_two_founders_is_a_strong_lead(session: Session, market: m.Market) -> None:
    bids = world.bid_all(session, market)
    traced(session, market, bids[0], OFFICE)
    traced(session, market, bids[1], HOME)
    traced(session, market, bids[2], OFFICE)
    [lead] = world.compared(session, market)
    assert (lead.kind, lead.strength, lead.bid_ids) == (
        CollusionKind.SAME_NETWORK, Strength.STRONG, [bids[0], bids[2]])


def test_a_bid_handed_in_again_from_elsewhere_keeps_its_first_trace(session: Session, market: m.Market) -> None:
    first = world.bid_all(session, market)
    traced(session, market, first[0], OFFICE)
    traced(session, market, first[1], OFFICE)
    again = world.hand_in(session, market, market.founders[0], 18_000_000, world.PLANS[0])
    traced(session, market, again, HOME)
    [lead] = world.compared(session, market)
    assert lead.bid_ids == [first[1], again]


def test_neither_an_address_nor_a_hash_that_can_be_followed_is_kept(session: Session, market: m.Market) -> None:
    [first, second, third] = world.bid_all(session, market)
    traced(session, market, first, OFFICE)
    traces.keep(session, second, demand_code="JB-2026-999999", address=OFFICE, agent="Firefox/128", secret=SECRET)
    traced(session, market, third, "192.168.1.20")
    one, other, private = (session.get_one(BidTrace, bid_id) for bid_id in (first, second, third))
    assert OFFICE not in f"{one.address_hash} {one.agent_hash}"
    assert one.address_hash != other.address_hash, "the same office in another demand has another hash"
    assert one.agent_hash != other.agent_hash
    assert private.address_hash is None, "what stands behind a proxy or a router says nothing"


def test_traces_go_180_days_after_the_decision(session: Session, market: m.Market) -> None:
    bids = world.bid_all(session, market)
    traced(session, market, bids[0], OFFICE)
    m.open_bids(session, market)
    assert traces.purge(session, now=m.AFTER + dt.timedelta(days=400)) == 0, "no decision, nothing to count from"
    operations.none_suitable(session, market.demand, reason="都不合适", actor=market.buyer, now=m.AFTER)
    assert market.demand.status == DemandStatus.UNSUCCESSFUL
    assert traces.purge(session, now=m.AFTER + dt.timedelta(days=180)) == 0
    assert traces.purge(session, now=m.AFTER + dt.timedelta(days=180, seconds=1)) == 1
    assert session.scalars(select(BidTrace)).all() == []


@pytest.mark.parametrize(("others", "strength"), [(0, Strength.MEDIUM), (3, Strength.WEAK)])
def test_one_office_is_a_lead_and_an_incubators_door_a_weak_one(
        session: Session, market: m.Market, others: int, strength: Strength) -> None:
    for place, founder in enumerate((*market.founders[:2], *(m.founder(session, 20 + n) for n in range(others)))):
        world.says(session, founder, registered_address="杭州市文一西路998号5幢202室" if place % 2 else
                   "杭州市文一西路998号5号楼202")
    world.bid_all(session, market)
    [lead] = world.compared(session, market)
    assert (lead.kind, lead.facts["trait"], lead.strength) == (
        CollusionKind.SHARED_IDENTITY, "same_address", strength)


def test_a_member_of_a_joint_bid_is_held_against_the_other_bids_and_not_against_its_own(
        session: Session, market: m.Market) -> None:
    lead, member, rival = market.founders
    for founder in (lead, member):
        world.says(session, founder, registered_address="杭州市文一西路998号5幢202室")
    for founder in (member, rival):
        world.says(session, founder, phone="13805710000", registered_address="杭州市文一西路998号5幢202室"
                   if founder is member else "")
    world.team_up(session, market, lead, member)
    bids = [world.hand_in(session, market, founder, price, plan) for founder, price, plan in (
        (lead, world.PRICES[0], world.PLANS[0]), (rival, world.PRICES[2], world.PLANS[2]))]
    [lead_found] = world.compared(session, market)
    assert (lead_found.facts["trait"], lead_found.bid_ids) == ("same_phone", bids)


# What the operator does ---------------------------------------------------------------------------


@pytest.fixture
def lead(session: Session, market: m.Market) -> collusion.CollusionLead:
    world.bid_all(session, market, prices=(18_436_752, 18_436_752, 17_300_000))
    [found] = world.compared(session, market)
    return found


def test_comparing_again_finds_nothing_twice(session: Session, market: m.Market, lead: collusion.CollusionLead) -> None:
    assert collusion.scan(session, market.demand, now=m.AFTER + dt.timedelta(days=1)) == 0
    assert collusion.waiting(session) == []


def test_a_lead_is_looked_at_before_it_is_closed(session: Session, market: m.Market,
                                                 lead: collusion.CollusionLead) -> None:
    later = m.AFTER + dt.timedelta(hours=1)
    with pytest.raises(WrongState):
        collusion.close(session, lead.id, forwarded=False, closing="没事", actor=market.operator, now=later)
    with pytest.raises(Problems):
        collusion.look(session, lead.id, note=" ", actor=market.operator, now=later)
    session.refresh(lead)
    collusion.look(session, lead.id, note="两家都用同一张公开报价单", actor=market.operator, now=later)
    collusion.close(session, lead.id, forwarded=False, closing="有公开报价单为证", actor=market.operator, now=later)
    assert lead.stage == LeadStage.EXPLAINED
    assert [entry.action for entry in audit.history(session, "collusion_lead", lead.id)] == [
        "collusion_lead:note", "collusion_lead:look", "collusion_lead:explain"]


def test_the_buyer_sees_a_lead_only_once_it_is_forwarded(session: Session, market: m.Market,
                                                         lead: collusion.CollusionLead) -> None:
    with pytest.raises(NotFound):
        collusion.visible(session, lead.id, actor=market.buyer)
    collusion.look(session, lead.id, note="看过投标文件", actor=market.operator, now=m.AFTER)
    collusion.close(session, lead.id, forwarded=True, closing="请采购方判断", actor=market.operator, now=m.AFTER)
    assert collusion.visible(session, lead.id, actor=market.buyer) is lead
    assert "collusion_forwarded" in [notice.code for notice in inbox(session, market.buyer.organisation_id)]
    with pytest.raises(NotFound):
        collusion.visible(session, lead.id, actor=market.founders[0])
    with pytest.raises(NotAllowed):
        collusion.look(session, lead.id, note="我来看", actor=market.buyer, now=m.AFTER)


def test_a_lead_stands_in_nobodys_way(session: Session, market: m.Market, lead: collusion.CollusionLead) -> None:
    bid_id = market.bid_ids(session)[1]
    quality = [criterion.id for criterion in market.demand.criteria if criterion.kind == "quality"]
    for one in market.bid_ids(session)[1:]:
        operations.score_bid(session, market.demand, bid_id=one, points=dict.fromkeys(quality, 80),
                             actor=market.buyer, now=m.AFTER)
    operations.award(session, market.demand, bid_id=bid_id, reason="方案最好", actor=market.buyer, now=m.AFTER)
    assert market.demand.status == DemandStatus.COMPLETE
