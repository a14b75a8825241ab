"""Fixtures of the browser tests: the system's Chromium and the real server on data of its own.

``live_server`` and ``empty_server`` are fresh for each test; ``shared_server`` is one for the whole run
and only for tests that read.
"""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import processes, services

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.harness import Visitor

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser; `-m 'not browser'` leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    from tests.browser import harness

    binary = harness.chromium_binary()
    if binary is None:
        services.lacking("Chromium", install="apt-get install chromium fonts-noto-cjk, or Google Chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def live_server(market_template: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server on a demo market of its own."""
    home = Path(shutil.copytree(market_template, tmp_path / "market"))
    with processes.serving(processes.settings_in(home)) as address:
        yield address


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[str]:
    """The address of a server on a migrated database in which nobody has registered yet."""
    settings = processes.settings_in(tmp_path / "market")
    processes.flask_command(settings, "db", "upgrade")
    with processes.serving(settings) as address:
        yield address


@pytest.fixture(scope="session")
def shared_server(market_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one seeded server for all tests that change nothing."""
    home = Path(shutil.copytree(market_template, tmp_path_factory.mktemp("shared") / "market"))
    with processes.serving(processes.settings_in(home)) as address:
        yield address


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Visitor]:
    """``visitor.open(server, lang=…, viewport=…, javascript=…)`` gives a page.

    The test fails when a page of it met a server error, a script error or a breach of the content policy.
    """
    from tests.browser import harness

    someone = harness.Visitor(chromium, [], [])
    yield someone
    for context in someone.contexts:
        context.close()
    assert someone.trouble == []


@pytest.fixture
def page_zh(visitor: Visitor, live_server: str) -> Page:
    """A Chinese reader at a desk, on a market of their own."""
    return visitor.open(live_server, lang="zh")


@pytest.fixture
def page_en(visitor: Visitor, live_server: str) -> Page:
    """An English reader at a desk, on a market of their own."""
    return visitor.open(live_server, lang="en")


@pytest.fixture
def phone_zh(visitor: Visitor, live_server: str) -> Page:
    """A Chinese reader with a phone, on a market of their own."""
    return visitor.open(live_server, lang="zh", viewport="phone")


@pytest.fixture
def page_without_script(visitor: Visitor, live_server: str) -> Page:
    """A Chinese reader whose browser runs no JavaScript, on a market of their own."""
    return visitor.open(live_server, lang="zh", javascript=False)
