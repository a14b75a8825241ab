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
from werkzeug.serving import make_server

from marketplace import clock, create_app, jobs
from marketplace.config import Settings
from marketplace.db import app_engine


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
    """A served application: its address, its clock, and its jobs."""

    app: Flask
    address: str
    clock: MovingClock

    def settle(self) -> None:
        """Wait until the jobs that the last pages started are done."""
        jobs.drain(self.app)


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
