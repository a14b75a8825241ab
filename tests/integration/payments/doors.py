"""The people of the world at their browsers and programs, on a day the test names."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.db import app_engine, transaction
from tests.integration.payments.world import World, noon

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Doors:
    """`with_world(work)` changes the database; `visit`, `send` are pages, `call` is the API."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.monkeypatch = app, monkeypatch
        self.people: dict[str, int] = {}
        self.clients: dict[str, FlaskClient] = {}
        self.today("2025-06-20")

    def today(self, day: str) -> None:
        self.monkeypatch.setattr(clock, "utc_now", lambda: noon(day))

    def with_world(self, work: Callable[[World], Any]) -> Any:
        """Do something in one transaction as the operations do it."""
        with self.app.app_context(), transaction(app_engine()) as session:
            world = World(session)
            made = work(world)
            self.people = {name: getattr(world, name).id for name in ("buyer", "founder", "stranger", "operator")}
            return made

    def client(self, who: str) -> FlaskClient:
        if who not in self.clients:
            self.clients[who] = self.app.test_client()
            with self.clients[who].session_transaction() as cookies:
                cookies["user"], cookies["epoch"] = self.people[who], 1
        return self.clients[who]

    def visit(self, who: str, path: str, lang: str = "zh") -> TestResponse:
        return self.client(who).get(path, headers={"Accept-Language": lang})

    def send(self, who: str, page: str, path: str, **form: Any) -> TestResponse:
        """Post a form of `page` to `path`, with the page's own token."""
        found = TOKEN.search(self.visit(who, page).text)
        return self.client(who).post(path, data={"csrf_token": found[1] if found else "", **form})

    def call(self, who: str, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client().open(f"/api/v1{path}", method=method, json=json,
                                           headers={"Authorization": f"Bearer key-{who}"} | headers)


def text_of(response: TestResponse) -> str:
    """What a page says, without tags and runs of blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


