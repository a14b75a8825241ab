"""The last seconds before a deadline, over real HTTP: what was acknowledged is there and opens, what was late is not.

The deadline lies a few seconds ahead on the real clock: the rule under test is that the server's clock decides.
"""
from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from marketplace.config import Settings
from marketplace.db import make_engine, transaction
from tests import processes
from tests.integration.tendering import burst

LOAD = burst.Load(bids=60, clients=12, before=1.6, after=0.5)


def settings_for(database_url: str, folder: Path, redis_url: str | None) -> Settings:
    return Settings(database_url=database_url, secret_key="only-for-tests", instance_path=folder, redis_url=redis_url)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_in_the_last_second_nothing_acknowledged_is_lost_and_nothing_late_is_taken(
        kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    settings = settings_for(url, tmp_path, request.getfixturevalue("redis_url") if kind == "postgresql" else None)
    engine = make_engine(url)
    serving = (burst.gunicorn(settings, workers=2, threads=8) if kind == "postgresql"
               else processes.serving(settings))
    with contextlib.ExitStack() as ends:
        ends.callback(engine.dispose)
        address = ends.enter_context(serving)
        with transaction(engine) as session:
            market = burst.people(session, LOAD.bids)
        burst.get(address, "/demands")
        code, deadline = burst.publish(engine, market, opens_for=LOAD.before + 0.3)
        outcome = burst.judge(engine, market, burst.run(address, code, deadline, LOAD), deadline)
    assert outcome.lost == []
    assert outcome.wrong == []
    assert outcome.acknowledged, "some were in time"
    assert outcome.late, "some were late"
