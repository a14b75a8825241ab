"""A demand from draft to the public list: who sees it, what fixes it, what a list from a file does to it."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from marketplace.audit import operations as audit
from marketplace.db import transaction
from marketplace.demand import operations, queries
from marketplace.demand.drafts import CriterionDraft
from marketplace.demand.models import Demand
from marketplace.rules.errors import NotFound, Problems, WrongState
from tests.integration.demand.conftest import IN_TWO_WEEKS, NOW
from tests.publishing import publish

DAY = dt.timedelta(days=1)


def published(session, demand, *, actor, now=NOW, deadline=IN_TWO_WEEKS):
    return publish(session, demand, bid_deadline=deadline, actor=actor, now=now)


def codes(caught) -> list[str]:
    return [problem.code for problem in caught.value]


# Drafts -------------------------------------------------------------------------------------------


def test_a_draft_is_seen_by_its_buyer_and_by_nobody_else(session, anchor, bureau, write) -> None:
    demand = operations.create(session, write(), actor=anchor, now=NOW)
    assert queries.for_buyer(session, demand.code, actor=anchor) is demand
    for look in (lambda: queries.for_buyer(session, demand.code, actor=bureau),
                 lambda: queries.visible_to(session, demand.code, actor=bureau),
                 lambda: queries.visible_to(session, demand.code, actor=None),
                 lambda: queries.by_code(session, demand.code)):
        with pytest.raises(NotFound):
            look()


def test_a_draft_can_be_changed_and_keeps_its_code(session, anchor, write) -> None:
    demand = operations.create(session, write(), actor=anchor, now=NOW)
    criteria = (CriterionDraft("方案", "quality", 60), CriterionDraft("价格", "price", 40))
    operations.edit(session, demand, write(title="漏损普查", criteria=criteria), actor=anchor, now=NOW + DAY)
    session.expire_all()
    assert (demand.title, [(c.position, c.name, c.weight) for c in demand.criteria]) == (
        "漏损普查", [(1, "方案", 60), (2, "价格", 40)])
    assert demand.code == f"JB-2026-{demand.id:06d}"


@pytest.mark.parametrize(("criteria", "code"), [
    ((), "evaluation.weights_not_100"),
    ((CriterionDraft("方案", "quality", 50), CriterionDraft("价格", "price", 40)), "evaluation.weights_not_100"),
    ((CriterionDraft("价格", "price", 60), CriterionDraft("报价", "price", 40)), "evaluation.price_twice"),
    ((CriterionDraft("方案", "quality", 60), CriterionDraft("方案", "quality", 40)), "evaluation.criterion_twice"),
])
def test_criteria_that_could_not_decide_are_refused_from_the_start(session, anchor, write, criteria, code) -> None:
    with pytest.raises(Problems) as caught:
        operations.create(session, write(criteria=criteria), actor=anchor, now=NOW)
    assert codes(caught) == [code]


def test_a_buyers_own_number_names_one_demand_of_that_buyer(session, anchor, bureau, write) -> None:
    operations.create(session, write(), actor=anchor, now=NOW)
    operations.create(session, write(), actor=bureau, now=NOW)  # another buyer may number likewise
    with pytest.raises(Problems) as caught:
        operations.create(session, write(), actor=anchor, now=NOW)
    assert codes(caught) == ["demand.ref_taken"]


# Publication --------------------------------------------------------------------------------------


def test_a_published_demand_stands_on_the_list_and_can_no_longer_be_changed(session, anchor, write) -> None:
    demand = published(session, operations.create(session, write(), actor=anchor, now=NOW), actor=anchor)
    assert queries.board(session, now=NOW + DAY) == [demand]
    assert queries.by_code(session, demand.code) is demand
    for change in (lambda: operations.edit(session, demand, write(title="别的"), actor=anchor, now=NOW),
                   lambda: published(session, demand, actor=anchor)):
        with pytest.raises(WrongState):
            change()


@pytest.mark.parametrize(("deadline", "code"), [
    (NOW, "demand.deadline_past"), (NOW - DAY, "demand.deadline_past"),
    (NOW + 367 * DAY, "demand.deadline_too_far")])
def test_bidding_ends_in_the_future_and_within_a_year(session, anchor, write, deadline, code) -> None:
    demand = operations.create(session, write(), actor=anchor, now=NOW)
    with pytest.raises(Problems) as caught:
        published(session, demand, actor=anchor, deadline=deadline)
    assert codes(caught) == [code]


@pytest.mark.parametrize(("silent", "field", "code"), [
    ({"scene": " "}, "scene", "demand.scene_missing"),
    ({"data_offered": ""}, "data_offered", "demand.data_offered_missing"),
    ({"description": ""}, "description", "demand.description_missing"),
    ({"acceptance_criteria": ()}, "acceptance_criteria", "demand.acceptance_missing")])
def test_scene_data_need_and_acceptance_are_each_stated_before_publication(
        session, anchor, write, silent, field, code) -> None:
    demand = operations.create(session, write(**silent), actor=anchor, now=NOW)
    found = operations.publication_problems(demand, now=NOW)
    assert [(problem.field, problem.code) for problem in found] == [(field, code)]
    operations.edit(session, demand, write(), actor=anchor, now=NOW)
    assert operations.publication_problems(demand, now=NOW) == []


@pytest.mark.parametrize(("deadline", "short"), [
    # From Monday 2 March 2026 five working days are full on Monday 9 March.
    (dt.datetime(2026, 3, 8, 15, 59, tzinfo=dt.UTC), True), (dt.datetime(2026, 3, 8, 16, 0, tzinfo=dt.UTC), False)])
def test_fewer_than_five_working_days_count_as_a_short_deadline(deadline, short) -> None:
    assert operations.short_deadline(deadline, now=NOW) is short


def test_a_demand_leaves_the_open_list_at_its_deadline_but_stays_readable(session, anchor, write) -> None:
    demand = published(session, operations.create(session, write(), actor=anchor, now=NOW), actor=anchor)
    late = IN_TWO_WEEKS + dt.timedelta(seconds=1)
    assert queries.board(session, now=IN_TWO_WEEKS) == [demand]
    assert queries.board(session, now=late) == []
    assert queries.board(session, now=late, closed=True) == [demand]


def test_a_cancelled_demand_says_why_and_leaves_the_list(session, anchor, write) -> None:
    demand = published(session, operations.create(session, write(), actor=anchor, now=NOW), actor=anchor)
    with pytest.raises(Problems):
        operations.cancel(session, demand, reason="  ", actor=anchor, now=NOW)
    operations.cancel(session, demand, reason="预算调整", actor=anchor, now=NOW)
    assert queries.board(session, now=NOW, closed=True) == []
    assert queries.by_code(session, demand.code).closed_reason == "预算调整"
    with pytest.raises(WrongState):
        operations.cancel(session, demand, reason="再来", actor=anchor, now=NOW)


def test_every_step_is_in_the_audit_record_with_the_terms_as_published(session, anchor, write) -> None:
    demand = published(session, operations.create(session, write(term_days=45), actor=anchor, now=NOW), actor=anchor)
    operations.cancel(session, demand, reason="预算调整", actor=anchor, now=NOW)
    entries = audit.history(session, "demand", demand.id)
    assert [entry.action for entry in entries] == ["demand:create", "demand:submit", "demand:publish", "demand:cancel"]
    assert '"term_days":45' in entries[2].facts
    assert audit.verify(session).intact


# The list -----------------------------------------------------------------------------------------


def test_the_list_is_searched_by_words_and_narrowed_by_conditions(session, anchor, bureau, write) -> None:
    leak = write(external_ref="1", set_aside=True, remote_ok=False)
    chat = write(external_ref="2", title="12345 派单", description="别再派错门", industry="国家机构",
                 region="浙江省温州市", required_skills=("文本分类", "NLP"))
    made = [published(session, operations.create(session, draft, actor=buyer, now=NOW), actor=buyer)
            for draft, buyer in ((leak, anchor), (chat, bureau))]
    look = {"漏损": 0, "声学": 0, "ｎｌｐ 派单": 1, "文本 温州": 1, bureau.organisation.name: 1}
    for words, wanted in look.items():
        assert queries.board(session, now=NOW, text=words) == [made[wanted]], words
    assert queries.board(session, now=NOW, text="漏损 温州") == []
    assert queries.board(session, now=NOW, text="%") == []
    assert queries.board(session, now=NOW, set_aside=True) == [made[0]]
    assert queries.board(session, now=NOW, remote=True) == [made[1]]
    assert queries.board(session, now=NOW, region="浙江") == [made[1]]
    assert queries.board(session, now=NOW, industry="国家机构") == [made[1]]


def test_the_list_is_paged_newest_first_without_losing_or_repeating_one(session, anchor, write) -> None:
    drafts = [operations.create(session, write(external_ref=str(n)), actor=anchor, now=NOW) for n in range(5)]
    for demand, day in zip(drafts, (3, 1, 2, 2, 0), strict=True):
        published(session, demand, actor=anchor, now=NOW + day * DAY, deadline=IN_TWO_WEEKS + 5 * DAY)
    pages, after = [], 0
    while page := queries.board(session, now=NOW + 4 * DAY, after=after, limit=2):
        pages, after = [*pages, *page], page[-1].id
    assert [drafts.index(demand) for demand in pages] == [0, 3, 2, 1, 4]


# Lists from files ---------------------------------------------------------------------------------


def test_an_imported_list_becomes_drafts_with_the_stated_terms(session, anchor, write) -> None:
    drafts = [write(external_ref=str(n), term_days=45, row=n) for n in (1, 2, 3)]
    outcome = operations.import_demands(session, drafts, actor=anchor, now=NOW)
    assert [demand.term_days for demand in outcome.created] == [45, 45, 45]
    assert {demand.status for demand in outcome.created} == {"planning"}


def test_the_same_list_again_changes_nothing(session, anchor, write) -> None:
    drafts = [write(external_ref=str(n)) for n in (1, 2)]
    operations.import_demands(session, drafts, actor=anchor, now=NOW)
    again = operations.import_demands(session, drafts, actor=anchor, now=NOW + DAY)
    assert (again.created, again.updated, len(again.unchanged)) == ([], [], 2)
    assert session.scalar(select(func.count()).select_from(Demand)) == 2


def test_a_changed_row_updates_a_draft_and_keeps_the_criteria_chosen_for_it(session, anchor, write) -> None:
    own = (CriterionDraft("方案", "quality", 100),)
    demand = operations.create(session, write(criteria=own), actor=anchor, now=NOW)
    outcome = operations.import_demands(session, [write(title="漏损普查")], actor=anchor, now=NOW)
    assert outcome.updated == [demand]
    assert (demand.title, [c.name for c in demand.criteria]) == ("漏损普查", ["方案"])


def test_a_changed_row_of_a_published_demand_stops_the_whole_list_and_is_named(session, anchor, write) -> None:
    published(session, operations.create(session, write(), actor=anchor, now=NOW), actor=anchor)
    with pytest.raises(Problems) as caught:
        operations.import_demands(session, [write(external_ref="new", row=1), write(title="改了", row=2)],
                                  actor=anchor, now=NOW)
    (problem,) = caught.value
    assert (problem.row, problem.code, problem.facts["fields"]) == (2, "demand.ref_published", ["title"])
    assert "new" not in queries.of_refs(session, anchor.organisation_id, ["new"])


def test_an_unchanged_row_of_a_published_demand_is_passed_over(session, anchor, write) -> None:
    demand = published(session, operations.create(session, write(), actor=anchor, now=NOW), actor=anchor)
    outcome = operations.import_demands(session, [write(term_days=30)], actor=anchor, now=NOW)
    assert (outcome.unchanged, demand.term_days) == ([demand], None)


def test_unlawful_terms_of_a_list_are_told_once_and_nothing_is_stored(session, bureau, write) -> None:
    with pytest.raises(Problems) as caught:
        operations.import_demands(session, [write(external_ref=str(n), term_days=75, row=n) for n in range(1, 30)],
                                  actor=bureau, now=NOW)
    assert codes(caught) == ["terms.public_over_60"]
    assert queries.of_buyer(session, bureau.organisation_id) == []


def import_at_once(database_url: str, buyer_id: int) -> str:
    """Runs in a process of its own: one buyer's list with one number."""
    from marketplace import models  # noqa: F401
    from marketplace.accounts.models import Organisation
    from marketplace.db import get, make_engine
    from marketplace.demand.drafts import DemandDraft, TermsDraft

    engine = make_engine(database_url)
    draft = DemandDraft(title="漏损", description="找漏点", budget_fen=100, duration_days=1, external_ref="WX-1",
                        **vars(TermsDraft(acceptance_period_days=10)))
    try:
        with transaction(engine) as session:
            outcome = operations.import_demands(session, [draft], actor="cli", now=NOW,
                                                buyer=get(session, Organisation, buyer_id))
            return "created" if outcome.created else "unchanged"
    except WrongState as refusal:
        return refusal.code
    finally:
        engine.dispose()


def test_two_imports_of_one_number_at_the_same_moment_store_it_once(engine, registered, run_in_processes) -> None:
    with transaction(engine) as session:
        buyer_id = registered(session, "large_enterprise").organisation_id
    outcomes = run_in_processes(import_at_once, [(buyer_id,)] * 2)
    said = [outcome.value for outcome in outcomes]
    assert said.count("created") == 1, outcomes
    assert set(said) <= {"created", "unchanged", "demand.ref_taken_just_now"}
