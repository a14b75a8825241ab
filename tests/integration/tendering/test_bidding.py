"""A bid is sealed, is counted to the microsecond, can be replaced and withdrawn until the deadline, never after."""
from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.notices import operations as notices
from marketplace.rules.errors import NotFound, Problems, RuleViolation
from marketplace.tendering import operations, queries
from marketplace.tendering.bids import Disclosures, PlannedMilestone
from marketplace.tendering.models import Bid, DemandKey, KeyShare, OpeningKey
from tests.integration.tendering import market as m


def refused(call, *arguments, **options) -> RuleViolation:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value


def test_nothing_a_founder_wrote_can_be_read_in_the_database_before_the_opening(session: Session) -> None:
    market = m.open_market(session)
    receipt = operations.submit_bid(session, market.demand, m.bid(12_345_678), actor=market.founders[0], now=m.NOW)
    bid = session.get_one(Bid, receipt.bid_id)
    assert (bid.price_fen, bid.plan, bid.milestones, bid.disclosures) == (None, None, None, None)
    stored = bid.ciphertext + "".join(entry.facts for entry in audit.latest(session)).encode()
    for said in ("12345678", "采集两周", "样本不少于", "扩充"):
        assert said.encode() not in stored


def test_the_audit_chain_does_not_tell_who_has_bid_before_the_opening(session: Session) -> None:
    market = m.open_market(session)
    receipt = operations.submit_bid(session, market.demand, m.bid(), actor=market.founders[0], now=m.NOW)
    entry = audit.history(session, "bid", receipt.bid_id)[0]
    assert entry.actor == "bidder:sealed"
    assert json.loads(entry.facts) == {"commitment": receipt.commitment, "demand": market.demand.code, "version": 1}


def test_the_private_key_of_a_demand_is_nowhere_in_one_piece(session: Session) -> None:
    market = m.open_market(session)
    key = session.get_one(DemandKey, market.demand.id)
    assert [share.opened for share in key.shares] == [None, None, None]
    kept = [share.opening_key for share in key.shares]
    assert [k.holder for k in kept] == ["buyer", "operator", "escrow"]
    assert [k.wrapped_private_key is None for k in kept] == [False, False, True]


def test_the_receipt_is_the_sha256_of_the_file_the_founder_keeps(session: Session) -> None:
    market = m.open_market(session)
    receipt = operations.submit_bid(session, market.demand, m.bid(), actor=market.founders[0], now=m.NOW)
    assert hashlib.sha256(receipt.text.encode()).hexdigest() == receipt.commitment
    said = json.loads(receipt.text)
    assert said["price_fen"] == 10_000_000
    assert said["demand"] == market.demand.code
    assert said["founder_uscc"] == market.founders[0].organisation.uscc
    assert len(said["nonce"]) == 64


def test_two_equal_bids_have_different_commitments(session: Session) -> None:
    market = m.open_market(session)
    one, other = (operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
                  for founder in market.founders[:2])
    assert one.commitment != other.commitment


def test_the_length_of_a_sealed_bid_does_not_tell_the_length_of_its_plan(session: Session) -> None:
    market = m.open_market(session)
    short, long = (operations.submit_bid(session, market.demand, m.bid(plan=plan), actor=founder, now=m.NOW)
                   for plan, founder in zip(("短", "长" * 900), market.founders, strict=False))
    assert len(session.get_one(Bid, short.bid_id).ciphertext) == len(session.get_one(Bid, long.bid_id).ciphertext)


def test_a_bid_at_the_deadline_is_in_time_and_one_microsecond_later_is_not(session: Session) -> None:
    market = m.open_market(session)
    operations.submit_bid(session, market.demand, m.bid(), actor=market.founders[0], now=m.DEADLINE)
    late = refused(operations.submit_bid, session, market.demand, m.bid(), actor=market.founders[1],
                   now=m.DEADLINE + m.MICROSECOND)
    assert late.code == "bid.past_deadline"
    assert late.facts == {"deadline": "2026-03-20 17:00:00", "received": "2026-03-20 17:00:00.000001"}
    assert queries.bid_count(session, market.demand) == 1


