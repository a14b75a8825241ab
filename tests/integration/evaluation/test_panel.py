"""Evaluators are named, declare or stand aside, score alone and blind; then everyone's points lie side by side."""
from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.demand import operations as demands
from marketplace.demand import records
from marketplace.demand.drafts import CriterionDraft
from marketplace.evaluation import blind, consensus, operations, queries
from marketplace.notices import operations as notices
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import evaluation as scoring
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries as bids
from tests.integration.evaluation.conftest import Panel, declare, name, score, submit
from tests.integration.tendering import market as m

ALL = ((90, 80), (70, 60), (95, 90))


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def close(session: Session, panel: Panel, **more: bool):
    return operations.close(session, panel.market.demand, actor=panel.market.buyer, now=m.AFTER, **more)


def test_bidders_operators_and_strangers_to_the_platform_are_not_named(session: Session, panel: Panel) -> None:
    with pytest.raises(RuleViolation) as caught:
        operations.name(session, panel.market.demand, [
            panel.market.founders[0].email, panel.market.operator.email, "nobody@example.com"],
            actor=panel.market.buyer, now=m.AFTER)
    assert [one.code for one in caught.value.problems] == [
        "evaluation.evaluator_bids", "evaluation.evaluator_operator", "evaluation.evaluator_unknown"]


def test_an_expert_from_outside_is_told_and_finds_the_task(session: Session, panel: Panel) -> None:
    name(session, panel)
    expert = panel.experts[0]
    assert [one.round.demand.code for one in queries.tasks_of(session, expert)] == [panel.market.demand.code]
    assert notices.inbox(session, expert.organisation_id)[0].code == "evaluator_named"
    assert refusal(queries.evaluator_of, session, panel.market.demand, panel.market.founders[0]) == \
        "evaluation.not_evaluator"


def test_every_reader_has_an_order_of_their_own_that_stays_the_same(session: Session, panel: Panel) -> None:
    name(session, panel)
    of = queries.standing(session, panel.market.demand)
    orders = [[one.id for one in blind.sheets(session, panel.market.demand, reader=reader, within=of)]
              for reader in range(1, 13)]
    assert len({tuple(order) for order in orders}) > 1
    assert orders[0] == [one.id for one in blind.sheets(session, panel.market.demand, reader=1, within=of)]
    assert all(sorted(order) == panel.market.bid_ids(session)[1:] for order in orders)


def test_a_bid_does_not_name_its_bidder_to_those_who_score(session: Session, panel: Panel) -> None:
    first = panel.market.bid_ids(session)[1]
    sheet = next(one for one in blind.sheets(session, panel.market.demand, reader="x") if one.id == first)
    assert "founder1" not in sheet.plan.lower()
    assert "承诺" in sheet.plan


def test_points_before_the_declaration_are_refused(session: Session, panel: Panel) -> None:
    name(session, panel)
    assert refusal(score, session, panel, panel.market.buyer, ALL) == "evaluation.not_declared"


def test_submitting_needs_every_point_and_freezes_them(session: Session, panel: Panel) -> None:
    name(session, panel)
    expert = panel.experts[0]
    declare(session, panel, expert)
    score(session, panel, expert, ALL[:2])
    with pytest.raises(RuleViolation) as caught:
        operations.submit(session, panel.market.demand, actor=expert, now=m.AFTER)
    assert [one.code for one in caught.value.problems] == ["evaluation.points_missing"] * 2
    score(session, panel, expert, ALL)
    operations.submit(session, panel.market.demand, actor=expert, now=m.AFTER)
    assert refusal(score, session, panel, expert, ALL) == "evaluation.submitted"


def test_nobody_sees_anyones_points_before_all_have_submitted(session: Session, panel: Panel) -> None:
    name(session, panel)
    of = queries.standing(session, panel.market.demand)
    for person in panel.people[:2]:
        submit(session, panel, person, ALL)
        assert consensus.cells(session, panel.market.demand, of) == []
    assert refusal(close, session, panel) == "evaluation.not_comparing"
    submit(session, panel, panel.people[2], ALL)
    assert len(consensus.cells(session, panel.market.demand, of)) == 6


def test_the_consensus_begins_at_the_mean_rounded_half_up(session: Session, panel: Panel) -> None:
    name(session, panel, panel.people[:2])
    submit(session, panel, panel.people[0], ((90, 80), (70, 60), (95, 90)))
    submit(session, panel, panel.people[1], ((85, 80), (40, 60), (95, 91)))
    cells = consensus.cells(session, panel.market.demand, queries.standing(session, panel.market.demand))
    # 87.5 → 88; 80; 55 with a spread of 30; 60; 95; 90.5 → 91
    assert [(one.points, one.spread.width) for one in cells] == [(88, 5), (80, 0), (55, 30), (60, 0), (95, 0), (91, 1)]


