"""The real application, served from this process, at a moment that the test moves."""
from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from marketplace import clock, create_app, jobs
from marketplace.accounts.models import User
from marketplace.config import Settings
from marketplace.db import app_engine, reading


class MovingClock:
    """What the application takes for the present, told in Beijing time; it stands still until it is moved."""

    def __init__(self, moment: str) -> None:
        self.move(moment)

    def move(self, moment: str) -> None:
        """To "2026-03-02 10:00"."""
        self.now = dt.datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI).astimezone(dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass
class House:
    """A served application: its address, its clock, and its database for what no page shows."""

    app: Flask
    address: str
    clock: MovingClock

    def settle(self) -> None:
        """Wait until the jobs that the last pages started are done."""
        jobs.drain(self.app)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        with self.app.app_context(), reading(app_engine()) as session:
            yield session

    def person(self, email: str) -> User:
        with self.reading() as session:
            return session.scalars(select(User).filter_by(email=email)).one()

    def let_in(self, page: Page, user: User) -> None:
        """Give a browser the session of a person, without the way through the sign-in page."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["user"], session["epoch"] = user.id, user.session_epoch
        page.context.add_cookies([{"name": "jiebang", "value": client.get_cookie("jiebang").value,
                                   "url": self.address}])


def settings_of(database_url: str, home: Path) -> Settings:
    """Everything in one folder, cheap password hashes."""
    return Settings(database_url=database_url, secret_key="only-for-tests", instance_path=home,
                    argon2_memory_kib=8, argon2_time=1)


@contextlib.contextmanager
def opened(settings: Settings, moment: str) -> Iterator[House]:
    """Serve until the block ends."""
    moving = MovingClock(moment)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "utc_now", moving)
        app = create_app(settings)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, name="house")
        thread.start()
        try:
            yield House(app, f"http://127.0.0.1:{server.server_port}", moving)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            jobs.drain(app)
            with app.app_context():
                app_engine().dispose()