def test_a_new_bid_replaces_the_old_one_which_is_kept_sealed(session: Session) -> None:
    market = m.open_market(session)
    founder = market.founders[0]
    first = operations.submit_bid(session, market.demand, m.bid(9_000_000), actor=founder, now=m.NOW)
    second = operations.submit_bid(session, market.demand, m.bid(8_000_000), actor=founder, now=m.DEADLINE)
    assert (first.version, second.version) == (1, 2)
    assert [(b.version, b.status) for b in queries.versions(session, market.demand, founder.organisation_id)] == [
        (2, "sealed"), (1, "superseded")]
    m.open_bids(session, market)
    assert [b.price_fen for b in queries.opened_bids(session, market.demand)] == [8_000_000]
    assert session.get_one(Bid, first.bid_id).price_fen is None


def test_a_bid_is_withdrawn_until_the_deadline_and_never_after(session: Session) -> None:
    market = m.open_market(session)
    early, late = market.founders[:2]
    for founder in (early, late):
        operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
    assert operations.withdraw_bid(session, market.demand, actor=early, now=m.DEADLINE).status == "withdrawn"
    no = refused(operations.withdraw_bid, session, market.demand, actor=late, now=m.DEADLINE + m.MICROSECOND)
    assert no.code == "bid.past_deadline_withdrawal"
    assert refused(operations.withdraw_bid, session, market.demand, actor=early, now=m.NOW).code == "bid.none_yours"
    m.open_bids(session, market)
    assert [b.founder_id for b in queries.opened_bids(session, market.demand)] == [late.organisation_id]


def test_after_a_withdrawal_a_founder_may_bid_again(session: Session) -> None:
    market = m.open_market(session)
    founder = market.founders[0]
    operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
    operations.withdraw_bid(session, market.demand, actor=founder, now=m.NOW)
    assert operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW).version == 2


def test_the_same_request_again_gives_the_same_receipt_and_one_bid(session: Session) -> None:
    market = m.open_market(session)
    form = m.bid(nonce="ab" * 32)
    once, again = (operations.submit_bid(session, market.demand, form, actor=market.founders[0], now=now,
                                         idempotency_key="k1") for now in (m.NOW, m.DEADLINE + m.MICROSECOND))
    assert once == again
    assert len(queries.versions(session, market.demand, market.founders[0].organisation_id)) == 1


def test_the_same_key_for_another_bid_is_refused(session: Session) -> None:
    market = m.open_market(session)
    form = m.bid(nonce="ab" * 32)
    operations.submit_bid(session, market.demand, form, actor=market.founders[0], now=m.NOW, idempotency_key="k1")
    other = dataclasses.replace(form, plan="另一个方案")
    no = refused(operations.submit_bid, session, market.demand, other, actor=market.founders[0], now=m.NOW,
                 idempotency_key="k1")
    assert no.code == "idempotency.other_request"


def test_another_founder_may_use_the_same_key(session: Session) -> None:
    market = m.open_market(session)
    for founder in market.founders[:2]:
        operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW, idempotency_key="k1")
    assert queries.bid_count(session, market.demand) == 2


@pytest.mark.parametrize(("size", "code"), [("micro", None), ("small", None), ("medium", "bid.set_aside"),
                                            ("large", "bid.set_aside")])
def test_a_set_aside_demand_is_for_micro_and_small_enterprises(session: Session, size: str, code: str | None) -> None:
    market = m.open_market(session, founders=0, set_aside=True)
    founder = m.founder(session, 9, size=size)
    if code is None:
        operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
    else:
        assert refused(operations.submit_bid, session, market.demand, m.bid(), actor=founder, now=m.NOW).code == code


def test_a_founder_without_a_profile_is_told_to_write_one_first(session: Session) -> None:
    market = m.open_market(session, founders=0)
    founder = m.founder(session, 9, profile=False)
    no = refused(operations.submit_bid, session, market.demand, m.bid(), actor=founder, now=m.NOW)
    assert no.code == "bid.profile_missing"


def test_a_buyer_does_not_bid(session: Session) -> None:
    market = m.open_market(session)
    assert refused(operations.submit_bid, session, market.demand, m.bid(), actor=market.buyer,
                   now=m.NOW).code == "bid.founders_only"


