"""A contract from an award: what it says, who confirms it, and when it is signed."""
from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from marketplace.contracts import operations as contracts
from marketplace.contracts import queries
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_the_text_names_parties_amounts_and_the_articles_it_rests_on(world: World) -> None:
    contract = world.drafted(amounts=(4_000_000, 6_000_050), start_basis="acceptance", term_days=30,
                             acceptance_period_days=15, late_rate_value="8", late_rate_unit="percent_per_year")
    for words in (contract.number, "buyer 公司", world.founder.organisation.uscc, "1. 第1期：¥40,000.00",
                  "2. 第2期：¥60,000.50", "合同总价：¥100,000.50", "15日内完成验收", "第十条", "付款期限为30日",
                  "年利率8%", "第十七条", "乙方在合同订立时为微型企业", "第三条", "准确率不低于 99%"):
        assert words in contract.text
    assert contract.text_hash == hashlib.sha256(contract.text.encode()).hexdigest()
    assert [m.amount_fen for m in contract.milestones] == [4_000_000, 6_000_050]


@pytest.mark.parametrize(("payer_type", "says"), [
    ("government", "30日（《保障中小企业款项支付条例》第九条第一款）"),
    ("large_enterprise", "60日（《保障中小企业款项支付条例》第九条第二款）"),
])
def test_without_an_agreed_term_the_text_names_the_statutory_one(world: World, payer_type: str, says: str) -> None:
    world.buyer.organisation.payer_type = payer_type
    text = world.drafted().text
    assert says in text
    assert "日利率万分之五" in text


def test_the_second_confirmation_signs_on_the_day_in_beijing(world: World) -> None:
    contract = world.drafted(amounts=(4_000_000, 6_000_000))
    seen = contract.text_hash
    contracts.confirm(world.session, contract, seen_hash=seen, actor=world.buyer, now=noon("2025-06-20"))
    assert (contract.status, contract.signed_on) == ("pending", None)
    late_evening = dt.datetime(2025, 6, 20, 16, 30, tzinfo=dt.UTC)  # half past midnight in Beijing
    contracts.confirm(world.session, contract, seen_hash=seen, actor=world.founder, now=late_evening)
    assert (contract.status, contract.signed_on) == ("active", dt.date(2025, 6, 21))
    assert (contract.lpr_at_signing, contract.payee_size_at_signing, contract.sme_declared_at_signing) == (
        "3.0", "micro", True)
    assert [m.planned_on for m in contract.milestones] == [dt.date(2025, 7, 21), dt.date(2025, 8, 20)]


def test_nobody_signs_a_text_they_did_not_see(world: World) -> None:
    contract = world.drafted()
    assert refusal(contracts.confirm, world.session, contract, seen_hash="0" * 64, actor=world.buyer,
                   now=noon("2025-06-20")) == "contract.text_changed"
    assert contract.buyer_confirmed_at is None


def test_one_side_confirming_twice_signs_nothing(world: World) -> None:
    contract = world.drafted()
    for _ in range(2):
        contracts.confirm(world.session, contract, seen_hash=contract.text_hash, actor=world.buyer,
                          now=noon("2025-06-20"))
    assert contract.status == "pending"


@pytest.mark.parametrize("terms", [
    {"term_days": 75}, {"pay_when_paid_clause": True}, {"start_basis": "acceptance"},
    {"late_rate_value": "2.5", "late_rate_unit": "percent_per_year"}])
def test_terms_that_break_the_decree_are_never_signed(world: World, terms: dict[str, object]) -> None:
    world.buyer.organisation.payer_type = "government"
    contract = world.drafted(**terms)
    assert refusal(contracts.confirm, world.session, contract, seen_hash=contract.text_hash, actor=world.founder,
                   now=noon("2025-06-20")) == "contract.terms_rejected"


def test_a_contract_is_nobody_elses_business(world: World) -> None:
    contract = world.drafted()
    assert refusal(queries.for_party, world.session, contract.number, actor=world.stranger) == "not_found"
    assert refusal(contracts.confirm, world.session, contract, seen_hash=contract.text_hash, actor=world.stranger,
                   now=noon("2025-06-20")) == "not_found"
    assert queries.of_party(world.session, world.stranger.organisation_id) == []
    assert queries.for_party(world.session, contract.number, actor=world.operator) is contract


def test_an_award_drafts_the_contract_from_the_winning_bid_and_the_published_terms(session) -> None:
    from marketplace.tendering import operations as tendering
    from tests.integration.tendering import market as m

    market = m.open_market(session)
    for founder, price in zip(market.founders, (10_000_000, 8_000_000, 12_000_000), strict=True):
        tendering.submit_bid(session, market.demand, m.bid(price), actor=founder, now=m.NOW)
    m.open_bids(session, market)
    m.score_all(session, market, {1: (90, 80), 2: (70, 60), 3: (95, 90)})
    contract = contracts.award_and_draft(session, market.demand, bid_id=market.bid_ids(session)[3], reason="总分第一",
                                         actor=market.buyer, now=m.AFTER)
    assert (contract.founder_id, contract.total_fen) == (market.founders[2].organisation_id, 12_000_000)
    assert sum(milestone.amount_fen for milestone in contract.milestones) == 12_000_000
    assert (contract.term_days, contract.start_basis) == (market.demand.term_days, market.demand.start_basis)
    assert market.demand.status == "complete"
