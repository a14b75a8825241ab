"""Between the award and the contract: a standstill that is kept, and objections that stop it."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.contracts import revoking
from marketplace.contracts.models import Contract
from marketplace.notices.models import Notice
from marketplace.objections import operations, queries, rounds, standstill
from marketplace.rules.errors import RuleViolation
from marketplace.rules.objections import Consequence
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries as bids
from marketplace.tendering.models import Award
from tests.integration.objections import awarded as a
from tests.integration.objections.awarded import Awarded, confirm, day, object_to
from tests.integration.tendering import market as m


def refusal(call, *arguments, **options) -> RuleViolation:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value


def told(session: Session, organisation_id: int) -> list[str]:
    return list(session.scalars(select(Notice.code).filter_by(organisation_id=organisation_id).order_by(Notice.id)))


def uphold(session: Session, objection, actor, now: dt.datetime, consequence=Consequence.REEVALUATE):
    return revoking.uphold(session, objection.id, reasons="评分表第二项确有笔误，应予重评。", consequence=consequence,
                           actor=actor, now=now)


# The standstill ---------------------------------------------------------------------------------------


def test_neither_side_confirms_before_three_working_days_are_over(session: Session, awarded: Awarded) -> None:
    for who in (awarded.market.buyer, awarded.winner):
        for now in (a.AWARDED_AT, day(24), day(25, 23)):
            refused = refusal(confirm, session, awarded, who, now)
            assert (refused.code, refused.facts["until"]) == ("standstill.running", dt.date(2026, 3, 25))
    confirm(session, awarded, awarded.market.buyer, day(26, 0))
    assert confirm(session, awarded, awarded.winner, day(26, 1)).signed_on == dt.date(2026, 3, 26)


def test_every_bidder_hears_of_the_standstill_and_both_sides_of_its_end(session: Session, awarded: Awarded) -> None:
    for founder in awarded.market.founders:
        assert "standstill_began" in told(session, founder.organisation_id)
    assert rounds.run(session, today=dt.date(2026, 3, 25), now=day(25))["standstills"] == 0
    for _ in range(2):
        rounds.run(session, today=dt.date(2026, 3, 26), now=day(26))
    for organisation_id in (awarded.demand.buyer_id, awarded.winner.organisation_id):
        assert told(session, organisation_id).count("standstill_over") == 1
    assert "standstill_over" not in told(session, awarded.loser.organisation_id)


def test_the_notice_names_the_winner_and_nobody_else(session: Session, awarded: Awarded) -> None:
    notice = queries.notice_of(session, awarded.demand, now=day(23))
    assert (notice.winner.id, notice.price_fen, notice.reason) == (
        awarded.winner.organisation_id, 10_000_000, "总分第一")
    assert [(rank, won) for rank, _, won in notice.totals] == [(1, True), (2, False), (3, False)]
    assert notice.found.last_day == dt.date(2026, 3, 25)
    assert not notice.may_be_signed(today=dt.date(2026, 3, 25))
    assert notice.may_be_signed(today=dt.date(2026, 3, 26))


# Who may object, and when -----------------------------------------------------------------------------


def test_only_bidders_of_the_demand_object_and_only_while_the_standstill_runs(
        session: Session, awarded: Awarded) -> None:
    stranger = m.founder(session, 9)
    assert refusal(object_to, session, awarded, stranger, day(23)).code == "objection.not_a_bidder"
    assert refusal(object_to, session, awarded, awarded.winner, day(23)).code == "objection.winner"
    object_to(session, awarded, awarded.loser, day(25, 23))
    assert refusal(object_to, session, awarded, awarded.loser, day(25, 23)).code == "objection.filed_already"


def test_after_the_standstill_it_is_too_late_to_object(session: Session, awarded: Awarded) -> None:
    assert refusal(object_to, session, awarded, awarded.loser, day(26, 0)).code == "objection.window_over"


def test_other_bidders_only_see_how_many_objections_there_are(session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(23))
    for reader, seen in ((awarded.market.buyer, 1), (awarded.market.operator, 1), (awarded.loser, 1),
                         (awarded.third, 0), (awarded.winner, 0), (None, 0)):
        assert len(queries.of_demand(session, awarded.demand, actor=reader)) == seen
    assert refusal(queries.for_reader, session, objection.id, actor=awarded.third).status == 404
    assert queries.notice_of(session, awarded.demand, now=day(23)).objections == 1


# Answered, and not ------------------------------------------------------------------------------------


def test_signing_rests_until_the_answer_and_the_days_are_added(session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(25))
    assert objection.answer_by == dt.date(2026, 3, 30)  # the third day is a Saturday
    assert refusal(confirm, session, awarded, awarded.winner, day(27)).code == "objection.waiting"
    operations.dismiss(session, objection.id, answer=a.ANSWER, actor=awarded.market.buyer, now=day(27))
    refused = refusal(confirm, session, awarded, awarded.winner, day(30))
    assert (refused.code, refused.facts["until"]) == ("standstill.running", dt.date(2026, 3, 30))
    confirm(session, awarded, awarded.winner, day(31))


def test_an_answer_needs_reasons_and_comes_from_the_buyer(session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(23))
    assert refusal(operations.dismiss, session, objection.id, answer="不成立", actor=awarded.market.buyer,
                   now=day(24)).code == "objection.too_short"
    assert refusal(operations.dismiss, session, objection.id, answer=a.ANSWER, actor=awarded.loser,
                   now=day(24)).status == 404
    assert refusal(uphold, session, objection, awarded.market.operator, day(24)).code == "objection.not_before_operator"
    assert refusal(uphold, session, objection, awarded.third, day(24)).status == 404


def test_silence_after_the_clock_is_nagged_daily_and_may_be_brought_before_the_operator(
        session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(23))
    early = refusal(operations.escalate, session, objection.id, text=a.TEXT, actor=awarded.loser, now=day(26))
    assert early.code == "objection.answer_in_time"
    for today in (26, 27, 27, 28):
        rounds.run(session, today=dt.date(2026, 3, today), now=day(today))
    assert told(session, awarded.demand.buyer_id).count("objection_unanswered") == 2
    assert told(session, awarded.loser.organisation_id).count("objection_may_escalate") == 1
    assert [one.id for one in queries.all_waiting(session)] == [objection.id]
    operations.escalate(session, objection.id, text=a.TEXT, actor=awarded.loser, now=day(28))
    assert refusal(confirm, session, awarded, awarded.winner, day(32)).code == "objection.waiting"
    operations.find_unfounded(session, objection.id, finding="评分记录完整，异议不成立。",
                              actor=awarded.market.operator, now=day(32))
    assert standstill.counted(objection.standstill, today=dt.date(2026, 4, 1)).last_day == dt.date(2026, 4, 7)


def test_a_dismissal_is_brought_before_the_operator_until_the_standstill_ends(
        session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(25))
    operations.dismiss(session, objection.id, answer=a.ANSWER, actor=awarded.market.buyer, now=day(25, 12))
    assert refusal(operations.escalate, session, objection.id, text=a.TEXT, actor=awarded.loser,
                   now=day(27)).code == "objection.window_over"
    operations.escalate(session, objection.id, text=a.TEXT, actor=awarded.loser, now=day(26, 20))
    assert refusal(confirm, session, awarded, awarded.winner, day(27)).code == "objection.waiting"


def test_who_is_waited_for_is_the_buyer_first_and_the_operator_once_it_is_brought_there(
        session: Session, awarded: Awarded) -> None:
    def seen(now: dt.datetime) -> tuple[bool, bool, dt.date | None]:
        notice = queries.notice_of(session, awarded.demand, now=now)
        hold = standstill.hold_of(session, awarded.demand.id, today=now.date())
        return notice.by_operator, hold.by_operator, notice.answer_by

    first, other = (object_to(session, awarded, who, day(23)) for who in (awarded.loser, awarded.third))
    for objection in (first, other):
        assert seen(day(24)) == (False, False, dt.date(2026, 3, 26))
        operations.dismiss(session, objection.id, answer=a.ANSWER, actor=awarded.market.buyer, now=day(24))
        operations.escalate(session, objection.id, text=a.TEXT, actor=objection_by(awarded, objection), now=day(24))
    assert seen(day(24)) == (True, True, None)


def objection_by(awarded: Awarded, objection):
    """Who raised it."""
    return next(one for one in awarded.market.founders if one.organisation_id == objection.founder_id)


# Upheld -----------------------------------------------------------------------------------------------


def test_an_upheld_objection_takes_the_award_and_its_draft_and_the_bids_are_open_again(
        session: Session, awarded: Awarded) -> None:
    first, other = (object_to(session, awarded, who, day(23)) for who in (awarded.loser, awarded.third))
    number, text_hash = awarded.contract.number, awarded.contract.text_hash
    revoked = uphold(session, first, awarded.market.buyer, day(24))
    assert (revoked.contract_number, revoked.contract_text_hash, len(revoked.ranking)) == (number, text_hash, 3)
    assert (first.status, other.status) == ("upheld", "lapsed")
    assert session.scalars(select(Award)).all() == []
    assert session.scalars(select(Contract)).all() == []
    assert awarded.demand.status == "evaluation"
    assert {bid.status for bid in bids.opened_bids(session, awarded.demand)} == {"opened"}
    for founder in awarded.market.founders:
        assert "award_revoked" in told(session, founder.organisation_id)


def test_the_next_award_has_its_own_standstill_contract_and_messages(session: Session, awarded: Awarded) -> None:
    old = awarded.contract.number
    uphold(session, object_to(session, awarded, awarded.loser, day(23)), awarded.market.buyer, day(24))
    from marketplace.contracts import operations as contracts

    again = contracts.award_and_draft(session, awarded.demand, bid_id=awarded.market.bid_ids(session)[2],
                                      reason="重评后总分第一", actor=awarded.market.buyer, now=day(27))
    awarded.contract = again
    assert again.number != old
    assert told(session, awarded.loser.organisation_id).count("bid_won") == 1
    assert told(session, awarded.winner.organisation_id)[-2:] == ["bid_lost", "standstill_began"]
    assert refusal(confirm, session, awarded, awarded.loser, day(28)).facts["until"] == dt.date(2026, 4, 1)
    assert [gone.round for gone in bids.revoked_awards(session, awarded.demand)] == [1]


def test_a_buyer_may_uphold_and_end_without_an_award_and_every_bidder_sees_its_own_rank(
        session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(23))
    uphold(session, objection, awarded.market.buyer, day(24), Consequence.NONE_SUITABLE)
    assert awarded.demand.status == "unsuccessful"
    own = bids.bid_of(session, awarded.demand, awarded.loser.organisation_id)
    assert (bids.result_of(session, own).rank, bids.result_of(session, own).bids) == (2, 3)
    assert "none_suitable_ranked" in told(session, awarded.loser.organisation_id)


def test_the_operators_finding_for_the_objector_takes_the_award(session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(23))
    operations.dismiss(session, objection.id, answer=a.ANSWER, actor=awarded.market.buyer, now=day(23, 12))
    operations.escalate(session, objection.id, text=a.TEXT, actor=awarded.loser, now=day(24))
    operator = awarded.market.operator
    assert refusal(uphold, session, objection, operator, day(25),
                   Consequence.NONE_SUITABLE).code == "objection.only_buyer_ends"
    uphold(session, objection, operator, day(25))
    assert (awarded.demand.status, objection.status) == ("evaluation", "upheld")


def test_what_is_signed_is_never_taken_back_by_an_objection(session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(23))
    operations.dismiss(session, objection.id, answer=a.ANSWER, actor=awarded.market.buyer, now=day(23, 12))
    for who in (awarded.market.buyer, awarded.winner):
        confirm(session, awarded, who, day(30))
    assert refusal(operations.escalate, session, objection.id, text=a.TEXT, actor=awarded.loser,
                   now=day(30)).code == "objection.window_over"
    assert refusal(object_to, session, awarded, awarded.third, day(24)).code == "objection.window_over"
    assert refusal(uphold, session, objection, awarded.market.buyer, day(30)).status == 409
    assert awarded.demand.status == "complete"


# None suitable, cancelled -----------------------------------------------------------------------------


def test_when_none_is_suitable_every_scored_bidder_keeps_its_own_points(session: Session) -> None:
    market = m.open_market(session)
    for founder in market.founders:
        tendering.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
    m.open_bids(session, market)
    m.score_all(session, market, {1: (50, 40), 2: (45, 40), 3: (40, 40)})
    tendering.none_suitable(session, market.demand, reason="方案都不够成熟", actor=market.buyer, now=m.AFTER)
    own = bids.bid_of(session, market.demand, market.founders[1].organisation_id)
    result = bids.result_of(session, own)
    assert (result.rank, result.bids, result.total) == (2, 3, 4500 * 40 // 100 + 4000 * 30 // 100 + 10000 * 30 // 100)
    assert [part["name"] for part in result.parts] == ["方案", "案例", "价格"]


def test_an_answer_that_is_reversed_before_the_operator_stays_on_record(session: Session, awarded: Awarded) -> None:
    objection = object_to(session, awarded, awarded.loser, day(23))
    operations.dismiss(session, objection.id, answer=a.ANSWER, actor=awarded.market.buyer, now=day(23, 12))
    operations.escalate(session, objection.id, text=a.TEXT, actor=awarded.loser, now=day(24))
    uphold(session, objection, awarded.market.buyer, day(25))
    upheld = next(entry for entry in audit.history(session, "objection", objection.id)
                  if entry.action == "objection:uphold")
    assert a.ANSWER in upheld.facts