def test_everything_wrong_with_a_bid_is_told_at_once(session: Session) -> None:
    market = m.open_market(session)
    form = dataclasses.replace(
        m.bid(), price_fen=m.BUDGET_FEN + 1, plan=" ", disclosures=Disclosures(True, False),
        milestones=(PlannedMilestone("", 0, 0, ()), PlannedMilestone("二", 5_000_000, 30, ("可用",))))
    found = refused(operations.submit_bid, session, market.demand, form, actor=market.founders[0], now=m.NOW)
    assert isinstance(found, Problems)
    assert [(p.field, p.code) for p in found] == [
        ("price_fen", "bid.over_budget"), ("plan", "field.required"),
        ("milestones.0.title", "field.required"), ("milestones.0.acceptance_criteria", "bid.criteria_missing"),
        ("milestones.0.amount_fen", "money.zero"), ("milestones.0.days", "field.out_of_range"),
        ("milestones", "bid.milestones_under"), ("disclosures.subcontract_part", "field.required"),
        ("disclosures.subcontract_to", "field.required"),
        ("disclosures.subcontract_share_bp", "bid.subcontract_share")]


@pytest.mark.parametrize(("difference", "code"), [(1, "bid.milestones_over"), (-1, "bid.milestones_under")])
def test_milestones_one_fen_off_the_price_are_refused_with_the_difference(
        session: Session, difference: int, code: str) -> None:
    market = m.open_market(session)
    form = m.bid(10_000_000)
    last = dataclasses.replace(form.milestones[1], amount_fen=form.milestones[1].amount_fen + difference)
    found = refused(operations.submit_bid, session, market.demand,
                    dataclasses.replace(form, milestones=(form.milestones[0], last)), actor=market.founders[0],
                    now=m.NOW)
    assert [(p.code, p.facts["difference_fen"]) for p in found] == [(code, 1)]


@pytest.mark.parametrize("text", ["方案\x00", "方案\ud800"])
def test_text_no_file_can_hold_is_refused(session: Session, text: str) -> None:
    market = m.open_market(session)
    found = refused(operations.submit_bid, session, market.demand, m.bid(plan=text), actor=market.founders[0],
                    now=m.NOW)
    assert [(p.field, p.code) for p in found] == [("plan", "bid.not_text")]


def test_no_demand_is_published_without_all_three_keys(session: Session) -> None:
    market = m.open_market(session)
    for key in session.scalars(select(KeyShare)).all():
        session.delete(key)
    for key in session.scalars(select(OpeningKey).filter_by(holder="escrow")).all():
        session.delete(key)
    session.flush()
    assert refused(m.publish, session, market.buyer).code == "opening_key.platform_missing"


def test_a_buyer_without_a_passphrase_is_asked_for_one_before_publishing(session: Session) -> None:
    m.open_market(session)
    other = m.person(session, 2, "buyer", payer_type="sme")
    assert refused(m.publish, session, other).code == "opening_key.buyer_missing"


def test_a_withdrawn_bid_cannot_be_taken_for_another_founders(session: Session) -> None:
    market = m.open_market(session)
    operations.submit_bid(session, market.demand, m.bid(), actor=market.founders[0], now=m.NOW)
    with pytest.raises(NotFound):
        operations.withdraw_bid(session, market.demand, actor=market.founders[1], now=m.NOW)


def test_founders_whose_bids_stand_are_told_when_the_demand_is_taken_back(session: Session) -> None:
    market = m.open_market(session)
    first, second = market.founders[:2]
    operations.submit_bid(session, market.demand, m.bid(), actor=first, now=m.NOW)
    operations.submit_bid(session, market.demand, m.bid(), actor=second, now=m.NOW)
    operations.withdraw_bid(session, market.demand, actor=second, now=m.NOW)
    operations.cancel_demand(session, market.demand, reason="预算被收回", actor=market.buyer, now=m.NOW)
    told = {who.id: [one.code for one in notices.inbox(session, who.organisation_id)] for who in (first, second)}
    assert ("demand_cancelled" in told[first.id], "demand_cancelled" in told[second.id]) == (True, False)
