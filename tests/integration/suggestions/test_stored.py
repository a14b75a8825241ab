"""More profiles than a process should hold lie in an index on disk, and the suggestions stay what they were."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.suggestions import advice, operations, pairing, queries, stored, teams
from tests.integration.founders.people import AT_HOME, LEAKS, NOW, POSTERS, buyer, founder, leak_demand

LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def demand(session: Session) -> Demand:
    for number, profile in enumerate((POSTERS, LEAKS, AT_HOME), start=1):
        founder(session, number, profile=profile)
    return leak_demand(session, buyer(session, 1))


def suggested(session: Session, demand: Demand) -> list[tuple[str, bool, float]]:
    pairing._pools.clear()
    operations.refresh(session, demand.id, now=NOW)
    found = queries.for_demand(session, demand) + queries.for_demand(session, demand, eligible=False)
    return [(one.profile.founder.name, one.eligible, round(one.score, 3)) for one in found]


def on_disk(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("MATCHING_STORE", str(folder))


def test_the_same_founders_are_suggested_from_disk(
        session: Session, demand: Demand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_memory = suggested(session, demand)
    staffing = teams.for_demand(session, demand)
    on_disk(monkeypatch, tmp_path)
    session.delete(session.get_one(operations.Refresh, demand.id))
    assert suggested(session, demand) == in_memory
    assert teams.for_demand(session, demand) == staffing


def test_a_founder_is_told_the_same_standing_from_disk(
        session: Session, demand: Demand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    posters = founders.all_profiles(session)[0]
    in_memory = advice.for_founder(session, demand, posters)
    pairing._pools.clear()
    on_disk(monkeypatch, tmp_path)
    assert advice.for_founder(session, demand, posters) == in_memory


def test_only_what_changed_is_written_and_who_left_is_forgotten(
        session: Session, demand: Demand, tmp_path: Path) -> None:
    engine = stored.opened(tmp_path)
    assert stored.level(session, engine) == 3
    assert stored.level(session, engine) == 0
    first, second, third = founders.all_profiles(session)
    first.headline, first.version = "管网漏损与夜间最小流量分析", first.version + 1
    session.delete(third)
    session.flush()
    assert stored.level(session, engine) == 2
    kept = engine.store.get([str(one.id) for one in (first, second, third)])
    assert [one and one.headline for one in kept] == [first.headline, second.headline, None]


def test_a_founder_with_an_interest_in_the_buyer_is_vetoed_from_disk_too(
        session: Session, demand: Demand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    leaks = founders.all_profiles(session)[1]
    leaks.related_usccs, leaks.version = [demand.buyer.uscc], leaks.version + 1
    session.flush()
    on_disk(monkeypatch, tmp_path)
    assert (leaks.founder.name, False) in [one[:2] for one in suggested(session, demand)]
