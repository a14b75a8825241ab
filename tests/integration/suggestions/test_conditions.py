"""Hard requirements: read from the text, checked by the buyer, and from then on what founders are held against."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.demand import operations as demands
from marketplace.demand import records
from marketplace.demand.drafts import DemandDraft
from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.rules.errors import RuleViolation
from marketplace.suggestions import conditions, operations, queries
from tests.integration.founders.people import AT_HOME, DEADLINE, LEAKS, NOW, buyer, founder, leak_demand, profile_id
from tests.publishing import publish

ONSITE = ("onsite", "")


def draft(session: Session, actor, **said) -> Demand:
    words = {"title": "管网漏损定位", "description": "找出漏点。须到现场配合开挖。数据不得出内网。",
             "budget_fen": 18_000_000, "duration_days": 90, "deliverables": ("漏点清单",), "term_days": 45,
             "scene": "老城区管网", "data_offered": "不提供", "acceptance_criteria": ("开挖命中八成",),
             "acceptance_period_days": 15, **said}
    return demands.create(session, DemandDraft(**words), actor=actor, now=NOW)


def keys(found) -> list[tuple[str, str]]:
    return [one.condition.key for one in found if one.counts]


def suggested(session: Session, demand: Demand) -> dict[int, bool]:
    operations.refresh(session, demand.id, now=NOW)
    both = [queries.for_demand(session, demand, eligible=fits) for fits in (True, False)]
    return {one.profile_id: one.eligible for group in both for one in group}


def test_each_requirement_is_shown_with_its_clause_before_anyone_has_checked_it(session: Session) -> None:
    demand = draft(session, buyer(session, 1))
    found = conditions.of_demand(demand)
    assert [(one.code, one.quote, one.answer) for one in found] == [
        ("onsite", "须到现场配合开挖", None), ("on_premises", "数据不得出内网", None)]
    assert not conditions.is_confirmed(demand)


def test_until_the_buyer_has_checked_everything_read_counts_and_afterwards_only_what_was_kept(session: Session) -> None:
    anchor, at_home = buyer(session, 1), founder(session, 1, profile=AT_HOME)
    demand = leak_demand(session, anchor, remote_ok=True)
    person = profile_id(session, at_home)
    assert suggested(session, demand) == {person: False}
    conditions.confirm(session, demand, keep=[], actor=anchor, now=NOW)
    assert suggested(session, demand) == {person: True}
    conditions.confirm(session, demand, keep=[ONSITE], actor=anchor, now=NOW)
    assert suggested(session, demand) == {person: False}


def test_what_the_buyer_adds_rules_out_whoever_lacks_it(session: Session) -> None:
    anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
    demand = draft(session, anchor)
    conditions.confirm(session, demand, keep=keys(conditions.of_demand(demand)), add=[("certificate", "测绘师")],
                       actor=anchor, now=NOW)
    assert conditions.is_confirmed(demand)
    publish(session, demand, bid_deadline=DEADLINE, actor=anchor, now=NOW)
    assert suggested(session, demand) == {profile_id(session, person): False}
    assert audit.history(session, "demand", demand.id)[1].action == "demand:conditions"


def test_a_clause_written_later_counts_until_it_is_answered_and_one_taken_out_no_more(session: Session) -> None:
    anchor = buyer(session, 1)
    demand = draft(session, anchor)
    conditions.confirm(session, demand, keep=[ONSITE], actor=anchor, now=NOW)
    assert keys(conditions.of_demand(demand)) == [ONSITE]
    changed = records.draft_of(demand)
    demands.edit(session, demand, DemandDraft(**{**vars(changed), "description": "找出漏点。境外大模型一律不许用。"}),
                 actor=anchor, now=NOW)
    assert keys(conditions.of_demand(demand)) == [("no_overseas_model", "")]
    assert not conditions.is_confirmed(demand)


def test_nothing_is_added_to_a_published_demand_but_a_misreading_may_be_struck_out(session: Session) -> None:
    anchor = buyer(session, 1)
    demand = leak_demand(session, anchor)
    with pytest.raises(RuleViolation) as caught:
        conditions.confirm(session, demand, keep=[], add=[("language", "上海话")], actor=anchor, now=NOW)
    assert caught.value.code == "conditions.fixed"
    assert not any(one.counts for one in conditions.confirm(session, demand, keep=[], actor=anchor, now=NOW))


@pytest.mark.parametrize(("keep", "add"), [
    ([("certificate", "执业医师")], []), ([], [("certificate", "不存在的证")]), ([], [("certificate", "")]),
    ([], [("onsite", "多余的名字")]), ([], [("made_up", "")]),
])
def test_a_requirement_that_is_not_there_is_refused(session: Session, keep, add) -> None:
    anchor = buyer(session, 1)
    with pytest.raises(RuleViolation) as caught:
        conditions.confirm(session, draft(session, anchor), keep=keep, add=add, actor=anchor, now=NOW)
    assert caught.value.code == "conditions.unknown"


def test_once_the_demand_is_over_its_requirements_stay(session: Session) -> None:
    anchor = buyer(session, 1)
    demand = leak_demand(session, anchor)
    demands.cancel(session, demand, reason="预算调整", actor=anchor, now=NOW)
    with pytest.raises(RuleViolation) as caught:
        conditions.confirm(session, demand, keep=[], actor=anchor, now=NOW)
    assert caught.value.code == "conditions.too_late"


def test_what_there_is_already_is_not_offered_again(session: Session) -> None:
    demand = draft(session, buyer(session, 1))
    offered = conditions.choices(demand)
    assert "onsite" not in offered
    assert "执业医师" in offered["certificate"]


def test_days_of_work_are_held_against_the_days_a_founder_has_free(session: Session) -> None:
    """Twenty free days a month make sixty in ninety days."""
    anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
    fits, too_much = (leak_demand(session, anchor, title=f"漏损{days}", work_days=days) for days in (60, 61))
    assert suggested(session, fits) == {profile_id(session, person): True}
    assert suggested(session, too_much) == {profile_id(session, person): False}
    [veto] = queries.for_demand(session, too_much, eligible=False)[0].explanation["vetoes"]
    assert (veto["code"], veto["facts"]) == ("capacity", {"needed": 61, "available": 60})


def test_a_founder_sees_in_their_own_words_what_is_read_as_not_done(session: Session) -> None:
    person = founder(session, 1, profile=AT_HOME)
    found = conditions.said_not(founders.profile_of(session, person.organisation_id))
    assert [(one.code, one.quote) for one in found] == [("onsite", "只能在家工作"), ("denied", "不出差")]


def test_confirming_makes_the_stored_suggestions_stale(session: Session) -> None:
    anchor = buyer(session, 1)
    founder(session, 1, profile=AT_HOME)
    demand = leak_demand(session, anchor, remote_ok=True)
    operations.refresh(session, demand.id, now=NOW)
    assert not operations.is_stale(session, demand)
    conditions.confirm(session, demand, keep=[], actor=anchor, now=NOW + dt.timedelta(minutes=1))
    assert operations.is_stale(session, demand)
