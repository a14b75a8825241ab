"""Two of three holders open the bids, after the deadline only; one bad bid never stands in the way."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.demand import operations as demands
from marketplace.notices import operations as notices
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import operations, queries, sealing
from marketplace.tendering.models import Bid, DemandKey, KeyShare
from tests.integration.tendering import market as m

SECRETS = {"buyer": m.BUYER_PASSPHRASE, "operator": m.OPERATOR_PASSPHRASE}


def give(session: Session, market: m.Market, holder: str, *, secret: str | None = None, actor=None,
         now: dt.datetime = m.AFTER) -> int:
    person = actor or (market.buyer if holder == "buyer" else market.operator)
    secret = secret or SECRETS.get(holder, market.escrow)
    return operations.contribute_share(session, market.demand, holder=holder, secret=secret, actor=person, now=now)


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def with_bids(session: Session, count: int = 2) -> m.Market:
    market = m.open_market(session, founders=count)
    for number, founder in enumerate(market.founders, start=1):
        operations.submit_bid(session, market.demand, m.bid(number * 1_000_000), actor=founder, now=m.NOW)
    return market


@pytest.mark.parametrize("holders", [("buyer", "operator"), ("operator", "buyer"), ("buyer", "escrow"),
                                     ("escrow", "operator")])
def test_any_two_of_the_three_holders_open_every_bid(session: Session, holders: tuple[str, str]) -> None:
    market = with_bids(session)
    assert give(session, market, holders[0]) == 1
    assert (market.demand.status, queries.opened_bids(session, market.demand)) == ("active", [])
    assert give(session, market, holders[1]) == 2
    assert (market.demand.status, market.demand.opened_at) == ("evaluation", m.AFTER)
    opened = queries.opened_bids(session, market.demand)
    assert [(b.price_fen, b.status, b.opened_at) for b in opened] == [
        (1_000_000, "opened", m.AFTER), (2_000_000, "opened", m.AFTER)]
    assert opened[0].milestones == [
        {"title": "样本与方案", "amount_fen": 300_000, "days": 20, "acceptance_criteria": ["样本不少于 5000 张"]},
        {"title": "上线", "amount_fen": 700_000, "days": 80,
         "acceptance_criteria": ["检出率不低于 98%", "误报率不高于 2%"]}]
    assert opened[0].disclosures == {
        "subcontract": False, "subcontract_part": "", "subcontract_share_bp": 0, "subcontract_to": "",
        "ai_generated": True, "ai_deliverables": "扩充的测试数据", "ai_tools": "开源图像生成模型",
        "details": "逐张人工核对。"}


def test_nobody_opens_at_the_deadline_itself(session: Session) -> None:
    market = with_bids(session)
    assert refusal(give, session, market, "buyer", now=m.DEADLINE) == "opening.before_deadline"
    assert give(session, market, "buyer", now=m.DEADLINE + m.MICROSECOND) == 1


def test_a_wrong_passphrase_changes_nothing(session: Session) -> None:
    market = with_bids(session)
    assert refusal(give, session, market, "buyer", secret="three blue lanterns") == "opening.wrong_passphrase"
    assert [c.at for c in queries.contributions(session, market.demand)] == [None, None, None]
    assert audit.history(session, "demand", market.demand.id)[-1].action != "opening:contribute"


def test_the_wrong_escrow_key_and_a_mistyped_one_are_told_apart(session: Session) -> None:
    market = with_bids(session)
    other = sealing.key_text(sealing.new_key_pair()[0])
    assert refusal(give, session, market, "escrow", secret=other) == "opening.wrong_escrow_key"
    typo = f"JB1-{'A' if market.escrow[4] != 'A' else 'B'}{market.escrow[5:]}"
    assert refusal(give, session, market, "escrow", secret=typo) == "opening.escrow_key_malformed"
    assert give(session, market, "escrow", secret=f"  {market.escrow.lower().replace('-', ' ')}\n") == 1


def test_only_a_holder_gives_a_share_and_only_their_own(session: Session) -> None:
    market = with_bids(session)
    stranger = m.person(session, 2, "buyer", payer_type="sme")
    for actor, holder in ((stranger, "buyer"), (market.founders[0], "buyer"), (market.operator, "buyer"),
                          (market.buyer, "operator"), (market.buyer, "escrow")):
        secret = SECRETS.get(holder, market.escrow)
        assert refusal(give, session, market, holder, secret=secret, actor=actor) == "opening.not_a_holder"


def test_a_holder_gives_their_share_once(session: Session) -> None:
    market = with_bids(session)
    give(session, market, "buyer")
    assert refusal(give, session, market, "buyer") == "opening.given_already"
    assert market.demand.status == "active"


def test_each_contribution_is_told_with_its_time_and_written_in_the_chain(session: Session) -> None:
    market = with_bids(session)
    give(session, market, "operator")
    later = m.AFTER + dt.timedelta(hours=1)
    assert [(c.holder, c.at) for c in queries.contributions(session, market.demand)] == [
        ("buyer", None), ("operator", m.AFTER), ("escrow", None)]
    give(session, market, "buyer", now=later)
    entries = audit.history(session, "demand", market.demand.id)
    assert [(e.action, e.actor, e.at) for e in entries if e.action == "opening:contribute"] == [
        ("opening:contribute", f"user:{market.operator.id}", m.AFTER),
        ("opening:contribute", f"user:{market.buyer.id}", later)]
    opened = [audit.history(session, "bid", b.id)[-1] for b in queries.opened_bids(session, market.demand)]
    assert [e.action for e in opened] == ["bid:open", "bid:open"]
    assert audit.verify(session).intact


def test_after_the_opening_nothing_is_left_that_opens_a_withdrawn_or_replaced_bid(session: Session) -> None:
    market = with_bids(session)
    m.open_bids(session, market)
    key = session.get_one(DemandKey, market.demand.id)
    assert [share.opened for share in key.shares] == [None, None, None]
    assert [share.contributed_at is not None for share in key.shares] == [True, True, False]


def change_ciphertext(session: Session, bid: Bid) -> None:
    bid.ciphertext = bid.ciphertext[:-1] + bytes([bid.ciphertext[-1] ^ 1])


def seal_something_else(session: Session, bid: Bid) -> None:
    public_key = session.get_one(DemandKey, bid.demand_id).public_key
    bid.ciphertext = sealing.seal_bid('{"price_fen":1}', public_key)


def seal_nonsense(session: Session, bid: Bid) -> None:
    seal_something_else(session, bid)
    bid.commitment = sealing.commitment('{"price_fen":1}')


def take_the_others_envelope(session: Session, bid: Bid) -> None:
    other = session.scalars(select(Bid).where(Bid.id != bid.id)).one()
    bid.ciphertext, bid.commitment = other.ciphertext, other.commitment


@pytest.mark.parametrize(("tamper", "problem"), [
    (change_ciphertext, "undecryptable"), (seal_something_else, "other_commitment"), (seal_nonsense, "unreadable"),
    (take_the_others_envelope, "other_commitment")])
def test_a_bid_that_cannot_be_read_is_shown_and_never_stands_in_the_way(session: Session, tamper, problem: str) -> None:
    market = with_bids(session)
    bad = queries.bid_of(session, market.demand, market.founders[0].organisation_id)
    tamper(session, bad)
    m.open_bids(session, market)
    assert (bad.status, bad.opening_problem, bad.price_fen) == ("sealed", problem, None)
    assert queries.sealed_bids(session, market.demand) == [bad]
    assert [b.price_fen for b in queries.opened_bids(session, market.demand)] == [2_000_000]
    assert problem in audit.history(session, "bid", bad.id)[-1].facts
    assert notices.inbox(session, bad.founder_id)[0].code == "bid_unreadable"


def test_exchanged_shares_are_found_before_any_bid_is_touched(session: Session) -> None:
    market = with_bids(session)
    other = m.publish(session, market.buyer)
    ours, theirs = (session.scalars(select(KeyShare).filter_by(demand_id=d.id, number=1)).one()
                    for d in (market.demand, other))
    ours.sealed, theirs.sealed = theirs.sealed, ours.sealed
    give(session, market, "buyer")
    assert refusal(give, session, market, "operator") == "opening.key_mismatch"
    assert queries.sealed_bids(session, market.demand)[0].opening_problem is None


def test_a_demand_nobody_bid_on_is_closed_without_any_key_and_its_buyer_told(session: Session) -> None:
    market = m.open_market(session)
    assert refusal(operations.close_without_bids, session, market.demand, actor=market.buyer,
                   now=m.DEADLINE) == "opening.before_deadline"
    operations.close_without_bids(session, market.demand, actor=market.buyer, now=m.AFTER)
    assert market.demand.status == "unsuccessful"
    assert notices.inbox(session, market.buyer.organisation_id)[0].code == "closed_without_bids"


def test_a_demand_with_bids_is_not_closed_as_if_it_had_none(session: Session) -> None:
    market = with_bids(session)
    assert refusal(operations.close_without_bids, session, market.demand, actor=market.buyer,
                   now=m.AFTER) == "opening.bids_waiting"


def test_only_withdrawn_bids_are_no_bids(session: Session) -> None:
    market = with_bids(session, 1)
    operations.withdraw_bid(session, market.demand, actor=market.founders[0], now=m.NOW)
    m.open_bids(session, market)
    assert market.demand.status == "unsuccessful"


def test_a_cancelled_demand_is_not_opened(session: Session) -> None:
    market = with_bids(session)
    demands.cancel(session, market.demand, reason="预算取消", actor=market.buyer, now=m.NOW)
    assert refusal(give, session, market, "buyer") == "opening.not_waiting"


def test_five_wrong_tries_lock_a_key_for_fifteen_minutes(session: Session) -> None:
    market = with_bids(session)

    def attempt(minutes: int) -> None:
        operations.register_attempt(session, market.demand, holder="buyer", actor=market.buyer,
                                    now=m.AFTER + dt.timedelta(minutes=minutes))

    for minute in range(5):
        attempt(minute)
    assert refusal(attempt, 5) == "opening.too_many_attempts"
    assert refusal(attempt, 14) == "opening.too_many_attempts"
    attempt(15)


def test_a_right_passphrase_clears_the_tries(session: Session) -> None:
    market = with_bids(session)
    for _ in range(4):
        operations.register_attempt(session, market.demand, holder="buyer", actor=market.buyer, now=m.AFTER)
    give(session, market, "buyer")
    market.demand = m.publish(session, market.buyer)
    for _ in range(5):
        operations.register_attempt(session, market.demand, holder="buyer", actor=market.buyer, now=m.AFTER)


def test_the_other_holders_are_asked_for_their_share(session: Session) -> None:
    market = with_bids(session)
    give(session, market, "buyer")
    told = [n.code for n in notices.inbox(session, market.operator.organisation_id)]
    assert [code for code in told if code != "review_wanted"] == ["opening_share_wanted"]


def test_waiting_openings_name_the_demand_the_count_and_who_is_missing(session: Session) -> None:
    market = with_bids(session)
    assert queries.waiting_openings(session, now=m.DEADLINE) == []
    waiting = queries.waiting_openings(session, now=m.AFTER)
    assert [(w.demand.code, w.bids) for w in waiting] == [(market.demand.code, 2)]
    assert queries.waiting_openings(session, now=m.AFTER, buyer_id=market.operator.organisation_id) == []
