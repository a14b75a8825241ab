"""Suggestions: who fits which demand and why; a hard requirement is a veto, never a low score."""
from __future__ import annotations

import dataclasses
import datetime as dt
from math import isclose

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.db import make_engine, transaction
from marketplace.demand import operations as demands
from marketplace.founders import operations as founders
from marketplace.rules import uscc
from marketplace.suggestions import explanations, operations, queries
from tests.integration.founders.people import (
    AT_HOME,
    DEADLINE,
    LEAKS,
    NOW,
    POSTERS,
    buyer,
    founder,
    leak_demand,
)

LATER = NOW + dt.timedelta(hours=1)


def names(found) -> list[str]:
    return [one.profile.founder.name for one in found]


def test_who_has_found_leaks_before_is_suggested_before_who_draws_posters_for_water_companies(session: Session) -> None:
    for number, profile in enumerate((POSTERS, LEAKS), start=1):
        founder(session, number, profile=profile)
    demand = leak_demand(session, buyer(session, 1))
    operations.refresh(session, demand.id, now=NOW)
    found = queries.for_demand(session, demand)
    assert names(found) == ["founder2 公司", "founder1 公司"]
    assert found[0].explanation["evidence"][0]["title"] == "县城水司漏损普查"


def test_the_parts_of_a_score_add_up_to_it_and_reasons_read_in_both_languages(session: Session) -> None:
    founder(session, 1, profile=LEAKS)
    demand = leak_demand(session, buyer(session, 1))
    operations.refresh(session, demand.id, now=NOW)
    [best] = queries.for_demand(session, demand)
    parts = best.explanation["contributions"]
    assert isclose(sum(part["value"] for part in parts), best.score)
    zh, en = explanations.explain(best, "zh"), explanations.explain(best, "en")
    assert any("县城水司漏损普查" in reason for reason in zh.reasons)
    assert len(zh.reasons) == len(en.reasons)
    assert zh.reasons != en.reasons


def test_who_only_works_at_home_is_not_suggested_for_work_on_site_and_the_reason_quotes_both(session: Session) -> None:
    founder(session, 1, profile=LEAKS)
    founder(session, 2, profile=AT_HOME)
    demand = leak_demand(session, buyer(session, 1))
    operations.refresh(session, demand.id, now=NOW)
    assert names(queries.for_demand(session, demand)) == ["founder1 公司"]
    [left_out] = queries.for_demand(session, demand, eligible=False)
    told = explanations.explain(left_out, "zh")
    assert left_out.profile.founder.name == "founder2 公司"
    assert told.veto_codes == ["onsite"]
    assert "只能在家" in told.vetoes[0]


def test_a_founder_who_declared_an_interest_in_the_buyer_is_vetoed(session: Session) -> None:
    anchor = buyer(session, 1)
    founder(session, 1, profile=dataclasses.replace(LEAKS, related_usccs=(anchor.organisation.uscc,)))
    demand = leak_demand(session, anchor)
    operations.refresh(session, demand.id, now=NOW)
    assert queries.for_demand(session, demand) == []
    [left_out] = queries.for_demand(session, demand, eligible=False)
    assert "conflict_of_interest" in explanations.explain(left_out).veto_codes


def test_an_interest_is_recognised_when_the_buyer_has_moved_to_another_registering_authority(session: Session) -> None:
    """GB 32100-2015: characters 9-17 name the organisation; the first eight change with the registering authority."""
    anchor = buyer(session, 1)
    former = uscc.complete("91110108" + anchor.organisation.uscc[8:16])
    founder(session, 1, profile=dataclasses.replace(LEAKS, related_usccs=(former,)))
    demand = leak_demand(session, anchor)
    operations.refresh(session, demand.id, now=NOW)
    assert queries.for_demand(session, demand) == []


def test_computing_again_without_a_change_writes_nothing(session: Session) -> None:
    founder(session, 1, profile=LEAKS)
    demand = leak_demand(session, buyer(session, 1))
    assert operations.refresh(session, demand.id, now=NOW) == 1
    written = audit.size(session)
    assert operations.refresh(session, demand.id, now=LATER) == 1
    assert audit.size(session) == written
    assert queries.refresh_of(session, demand).computed_at == NOW