def test_a_change_says_from_to_who_and_why(session: Session, panel: Panel) -> None:
    name(session, panel, panel.people[:2])
    for person in panel.people[:2]:
        submit(session, panel, person, ALL)
    demand, bid_id = panel.market.demand, panel.market.bid_ids(session)[2]
    key = queries.quality(demand)[0].id
    given = {"bid_id": bid_id, "criterion_id": key, "actor": panel.market.buyer, "now": m.AFTER}
    assert refusal(operations.change, session, demand, points=75, reason=" ", **given) == \
        "evaluation.change_reason_missing"
    assert refusal(operations.change, session, demand, points=70, reason="讨论", **given) == "evaluation.same_points"
    operations.change(session, demand, points=75, reason="漏看了锈斑部分", **given)
    close(session, panel)
    scores = {score.criterion_id: score.points for score in bids.opened_bid(session, demand, bid_id).scores}
    assert scores[key] == 75
    facts = audit.history(session, "demand", demand.id)[-2].facts
    assert '"points_before":70' in facts
    assert '"reason":"漏看了锈斑部分"' in facts


def test_after_the_consensus_nothing_changes(session: Session, panel: Panel) -> None:
    name(session, panel)
    for person in panel.people:
        submit(session, panel, person, ALL)
    close(session, panel)
    demand, bid_id, key = panel.market.demand, panel.market.bid_ids(session)[1], queries.quality(
        panel.market.demand)[0].id
    given = {"actor": panel.market.buyer, "now": m.AFTER}
    assert refusal(tendering.score_bid, session, demand, bid_id=bid_id, points={key: 1}, **given) == \
        "evaluation.closed"
    assert refusal(operations.change, session, demand, bid_id=bid_id, criterion_id=key, points=1, reason="改",
                   **given) == "evaluation.closed"
    assert refusal(operations.save, session, demand, bid_id, points={key: 1}, **given) == "evaluation.submitted"
    assert refusal(operations.declare, session, demand, conflict=True, text="晚了", **given) == "evaluation.closed"
    another = m.founder(session, 9)
    assert refusal(operations.name, session, demand, [another.email], **given) == "evaluation_round.wrong_state"
    assert refusal(close, session, panel) == "evaluation.closed"


def test_a_score_altered_behind_the_platforms_back_is_found_and_blocks_the_award(session: Session,
                                                                                panel: Panel) -> None:
    name(session, panel)
    for person in panel.people:
        submit(session, panel, person, ALL)
    of = close(session, panel)
    operations.require_consensus(session, panel.market.demand)
    assert operations.altered(session) == []
    bids.opened_bid(session, panel.market.demand, panel.market.bid_ids(session)[1]).scores[0].points = 100
    session.flush()
    assert operations.altered(session) == [of]
    assert refusal(operations.require_consensus, session, panel.market.demand) == "evaluation.scores_altered"


def test_while_a_panel_scores_nobody_scores_alone_or_awards(session: Session, panel: Panel) -> None:
    name(session, panel)
    assert refusal(m.score_all, session, panel.market, {1: (90, 80)}) == "evaluation.panel_scores"
    assert refusal(operations.require_consensus, session, panel.market.demand) == "evaluation.consensus_missing"


def test_who_stands_aside_does_not_count_and_another_is_named(session: Session, panel: Panel) -> None:
    name(session, panel, panel.people[:2])
    submit(session, panel, panel.people[0], ((10, 10), (10, 10), (10, 10)))
    submit(session, panel, panel.people[1], ALL)
    of = queries.standing(session, panel.market.demand)
    assert refusal(declare, session, panel, panel.people[0], conflict=True) == "evaluation.recusal_reason_missing"
    declare(session, panel, panel.people[0], conflict=True, text="与投标人共同申报过课题")
    assert [one.points for one in consensus.cells(session, panel.market.demand, of)] == [90, 80, 70, 60, 95, 90]
    assert refusal(name, session, panel, panel.people[:1]) == "evaluation.evaluator_recused"
    name(session, panel, panel.people[2:])
    assert of.status == "scoring"
    assert consensus.cells(session, panel.market.demand, of) == []


def test_when_the_only_evaluator_stands_aside_the_round_waits_for_another(session: Session, panel: Panel) -> None:
    name(session, panel, panel.people[1:2])
    submit(session, panel, panel.people[1], ALL)
    declare(session, panel, panel.people[1], conflict=True, text="亲属任职")
    assert queries.standing(session, panel.market.demand).status == "scoring"


