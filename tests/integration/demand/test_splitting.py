"""A purchase in parts that reaches a tender threshold goes on only with a reason the operator sees."""
from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlalchemy import select

from marketplace.accounts import operations as accounts
from marketplace.demand import guard, operations
from marketplace.demand.drafts import ProjectDraft, SliceDraft
from marketplace.notices.models import Notice
from marketplace.rules import uscc
from marketplace.rules.errors import Problems, WrongState
from tests.integration.demand.conftest import IN_TWO_WEEKS, NOW
from tests.publishing import publish

LARGE = ProjectDraft(title="智慧水务运营", budget_fen=240_000_000, acceptance_period_days=10, term_days=30)
CUT = tuple(SliceDraft(title=f"标包{n}", budget_fen=40_000_000, duration_days=60, deliverables=("成果",),
                       acceptance_criteria=("可用",)) for n in range(6))


@pytest.fixture
def operator(session):
    return accounts.register(session, accounts.Registration(
        uscc=uscc.complete("12320500MA999999"), organisation="平台", role="operator", email="operator@example.org",
        display_name="运营", password_hash=None), now=NOW)


@pytest.fixture
def project(session, bureau):
    made = operations.create_project(session, LARGE, actor=bureau, now=NOW)
    operations.cut_project(session, made, CUT, actor=bureau, now=NOW)
    return made


def test_a_public_bodys_large_project_in_slices_is_posted_only_with_a_reason(session, bureau, project) -> None:
    with pytest.raises(Problems) as caught:
        operations.post_slices(session, project, actor=bureau, now=NOW)
    assert [one.code for one in caught.value] == ["splitting.reason_needed"]
    assert caught.value.problems[0].facts["threshold_fen"] == 200_000_000
    guard.explain(session, project, reason="整体已于2026年1月公开招标，本次为框架内分包", actor=bureau, now=NOW)
    assert len(operations.post_slices(session, project, actor=bureau, now=NOW)) == 6


def test_the_operator_is_told_with_the_facts_and_the_reason_stays(session, bureau, project, operator) -> None:
    guard.explain(session, project, reason="经财政部门批准采用竞争性磋商", actor=bureau, now=NOW)
    (told,) = session.scalars(select(Notice).filter_by(organisation_id=operator.organisation_id))
    assert (told.code, told.facts["total_fen"]) == ("splitting_flagged", 240_000_000)
    (flag,) = guard.flags(session)
    assert flag.reason == "经财政部门批准采用竞争性磋商"
    assert [one["parts"] for one in flag.facts["purchases"]] == [6]


def test_demand_after_demand_of_one_kind_is_stopped_when_they_reach_the_threshold(session, bureau, write) -> None:
    def ready(number: int, yuan: int):
        draft = dataclasses.replace(write(budget_fen=yuan * 100), title=f"管网漏损定位第{number}批", external_ref=None)
        demand = operations.create(session, draft, actor=bureau, now=NOW)
        return demand, lambda: publish(session, demand, bid_deadline=IN_TWO_WEEKS, actor=bureau, now=NOW)

    for number in (1, 2):
        ready(number, 800_000)[1]()
    third, go = ready(3, 500_000)
    with pytest.raises(Problems) as caught:
        go()
    assert [one.code for one in caught.value] == ["splitting.reason_needed"]
    guard.explain(session, third, reason="前两批为应急采购，本批为新增片区", actor=bureau, now=NOW)
    assert go().status == "active"
    _, fourth = ready(4, 100_000)
    with pytest.raises(Problems):
        fourth()  # each further part asks for its own reason


def test_a_reason_covers_what_was_known_and_no_more(session, bureau, project) -> None:
    guard.explain(session, project, reason="整体已公开招标", actor=bureau, now=NOW)
    other = operations.create_project(session, dataclasses.replace(LARGE, title="智慧水务运营二期"),
                                      actor=bureau, now=NOW)
    operations.cut_project(session, other, CUT, actor=bureau, now=NOW)
    guard.explain(session, other, reason="二期内容不同", actor=bureau, now=NOW)
    operations.post_slices(session, other, actor=bureau, now=NOW)
    assert guard.problems(session, project, today=dt.date(2026, 3, 2)), "the sum has grown since the reason was given"


def test_no_reason_is_taken_where_there_is_nothing_to_explain_and_an_empty_one_never(session, anchor, bureau,
                                                                                   project) -> None:
    with pytest.raises(Problems):
        guard.explain(session, project, reason="  ", actor=bureau, now=NOW)
    small = operations.create_project(session, dataclasses.replace(LARGE, title="别的项目", budget_fen=50_000_000),
                                      actor=bureau, now=NOW)
    with pytest.raises(WrongState):
        guard.explain(session, small, reason="没有必要", actor=bureau, now=NOW)


def test_the_project_page_asks_for_the_reason_and_keeps_it(visit) -> None:
    buyer = visit("government")
    made = buyer.api("POST", "/projects", json={"title": "智慧水务运营", "budget_fen": 240_000_000, "term_days": 30,
                                                "acceptance_period_days": 10}).json
    page = f"/projects/{made['id']}"
    buyer.api("PUT", f"{page}/slices", json={"slices": [dataclasses.asdict(one) for one in CUT]})
    assert "拆分提示" in buyer.client.get(page).text
    assert buyer.api("POST", f"{page}/post").status_code == 422
    answer = buyer.post(f"{page}/splitting", {"splitting_reason": "整体已公开招标"}, page=page)
    assert answer.status_code == 303
    assert "整体已公开招标" in buyer.client.get(page).text
    assert buyer.api("POST", f"{page}/post").status_code == 201
