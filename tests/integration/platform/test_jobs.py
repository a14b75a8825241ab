"""Background work: in process without Redis, by real workers with it; done twice it is done once."""
from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from marketplace import create_app, jobs
from marketplace.config import Settings
from marketplace.db import make_engine
from tests import processes

DAY = "2026-03-02"


@pytest.fixture
def market(market_template: Path, tmp_path: Path) -> Settings:
    """A seeded demo market of this test's own; without Redis."""
    return processes.settings_in(Path(shutil.copytree(market_template, tmp_path / "market")))


def ask(settings: Settings, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Rows of a query; changes are kept."""
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        answer = connection.execute(text(statement), values)
        rows = [tuple(row) for row in answer] if answer.returns_rows else []
    engine.dispose()
    return rows


def enqueue(settings: Settings, name: str, *args: object) -> None:
    """Ask for a job as a request does, and wait for what runs in process."""
    app = create_app(settings)
    with app.app_context():
        jobs.enqueue(name, *args)
    jobs.drain(app)
    if "engine" in app.extensions:
        app.extensions["engine"].dispose()


def suggestions(settings: Settings, demand: object) -> list[tuple[object, ...]]:
    """Who is suggested for a demand, best first."""
    wanted = "SELECT profile_id, score FROM suggestion WHERE demand_id = :demand ORDER BY rank, profile_id"
    return ask(settings, wanted, demand=demand)


def forget_suggestions(settings: Settings, demand: object) -> None:
    ask(settings, "DELETE FROM suggestion WHERE demand_id = :demand", demand=demand)
    ask(settings, "DELETE FROM suggestion_refresh WHERE demand_id = :demand", demand=demand)


def test_without_redis_the_daily_round_is_done_in_process_once_for_each_day(settings: Settings) -> None:
    for _again in range(2):
        enqueue(settings, "tick", DAY)
    assert len(ask(settings, "SELECT 1 FROM job_run WHERE job = 'tick'")) == 1


def test_with_redis_nothing_happens_until_a_worker_comes_and_then_once(rq_settings: Settings) -> None:
    for _again in range(2):
        enqueue(rq_settings, "tick", DAY)
    assert ask(rq_settings, "SELECT 1 FROM job_run") == []
    assert jobs.queue(rq_settings.redis_url).count == 2

    processes.work_off_queue(rq_settings)
    assert jobs.queue(rq_settings.redis_url).count == 0
    assert len(ask(rq_settings, "SELECT 1 FROM job_run WHERE job = 'tick'")) == 1


def test_matches_found_by_a_worker_are_those_found_in_process(market: Settings, redis_url: str) -> None:
    ((demand,),) = ask(market, "SELECT min(demand_id) FROM suggestion")
    before = suggestions(market, demand)

    forget_suggestions(market, demand)
    enqueue(market, "refresh_matches", demand)
    assert suggestions(market, demand) == before

    forget_suggestions(market, demand)
    with_redis = dataclasses.replace(market, redis_url=redis_url)
    enqueue(with_redis, "refresh_matches", demand)
    assert suggestions(market, demand) == []
    processes.work_off_queue(with_redis)
    assert suggestions(market, demand) == before


def test_a_job_that_fails_is_kept_with_its_reason(rq_settings: Settings) -> None:
    queue = jobs.queue(rq_settings.redis_url)
    queue.enqueue("marketplace.jobs.perform", "no-such-job")
    with pytest.raises(AssertionError, match="no-such-job"):
        processes.work_off_queue(rq_settings)
    assert queue.failed_job_registry.count == 1