def test_one_person_scores_and_closes_in_one_go(session: Session, panel: Panel) -> None:
    m.score_all(session, panel.market, {1: ALL[0], 2: ALL[1], 3: ALL[2]})
    assert queries.names_hidden(session, panel.market.demand)
    assert refusal(close, session, panel) == "evaluation.declaration_missing"
    of = close(session, panel, no_conflict=True)
    assert (of.alone, of.status, [one.user_id for one in of.evaluators]) == (True, "closed", [panel.market.buyer.id])
    assert not queries.names_hidden(session, panel.market.demand)
    assert refusal(m.score_all, session, panel.market, {1: (1, 1)}) == "evaluation.closed"
    operations.require_consensus(session, panel.market.demand)


def test_after_a_revoked_award_the_panel_scores_in_a_new_round(session: Session, panel: Panel) -> None:
    name(session, panel)
    for person in panel.people:
        submit(session, panel, person, ALL)
    first = close(session, panel)
    following = operations.reopen(session, panel.market.demand, reason="异议成立", actor="system", now=m.AFTER)
    assert (first.status, first.reopened_reason, following.number) == ("reopened", "异议成立", 2)
    assert [one.status for one in following.evaluators] == ["named"] * 3
    assert len(first.points) == 6
    for person in panel.people:
        submit(session, panel, person, ((50, 50), (50, 50), (50, 50)))
    close(session, panel)
    ranked = scoring.ranking(panel.market.demand, bids.opened_bids(session, panel.market.demand))
    assert {part.points for row in ranked for part in row.parts if part.criterion.kind == "quality"} == {5000}


def test_a_bid_below_a_published_minimum_is_told_so_and_cannot_win(session: Session, panel: Panel) -> None:
    draft = dataclasses.replace(m.draft(), criteria=(
        CriterionDraft("方案", "quality", 70, 60), CriterionDraft("价格", "price", 30)))
    assert records.draft_of(demands.create(session, draft, actor=panel.market.buyer, now=m.NOW)).criteria == \
        draft.criteria
    panel.market.demand.criteria[0].minimum_points = 60
    m.score_all(session, panel.market, {1: (90, 80), 2: (59, 100), 3: (60, 10)})
    ids, given = panel.market.bid_ids(session), {"actor": panel.market.buyer, "now": m.AFTER}
    assert refusal(tendering.award, session, panel.market.demand, bid_id=ids[2], reason="便宜", **given) == \
        "award.out_of_ranking"
    made = tendering.award(session, panel.market.demand, bid_id=ids[1], reason="总分第一", **given)
    assert [(ids.index(row["bid_id"]), row["rank"], row["below_minimum"]) for row in made.ranking] == [
        (1, 1, []), (3, 2, []), (2, None, ["方案"])]
    told = notices.inbox(session, panel.market.founders[1].organisation_id)[0]
    assert (told.code, told.facts["because"]) == ("bid_unranked", ["panel.out.below_minimum", {"names": ["方案"]}])
    result = bids.result_of(session, bids.opened_bid(session, panel.market.demand, ids[2]))
    assert (result.rank, result.out, result.below_minimum) == (None, "below_minimum", ["方案"])


def test_agreed_points_do_not_outlive_the_panel_that_agreed_on_them(session: Session, panel: Panel) -> None:
    name(session, panel)
    for person in panel.people:
        submit(session, panel, person, ALL)
    demand, bid_id = panel.market.demand, panel.market.bid_ids(session)[1]
    change = {"bid_id": bid_id, "criterion_id": queries.quality(demand)[0].id, "actor": panel.market.buyer}
    later = [m.AFTER + dt.timedelta(minutes=minute) for minute in range(1, 4)]
    operations.change(session, demand, points=20, reason="专家意见", **change, now=later[0])
    operations.declare(session, demand, conflict=True, text="与另一投标人合作", actor=panel.experts[0], now=later[1])
    first = consensus.cells(session, demand, queries.standing(session, demand))[0]
    assert (first.points, [one.points for one in first.changes]) == (90, [20])
    operations.change(session, demand, points=85, reason="重新商定", **change, now=later[2])
    assert consensus.cells(session, demand, queries.standing(session, demand))[0].points == 85
    assert refusal(operations.change, session, demand, points=10, reason="仍然认为",
                   **change | {"actor": panel.experts[0]}, now=later[2]) == "evaluation.stood_aside"


def test_points_a_panel_is_about_to_replace_are_no_result(session: Session, panel: Panel) -> None:
    m.score_all(session, panel.market, {1: ALL[0], 2: ALL[1], 3: ALL[2]})
    name(session, panel)
    tendering.none_suitable(session, panel.market.demand, reason="预算取消", actor=panel.market.buyer, now=m.AFTER)
    own = bids.bid_of(session, panel.market.demand, panel.market.founders[0].organisation_id)
    assert bids.result_of(session, own) is None
