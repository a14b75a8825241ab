"""Starting the market again, and starting it where it cannot start."""
from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from marketplace.config import ROOT, Settings
from marketplace.db import make_engine
from tests import processes, services


@pytest.fixture
def market(market_template: Path, tmp_path: Path) -> Settings:
    """A seeded demo market that was prepared once already."""
    return processes.settings_in(Path(shutil.copytree(market_template, tmp_path / "market")))


def rows(settings: Settings) -> dict[str, int]:
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        counted = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in inspect(engine).get_table_names()
        }
    engine.dispose()
    return counted


def test_a_second_start_changes_nothing_and_shows_who_can_sign_in(market: Settings) -> None:
    before = rows(market)
    printed = processes.flask_command(market, "prepare")
    assert rows(market) == before
    for person in ("anchor", "government", "founder1", "founder2", "founder3", "operator"):
        assert f"{person}@" in printed


def test_the_server_of_make_run_answers_and_ends_cleanly(market: Settings) -> None:
    with processes.serving(market) as address, urllib.request.urlopen(address) as answer:  # noqa: S310
        assert answer.status == 200
        assert "揭榜" in answer.read().decode()
    assert not services.answers(int(address.rsplit(":", 1)[1]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"database_url": "mysql://127.0.0.1/market"}, "DATABASE_URL"),
        ({"database_url": "postgresql://nobody@127.0.0.1:1/market"}, "connection"),
    ],
)
def test_settings_that_cannot_work_end_in_one_line(
    market: Settings, change: dict[str, str], said: str
) -> None:
    settings = dataclasses.replace(market, **change)
    started = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "serve.py"), "--prepare", "--port", str(services.free_port())],
        cwd=ROOT, env=processes.environment_of(settings),
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert started.returncode == 1
    assert len(started.stderr.splitlines()) == 1, started.stderr
    assert said in started.stderr
