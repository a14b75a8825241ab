"""A project begun from a pasted document stays a draft of its buyer, to edit and to cut anew."""
from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.demand import operations, projects, proposals, queries
from marketplace.rules.errors import Problems, WrongState
from tests.integration.demand.conftest import NOW

TEXTS = Path(__file__).parents[2] / "data" / "projects"
PLAN = (TEXTS / "water_plan.txt").read_text(encoding="utf-8")


def test_a_document_becomes_a_project_in_planning_and_nothing_is_posted(session, bureau) -> None:
    project = proposals.begin(session, PLAN, actor=bureau, now=NOW)
    assert (project.status, project.budget_fen, project.reserve_fen) == ("planning", 120_000_000, 5_000_000)
    assert [one.title for one in projects.slices_of(project)] == ["管网数据治理", "漏损定位模型", "预警看板"]
    assert queries.of_buyer(session, bureau.organisation_id) == []
    assert [note.code for note in proposals.notes_of(session, project)] == ["proposal.acceptance_drafted"]


def test_what_is_handed_over_between_slices_reaches_the_demands(session, bureau) -> None:
    project = proposals.begin(session, PLAN, actor=bureau, now=NOW)
    demands = operations.post_slices(session, project, actor=bureau, now=NOW)
    assert "治理后的数据集" in demands[1].description


def test_another_document_replaces_the_cut_until_the_project_is_posted(session, bureau) -> None:
    project = proposals.begin(session, PLAN, actor=bureau, now=NOW)
    other = (TEXTS / "traffic_table.txt").read_text(encoding="utf-8")
    found = proposals.read_into(session, project, other, actor=bureau, now=NOW)
    assert (found.budget_fen, len(project.slices)) == (120_000_000, 4)  # the project's budget stands
    proposals.read_into(session, project, PLAN, actor=bureau, now=NOW)
    operations.post_slices(session, project, actor=bureau, now=NOW)
    with pytest.raises(WrongState):
        proposals.read_into(session, project, PLAN, actor=bureau, now=NOW)


def test_a_document_without_a_name_asks_for_one(session, bureau) -> None:
    phases = (TEXTS / "phases.txt").read_text(encoding="utf-8")
    with pytest.raises(Problems) as caught:
        proposals.begin(session, phases, actor=bureau, now=NOW)
    assert [(one.field, one.code) for one in caught.value] == [("title", "proposal.title_missing")]
    assert proposals.begin(session, phases, title="系统升级", actor=bureau, now=NOW).title == "系统升级"


@pytest.fixture
def buyer(visit):
    return visit("government")


def test_pasting_a_document_leads_to_the_cut_with_everything_editable(buyer) -> None:
    answer = buyer.post("/projects/propose", {"document": PLAN})
    assert answer.status_code == 303
    page = buyer.client.get(answer.location).text
    assert 'value="漏损定位模型"' in page
    assert "治理后的数据集" in page
    assert 'value="500000"' in page


def test_garbage_is_refused_beside_the_field_with_what_was_typed_kept(buyer) -> None:
    answer = buyer.post("/projects/propose", {"document": "随便写点什么，没有任何任务和金额，只是一段普通的话而已。"})
    assert answer.status_code == 422
    assert "没有读到可以拆分的工作内容" in answer.text
    assert "随便写点什么" in answer.text


def test_a_paste_of_two_hundred_pages_is_taken(buyer) -> None:
    filler = "\n".join("背景说明，供参考。" * 120 for _ in range(200))
    answer = buyer.post("/projects/propose", {"document": PLAN + filler})
    assert answer.status_code == 303


def test_a_program_reads_a_document_and_nothing_is_stored(buyer) -> None:
    answer = buyer.api("POST", "/projects/proposals", json={"document": PLAN})
    assert answer.status_code == 200
    assert [one["depends_on"] for one in answer.json["slices"]] == [[], [1], [2]]
    assert answer.json["difference_fen"] == 0
    assert buyer.api("GET", "/projects").json["items"] == []