def test_a_changed_profile_makes_suggestions_stale_and_the_next_computation_uses_it(session: Session) -> None:
    first, second = founder(session, 1, profile=POSTERS), founder(session, 2, profile=AT_HOME)
    demand = leak_demand(session, buyer(session, 1))
    assert operations.stale_demands(session) == [demand.id]
    operations.refresh(session, demand.id, now=NOW)
    assert operations.stale_demands(session) == []
    assert not operations.is_stale(session, demand)
    founders.save_profile(session, LEAKS, actor=second, now=LATER)
    assert operations.is_stale(session, demand)
    assert operations.stale_demands(session) == [demand.id]
    operations.refresh(session, demand.id, now=LATER)
    assert names(queries.for_demand(session, demand)) == [second.organisation.name, first.organisation.name]
    assert operations.stale_demands(session) == []


def test_saving_the_same_profile_again_makes_nothing_stale(session: Session) -> None:
    person = founder(session, 1, profile=LEAKS)
    demand = leak_demand(session, buyer(session, 1))
    operations.refresh(session, demand.id, now=NOW)
    founders.save_profile(session, LEAKS, actor=person, now=LATER)
    assert not operations.is_stale(session, demand)


def test_suggestions_of_a_cancelled_demand_stay_as_they_were(session: Session) -> None:
    anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
    demand = leak_demand(session, anchor)
    operations.refresh(session, demand.id, now=NOW)
    demands.cancel(session, demand, reason="预算调整", actor=anchor, now=LATER)
    founders.save_profile(session, POSTERS, actor=person, now=LATER)
    assert operations.refresh(session, demand.id, now=LATER) == 1
    assert queries.refresh_of(session, demand).computed_at == NOW
    assert operations.stale_demands(session) == []


def test_a_founder_sees_the_demands_that_still_take_bids_best_first(session: Session) -> None:
    person, anchor = founder(session, 1, profile=LEAKS), buyer(session, 1)
    fits = leak_demand(session, anchor)
    other = leak_demand(session, anchor, title="年会舞台设计", description="做一套年会舞台背景。",
                        industry="文化艺术业", required_skills=("舞台设计",), deliverables=("效果图",), remote_ok=True)
    for demand in (other, fits):
        operations.refresh(session, demand.id, now=NOW)
    shown = queries.for_founder(session, person.organisation_id, now=NOW)
    assert [one.demand.code for one in shown] == [fits.code, other.code]
    assert queries.for_founder(session, person.organisation_id, now=DEADLINE + dt.timedelta(microseconds=1)) == []


def refresh_in_process(database_url: str, demand_id: int) -> int:
    engine = make_engine(database_url)
    try:
        with transaction(engine) as session:
            return operations.refresh(session, demand_id, now=NOW)
    finally:
        engine.dispose()


def test_two_workers_computing_the_same_demand_leave_one_set_of_suggestions(engine, run_in_processes) -> None:
    with transaction(engine) as session:
        for number, profile in enumerate((LEAKS, POSTERS, AT_HOME), start=1):
            founder(session, number, profile=profile)
        demand_id = leak_demand(session, buyer(session, 1)).id
    outcomes = run_in_processes(refresh_in_process, [(demand_id,)] * 2)
    assert [outcome.value for outcome in outcomes] == [3, 3]
    with engine.connect() as connection:
        ranks = connection.execute(text("SELECT rank FROM suggestion ORDER BY rank")).scalars().all()
    assert ranks == [1, 2, 3]


def test_who_has_no_day_free_is_left_out_and_told_so(session: Session) -> None:
    founder(session, 1, profile=dataclasses.replace(LEAKS, capacity_days_per_month=0))
    demand = leak_demand(session, buyer(session, 1))
    operations.refresh(session, demand.id, now=NOW)
    assert queries.for_demand(session, demand) == []
    [left_out] = queries.for_demand(session, demand, eligible=False)
    assert explanations.explain(left_out, "zh").veto_codes == ["capacity"]
