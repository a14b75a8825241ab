"""Cutting a project: the budget adds up, nobody waits in a circle, and every slice becomes a demand."""
from __future__ import annotations

import dataclasses

import pytest

from marketplace.demand import operations, projects, queries
from marketplace.demand.drafts import ProjectDraft, SliceDraft
from marketplace.rules.errors import NotFound, Problems, WrongState
from tests.integration.demand.conftest import NOW

PROJECT = ProjectDraft(title="城市内涝预警平台", description="汛期前上线", budget_fen=50_000_000, reserve_fen=2_000_000,
                       industry="国家机构", region="江苏省苏州市", term_days=45, acceptance_period_days=10)


def piece(title: str, budget_fen: int, *depends_on: int, **said) -> SliceDraft:
    return SliceDraft(**{"title": title, "budget_fen": budget_fen, "duration_days": 40, "deliverables": ("成果",),
                         "acceptance_criteria": ("可用",), "depends_on": depends_on} | said)


CUT = (piece("数据接入", 12_000_000), piece("积水预测", 20_000_000, 1), piece("预警推送", 16_000_000, 1, 2))


@pytest.fixture
def project(session, bureau):
    return operations.create_project(session, PROJECT, actor=bureau, now=NOW)


def refused(session, project, actor, slices) -> dict[str, str]:
    with pytest.raises(Problems) as caught:
        operations.cut_project(session, project, slices, actor=actor, now=NOW)
    assert project.slices == []
    return {problem.field: problem.code for problem in caught.value}


def test_slices_and_reserve_that_equal_the_budget_are_kept_in_order(session, project, bureau) -> None:
    found = operations.cut_project(session, project, CUT, actor=bureau, now=NOW)
    assert found.levels == ((1,), (2,), (3,))
    assert [(one.position, one.title, one.depends_on) for one in project.slices] == [
        (1, "数据接入", []), (2, "积水预测", [1]), (3, "预警推送", [1, 2])]
    assert projects.slices_of(project) == list(CUT)


@pytest.mark.parametrize(("fen", "code"), [(1, "slicing.over_budget"), (-1, "slicing.under_budget")])
def test_one_fen_too_many_or_too_few_is_refused(session, project, bureau, fen, code) -> None:
    slices = (*CUT[:2], piece("预警推送", 16_000_000 + fen, 1))
    assert refused(session, project, bureau, slices) == {"budget": code}


def test_slices_that_wait_for_each_other_are_refused(session, project, bureau) -> None:
    slices = (dataclasses.replace(CUT[0], depends_on=(3,)), CUT[1], CUT[2])
    assert "slicing.cycle" in refused(session, project, bureau, slices).values()


def test_what_is_missing_is_told_for_each_slice_by_the_field_of_its_row(session, project, bureau) -> None:
    slices = (CUT[0], dataclasses.replace(CUT[1], acceptance_criteria=()),
              dataclasses.replace(CUT[2], deliverables=(), depends_on=(9,)))
    assert refused(session, project, bureau, slices) == {
        "slices.1.acceptance_criteria": "slicing.no_acceptance_criterion",
        "slices.2.deliverables": "slicing.no_deliverable", "slices.2.depends_on": "slicing.unknown_dependency"}


def test_an_unfinished_cut_is_kept_but_cannot_be_posted(session, project, bureau) -> None:
    operations.cut_project(session, project, CUT[:1], actor=bureau, now=NOW, complete=False)
    assert len(project.slices) == 1
    with pytest.raises(Problems):
        operations.post_slices(session, project, actor=bureau, now=NOW)
    assert queries.of_buyer(session, bureau.organisation_id) == []


def test_posting_makes_a_draft_of_every_slice_with_the_projects_terms(session, project, bureau) -> None:
    operations.cut_project(session, project, CUT, actor=bureau, now=NOW)
    demands = operations.post_slices(session, project, actor=bureau, now=NOW)
    assert [(d.title, d.budget_fen, d.status, d.term_days, d.acceptance_period_days, d.region) for d in demands] == [
        (one.title, one.budget_fen, "planning", 45, 10, "江苏省苏州市") for one in CUT]
    assert queries.siblings(session, demands[0]) == demands
    assert [demand.slice.position for demand in demands] == [1, 2, 3]


def test_a_posted_project_is_not_cut_or_posted_again(session, project, bureau) -> None:
    operations.cut_project(session, project, CUT, actor=bureau, now=NOW)
    operations.post_slices(session, project, actor=bureau, now=NOW)
    for again in (lambda: operations.cut_project(session, project, CUT, actor=bureau, now=NOW),
                  lambda: operations.post_slices(session, project, actor=bureau, now=NOW),
                  lambda: operations.edit_project(session, project, PROJECT, actor=bureau, now=NOW)):
        with pytest.raises(WrongState):
            again()


def test_a_projects_terms_are_held_against_the_law(session, bureau) -> None:
    with pytest.raises(Problems) as caught:
        operations.create_project(session, dataclasses.replace(PROJECT, term_days=75), actor=bureau, now=NOW)
    assert [problem.code for problem in caught.value] == ["terms.public_over_60"]


def test_a_reserve_cannot_take_the_whole_budget(session, bureau) -> None:
    with pytest.raises(Problems):
        operations.create_project(session, dataclasses.replace(PROJECT, reserve_fen=PROJECT.budget_fen), actor=bureau,
                                  now=NOW)


def test_another_buyers_project_is_not_found(session, project, anchor) -> None:
    for number in (project.id, 2**31, 2**70):
        with pytest.raises(NotFound):
            queries.project_for(session, number, actor=anchor)
