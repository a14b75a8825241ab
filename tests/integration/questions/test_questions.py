"""What askers, the buyer and everyone else are owed: an answer in public, no names, and time to read it."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEntry
from marketplace.db import lock
from marketplace.demand import deadlines, following
from marketplace.demand.models import Demand
from marketplace.notices.models import Notice
from marketplace.questions import ocds, operations, queries, rounds
from marketplace.rules.errors import Invalid, NotAllowed, NotFound, Problems, RuleViolation, WrongState
from marketplace.rules.questions import SHANGHAI
from tests.integration.tendering import market as m

ENDS = dt.datetime(2026, 3, 13, 17, tzinfo=SHANGHAI)


def morning(day: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, 9, tzinfo=SHANGHAI)


def ask(session: Session, market: m.Market, founder: int = 0, text: str = "样本有多少张？", now: dt.datetime = m.NOW,
        demand: Demand | None = None):
    return operations.ask(session, demand or market.demand, text, actor=market.founders[founder], now=now)


def answer(session: Session, market: m.Market, number: int = 1, text: str = "五千张。", now: dt.datetime = m.NOW):
    return operations.answer(session, market.demand, number, text, actor=market.buyer, now=now)


def told(session: Session, organisation_id: int) -> list[str]:
    query = select(Notice.code).filter_by(organisation_id=organisation_id).order_by(Notice.id)
    return list(session.scalars(query))


def refusal(act) -> str:
    with pytest.raises(RuleViolation) as caught:
        act()
    return caught.value.code


def test_the_same_asker_is_the_same_letter_within_one_demand_and_unlinkable_to_another(
        session: Session, market: m.Market) -> None:
    other = m.publish(session, market.buyer)
    ask(session, market, 0)
    ask(session, market, 1, "验收在哪里？")
    ask(session, market, 0, "能远程吗？")
    ask(session, market, 2, "几台相机？", demand=other)
    ask(session, market, 0, "样本有多少张？", demand=other)
    here, there = (ocds.tender(session, demand)["enquiries"] for demand in (market.demand, other))
    assert [one["author"]["name"] for one in here] == ["提问人 A", "提问人 B", "提问人 A"]
    assert [one["author"]["name"] for one in there] == ["提问人 A", "提问人 B"]
    assert not {one["author"]["id"] for one in here} & {one["author"]["id"] for one in there}
    assert {one["date"] for one in here} == {"2026-03-02T00:00:00+08:00"}


def test_neither_the_public_record_nor_the_audit_chain_names_the_asker(session: Session, market: m.Market) -> None:
    ask(session, market)
    answer(session, market)
    founder = market.founders[0]
    entries = [entry for entry in session.scalars(select(AuditEntry)) if entry.action == "question:ask"]
    assert [entry.actor for entry in entries] == ["asker:anonymous"]
    written = str(ocds.tender(session, market.demand)) + "".join(entry.facts for entry in entries)
    assert founder.organisation.name not in written
    assert founder.organisation.uscc not in written


def test_questions_are_taken_until_their_deadline_and_not_a_second_later(session: Session, market: m.Market) -> None:
    ask(session, market, now=ENDS)
    with pytest.raises(WrongState) as late:
        ask(session, market, text="还有一问", now=ENDS + dt.timedelta(seconds=1))
    assert late.value.code == "question.too_late"


def test_only_founders_ask_and_never_with_their_name(session: Session, market: m.Market) -> None:
    with pytest.raises(NotAllowed):
        operations.ask(session, market.demand, "?", actor=market.operator, now=m.NOW)
    with pytest.raises(NotAllowed):
        operations.ask(session, market.demand, "?", actor=market.buyer, now=m.NOW)
    for text in ("founder1 公司想问样本", "请打 13800138000", "   ", "长" * 1001):
        with pytest.raises(Problems):
            ask(session, market, text=text)
    assert queries.of_demand(session, market.demand) == []


def test_a_double_click_is_one_question_and_twenty_are_enough(session: Session, market: m.Market) -> None:
    assert ask(session, market).id == ask(session, market).id
    for number in range(2, 21):
        ask(session, market, text=f"第 {number} 问")
    with pytest.raises(Invalid) as full:
        ask(session, market, text="第 21 问")
    assert full.value.code == "question.too_many"
    ask(session, market, 1, "另一位的问题")


def test_the_buyer_hears_of_the_question_and_every_follower_of_the_answer(session: Session, market: m.Market) -> None:
    asker, bystander, follower = (founder.organisation_id for founder in market.founders)
    following.follow(session, market.demand, follower, now=m.NOW)
    ask(session, market)
    assert "question_asked" in told(session, market.buyer.organisation_id)
    answer(session, market)
    answer(session, market, text="六千张。")
    assert told(session, asker) == ["question_yours_answered", "question_yours_answered_again"]
    assert told(session, follower) == ["question_answered", "question_answered_again"]
    assert told(session, bystander) == []


def test_a_corrected_answer_keeps_the_one_before(session: Session, market: m.Market) -> None:
    ask(session, market)
    answer(session, market)
    answer(session, market, text="六千张。")
    (said,) = ocds.tender(session, market.demand)["enquiries"]
    assert said["answer"] == "六千张。"
    assert [one["text"] for one in said["answers"]] == ["五千张。", "六千张。"]
    assert refusal(lambda: answer(session, market, text=" 六千张。 ")) == "question.answer_unchanged"


def test_only_the_buyer_answers_and_not_after_the_bids_are_in(session: Session, market: m.Market) -> None:
    ask(session, market)
    with pytest.raises(NotAllowed):
        operations.answer(session, market.demand, 1, "我来答", actor=market.founders[1], now=m.NOW)
    late = m.DEADLINE + dt.timedelta(seconds=1)
    assert refusal(lambda: answer(session, market, now=late)) == "question.bidding_over"
    assert refusal(lambda: answer(session, market, number=2)) == "not_found"


def test_a_question_is_withdrawn_by_its_asker_alone_and_only_unanswered(session: Session, market: m.Market) -> None:
    ask(session, market)
    with pytest.raises(NotFound):
        operations.withdraw(session, market.demand, 1, actor=market.founders[1], now=m.NOW)
    operations.withdraw(session, market.demand, 1, actor=market.founders[0], now=m.NOW)
    (said,) = ocds.tender(session, market.demand)["enquiries"]
    assert (said["status"], "description" in said) == ("withdrawn", False)
    assert refusal(lambda: answer(session, market)) == "question.wrong_state"


def test_a_hidden_question_shows_its_reason_and_none_of_its_words(session: Session, market: m.Market) -> None:
    ask(session, market, text="你们都是骗子")
    answer(session, market)
    with pytest.raises(NotAllowed):
        operations.hide(session, market.demand, 1, "不爱听", actor=market.buyer, now=m.NOW)
    with pytest.raises(Problems):
        operations.hide(session, market.demand, 1, " ", actor=market.operator, now=m.NOW)
    operations.hide(session, market.demand, 1, "辱骂", actor=market.operator, now=m.NOW)
    (said,) = ocds.tender(session, market.demand)["enquiries"]
    assert (said["status"], said["reason"]) == ("hidden", "辱骂")
    assert not {"description", "answer", "answers"} & said.keys()
    assert "question_hidden" in told(session, market.founders[0].organisation_id)


def test_who_asked_is_looked_up_only_after_abuse_and_never_unrecorded(session: Session, market: m.Market) -> None:
    ask(session, market)

    def reveal():
        return operations.reveal_asker(session, market.demand, 1, "屡次辱骂", actor="operator:shell", now=m.NOW)

    assert refusal(reveal) == "question.not_hidden"
    operations.hide(session, market.demand, 1, "辱骂", actor=market.operator, now=m.NOW)
    assert reveal().id == market.founders[0].organisation_id
    assert session.scalars(select(AuditEntry).filter_by(action="question:reveal")).one().actor == "operator:shell"


def follow(session: Session, market: m.Market, day: int) -> dict[str, int]:
    now = morning(day)
    return rounds.follow(session, market.demand.id, today=now.date(), now=now)


def deadline(session: Session, market: m.Market) -> dt.datetime:
    return lock(session, Demand, market.demand.id).bid_deadline.astimezone(SHANGHAI)


def test_an_unanswered_buyer_is_asked_again_each_working_day_once(session: Session, market: m.Market) -> None:
    ask(session, market, now=morning(3))
    nagged = {day: sum(follow(session, market, day).get("questions_nagged", 0) for _ in range(3))
              for day in (3, 4, 5, 6, 7, 8, 9)}
    assert nagged == {3: 0, 4: 0, 5: 0, 6: 1, 7: 0, 8: 0, 9: 1}
    answer(session, market, now=morning(9))
    assert follow(session, market, 10) == {}


def test_without_an_answer_the_deadline_moves_three_times_and_then_the_operator_is_shown(
        session: Session, market: m.Market) -> None:
    ask(session, market, now=morning(13))
    seen = []
    for day in range(16, 28):
        follow(session, market, day)
        follow(session, market, day)
        seen.append(deadline(session, market).day)
    assert seen == [20, 20, 24, 24, 26, 26, 26, 26, 30, 30, 30, 30]
    changes = deadlines.changes(session, market.demand)
    assert [change.cause for change in changes] == ["question_unanswered"] * 3
    assert told(session, market.operator.organisation_id).count("questions_stuck") == 1
    (line,) = queries.waiting(session, today=dt.date(2026, 3, 27), now=morning(27))
    assert (line.stuck, line.moved, line.numbers) == (True, 3, [1])


def test_an_answer_in_time_moves_nothing(session: Session, market: m.Market) -> None:
    ask(session, market, now=morning(13))
    answer(session, market, now=morning(17))
    assert follow(session, market, 18) == {}
    assert deadline(session, market) == m.DEADLINE


def test_a_late_answer_leaves_three_working_days_to_read_it(session: Session, market: m.Market) -> None:
    ask(session, market, now=morning(13))
    answer(session, market, now=morning(19))
    assert deadline(session, market) == dt.datetime(2026, 3, 24, 17, tzinfo=SHANGHAI)
    assert [change.cause for change in deadlines.changes(session, market.demand)] == ["question_answered_late"]


def test_a_deadline_that_has_passed_is_never_moved(session: Session, market: m.Market) -> None:
    ask(session, market, now=morning(13))
    after = m.DEADLINE + dt.timedelta(seconds=1)
    assert rounds.follow(session, market.demand.id, today=after.date(), now=after) == {}
    assert rounds.demands_waiting(session, now=after) == []
    assert deadline(session, market) == m.DEADLINE


def test_the_buyer_sees_its_own_waiting_questions_and_the_operator_all(session: Session, market: m.Market) -> None:
    stranger = m.person(session, 2, "buyer", payer_type="sme")
    ask(session, market)
    today = m.NOW.date()
    assert queries.waiting(session, today=today, now=m.NOW, buyer_id=stranger.organisation_id) == []
    for buyer_id in (market.buyer.organisation_id, None):
        assert len(queries.waiting(session, today=today, now=m.NOW, buyer_id=buyer_id)) == 1
