"""The application as its users start it: flask commands, the server, a queue's worker, each a process."""
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from marketplace.config import ROOT, Settings
from tests import services

PATIENCE = 30.0  # seconds a server may take to answer


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment from which another process reads the same settings."""
    chosen = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "INSTANCE_PATH": str(settings.instance_path),
        "REDIS_URL": settings.redis_url or "",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **chosen}


def flask_command(settings: Settings, *command: str) -> str:
    """Run a flask command as an operator would; returns what it printed. Raises AssertionError on failure."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        cwd=ROOT, env=environment_of(settings), capture_output=True, text=True, timeout=300, check=False,
    )
    assert done.returncode == 0, f"flask {' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def work_off_queue(settings: Settings) -> str:
    """Let a real RQ worker do every waiting job, in a process of its own; returns what it logged.

    Raises AssertionError when the worker or one of the jobs failed.
    """
    from marketplace import jobs  # brings in the whole application; the rest here does not need it

    logged = flask_command(settings, "worker", "--burst")
    assert jobs.queue(settings.redis_url).failed_job_registry.count == 0, logged
    return logged


def settings_in(home: Path) -> Settings:
    """Settings of an application that keeps everything, its SQLite database too, in ``home``."""
    return Settings(
        database_url=f"sqlite:///{home / 'jiebang.db'}", secret_key="only-for-tests", instance_path=home
    )


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve with the server that `make run` uses; yields the address. Told to end, it must end cleanly."""
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    log = settings.instance_path / "server.log"
    port = services.free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "serve.py"), "--port", str(port)],
            cwd=ROOT, env=environment_of(settings), stdout=output, stderr=output,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while b"http://" not in log.read_bytes():  # printed once the application is ready
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        services.stop(process, signal.SIGINT)  # Ctrl-C
    written = log.read_text(errors="replace")
    assert process.returncode == 0, written
    assert "Traceback" not in written, written
